"""A progress bar on standard error, for as long as there is something to tell."""

from __future__ import annotations

import sys
import threading

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from awswhitelist.commands.terminal import is_terminal
from awswhitelist.text import printable


class ProgressBar:
    """Appears with the first report, vanishes with :meth:`hide`. Safe under threads.

    Where standard error is no terminal nothing is shown.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bar: Progress | None = None
        self._task = TaskID(0)

    def report(self, done: float, total: float | None, message: str) -> None:
        """Show how far the work is, unless it is one step."""
        if not is_terminal(sys.stderr) or total == 1:
            return
        with self._lock:
            if self._bar is None:
                self._bar = _new_bar()
                self._task = self._bar.add_task("", total=total)
                self._bar.start()
            self._bar.update(
                self._task, completed=done, total=total, description=printable(message)
            )

    def hide(self) -> None:
        """Take the bar away; a later report brings a new one."""
        with self._lock:
            if self._bar is not None:
                self._bar.stop()
                self._bar = None


def _new_bar() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    )
