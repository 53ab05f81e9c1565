"""The four lists and what is declared of them. Source: MCP server/utilities/pagination, caching."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LEGACY = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
CAPABILITIES = {
    "tools": {},
    "prompts": {},
    "resources": {"subscribe": True},
    "completions": {},
}
LISTS = {
    "tools/list": ("tools", "name"),
    "prompts/list": ("prompts", "name"),
    "resources/list": ("resources", "uri"),
    "resources/templates/list": ("resourceTemplates", "uriTemplate"),
}


@pytest.mark.requirement("PROMPT-1", "RES-1", "COMP-1")
@pytest.mark.requirement("PROMPT-1", "RES-1", "COMP-1")
@pytest.mark.parametrize("version", LEGACY)
def test_initialize_declares_all_that_is_served(wire: Any, messages: Any, version: str) -> None:
    assert wire.ask(messages.initialize(0, version))["result"]["capabilities"] == CAPABILITIES


@pytest.mark.requirement("PROMPT-1", "RES-1", "COMP-1")
def test_discover_declares_the_same(wire: Any, messages: Any) -> None:
    assert wire.ask(messages.modern(0, "server/discover"))["result"]["capabilities"] == CAPABILITIES


def test_nothing_is_loaded_before_it_is_asked_for(wire: Any, messages: Any, shelf: Any) -> None:
    wire.ask(messages.initialize())
    wire.ask(messages.request(1, "ping"))
    wire.ask(messages.modern(2, "server/discover"))
    wire.ask(messages.modern(3, "subscriptions/listen", notifications={}))
    assert shelf.loads == 0
    for number, method in enumerate(LISTS, start=4):
        wire.ask(messages.request(number, method))
    assert shelf.loads == 1


@pytest.mark.parametrize("method", LISTS)
@pytest.mark.parametrize("version", LEGACY)
def test_a_legacy_list_is_valid_and_complete(
    wire: Any, messages: Any, method: str, version: str
) -> None:
    wire.ask(messages.initialize(0, version))
    result = wire.ask(messages.request(1, method))["result"]
    assert set(result) == {LISTS[method][0]}
    assert wire.ask(messages.request(2, method))["result"] == result


@pytest.mark.requirement("CACHE-1", "CACHE-2", "PROMPT-2", "RES-2")
@pytest.mark.parametrize("method", LISTS)
def test_a_modern_list_may_be_kept_for_an_hour_by_anybody(
    wire: Any, messages: Any, method: str
) -> None:
    result = wire.ask(messages.modern(1, method))["result"]
    assert (result["ttlMs"], result["cacheScope"]) == (3_600_000, "public")
    assert result["resultType"] == "complete"


def test_prompts_resources_and_templates_are_described(wire: Any, messages: Any) -> None:
    prompts = wire.ask(messages.request(1, "prompts/list"))["result"]["prompts"]
    assert prompts[0] == {
        "name": "paint",
        "title": "Paint",
        "description": "Has something painted.",
        "arguments": [
            {"name": "thing", "description": "What to paint.", "required": True},
            {"name": "colour", "description": "Which colour.", "required": False},
        ],
    }
    resources = wire.ask(messages.request(2, "resources/list"))["result"]["resources"]
    assert resources[0] == {
        "uri": "x://palette",
        "name": "palette",
        "title": "Palette",
        "description": "All.",
        "mimeType": "application/json",
    }
    templates = wire.ask(messages.request(3, "resources/templates/list"))["result"]
    assert templates["resourceTemplates"][0]["uriTemplate"] == "x://{house}/walls/{wall}"


@pytest.mark.requirement("PAGE-1", "CACHE-3")
@pytest.mark.requirement("PAGE-1", "CACHE-3")
@pytest.mark.parametrize("method", LISTS)
@pytest.mark.parametrize("modern", [True, False])
def test_pages_together_are_the_list(
    connect: Callable[..., Any], catalog: Any, messages: Any, method: str, modern: bool
) -> None:
    member, key = LISTS[method]
    ask = messages.modern if modern else messages.request
    whole = connect(catalog=catalog).ask(ask(0, method))["result"]
    paged = connect(catalog=catalog, page_size=1)
    shown: list[Any] = []
    cursor: dict[str, Any] = {}
    for number in range(len(whole[member])):
        page = paged.ask(ask(number, method, **cursor))["result"]
        assert len(page[member]) == 1
        assert ("cacheScope" in page) is modern
        shown += page[member]
        cursor = {"cursor": page.get("nextCursor")}
    assert shown == whole[member]
    assert cursor == {"cursor": None}
    assert len({item[key] for item in shown}) == len(shown)


@pytest.mark.requirement("PAGE-2")
@pytest.mark.requirement("PAGE-2")
@pytest.mark.parametrize("method", LISTS)
@pytest.mark.parametrize("cursor", ["", "nonsense", "7761736820", 1, True, {}, [], "\ud800"])
def test_a_false_cursor_is_refused(wire: Any, messages: Any, method: str, cursor: Any) -> None:
    assert wire.ask(messages.request(1, method, cursor=cursor))["error"]["code"] == -32602


@pytest.mark.parametrize(
    "method",
    ["prompts/list", "prompts/get", "resources/read", "resources/subscribe", "completion/complete"],
)
def test_without_a_catalog_its_methods_are_unknown(
    connect: Callable[..., Any], messages: Any, method: str
) -> None:
    answer = connect().ask(messages.request(1, method))
    assert answer["error"]["code"] == -32601
