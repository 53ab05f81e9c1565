"""The terminal: whether there is one, and how a person is asked on it."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TextIO

from awswhitelist.text import printable

LONGEST_LINE = 1000


class Terminal:
    """A person at a keyboard. Of what is shown nothing can move the cursor or forge a line.

    What was typed before a question was seen is no answer to it.
    """

    def __init__(self, reader: TextIO, writer: TextIO) -> None:
        self._reader = reader
        self._writer = writer

    def say(self, *lines: str) -> None:
        """Show these lines, each on one line."""
        for line in lines:
            self._writer.write(printable(line, LONGEST_LINE) + "\n")
        self._writer.flush()

    def ask(self, prompt: str) -> str | None:
        """The line typed, without blanks around it; None where the input has ended."""
        _forget_typed(self._reader)
        self._writer.write(printable(prompt, LONGEST_LINE) + " ")
        self._writer.flush()
        line = self._reader.readline()
        return line.strip() if line else None

    def close(self) -> None:
        """Let go of the terminal."""
        for stream in (self._writer, self._reader):
            stream.close()


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sees what is written there, or types what is read."""
    return stream is not None and not stream.closed and stream.isatty()


def open_terminal() -> Terminal | None:
    """The controlling terminal, whatever the standard streams are; None where there is none.

    A process in the background has none either: the system would stop it as soon as it reads.
    """
    try:
        return _console() if sys.platform == "win32" else _tty()
    except OSError:
        return None


def _forget_typed(reader: TextIO) -> None:
    """Throw away what waits on a terminal to be read."""
    if sys.platform != "win32" and is_terminal(reader):
        import termios

        # What has no descriptor is fed from memory, where nothing waits.
        with contextlib.suppress(io.UnsupportedOperation):
            termios.tcflush(reader, termios.TCIFLUSH)


def _tty() -> Terminal | None:
    fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    if os.tcgetpgrp(fd) != os.getpgrp():
        os.close(fd)
        return None
    # Two streams on two descriptors: one stream for both would want to seek.
    writer = io.open(os.dup(fd), "w", encoding="utf-8", errors="replace")
    return Terminal(io.open(fd, encoding="utf-8", errors="replace"), writer)


def _console() -> Terminal:
    return Terminal(open("CONIN$", encoding="utf-8"), open("CONOUT$", "w", encoding="utf-8"))
