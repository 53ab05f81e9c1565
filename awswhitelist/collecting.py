"""When garbage is not looked for.

What starting and loading make stays for good, nearly all of it: looking through it again and again
finds next to nothing, and takes a tenth of the time.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Pauses:
    """How many blocks want the collector off, and whether it was on before the first of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._was_on = False

    def begin(self) -> None:
        with self._lock:
            if self._count == 0:
                self._was_on = gc.isenabled()
                gc.disable()
            self._count += 1

    def end(self) -> None:
        with self._lock:
            self._count -= 1
            if self._count == 0 and self._was_on:
                gc.enable()


_PAUSES = _Pauses()


@contextmanager
def uncollected(*, for_good: bool = False) -> Iterator[None]:
    """No garbage is looked for meanwhile, in any thread; blocks may overlap.

    ``for_good``: nor ever again among what is there at the end. A collector that somebody else
    has switched off stays off.
    """
    _PAUSES.begin()
    try:
        yield
        if for_good:
            gc.freeze()
    finally:
        _PAUSES.end()


def leave_behind() -> None:
    """Never look for garbage again among all that is there: the process is about to end.

    Python would look through all of it once more on its way out, for nothing.
    """
    gc.freeze()
