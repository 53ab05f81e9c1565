"""Do a few blocking calls side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextvars import copy_context
from functools import cache
from typing import TYPE_CHECKING, TypeVar, overload

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")
R = TypeVar("R")

NO_LIMIT = 10_000
"""More threads than ever run: no call waits for another, for a call may itself run some."""


@cache
def _pool() -> ThreadPoolExecutor:
    """The threads of the process. One is started only where none is idle, and is kept then."""
    # Loaded here: a program that only greets its client never needs a pool.
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(NO_LIMIT, thread_name_prefix="side-by-side")


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
    running = [_pool().submit(copy_context().run, call) for call in others]
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
    from concurrent.futures import FIRST_COMPLETED, Future, wait

    every: list[Future[R]] = []
    running: set[Future[R]] = set()
    for thing in waiting:
        if len(running) >= width:
            running = wait(running, return_when=FIRST_COMPLETED).not_done
        every.append(_pool().submit(copy_context().run, act, thing))
        running.add(every[-1])
    wait(running)
    return [future.result() for future in every]
