"""Work for the time when nothing else is to be done."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator

from awswhitelist.mcp.pool import leave_signals_to_the_main_thread

Work = Callable[[], Iterable[object]]

SHORT_TURN = 0.0002
"""Seconds for which a step keeps another thread from running, which are else 0.005. A message that
comes in meanwhile is served in several turns."""

_END = object()


class SpareTime:
    """Does its work in steps, on a thread of its own, and steps aside while others are served.

    ``work`` is called on that thread and gives an iterator, of which each item is the end of a
    step; without it there is nothing to do. What it raises ends it. All methods are to be called
    by one thread.
    """

    def __init__(self, work: Work | None) -> None:
        self._work = work
        self._thread: threading.Thread | None = None
        self._free = threading.Event()
        self._left = work is not None
        self._closed = False

    @property
    def is_waiting(self) -> bool:
        """Whether there is work left that is not being done."""
        return self._left and not self._free.is_set()

    def begin(self) -> None:
        """There is time from now on: begin, or go on."""
        self._free.set()
        if self._thread is None and self._work is not None:
            # A daemon: a step that hangs must not keep the process from ending.
            self._thread = threading.Thread(
                target=self._run, args=(self._work,), name="awswhitelist-spare-time", daemon=True
            )
            self._thread.start()

    def pause(self) -> None:
        """There is none any more: a step that is being done is the last one for now."""
        if self._left:
            self._free.clear()

    def close(self, seconds: float) -> None:
        """Begin no further step, and wait for the one that is being done, so long at most.

        A process should not end while a thread of it is in the middle of loading a library.
        """
        self._closed = True
        self._free.set()
        if self._thread is not None:
            self._thread.join(max(seconds, 0))

    def _run(self, work: Work) -> None:
        leave_signals_to_the_main_thread()
        try:
            steps = iter(work())
            while not self._closed and _has_done_one(steps):
                self._free.wait()
        finally:
            self._left = False


def _has_done_one(steps: Iterator[object]) -> bool:
    """Do a step; False where it was the last. Meanwhile others get Python's lock quickly."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(min(usual, SHORT_TURN))
    try:
        return next(steps, _END) is not _END
    finally:
        sys.setswitchinterval(usual)
