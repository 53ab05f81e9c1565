"""Install and uninstall: read the client's file, edit it, check the edit, and put it in place."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from awswhitelist.commands.install.clients import find_client
from awswhitelist.commands.install.entry import check_name, entry_for, is_ours
from awswhitelist.commands.install.files import Original, back_up, read_original, replace
from awswhitelist.commands.install.interface import (
    Client,
    Entry,
    InstallOptions,
    InstallReport,
    Places,
    UnreadableError,
)
from awswhitelist.exceptions import ClientConfigError, InvalidArgumentError
from awswhitelist.redaction import Redactor

BOM = "\ufeff"

Now = Callable[[], datetime]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def install(
    client: str,
    options: InstallOptions,
    home: Path,
    environ: Mapping[str, str],
    platform: str,
    *,
    now: Now = _utc_now,
) -> InstallReport:
    """Put our entry into ``client``'s configuration; an entry of ours that is there is renewed.

    ``platform`` is a ``sys.platform``, ``now`` gives the time in the backup's name. Other members
    of our entry are kept. Raises InvalidArgumentError for what is asked, ClientConfigError for a
    file that cannot be used; then it is as it was.
    """
    found = find_client(client)
    entry = entry_for(found, options)
    return _change(found, options, Places(home, environ, platform), now, entry)


def uninstall(
    client: str,
    options: InstallOptions,
    home: Path,
    environ: Mapping[str, str],
    platform: str,
    *,
    now: Now = _utc_now,
) -> InstallReport:
    """Take our entry out of ``client``'s configuration; one that is not there is no error.

    Arguments and errors as for `install`.
    """
    return _change(find_client(client), options, Places(home, environ, platform), now, None)


def _change(
    client: Client, options: InstallOptions, places: Places, now: Now, entry: Entry | None
) -> InstallReport:
    check_name(options.name)
    original = read_original(_path(client, options, places))
    before = _text(original)
    try:
        after = _edited(client, options.name, before, entry)
    except UnreadableError as exc:
        raise _unreadable(original.path, exc) from None
    changed = after != before
    is_written = changed and not options.dry_run
    backup = back_up(original, now()) if is_written else None
    if is_written:
        replace(original, after.encode())
    diff = _diff(original.path, before, after)
    return InstallReport(client, original.path, diff, backup, changed, options.dry_run)


def _path(client: Client, options: InstallOptions, places: Places) -> Path:
    if options.config_file is not None:
        return options.config_file
    if options.project is None:
        return client.path(places)
    if client.project is None:
        raise InvalidArgumentError(
            f"{client.title} has no configuration of a project's own.", field="project"
        )
    return options.project / client.project


def _text(original: Original) -> str:
    try:
        return (original.data or b"").decode("utf-8")
    except UnicodeDecodeError as exc:
        read = original.data[: exc.start].decode("utf-8") if original.data else ""
        wrong = UnreadableError.at(read, len(read), "it is not UTF-8")
        raise _unreadable(original.path, wrong) from None


def _edited(client: Client, name: str, before: str, entry: Entry | None) -> str:
    """``before`` with the entry, or without it where ``entry`` is None. Raises UnreadableError."""
    text = before.removeprefix(BOM)
    data = client.format.read(text)
    servers = data.get(client.container, {})
    if not isinstance(servers, dict):
        raise UnreadableError(f"`{client.container}` does not hold servers by name")
    present = servers.get(name)
    if name in servers and not is_ours(present):
        raise UnreadableError(
            f"`{name}` is another server there", remedy="Use another name: pass --name."
        )
    if entry is None:
        after = client.format.remove(text, client.container, name) if name in servers else text
    else:
        after = client.format.put(text, client.container, name, entry)
    if not _says(client, after, _expected(data, client.container, name, entry)):
        raise UnreadableError(
            f"`{client.container}` is written in a form that is not edited here",
            remedy=f"Edit it by hand: {client.docs}",
        )
    return before[: len(before) - len(text)] + after


def _says(client: Client, text: str, expected: dict[str, Any]) -> bool:
    try:
        return client.format.read(text) == expected
    except UnreadableError:
        return False


def _expected(
    data: dict[str, Any], container: str, name: str, entry: Entry | None
) -> dict[str, Any]:
    """What the text must say afterwards: the same, but for our entry."""
    wanted = deepcopy(data)
    if entry is not None:
        wanted.setdefault(container, {}).setdefault(name, {}).update(entry)
    elif container in wanted:
        wanted[container].pop(name, None)
    return wanted


def _unreadable(path: Path, exc: UnreadableError) -> ClientConfigError:
    where = f" (line {exc.line}, column {exc.column})" if exc.line else ""
    return ClientConfigError(
        f"{path} cannot be edited: {exc.reason}{where}.",
        remedy=exc.remedy,
        path=str(path),
        line=exc.line,
        column=exc.column,
    )


def _diff(path: Path, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), str(path), str(path), lineterm=""
    )
    return Redactor().text("\n".join(lines))
