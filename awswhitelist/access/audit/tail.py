"""The last lines of the audit log, for those who wrote them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from awswhitelist.access.files.open_files import open_regular
from awswhitelist.exceptions import AuditUnavailableError

TAIL_BYTES = 256 * 1024
"""How far back the log is read."""


def recent_entries(path: Path, principal: str, most: int) -> tuple[dict[str, Any], ...]:
    """The newest entries of one local user, newest first, at most so many.

    Looks only at the end of the log in use, not into those moved aside; a line that is no entry is
    passed over. AuditUnavailableError if the log is there but cannot be read.
    """
    try:
        tail = _tail(path)
    except FileNotFoundError:
        return ()
    except OSError as exc:
        raise AuditUnavailableError("The audit log cannot be read.") from exc
    mine = [entry for entry in _entries(tail) if entry.get("principal") == principal]
    return tuple(reversed(mine[-most:]))


def _tail(path: Path) -> list[bytes]:
    """The last whole lines: what comes before the first newline may be half of one."""
    with os.fdopen(open_regular(path, os.O_RDONLY), "rb") as log:
        size = log.seek(0, 2)
        start = max(0, size - TAIL_BYTES)
        log.seek(start)
        lines = log.read().splitlines()
    return lines[1:] if start else lines


def _entries(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            yield entry
