"""``prompts/get``. Source: MCP server/prompts."""

from __future__ import annotations

from typing import Any

import pytest

LEGACY = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]


def get(messages: Any, request_id: int, /, modern: bool = False, **params: Any) -> Any:
    build = messages.modern if modern else messages.request
    return build(request_id, "prompts/get", **params)


@pytest.mark.parametrize("version", LEGACY)
def test_a_prompt_is_filled_in(wire: Any, messages: Any, version: str) -> None:
    wire.ask(messages.initialize(0, version))
    arguments = {"thing": "the fence", "colour": " red "}
    assert wire.ask(get(messages, 1, name="paint", arguments=arguments))["result"] == {
        "description": "Has something painted.",
        "messages": [
            {
                "role": "user",
                "content": {
                    "type": "text",
                    "text": "Please paint: {'thing': 'the fence', 'colour': 'red'}",
                },
            }
        ],
    }


def test_a_modern_prompt_is_complete_and_not_to_be_cached(wire: Any, messages: Any) -> None:
    result = wire.ask(get(messages, 1, modern=True, name="wash"))["result"]
    assert result["resultType"] == "complete"
    assert "ttlMs" not in result


def test_an_optional_argument_may_be_left_out_or_left_empty(wire: Any, messages: Any) -> None:
    bare = wire.ask(get(messages, 1, name="paint", arguments={"thing": "x"}))
    empty = wire.ask(get(messages, 2, name="paint", arguments={"thing": "x", "colour": " "}))
    assert bare["result"] == empty["result"]


@pytest.mark.requirement("PROMPT-3", "PROMPT-4")
@pytest.mark.requirement("PROMPT-3", "PROMPT-4")
@pytest.mark.parametrize("modern", [True, False])
@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({}, "thing"),
        ({"thing": "  "}, "thing"),
        ({"thing": 1}, "thing"),
        ({"thing": "x" * 256}, "thing"),
        ({"thing": "x", "size": "1"}, "size"),
        ({"thing": "x", "colour": "octarine"}, "colour"),
    ],
)
def test_a_wrong_argument_is_named(
    wire: Any, messages: Any, modern: bool, arguments: Any, field: str
) -> None:
    answer = wire.ask(get(messages, 1, modern=modern, name="paint", arguments=arguments))
    error = answer["error"]
    assert (error["code"], error["data"]["field"]) == (-32602, field)


@pytest.mark.requirement("PROMPT-3")
@pytest.mark.requirement("PROMPT-3")
@pytest.mark.parametrize(
    "params",
    [{"name": "nonsense"}, {}, {"name": 1}, {"name": "paint", "arguments": [1]}],
)
def test_a_prompt_that_is_not_there_is_refused(wire: Any, messages: Any, params: Any) -> None:
    assert wire.ask(get(messages, 1, **params))["error"]["code"] == -32602
