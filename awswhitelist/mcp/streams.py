"""File descriptors: reading, writing, and being woken up to stop.

Reading and writing wait with ``select`` on the stream and on a pipe of our own (the self-pipe
trick), so that neither a silent client nor one that does not read can keep the server from
stopping. Windows cannot ``select`` on pipes: there both block, and the end of input stops us.
"""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Callable

CHUNK = 1 << 16
"""Read at most at once: what a pipe of Linux holds. The memory for much more would be asked of the
system, and given back, for each message: that takes longer than serving it."""

_SELECTABLE = sys.platform != "win32"


class StopLatch:
    """Set once, seen by every wait. ``drain_seconds`` is the time between stopping and the end."""

    def __init__(self, drain_seconds: float, clock: Callable[[], float]) -> None:
        self._drain_seconds = drain_seconds
        self._clock = clock
        self._end = float("inf")
        self.fileno, self._writer = os.pipe()
        """Readable from the moment the latch is set, and for ever after."""
        if _SELECTABLE:
            os.set_blocking(self._writer, False)  # which signal.set_wakeup_fd asks for

    def __del__(self) -> None:
        # Not earlier: a worker that hangs may still look at the pipe, and a late signal may still
        # write to it; a descriptor closed under them could be somebody else's by then.
        os.close(self.fileno)
        os.close(self._writer)

    def set(self) -> None:
        """Begin to stop; again does nothing. Takes no lock: safe in a signal handler."""
        if not self.is_set():
            self._end = self._clock() + self._drain_seconds
            os.write(self._writer, b"\0")

    @property
    def wakeup_fd(self) -> int:
        """A byte written to it ends every wait, as setting the latch does."""
        return self._writer

    def is_set(self) -> bool:
        """Whether stopping has begun."""
        return self._end != float("inf")

    def wait(self, seconds: float) -> None:
        """Wait until the latch is set or the time is up; a signal's handler may set it."""
        if _SELECTABLE:
            select.select([self.fileno], [], [], seconds)
        else:
            os.read(self.fileno, 1)

    def remaining(self) -> float:
        """Seconds until the process ends whatever is still open; infinite while it serves."""
        return self._end - self._clock()


class Reader:
    """Bytes from a descriptor until it ends or the latch is set."""

    def __init__(self, fd: int, latch: StopLatch) -> None:
        self._fd = fd
        self._latch = latch

    def is_quiet(self, seconds: float) -> bool:
        """Whether nothing happens for so long: no input, no end of it, no stop.

        Never, where one cannot wait for input that long and no longer, which is on Windows.
        """
        if not _SELECTABLE:
            return False
        try:
            ready, _, _ = select.select([self._fd, self._latch.fileno], [], [], seconds)
        except OSError:  # which the next read is told, too
            return False
        return not ready

    def read(self) -> bytes:
        """The next bytes; empty at the end of input, when stopping, or if it cannot be read."""
        try:
            if _SELECTABLE:
                ready, _, _ = select.select([self._fd, self._latch.fileno], [], [])
                if self._latch.fileno in ready:
                    return b""
            return os.read(self._fd, CHUNK)
        except OSError:  # the other end is gone, which is another way to end the input
            return b""


class Writer:
    """Whole lines to a descriptor, from any thread, never mixed.

    ``closed`` is set, and the latch with it, when the other end is gone or when the time to drain
    has run out; from then on everything is dropped quietly.
    """

    def __init__(self, fd: int, latch: StopLatch) -> None:
        self._fd = fd
        self._latch = latch
        self._lock = threading.Lock()
        self.closed = False

    def send(self, data: bytes) -> None:
        """Write all of ``data``, waiting for room; returns without a word when that is no use."""
        with self._lock:
            if self.closed:
                return
            try:
                self._write(memoryview(data))
            except OSError:
                self.closed = True
                self._latch.set()

    def _write(self, data: memoryview) -> None:
        while data:
            self._await_room()
            # select promises room for this much and no more: a larger write could block.
            size = select.PIPE_BUF if _SELECTABLE else len(data)
            data = data[os.write(self._fd, data[:size]) :]

    def _await_room(self) -> None:
        """Wait until a write will not block. Raises TimeoutError when the drain time is over."""
        if not _SELECTABLE:
            return
        # A signal's byte may wake a worker before the main thread's handler has set the latch.
        while not self._latch.is_set():
            _, writable, _ = select.select([self._latch.fileno], [self._fd], [])
            if writable:
                return
        _, writable, _ = select.select([], [self._fd], [], max(self._latch.remaining(), 0))
        if not writable:
            raise TimeoutError
