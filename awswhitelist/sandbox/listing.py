"""Filters and pages of EC2's describe calls, as pure functions.

Source: EC2 API reference, Filter ("filter values are case-sensitive", wildcards ``*`` and ``?``)
and "Pagination".
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from awswhitelist.sandbox.answers import Answer, Params, Refusal, invalid

FEWEST = 5
MOST = 1000

_PARTS = re.compile(r"\\?.", re.DOTALL)
_WILDCARDS = {"*": ".*", "?": "."}

Paths = Mapping[str, str]
"""A filter's name and the way to what it looks at: field names, through lists and dictionaries."""


def filtered(items: Iterable[Answer], filters: Sequence[Params], paths: Paths) -> list[Answer]:
    """The items that pass every filter (any value of each). Raises Refusal for unknown filters."""
    tests = [(_path(f.get("Name", ""), paths), f.get("Values", ())) for f in filters]
    return [item for item in items if all(_passes(item, path, vs) for path, vs in tests)]


def chosen(
    items: list[Answer], name: str | None, field: str, refusal: Callable[[str], Refusal]
) -> list[Answer]:
    """The items with that name, or all without one. Raises ``refusal`` where there are none."""
    if name is None:
        return items
    found = [item for item in items if item[field] == name]
    if not found:
        raise refusal(name)
    return found


def page(
    items: Sequence[Answer], params: Params, *, fewest: int = FEWEST, most: int = MOST
) -> tuple[list[Answer], Answer]:
    """The page that ``MaxResults`` and ``NextToken`` ask for, and the answer's ``NextToken``."""
    size = params.get("MaxResults")
    if size is not None and not fewest <= size <= most:
        raise invalid(f"Value ( {size} ) for parameter maxResults is invalid.")
    start = _offset(params["NextToken"]) if params.get("NextToken") else 0
    end = len(items) if size is None else start + size
    more = {"NextToken": _token(end)} if end < len(items) else {}
    return list(items[start:end]), more


def values_at(node: Any, path: str) -> Iterator[str]:
    """Every value that ``path`` leads to, as the text that a filter compares with."""
    if isinstance(node, list):
        for item in node:
            yield from values_at(item, path)
    elif path and isinstance(node, dict):
        name, _, rest = path.partition(".")
        if name in node:
            yield from values_at(node[name], rest)
    elif not path:
        yield str(node).lower() if isinstance(node, bool) else str(node)


def _path(name: str, paths: Paths) -> str:
    if name.startswith("tag:"):
        return name
    if name not in paths:
        raise invalid(f"The filter '{name}' is invalid")
    return paths[name]


def _passes(item: Answer, path: str, wanted: Sequence[str]) -> bool:
    found = _tag_values(item, path) if path.startswith("tag:") else values_at(item, path)
    patterns = [_pattern(value) for value in wanted]
    return any(pattern.fullmatch(value) for value in found for pattern in patterns)


def _tag_values(item: Answer, name: str) -> Iterator[str]:
    key = name.removeprefix("tag:")
    for holder in (item, *item.get("Instances", ())):
        for tag in (*holder.get("Tags", ()), *holder.get("TagSet", ())):
            if tag["Key"] == key:
                yield tag["Value"]


def _pattern(value: str) -> re.Pattern[str]:
    """A backslash makes of the next character what it is."""
    parts = (_WILDCARDS.get(part) or re.escape(part[-1]) for part in _PARTS.findall(value))
    return re.compile("".join(parts), re.DOTALL)


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"from:{offset}".encode()).decode()


def _offset(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("from:"))
    except (binascii.Error, ValueError) as exc:
        raise Refusal("InvalidNextToken", "The specified NextToken is not valid.") from exc
