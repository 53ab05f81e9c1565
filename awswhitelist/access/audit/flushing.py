"""Brings a file to the disk a moment later, off the way of whoever wrote to it."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

PAUSE = 0.05
"""Seconds from being asked to flushing. A flush at once would take turns with whoever asked."""


class Flusher:
    """Flushes one file in a thread of its own, which is started when it is first needed.

    What is asked for during the pause before a flush is the same flush. The thread ends with the
    process; what it had still to do, the system does then.
    """

    def __init__(self, path: Path, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._path = path
        self._sleep = sleep
        self._wanted = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def soon(self) -> None:
        """Flush in a moment. Never waits for the disk."""
        if self._thread is None:
            with self._guard:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._work, name="audit-flusher", daemon=True
                    )
                    self._thread.start()
        self._wanted.set()

    def now(self) -> None:
        """Flush what was written so far. OSError where that fails."""
        # Not O_RDONLY: not every system flushes through a descriptor that may not write.
        descriptor = os.open(self._path, os.O_WRONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _work(self) -> None:
        while True:
            self._wanted.wait()
            self._sleep(PAUSE)
            self._wanted.clear()
            try:
                with suppress(FileNotFoundError):  # it was taken away: there is nothing to do
                    self.now()
            except OSError as exc:
                log.error("audit.not_flushed", extra={"errno": exc.errno})
