"""The lists: ``tools/list``, ``prompts/list``, ``resources/list``, ``resources/templates/list``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from awswhitelist.mcp.handlers.interface import HOUR_MS, Handler, Incoming
from awswhitelist.mcp.messages import Json
from awswhitelist.mcp.pages import page_of


class ListHandler(Handler):
    """Shows a list that is the same as long as we run, page by page."""

    ttl_ms = HOUR_MS

    def __init__(
        self, member: str, key: str, items: Callable[[], Sequence[Json]], page_size: int
    ) -> None:
        """``member`` holds the items in the result; ``key`` is the field that tells them apart."""
        self._member = member
        self._key = key
        self._items = items
        self._page_size = page_size

    def handle(self, incoming: Incoming) -> Json:
        """The page that ``cursor`` asks for. Raises ProtocolError (-32602) for a false one."""
        cursor = incoming.params.get("cursor")
        shown, following = page_of(self._items(), self._key, cursor, self._page_size)
        more = {} if following is None else {"nextCursor": following}
        return {self._member: shown, **more}
