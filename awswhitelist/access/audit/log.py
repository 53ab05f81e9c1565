"""The audit log: JSON Lines, the intent before the first write, a receipt after every change.

One append per line under an advisory lock that all processes share; rotated by size under the same
lock and never deleted by us; readable by this user alone. Each line ends in a ``mac``, the HMAC of
all that stands before it, so that a reader can tell what we wrote from what somebody else did.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from awswhitelist.access.files.file_lock import LockFile
from awswhitelist.access.audit.flushing import Flusher
from awswhitelist.access.files.open_files import OTHERS, make_directories, open_regular
from awswhitelist.access.audit.sealed_lines import sealed
from awswhitelist.exceptions import AuditUnavailableError, StateUnavailableError
from awswhitelist.validators import format_time

ROOM = 16 * 1024
"""Bytes of records that a change of several rules makes."""

_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT


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
        sign: Callable[[bytes], bytes],
    ) -> None:
        """``stamp`` goes into every record (host, pid, principal); ``redact`` blanks secrets;
        ``sign`` makes the MAC of what is written, StateUnavailableError where it cannot.
        """
        self._path = path
        self._max_bytes = max_bytes
        self._now = now
        self._stamp = dict(stamp)
        self._redact = redact
        self._sign = sign
        self._lock = LockFile(Path(f"{path}.lock"))
        self._flusher = Flusher(path)

    @property
    def path(self) -> Path:
        """Where the log is."""
        return self._path

    def append(self, event: str, record: Mapping[str, Any], *, durable: bool = True) -> None:
        """Write one record. Raises AuditUnavailableError.

        A record that is ``durable`` is on the disk when this returns, and so is every one before
        it; another survives the end of the process at once, and that of the machine a moment later.
        """
        self.append_all(event, [record], durable=durable)

    def append_all(
        self, event: str, records: Sequence[Mapping[str, Any]], *, durable: bool = True
    ) -> None:
        """Write records of one kind at once: all of them, or none. See :meth:`append`."""
        head = {"time": format_time(self._now()), "event": event, **self._stamp}
        try:
            lines = [self._line({**head, **record}) for record in records]
            self._write(b"".join(lines), durable=durable)
        except (OSError, StateUnavailableError) as exc:
            raise AuditUnavailableError("The audit log cannot be written.") from exc
        if not durable:
            self._flusher.soon()

    def check(self) -> None:
        """Raise AuditUnavailableError unless a record could be written now."""
        try:
            self._sign(b"")
            self._write(b"", durable=True)
            with self._lock.held():
                _try_room(Path(f"{self._path}.check"))
        except (OSError, StateUnavailableError) as exc:
            raise AuditUnavailableError("The audit log cannot be written.") from exc

    def _line(self, body: Mapping[str, Any]) -> bytes:
        return sealed(_ENCODE(self._redact(body)).encode("ascii"), self._sign)

    def _write(self, line: bytes, *, durable: bool) -> None:
        if not self._path.parent.exists():
            make_directories(self._path.parent)
        with self._lock.held():
            self._rotate(len(line))
            _append(self._path, line, durable=durable)

    def _rotate(self, more: int) -> None:
        """Move a full log aside, under a name that sorts by its number and is never reused."""
        with suppress(FileNotFoundError):
            if os.stat(self._path).st_size + more > self._max_bytes:
                self._move_aside()

    def _move_aside(self) -> None:
        numbers = (path.suffix[1:] for path in self._path.parent.glob(f"{self._path.name}.*"))
        last = max((int(number) for number in numbers if number.isdigit()), default=0)
        # What is still to reach the disk is looked for under the old name later.
        self._flusher.now()
        self._path.rename(self._path.with_name(f"{self._path.name}.{last + 1:06d}"))


_ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode


def _try_room(path: Path) -> None:
    """Write as much as a change needs beside the log, and take it away. OSError without room."""
    descriptor = open_regular(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        if os.write(descriptor, bytes(ROOM)) != ROOM:
            raise OSError("short write")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
        path.unlink()


def _append(path: Path, data: bytes, *, durable: bool) -> None:
    descriptor = open_regular(path, _APPENDING)
    try:
        if os.fstat(descriptor).st_mode & OTHERS:
            os.chmod(path, 0o600)  # Somebody may have made it beforehand, for all to read.
        written = os.write(descriptor, data)
        try:
            if written != len(data):
                raise OSError("short write")
            if durable:
                os.fsync(descriptor)
        except OSError:
            # Who is told that nothing was written must not find it there later.
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
            raise
    finally:
        os.close(descriptor)
