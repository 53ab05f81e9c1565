"""A log on standard error that nobody may be reading.

Clients of MCP may ignore what a server writes there, and some of them do so with a pipe that fills
up. The server must go on and end all the same.
"""

from __future__ import annotations

import os
import select
import sys

PATIENCE = 1.0
"""Seconds that a line waits for room; where there was none, the next ones do not wait at all."""

_SELECTABLE = sys.platform != "win32"


class LogStream:
    """What a log handler takes for a stream. Its handler must keep threads apart, as all do.

    What there is no room for is dropped. A descriptor that cannot be waited for, which is so on
    Windows, is waited for as long as it takes.
    """

    def __init__(self, fd: int, *, patience: float = PATIENCE) -> None:
        self._fd = fd
        self._usual = self._patience = patience
        self._cut = False

    def write(self, text: str) -> int:
        """Write the text, or what there is room for; the number of its characters.

        Raises OSError.
        """
        # What comes after half a line must not look like the rest of it.
        whole = f"\n{text}" if self._cut else text
        data = memoryview(whole.encode("utf-8", "backslashreplace"))
        left = data
        while left and self._has_room():
            # Room for this much is certain and no more: a larger write could block.
            size = select.PIPE_BUF if _SELECTABLE else len(left)
            left = left[os.write(self._fd, left[:size]) :]
        if len(left) < len(data):
            self._cut = bool(left)
        return len(text)

    def flush(self) -> None:
        """Nothing: what was written is with the system already."""

    def _has_room(self) -> bool:
        if not _SELECTABLE:
            return True
        _, writable, _ = select.select([], [self._fd], [], self._patience)
        self._patience = self._usual if writable else 0.0
        return bool(writable)
