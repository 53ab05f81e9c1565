"""Lines of JSON that carry a MAC of themselves. Pure but for the functions given.

The MAC is the last member of the object and covers the bytes of the object without it, so that a
line is judged as it stands in the file, whatever a parser would make of it.
"""

from __future__ import annotations

from collections.abc import Callable

PURPOSE = b"awswhitelist audit\n"
"""Signed before each line: a signature made for anything else is none for a line."""

_MEMBER, _END = b',"mac":"', b'"}'
_MAC_LENGTH = 64
_TAIL = len(_MEMBER) + _MAC_LENGTH + len(_END)


def sealed(body: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """The line, newline included, for the JSON of an object with at least one member."""
    mac = sign(PURPOSE + body).hex().encode("ascii")
    return b"".join((body[:-1], _MEMBER, mac, _END, b"\n"))


def is_genuine(line: bytes, verify: Callable[[bytes, bytes], bool]) -> bool:
    """Whether :func:`sealed` made that line (given without its newline)."""
    tail = line[-_TAIL:]
    if not (tail.startswith(_MEMBER) and tail.endswith(_END)):
        return False
    try:
        mac = bytes.fromhex(tail[len(_MEMBER) : -len(_END)].decode("ascii"))
    except ValueError:
        return False
    return verify(PURPOSE + line[:-_TAIL] + b"}", mac)
