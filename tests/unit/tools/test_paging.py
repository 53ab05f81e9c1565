"""Pages of a list, by themselves."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.tools.paging import PAGE_BYTES, page
from awswhitelist.tools.results import Result


class Item(Result):
    name: str
    text: str = ""


def key(item: Item) -> tuple[str, ...]:
    return (item.name,)


@given(st.sets(st.text(max_size=20)), st.integers(1, 7))
def test_walking_the_pages_shows_every_item_once_and_in_order(names: set[str], limit: int) -> None:
    items = [Item(name=name) for name in names]
    seen: list[str] = []
    cursor = None
    while True:
        shown = page(items, key, limit, cursor)
        assert shown.total == len(names)
        assert len(shown.items) <= limit
        seen += [item.name for item in shown.items]
        cursor = shown.next_cursor
        if cursor is None:
            break
        assert shown.items
    assert seen == sorted(names)


def test_a_page_ends_before_it_grows_too_large_for_a_model() -> None:
    items = [Item(name=f"{number:03}", text="x" * 1000) for number in range(100)]
    shown = page(items, key, 100, None)
    size = sum(len(item.model_dump_json()) for item in shown.items)
    assert PAGE_BYTES - 1100 < size <= PAGE_BYTES
    assert shown.next_cursor is not None


def test_one_item_larger_than_a_page_is_a_page_of_its_own() -> None:
    items = [Item(name=name, text="x" * 2 * PAGE_BYTES) for name in ("a", "b")]
    first = page(items, key, 20, None)
    assert [item.name for item in first.items] == ["a"]
    second = page(items, key, 20, first.next_cursor)
    assert [item.name for item in second.items] == ["b"]
    assert second.next_cursor is None


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


BAD = {
    "not base64": "***",
    "not ASCII": "naïve",
    "not JSON": base64.urlsafe_b64encode(b"{").decode(),
    "not UTF-8": base64.urlsafe_b64encode(b'["\xff"]').decode(),
    "not a list": encoded({"a": 1}),
    "not texts": encoded([1]),
    "nested without end": base64.urlsafe_b64encode(b"[" * 700).decode(),
    "empty": "",
}


@pytest.mark.parametrize("cursor", BAD.values(), ids=BAD)
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        page([Item(name="a")], key, 1, cursor)
    assert caught.value.field == "cursor"
