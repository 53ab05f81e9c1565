"""Where settings come from: the JSON file, the environment, the operator's policy file.

Files are read here and nowhere else; nothing here knows what the settings mean.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import BaseModel

from awswhitelist.constants import PRODUCT
from awswhitelist.exceptions import ConfigurationError
from awswhitelist.text import near_miss, printable

PREFIX = "AWSWHITELIST_"
CONFIG_VARIABLE = PREFIX + "CONFIG"
POLICY_VARIABLE = PREFIX + "POLICY"

LONGEST_FILE = 1024 * 1024
"""Bytes of a file of settings; whatever is longer is something else."""

_NOT_BY_VARIABLE = ("policy", "state")
SCHEMA_KEY = "$schema"
"""What editors read in a file, and we do not."""

_PATHS = (
    ("state", "directory"),
    ("audit", "path"),
    ("aws", "model_cache"),
    ("logging", "file"),
)
_USUAL = (
    ("state", "directory", "XDG_STATE_HOME", ".local/state"),
    ("aws", "model_cache", "XDG_CACHE_HOME", ".cache"),
)
"""Settings of directories, and where such directories usually are."""
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH

_TOKEN = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*")\s*(?P<colon>:)?|[{}]')
"""The parts of valid JSON that tell its objects' names: texts, and the braces around them."""


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"line {line}, column {position - text.rfind(chr(10), 0, position)}"


def _refuse_duplicates(text: str, shown: str) -> None:
    """Raise where one object has a name twice: JSON readers differ on which of the two counts."""
    names: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        if token[0] == "{":
            names.append(set())
        elif token[0] == "}":
            names.pop()
        elif token["colon"]:
            name = json.loads(token["text"])
            if name in names[-1]:
                where = _place(text, token.start())
                raise ConfigurationError(
                    f"{shown} has `{printable(name)}` twice in one object, again at {where}.",
                    field=printable(name),
                    remedy="Keep one of the two.",
                )
            names[-1].add(name)


def _refuse_constant(_name: str) -> float:
    raise ValueError


def parse_json_object(text: str, shown: str) -> dict[str, Any]:
    """The JSON object that ``text`` holds; ``shown`` names its source in errors.

    Raises ConfigurationError with line and column for JSON that is malformed or has a name twice.
    """
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        where = _place(text, error.pos)
        raise ConfigurationError(
            f"{shown} is not valid JSON: see {where}.", remedy="Correct the JSON there."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"{shown} is not JSON that can be used: a number is out of range or it nests too deep."
        ) from error
    if not isinstance(data, dict):
        raise ConfigurationError(
            f"{shown} does not hold a JSON object (line 1, column 1).",
            remedy='Write an object, as in {"server": {"workers": 8}}.',
        )
    _refuse_duplicates(text, shown)
    return data


def _read(path: Path, shown: str) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return _parsed(file, shown)
    except FileNotFoundError as error:
        raise ConfigurationError(f"{shown} does not exist.") from error
    except (OSError, ValueError) as error:  # ValueError: no file can have that name
        raise ConfigurationError(f"{shown} cannot be read.") from error


def _parsed(file: BinaryIO, shown: str) -> dict[str, Any]:
    """What an open file holds."""
    content = file.read(LONGEST_FILE + 1)
    if len(content) > LONGEST_FILE:
        raise ConfigurationError(
            f"{shown} is too long to be one.",
            remedy=f"Name the right file; {LONGEST_FILE // 1024:,} KiB are read at most.",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{shown} is not UTF-8 text.") from error
    data = parse_json_object(text, shown)
    data.pop(SCHEMA_KEY, None)
    return data


def _is_there(path: Path) -> bool:
    """Whether a file is there; one that we may not even look at is, and so is a link that leads
    nowhere, so that reading it fails: somebody meant a file to be there."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    return True


def _base_directory(environ: Mapping[str, str], variable: str, under_home: str) -> Path | None:
    """A directory by the XDG base directory specification, which says to ignore relative ones."""
    named = Path(environ.get(variable, ""))
    if named.is_absolute():
        return named / PRODUCT
    home = environ.get("HOME")
    return Path(home) / under_home / PRODUCT if home else None


def usual_file(environ: Mapping[str, str]) -> Path | None:
    """Where the config file is if nothing names one; None where there is no home directory."""
    directory = _base_directory(environ, "XDG_CONFIG_HOME", ".config")
    return directory / "config.json" if directory else None


def settings_file(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The config file to be read: one that is named, which must exist, or the usual one if it is
    there."""
    named = environ.get(CONFIG_VARIABLE)
    if path is not None or named:
        return path or Path(named or "")
    usual = usual_file(environ)
    return usual if usual is not None and _is_there(usual) else None


def read_settings(path: Path | None, environ: Mapping[str, str]) -> dict[str, Any]:
    """What the config file holds; nothing where no file is named and the usual one is not there."""
    file = settings_file(path, environ)
    return {} if file is None else _read(file, f"The configuration file {shown_path(file)}")


def shown_path(path: Path) -> str:
    """A path as it is shown to a person."""
    return printable(str(path), 200)


def section_fields(model: type[BaseModel]) -> dict[str, frozenset[str] | None]:
    """The sections of the configuration model and their fields; None where any name will do."""
    annotations = {name: field.annotation for name, field in model.model_fields.items()}
    return {
        name: (
            frozenset(section.model_fields)
            if isinstance(section, type) and issubclass(section, BaseModel)
            else None
        )
        for name, section in annotations.items()
    }


def _variable_value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return text


def _unknown_variable(name: str, known: Mapping[str, frozenset[str] | None]) -> ConfigurationError:
    fields_known = [
        f"{section}__{field}".upper()
        for section, fields in known.items()
        if section not in _NOT_BY_VARIABLE
        for field in sorted(fields or ())
    ]
    # Without the prefix, which all have in common and which would make them all look alike.
    whole = [variable.removeprefix(PREFIX) for variable in (CONFIG_VARIABLE, POLICY_VARIABLE)]
    meant = near_miss(name.removeprefix(PREFIX), [*fields_known, *whole])
    hint = f"Did you mean {PREFIX}{meant}? " if meant else ""
    return ConfigurationError(
        f"The environment variable {printable(name)} sets nothing.",
        field=printable(name),
        remedy=f"{hint}Variables are named {PREFIX}<SECTION>__<FIELD>.",
    )


def variable_name(section: str, field: str) -> str | None:
    """The environment variable that sets a field; None where none may."""
    return None if section in _NOT_BY_VARIABLE else f"{PREFIX}{section}__{field}".upper()


def our_variables(environ: Mapping[str, str]) -> list[str]:
    """The variables of ``environ`` that set fields, or mean to, in order."""
    files = (CONFIG_VARIABLE, POLICY_VARIABLE)
    return sorted(name for name in environ if name.startswith(PREFIX) and name not in files)


def _target(name: str, known: Mapping[str, frozenset[str] | None]) -> tuple[str, str]:
    """The section and the field that a variable sets."""
    section, _, field = name.removeprefix(PREFIX).lower().partition("__")
    if section in _NOT_BY_VARIABLE:
        raise ConfigurationError(
            f"`{section}` cannot be set by the environment variable {printable(name)}.",
            field=section,
            remedy=f"Unset it; `{section}` is set in the configuration file.",
        )
    fields = known.get(section, frozenset())
    if not field or (fields is not None and field not in fields):
        raise _unknown_variable(name, known)
    return section, field


def with_variables(
    data: Mapping[str, Any],
    environ: Mapping[str, str],
    known: Mapping[str, frozenset[str] | None],
) -> dict[str, Any]:
    """``data`` with what the ``AWSWHITELIST_<SECTION>__<FIELD>`` variables set.

    A value is JSON if it parses as JSON, else text. Raises ConfigurationError for a variable of
    our prefix that sets nothing, and for those of the policy and the state directory.
    """
    merged = dict(data)
    for name in our_variables(environ):
        section, field = _target(name, known)
        value = _variable_value(environ[name])
        present = merged.get(section, {})
        if isinstance(present, dict):  # else the model says what is wrong with the section
            merged[section] = {**present, field: value}
    return merged


def with_directories(data: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """``data`` with the usual directories where none are set, and ``~/`` in paths resolved."""
    merged = dict(data)
    for section, field, variable, under_home in _USUAL:
        fields = merged.setdefault(section, {})
        usual = _base_directory(environ, variable, under_home)
        if isinstance(fields, dict) and field not in fields and usual is not None:
            merged[section] = {**fields, field: str(usual)}
    for section, field in _PATHS:
        fields = merged.get(section)
        value = fields.get(field) if isinstance(fields, dict) else None
        if isinstance(value, str) and value.startswith("~/") and environ.get("HOME"):
            merged[section] = {**merged[section], field: str(Path(environ["HOME"], value[2:]))}
    return merged


def policy_files(operator_policy: Path, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The operator's policy files: the usual one if it is there, and the one the unit names."""
    named = environ.get(POLICY_VARIABLE)
    usual = (operator_policy,) if _is_there(operator_policy) else ()
    return (*usual, Path(named)) if named else usual


def is_trusted(owner: int) -> bool:
    """Whether a file of this user id may hold a policy: root's, or our own.

    Windows has no such ids: there the file's access list is the operator's matter.
    """
    return sys.platform == "win32" or owner in (0, os.getuid())


def read_operator_policy(path: Path) -> dict[str, Any]:
    """What an operator's policy file holds.

    Raises ConfigurationError if anybody but the system or this user may write it, or it cannot be
    read.
    """
    shown = f"The policy file {shown_path(path)}"
    try:
        with open(path, "rb", opener=_opened_at_once) as file:
            # What is judged is what is read, whatever comes in its place meanwhile.
            _check_owner(os.fstat(file.fileno()), shown)
            return _parsed(file, shown)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{shown} cannot be read.") from error


def _opened_at_once(path: str, flags: int) -> int:
    """A FIFO would keep us waiting for somebody to write to it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_owner(status: os.stat_result, shown: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigurationError(f"{shown} is no regular file.")
    if not is_trusted(status.st_uid):
        raise ConfigurationError(
            f"{shown} belongs to another user.",
            remedy="Give it to root: chown root on the file.",
        )
    if status.st_mode & _WRITABLE_BY_OTHERS:
        raise ConfigurationError(
            f"{shown} can be written by its group or by others.",
            remedy="Take that away: chmod go-w on the file.",
        )
