"""The audit log: JSON Lines, the intent before the first write, a receipt after every change.

One append per line under an advisory lock that all processes share; rotated by size under the same
lock and never deleted by us; readable by this user alone. Intents and outcomes are flushed to disk,
and with an outcome the receipts before it.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from awswhitelist.exceptions import AuditUnavailableError
from awswhitelist.validators import format_time

LOCK_SECONDS = 10.0


class AuditLog:
    """Appends records to one file."""

    def __init__(
        self,
        path: Path,
        *,
        max_bytes: int,
        now: Callable[[], datetime],
        stamp: Mapping[str, Any],
        redact: Callable[[Any], Any],
    ) -> None:
        """``stamp`` goes into every record (host, pid, principal); ``redact`` blanks secrets."""
        self._path = path
        self._max_bytes = max_bytes
        self._now = now
        self._stamp = dict(stamp)
        self._redact = redact
        self._threads = threading.Lock()

    @property
    def path(self) -> Path:
        """Where the log is."""
        return self._path

    def append(self, event: str, record: Mapping[str, Any], *, durable: bool = True) -> None:
        """Write one record. Raises AuditUnavailableError.

        A record that is ``durable`` is on the disk when this returns, and so is every one before
        it; another survives the end of the process, but not yet that of the machine.
        """
        body = {"time": format_time(self._now()), "event": event, **self._stamp, **record}
        line = json.dumps(self._redact(body), separators=(",", ":"), ensure_ascii=True) + "\n"
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._lock():
                self._rotate(len(line))
                _append(self._path, line.encode("ascii"), durable=durable)
        except (OSError, Timeout) as exc:
            raise AuditUnavailableError("The audit log cannot be written.") from exc

    def check(self) -> None:
        """Raise AuditUnavailableError unless a record could be written now."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._lock():
                _append(self._path, b"", durable=True)
        except (OSError, Timeout) as exc:
            raise AuditUnavailableError("The audit log cannot be written.") from exc

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One writer among threads (without polling), then one among processes."""
        processes = FileLock(f"{self._path}.lock", timeout=LOCK_SECONDS, mode=0o600)
        with self._threads, processes:
            yield

    def _rotate(self, more: int) -> None:
        """Move a full log aside, under a name that sorts by its number and is never reused."""
        if not self._path.exists() or self._path.stat().st_size + more <= self._max_bytes:
            return
        numbers = (path.suffix[1:] for path in self._path.parent.glob(f"{self._path.name}.*"))
        last = max((int(number) for number in numbers if number.isdigit()), default=0)
        self._path.rename(self._path.with_name(f"{self._path.name}.{last + 1:06d}"))


def _append(path: Path, data: bytes, *, durable: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        before = os.fstat(descriptor).st_size
        if os.write(descriptor, data) != len(data):
            os.ftruncate(descriptor, before)
            raise OSError("short write")
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
