"""The entry that starts this server: what it says, and which entries are ours. Pure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from awswhitelist.commands.install.interface import Client, Entry, InstallOptions
from awswhitelist.exceptions import InvalidArgumentError

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What every client takes as a server's name, and a bare key in TOML."""

_OURS = re.compile(r"awswhitelist(?:\[[\w,-]*\])?(?:[.:@=].*)?", re.DOTALL)
"""Our program, package or image, with an ending, extra, tag or version."""

SCRIPTS = ("awswhitelist", "awswhitelist.exe")


def running_command(argv0: str, executable: str) -> tuple[str, ...]:
    """How this program can be started again from anywhere.

    The script that ``argv0`` names, absolute but with its links kept: those of package managers
    outlive the version that they point to. Else the script beside the interpreter
    ``executable``, else that interpreter with ``-m``.
    """
    running = Path(argv0)
    beside = [Path(executable).parent / name for name in SCRIPTS]
    candidates = [running, *beside] if running.name in SCRIPTS else beside
    for script in candidates:
        if script.is_file():
            return (str(script.absolute()),)
    return (executable, "-m", "awswhitelist")


def entry_for(client: Client, options: InstallOptions) -> Entry:
    """The members of our entry. Raises InvalidArgumentError."""
    command, *args = options.command
    args.append("serve")
    if options.config is not None:
        args += ["--config", str(options.config.absolute())]
    if options.sandbox:
        args.append("--sandbox")
    if not all(part.isprintable() for part in [command, *args]):
        raise InvalidArgumentError("The path must be of printable characters.", field="config")
    if client.expands and any("$" in part for part in [command, *args]):
        raise InvalidArgumentError(
            f"{client.title} would put a variable in place of the `$` in the command.",
            field="config",
            remedy="Move the program or its configuration to a path without `$`.",
        )
    return {**client.fixed, "command": command, "args": args}


def check_name(name: str) -> None:
    """Raises InvalidArgumentError where a client would not take ``name`` as a server's name."""
    if not _NAME.fullmatch(name):
        raise InvalidArgumentError(
            "The server's name must be 1 to 64 letters, digits, `_` or `-`.", field="name"
        )


def is_ours(entry: Any) -> bool:
    """Whether an entry starts this program, in any version and by any launcher."""
    if not isinstance(entry, dict):
        return False
    args = entry.get("args", [])
    parts = [entry.get("command"), *(args if isinstance(args, list) else [])]
    words = [re.split(r"[/\\]", part)[-1] for part in parts if isinstance(part, str)]
    return any(_OURS.fullmatch(word) for word in words)
