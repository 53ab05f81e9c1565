"""The lines of an audit log, newest first, over the log in use and the files moved aside.

Bytes are searched before anything is parsed: a full log has megabytes, and few lines are wanted.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from awswhitelist.access.files.open_files import open_regular
from awswhitelist.exceptions import AuditUnavailableError

_Identity = tuple[int, int]


def lines_with(path: Path, *parts: bytes, since: datetime | None = None) -> Iterator[bytes]:
    """The lines that hold one of the parts, newest first, without their newlines.

    Files that were last written to before ``since`` are left out. AuditUnavailableError where a
    file is there but cannot be read.
    """
    for data in _files(path, since):
        starts = {start for part in parts for start in _line_starts(data, part)}
        for start in sorted(starts, reverse=True):
            end = data.find(b"\n", start)
            yield data[start : end if end >= 0 else len(data)]


def _files(path: Path, since: datetime | None) -> Iterator[bytes]:
    earliest = since.timestamp() if since else 0.0
    seen: set[_Identity] = set()
    try:
        for each in _paths(path):
            yield _read(each, earliest, seen)
    except OSError as exc:
        raise AuditUnavailableError("The audit log cannot be read.") from exc


def _paths(path: Path) -> Iterator[Path]:
    """The log in use, then those moved aside, which are listed after the first has been read: one
    that is moved just then is not missed."""
    yield path
    start = len(path.name) + 1
    suffixes = (each.name[start:] for each in path.parent.glob(f"{path.name}.*"))
    for suffix in sorted(filter(str.isdecimal, suffixes), key=int, reverse=True):
        yield path.with_name(f"{path.name}.{suffix}")


def _read(path: Path, earliest: float, seen: set[_Identity]) -> bytes:
    """The file's bytes; none of one that was read already, or is too old, or not there."""
    try:
        with os.fdopen(open_regular(path, os.O_RDONLY), "rb") as file:
            status = os.fstat(file.fileno())
            identity = (status.st_dev, status.st_ino)
            if identity in seen or status.st_mtime < earliest:
                return b""
            seen.add(identity)
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return b""


def _line_starts(data: bytes, part: bytes) -> Iterator[int]:
    """Where the lines begin that hold the part; nothing is part of every line."""
    position = 0
    while position < len(data) and (at := data.find(part, position)) >= 0:
        yield data.rfind(b"\n", 0, at) + 1
        end = data.find(b"\n", at)
        position = end + 1 if end >= 0 else len(data)
