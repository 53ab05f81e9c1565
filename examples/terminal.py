"""Commands on a terminal with nobody at it: a pseudo-terminal that a program reads and types at.

Needs the standard library only, and a system that has pseudo-terminals (not Windows).
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import termios
from collections.abc import Iterator, Mapping, Sequence

PATIENCE = 60.0
"""Seconds after which a command that writes nothing has failed."""

ROWS = 50
_STEP = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")


class Terminal:
    """Runs a command on a terminal that is ``columns`` wide; ``seen`` is all that it wrote.

    Raises TimeoutError where the command writes nothing for too long.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], columns: int = 100
    ) -> None:
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
            os.execve(command[0], list(command), dict(environment))

    def wait_for(self, words: str) -> re.Match[str]:
        """Read until these words (a pattern) have been written. EOFError if they never are."""
        while not (found := re.search(words, self.seen)):
            if not self._read():
                raise EOFError(f"{words} was never written: {self.seen}")
        return found

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self.fd, line.encode() + b"\n")

    def end(self) -> int:
        """The exit code, after all has been written."""
        while self._read():
            pass
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self) -> bool:
        ready, _, _ = select.select([self.fd], [], [], PATIENCE)
        if not ready:
            raise TimeoutError(f"nothing more was written after: {self.seen}")
        try:
            chunk = os.read(self.fd, 65536)
        except OSError:  # how Linux tells that the other end is closed
            return False
        self.seen += chunk.decode("utf-8", "replace")
        return bool(chunk)


def screen(written: str) -> list[str]:
    """What a person sees after all of it was written: lines, without colours.

    Knows what a progress bar does: back to the start of a line, up, and erasing a line.
    """
    lines, row, column = [""], 0, 0
    for code, text in _steps(written):
        if code == "\r":
            column = 0
        elif code == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif code == "A":
            row = max(row - 1, 0)
        elif code == "K":
            lines[row] = ""
        elif text:
            line = lines[row].ljust(column)
            lines[row] = line[:column] + text + line[column + len(text) :]
            column += len(text)
    return [line.rstrip() for line in lines]


def _steps(written: str) -> Iterator[tuple[str, str]]:
    """A code that moves the cursor or erases, or a text; colours and the like move nothing."""
    for _, code, control, text in _STEP.findall(written):
        yield (code or control, text)
