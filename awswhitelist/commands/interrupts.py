"""Ctrl-C: what must not be torn apart is asked to stop, everything else stops at once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

from awswhitelist.commands.exits import ExitCode
from awswhitelist.commands.terminal import is_terminal

NOTICE = b"\nStopping as soon as that is safe. Press Ctrl-C again to stop at once.\n"
SHOW_CURSOR = b"\x1b[?25h\n"
"""A progress bar hides it."""

STDERR = 2


class Interruption:
    """Around a call, in the main thread.

    ``gently``: the first Ctrl-C only sets a mark, which the call looks at between two steps, so
    that what it has written to AWS is looked at and audited. The second one, or the first of a
    call that only reads, ends the process: threads that wait for AWS would keep it for a while.
    While a person is asked KeyboardInterrupt is raised. ``leave`` ends the process with an exit
    code.
    """

    def __init__(self, *, gently: bool, leave: Callable[[int], object] = os._exit) -> None:
        self._gently = gently
        self._leave = leave
        self._is_asking = False
        self._is_set = False

    def __enter__(self) -> Interruption:
        self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def is_set(self) -> bool:
        """Whether the person wants it to stop."""
        return self._is_set

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While a person is asked, when nothing is under way."""
        self._is_asking = True
        try:
            yield
        finally:
            self._is_asking = False

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_asking:
            raise KeyboardInterrupt
        if self._gently and not self._is_set:
            self._is_set = True
            os.write(STDERR, NOTICE)
            return
        if is_terminal(sys.stderr):
            os.write(STDERR, SHOW_CURSOR)
        self._leave(ExitCode.INTERRUPTED)
