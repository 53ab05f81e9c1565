"""Pages of lists. Source: MCP 2026-07-28, server/utilities/pagination."""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.mcp.messages import ProtocolError
from awswhitelist.mcp.pages import page_of


def items(names: str) -> list[dict[str, Any]]:
    return [{"name": name} for name in names]


def names(shown: list[dict[str, Any]]) -> str:
    return "".join(item["name"] for item in shown)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 100])
def test_all_pages_together_are_the_list(size: int) -> None:
    seen, cursor = "", None
    for _ in range(6):
        shown, cursor = page_of(items("abcde"), "name", cursor, size)
        assert len(shown) <= size
        seen += names(shown)
        if cursor is None:
            break
    assert (seen, cursor) == ("abcde", None)


def test_an_empty_list_is_one_empty_page() -> None:
    assert page_of([], "name", None, 3) == ([], None)


@pytest.mark.requirement("PAGE-1")
def test_a_cursor_is_true_when_items_have_come_before_it() -> None:
    _, cursor = page_of(items("ace"), "name", None, 2)
    shown, _ = page_of(items("abcde"), "name", cursor, 2)
    assert names(shown) == "de"


@pytest.mark.requirement("PAGE-2")
@pytest.mark.parametrize("cursor", ["", "x", "62 ", "63", 0, False, {}, []])
def test_a_cursor_that_is_not_of_this_list_is_refused(cursor: object) -> None:
    with pytest.raises(ProtocolError) as caught:
        page_of(items("abc"), "name", cursor, 1)
    assert caught.value.error.code == -32602


def test_nothing_comes_after_the_last_item() -> None:
    _, after_c = page_of(items("abcd"), "name", None, 3)
    with pytest.raises(ProtocolError):
        page_of(items("abc"), "name", after_c, 1)
