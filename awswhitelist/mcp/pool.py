"""A bounded pool of worker threads that respects turns. No thread exists before the first call."""

from __future__ import annotations

import signal
import sys
import threading
from collections import deque
from collections.abc import Callable

from awswhitelist.mcp.turns import Ticket, Turn, Turns


class WorkerPool:
    """Runs tasks on at most ``workers`` threads, with at most ``queue`` more waiting.

    A task that waits for its turn holds no thread. The threads are daemons: a call that hangs in
    the network must not keep the process from ending when its time to drain is over.
    """

    def __init__(self, workers: int, queue: int) -> None:
        self._workers = workers
        self._capacity = workers + queue
        lock = threading.Lock()
        self._work = threading.Condition(lock)
        self._idle = threading.Condition(lock)
        self._turns = Turns()
        self._ready: deque[Ticket] = deque()
        self._admitted = 0
        self._threads = 0
        self._resting = 0
        self._closed = False
        self._on_idle: Callable[[], None] = lambda: None

    def submit(self, turn: Turn | None, task: Callable[[], None], *, resumed: bool = False) -> bool:
        """Run ``task`` when its turn has come; False, and nothing is run, when the pool is full or
        the system has not even one thread for it.

        A ``resumed`` task was admitted before, so it is never refused.
        """
        with self._work:
            if self._admitted >= self._capacity and not resumed:
                return False
            self._admitted += 1
            ticket = Ticket(turn, task)
            if self._turns.enter(ticket):
                self._make_ready(ticket)
                if not self._threads:
                    self._withdraw(ticket)
                    return False
            return True

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left to do."""
        return not self._admitted

    def drain(self, remaining: Callable[[], float]) -> bool:
        """Wait until nothing is left to do, or until ``remaining()`` seconds are none.

        Returns whether everything was done. ``remaining`` is asked again after every wait.
        """
        with self._idle:
            while self._admitted:
                seconds = remaining()
                if seconds <= 0:
                    return False
                self._idle.wait(min(seconds, threading.TIMEOUT_MAX))
            return True

    def when_idle(self, callback: Callable[[], None]) -> None:
        """Call back as soon as nothing is left to do, which may be now. To be called once."""
        with self._idle:
            if self._admitted:
                self._on_idle = callback
                return
        callback()

    def close(self) -> None:
        """Let the threads end as they become free. Waits for nobody."""
        with self._work:
            self._closed = True
            self._work.notify_all()

    def _make_ready(self, ticket: Ticket) -> None:
        self._ready.append(ticket)
        wanted = self._resting < len(self._ready) and self._threads < self._workers
        if not (wanted and self._start_thread()):
            self._work.notify()

    def _withdraw(self, ticket: Ticket) -> None:
        """Forget the newest ticket, which was made ready and which nobody will serve."""
        self._ready.remove(ticket)
        self._admitted -= 1
        self._turns.leave(ticket)

    def _start_thread(self) -> bool:
        """One thread more; False where the system has none: those that there are go on alone."""
        name = f"awswhitelist-call-{self._threads + 1}"
        try:
            threading.Thread(target=self._serve, name=name, daemon=True).start()
        except RuntimeError:
            return False
        self._threads += 1
        return True

    def _serve(self) -> None:
        leave_signals_to_the_main_thread()
        try:
            while (ticket := self._next()) is not None:
                try:
                    ticket.task()
                finally:
                    self._done(ticket)
        finally:
            with self._work:
                self._threads -= 1
                if self._ready and not self._resting:
                    # A task has ended this thread (SystemExit does): somebody must go on.
                    self._start_thread()

    def _next(self) -> Ticket | None:
        """The next task that may run; None once there is none and the pool is closed."""
        with self._work:
            self._resting += 1
            while not self._ready and not self._closed:
                self._work.wait()
            self._resting -= 1
            return self._ready.popleft() if self._ready else None

    def _done(self, ticket: Ticket) -> None:
        with self._work:
            self._admitted -= 1
            for freed in self._turns.leave(ticket):
                self._make_ready(freed)
            if not self._admitted:
                self._idle.notify_all()
                self._on_idle()


def leave_signals_to_the_main_thread() -> None:
    """A signal that the kernel gives to another thread would not wake the main thread's wait.

    Threads that this one starts inherit the mask. Windows gives signals to the main thread alone.
    """
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
