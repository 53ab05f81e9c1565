"""``notifications/progress``. Source: MCP 2026-07-28, basic/patterns/progress."""

from __future__ import annotations

import threading
from collections.abc import Callable

from awswhitelist.mcp.messages import Json, McpNotification
from awswhitelist.mcp.parser import encode_notification
from awswhitelist.mcp.peer import meta_of

BETWEEN = 0.1
"""Seconds between two notifications of one call, at least."""

Report = Callable[[float, float | None, str], None]


def progress_token(params: Json) -> str | int | None:
    """The token under which the client wants to hear of progress; None where it does not."""
    token = meta_of(params).get("progressToken")
    # True is an int to Python, and is none to JSON.
    if isinstance(token, bool) or not isinstance(token, (str, int)):
        return None
    return token


class ProgressReporter:
    """Tells a client how far one call is: rising, not too often, and never after the end.

    ``send`` writes one line; ``clock`` counts seconds. Safe from any thread of the call.
    """

    def __init__(
        self, token: str | int, send: Callable[[bytes], None], clock: Callable[[], float]
    ) -> None:
        self._token = token
        self._send = send
        self._clock = clock
        self._lock = threading.Lock()
        self._last = float("-inf")
        self._next_at = float("-inf")
        self._ended = False

    def report(self, done: float, total: float | None, message: str) -> None:
        """Send it, unless it comes too early or does not rise. Both numbers are finite."""
        with self._lock:
            now = self._clock()
            if self._ended or done <= self._last or now < self._next_at:
                return
            self._last, self._next_at = done, now + BETWEEN
            self._send(encode_notification(self._notification(done, total, message)))

    def end(self) -> None:
        """Nothing is sent any more once this has returned."""
        with self._lock:
            self._ended = True

    def _notification(self, done: float, total: float | None, message: str) -> McpNotification:
        params: Json = {"progressToken": self._token, "progress": done}
        more = {"total": total, "message": message or None}
        return McpNotification(
            "notifications/progress",
            params | {key: value for key, value in more.items() if value is not None},
        )
