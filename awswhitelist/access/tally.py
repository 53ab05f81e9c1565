"""What was counted against a limit lately: a file of one line per event, which only grows.

Every process of the user appends to it and reads on from where it left off, so that counting costs
the same however much has been counted. A file that has grown large is begun anew with what counts.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from awswhitelist.access.files.file_lock import LockFile
from awswhitelist.access.files.open_files import is_at, open_regular
from awswhitelist.exceptions import StateUnavailableError

Event = tuple[float, int]
"""When (Unix time, seconds), and how much of the limit it used."""

LARGE = 256 * 1024
"""Bytes from which on it is worth looking whether a file holds mostly what no longer counts."""


class Tally:
    """The events of one file. Everything is done while :attr:`lock` is held."""

    def __init__(self, path: Path) -> None:
        self.lock = LockFile(path.with_name(f"{path.name}.lock"))
        self._path = path
        self._descriptor: int | None = None
        self._read_up_to = 0
        self._events: list[Event] = []

    def since(self, earliest: float) -> list[Event]:
        """The events after ``earliest``, oldest first; older ones are forgotten.

        StateUnavailableError where the file is damaged; OSError where it cannot be read.
        """
        descriptor = self._open()
        size = os.fstat(descriptor).st_size
        if size < self._read_up_to:
            self._begin()
        if size > self._read_up_to:
            os.lseek(descriptor, self._read_up_to, os.SEEK_SET)
            self._events += self._parsed(os.read(descriptor, size - self._read_up_to))
            self._read_up_to = size
        self._events = [event for event in self._events if event[0] > earliest]
        return self._events

    def add(self, event: Event) -> None:
        """Count one more. OSError where that cannot be written; then it is not counted."""
        if self._read_up_to > LARGE and len(self._events) * len(_line(event)) < LARGE // 2:
            with suppress(OSError):  # it can wait
                self._rewrite()
        line, descriptor = _line(event), self._open()
        if os.write(descriptor, line) != len(line):
            os.ftruncate(descriptor, self._read_up_to)
            raise OSError("short write")
        self._read_up_to += len(line)
        self._events.append(event)

    def _rewrite(self) -> None:
        """Put a file with what still counts in the place of the old one, whole or not at all."""
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        draft.write_bytes(b"".join(map(_line, self._events)))
        self._close()
        draft.replace(self._path)
        self.since(0.0)

    def _open(self) -> int:
        """The file that is there now. Another process may have put a new one in its place."""
        if self._descriptor is not None and is_at(self._descriptor, self._path):
            return self._descriptor
        self._close()
        self._descriptor = open_regular(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        self._begin()
        return self._descriptor

    def _begin(self) -> None:
        self._read_up_to, self._events = 0, []

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __del__(self) -> None:
        with suppress(OSError):
            self._close()

    def _parsed(self, data: bytes) -> list[Event]:
        """The events of whole lines; half a line is damage, for lines are written at once."""
        try:
            *lines, rest = data.split(b"\n")
            events = [(float(at), int(used)) for at, used in map(json.loads, lines)]
        except (ValueError, TypeError):
            rest = data
        if rest:
            raise StateUnavailableError(
                "The record of the rate limits is damaged.",
                remedy=f"Delete the file {self._path.name} in the state directory, "
                "then call again.",
            )
        return events


def _line(event: Event) -> bytes:
    return f"[{event[0]!r},{event[1]}]\n".encode("ascii")
