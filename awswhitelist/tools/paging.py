"""Pages of a list: a limit of items, a limit of size, and a cursor that survives changes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.tools.results import Result

T = TypeVar("T", bound=Result)

PAGE_BYTES = 8000
"""About 2,000 tokens of JSON: what a page may cost a model at most."""

LONGEST_CURSOR = 1024


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list, and where the next page begins (None at the end)."""

    items: tuple[T, ...]
    total: int
    next_cursor: str | None


def page(
    items: Sequence[T], key: Callable[[T], tuple[str, ...]], limit: int, cursor: str | None
) -> Page[T]:
    """The page after ``cursor`` of the items sorted by ``key``, which must be unique.

    A cursor names the last item seen, so items that come or go between two calls neither hide nor
    repeat others. InvalidArgumentError for a cursor that is not ours.
    """
    ordered = sorted(items, key=key)
    if cursor is not None:
        after = _read_cursor(cursor)
        left = [item for item in ordered if key(item) > after]
    else:
        left = ordered
    shown = _that_fit(left, limit)
    more = len(left) > len(shown)
    return Page(tuple(shown), len(ordered), _encode(key(shown[-1])) if more else None)


def _that_fit(items: Sequence[T], limit: int) -> list[T]:
    """At least one item, at most ``limit``, and no more than fit in a page."""
    shown: list[T] = []
    size = 0
    for item in items[:limit]:
        size += len(item.model_dump_json(exclude_none=True))
        if shown and size > PAGE_BYTES:
            break
        shown.append(item)
    return shown


def _encode(key: tuple[str, ...]) -> str:
    text = json.dumps(key, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode("ascii")


def _read_cursor(cursor: str) -> tuple[str, ...]:
    refused = InvalidArgumentError(
        "`cursor` is not one of this list.",
        field="cursor",
        remedy="Pass `next_cursor` of the page before, or leave `cursor` out for the first page.",
    )
    try:
        key = json.loads(base64.b64decode(cursor[:LONGEST_CURSOR], altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        raise refused from None
    if not isinstance(key, list) or not all(isinstance(part, str) for part in key):
        raise refused
    return tuple(key)
