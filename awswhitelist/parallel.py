"""Do a few blocking calls side by side."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from typing import TypeVar, overload

A = TypeVar("A")
B = TypeVar("B")


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
    # Loaded here: a program that only greets its client never needs a pool.
    from concurrent.futures import ThreadPoolExecutor

    *others, last = calls
    with ThreadPoolExecutor(max_workers=len(others)) as pool:
        running = [pool.submit(copy_context().run, call) for call in others]
        try:
            own = last()
        finally:
            # Raising from here replaces an exception of the last call: first in order wins.
            results = [future.result() for future in running]
    return (*results, own)
