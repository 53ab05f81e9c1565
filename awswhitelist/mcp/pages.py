"""Pages of the lists of the protocol. Pure.

A cursor names the last item of its page and not a number, so that it stays true when a later
version of the program has more items. Source: MCP 2026-07-28, server/utilities/pagination.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from awswhitelist.mcp.messages import INVALID_PARAMS, Json, ProtocolError

PAGE_SIZE = 100
"""Items on a page: more than any list of ours has."""


def page_of(
    items: Sequence[Json], key: str, cursor: object, size: int
) -> tuple[list[Json], str | None]:
    """The page after ``cursor`` (None: the first) and the cursor of the next one, if there is one.

    ``items[...][key]`` is unique in the list. Raises ProtocolError (-32602) for a false cursor.
    """
    start = 0 if cursor is None else _start(items, key, cursor)
    shown = list(items[start : start + size])
    more = start + size < len(items)
    return shown, _cursor_after(shown[-1][key]) if more else None


def _start(items: Sequence[Json], key: str, cursor: object) -> int:
    """Where the page begins. The last item has no cursor: nothing comes after it."""
    for number, (before, _after) in enumerate(pairwise(items), start=1):
        if _cursor_after(before[key]) == cursor:
            return number
    raise ProtocolError(INVALID_PARAMS, "Invalid params: there is no such cursor.")


def _cursor_after(name: str) -> str:
    return name.encode("utf-8").hex()
