"""Standard input and output are the wire: nothing but the protocol may reach or read it."""

from __future__ import annotations

import os
import sys


def take_stdout() -> int:
    """Take the real standard output away; returns a descriptor that leads to it.

    Afterwards descriptor 1 and ``sys.stdout`` lead to standard error (to nowhere if there is none),
    so that a stray print of any library, or of a child process, lands there. What was printed
    before is flushed first. Raises OSError if there is no standard output. To be called before
    anything else is opened, which would take the place of a standard descriptor that is missing.
    """
    if sys.stdout is not None:
        sys.stdout.flush()
    os.fstat(1)
    ensure_open(0)
    ensure_open(2)
    wire = binary(os.dup(1))
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return wire


def ensure_open(fd: int) -> None:
    """Give a standard descriptor something to lead to: left free, a pipe of ours would take it."""
    try:
        os.fstat(fd)
    except OSError:
        nowhere = os.open(os.devnull, os.O_RDWR)
        if nowhere != fd:
            os.dup2(nowhere, fd)
            os.close(nowhere)


def take_stdin() -> int:
    """Take the real standard input away; returns a descriptor that leads to it, in binary. It is at
    its end if there is none.

    Afterwards descriptor 0 leads to nowhere, so that no child process (one that is asked for AWS
    credentials, say) reads what is ours.
    """
    ensure_open(0)
    wire = binary(os.dup(0))
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    return wire


def binary(fd: int) -> int:
    """The same descriptor, with Windows kept from turning newlines into CRLF on it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(fd, os.O_BINARY)
    return fd
