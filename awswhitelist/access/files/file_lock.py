"""A lock on a file that threads and processes share: advisory, with a bounded wait.

The file stays open between two uses, which makes taking the lock a matter of microseconds. It may
be deleted or replaced by anybody meanwhile: that is noticed, and the file there now is locked.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    from awswhitelist.access.files.locked_file_windows import LockedFile
else:
    from awswhitelist.access.files.locked_file import LockedFile

LONGEST_WAIT = 10.0
"""Seconds; who holds such a lock writes a line, so a longer wait means that something hangs."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.05


class LockFile:
    """One lock. Threads wait for each other without polling, processes with growing pauses."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """The file is made when it is first needed; its directory has to be there by then."""
        self._between_threads = threading.Lock()
        self._between_processes = LockedFile(path)
        self._clock = clock
        self._sleep = sleep

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it. TimeoutError after ten seconds; OSError where the file cannot be used."""
        if not self._between_threads.acquire(timeout=LONGEST_WAIT):
            raise TimeoutError("the lock is held by another thread")
        try:
            self._acquire()
            try:
                yield
            finally:
                self._between_processes.release()
        finally:
            self._between_threads.release()

    def _acquire(self) -> None:
        if self._between_processes.try_to_acquire():
            return
        latest, pause = self._clock() + LONGEST_WAIT, _FIRST_PAUSE
        while not self._between_processes.try_to_acquire():
            if self._clock() >= latest:
                raise TimeoutError("the lock is held by another process")
            self._sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
