"""Cuts a byte stream into lines, within a bound: pure, without I/O.

Source: MCP 2026-07-28, basic/transports/stdio: messages are delimited by newlines. Accepted beyond
it: CRLF and blank lines, a UTF-8 byte-order mark at the very start, a last line without a newline.
"""

from __future__ import annotations

from collections.abc import Iterator

_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r"


class LineSplitter:
    """Holds the beginning of a line until its end has come.

    ``max_bytes`` bounds a line, without its newline. A longer one is thrown away as it comes,
    never held, and shows as one None in the place of the line.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._parts: list[bytes] = []
        self._held = 0
        self._discarding = False
        self._at_start = True

    def feed(self, chunk: bytes) -> Iterator[bytes | None]:
        """Take the next bytes; yields the lines that they complete, blank ones left out."""
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            self._hold(end)
            yield from self._take()
        self._hold(rest)

    def finish(self) -> Iterator[bytes | None]:
        """The input has ended: yields a last line that had no newline, if there is one."""
        yield from self._take()

    def _hold(self, part: bytes) -> None:
        self._held += len(part)
        if self._held > self._max_bytes:
            self._discarding = True
            self._parts.clear()
        elif part:
            self._parts.append(part)

    def _take(self) -> Iterator[bytes | None]:
        line = b"".join(self._parts)
        discarded = self._discarding
        self._parts.clear()
        self._held = 0
        self._discarding = False
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BOM)
        if discarded:
            yield None
        elif line.strip(_BLANK):
            yield line
