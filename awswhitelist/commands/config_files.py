"""A first config file, with a companion that explains it: JSON has no comments."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from awswhitelist.commands.config_docs import sections_markdown
from awswhitelist.commands.config_schema import CONFIG_SCHEMA, published
from awswhitelist.config import DefaultsConfig, LoggingConfig
from awswhitelist.config_sources import CONFIG_VARIABLE, SCHEMA_KEY, shown_path, usual_file
from awswhitelist.exceptions import ConfigurationError
from awswhitelist.text import printable

COMPANION = "config.README.md"

_ABOUT = """\
# Configuration of awswhitelist

This file explains `{name}`, which stands beside it. That file holds the settings that people
change first, with the values that they have anyway: change or remove what you like. Everything
below may be added to it. Check it with `awswhitelist config check`.

"""


def file_to_write(path: Path | None, environ: Mapping[str, str]) -> Path:
    """Where the config file belongs: as named, by ``AWSWHITELIST_CONFIG``, or the usual place.

    Raises ConfigurationError where there is no home directory to put it in.
    """
    named = environ.get(CONFIG_VARIABLE)
    found = path or (Path(named) if named else usual_file(environ))
    if found is None:
        raise ConfigurationError(
            "There is no home directory to put a configuration file in.",
            remedy="Name the file with --config.",
        )
    return found


def first_config() -> str:
    """A config file that changes nothing: the settings that people change first, as they are."""
    data = {
        SCHEMA_KEY: published(CONFIG_SCHEMA).as_uri(),
        "defaults": DefaultsConfig().model_dump(mode="json"),
        "ports": {},
        "profiles": {},
        "logging": LoggingConfig().model_dump(mode="json"),
        "policy": {},
    }
    return json.dumps(data, indent=2) + "\n"


def write_first_config(file: Path, *, force: bool) -> tuple[Path, Path]:
    """Write the file and its companion; both paths.

    Raises ConfigurationError, and leaves all as it is, where one of them is there already and
    ``force`` is not given; also where they cannot be written.
    """
    try:
        companion = file.with_name(COMPANION)
        there = [each for each in (file, companion) if os.path.lexists(each)]
        if there and not force:
            raise ConfigurationError(
                f"{shown_path(there[0])} is there already.",
                remedy="Keep it, or have it replaced with --force.",
            )
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(companion, _ABOUT.format(name=printable(file.name)) + sections_markdown())
        _replace(file, first_config())
    except (OSError, ValueError) as error:  # ValueError: no file can have that name
        raise ConfigurationError(
            f"{shown_path(file)} cannot be written.",
            remedy="Make its directory writable, or name another file with --config.",
        ) from error
    return file, companion


def _replace(file: Path, text: str) -> None:
    """Put the text there at once, readable by this user alone, whatever was there before."""
    new = file.with_name(f"{file.name}.{os.getpid()}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        new.replace(file)
    except OSError:
        new.unlink()
        raise
