"""A lock between processes: ``flock`` on a file that stays open. See flock(2)."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from awswhitelist.access.files.open_files import is_at, open_regular


class LockedFile:
    """One lock; only one thread may use this object at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def try_to_acquire(self) -> bool:
        """Whether it is ours now. A lock on a file that is not there any more is none."""
        while True:
            descriptor = self._open()
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                got_it = True
            except BlockingIOError:
                got_it = False
            if is_at(descriptor, self._path):
                return got_it
            self._close()

    def release(self) -> None:
        """Give it back."""
        assert self._descriptor is not None, "it is held"
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _open(self) -> int:
        if self._descriptor is None:
            self._descriptor = open_regular(self._path, os.O_RDWR | os.O_CREAT)
        return self._descriptor

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __del__(self) -> None:
        with suppress(OSError):
            self._close()
