"""Do a few blocking calls side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar, overload

if TYPE_CHECKING:
    from concurrent.futures import Future

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")
R = TypeVar("R")


class _Threads:
    """As many threads as there are calls at once: none waits for another, for a call may itself
    run some. One is started only where none is idle, and is kept then.

    They are daemons, which those of an executor are not: a call that hangs in the network must not
    keep the process from ending.
    """

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._idle = threading.Semaphore(0)

    def begin(self, call: Callable[[], R]) -> Future[R]:
        """Run the call in a thread, with a copy of the caller's context variables."""
        # Loaded here: a program that only greets its client never needs it.
        from concurrent.futures import Future

        future: Future[R] = Future()
        context = copy_context()
        # Before the call is put there: one that fails to begin must not be made by another later.
        if not self._idle.acquire(blocking=False):
            threading.Thread(target=self._serve, name="side-by-side", daemon=True).start()
        self._waiting.put(lambda: _settle(future, lambda: context.run(call)))
        return future

    def _serve(self) -> None:
        while True:
            self._waiting.get()()
            self._idle.release()


def _settle(future: Future[R], call: Callable[[], R]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:  # whatever it is, it is raised where the result is wanted
        future.set_exception(error)


_THREADS = _Threads()


@overload
def run_side_by_side(first: Callable[[], A], second: Callable[[], B], /) -> tuple[A, B]: ...


@overload
def run_side_by_side(*calls: Callable[[], A]) -> tuple[A, ...]: ...


def run_side_by_side(*calls: Callable[[], object]) -> tuple[object, ...]:
    """Run every call at once and return their results in order.

    The last runs in the calling thread, each other one in a thread of its own with a copy of the
    caller's context variables. All have ended when this returns or raises; of several exceptions
    the first in the order of the calls wins.
    """
    if len(calls) < 2:
        return tuple(call() for call in calls)
    from concurrent.futures import wait

    *others, last = calls
    running = [_THREADS.begin(call) for call in others]
    try:
        own = last()
    finally:
        wait(running)
        # Raising from here replaces an exception of the last call: first in order wins.
        results = [future.result() for future in running]
    return (*results, own)


def run_each(act: Callable[[T], R], things: Iterable[T], width: int) -> Sequence[R]:
    """Do the same with each of the things, so many at once; the results are in their order.

    All have ended when this returns or raises; of several exceptions the first in order wins.
    """
    waiting = list(things)
    if len(waiting) < 2 or width < 2:
        return [act(thing) for thing in waiting]
    from concurrent.futures import FIRST_COMPLETED, wait

    every: list[Future[R]] = []
    running: set[Future[R]] = set()
    for thing in waiting:
        if len(running) >= width:
            running = wait(running, return_when=FIRST_COMPLETED).not_done
        every.append(_THREADS.begin(partial(act, thing)))
        running.add(every[-1])
    wait(running)
    return [future.result() for future in every]
