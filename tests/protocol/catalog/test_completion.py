"""``completion/complete``. Source: MCP server/utilities/completion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LEGACY = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
PAINT = {"type": "ref/prompt", "name": "paint"}
WALL = {"type": "ref/resource", "uri": "x://{house}/walls/{wall}"}


def complete(
    messages: Any, ref: Any, name: Any, value: Any, /, modern: bool = False, **more: Any
) -> Any:
    build = messages.modern if modern else messages.request
    argument = {"name": name, "value": value}
    return build(1, "completion/complete", ref=ref, argument=argument, **more)


@pytest.mark.requirement("COMP-3", "COMP-4")
@pytest.mark.requirement("COMP-3", "COMP-4")
@pytest.mark.parametrize("version", LEGACY)
def test_values_begin_with_what_was_typed_in_any_case(
    wire: Any, messages: Any, version: str
) -> None:
    wire.ask(messages.initialize(0, version))
    assert wire.ask(complete(messages, PAINT, "colour", "rEd"))["result"] == {
        "completion": {"values": ["Red", "reddish"], "total": 2, "hasMore": False}
    }


def test_at_most_a_hundred_values_are_shown_and_all_are_counted(wire: Any, messages: Any) -> None:
    result = wire.ask(complete(messages, PAINT, "colour", "", modern=True))["result"]
    completion = result["completion"]
    assert (len(completion["values"]), completion["total"]) == (100, 153)
    assert completion["hasMore"] is True
    assert result["resultType"] == "complete"
    assert "ttlMs" not in result


def test_what_is_settled_already_is_taken_into_account(
    wire: Any, messages: Any, shelf: Any
) -> None:
    arguments = {"house": "home", "wall": "", "door": 1}
    context = {"arguments": arguments}
    answer = wire.ask(complete(messages, WALL, "wall", "gr", context=context))
    assert answer["result"]["completion"]["values"] == ["green"]
    assert shelf.settled == [{"house": "home"}]


@pytest.mark.parametrize(("ref", "name"), [(PAINT, "thing"), (WALL, "house")])
def test_an_argument_that_can_be_anything_has_no_suggestions(
    wire: Any, messages: Any, ref: Any, name: str
) -> None:
    answer = wire.ask(complete(messages, ref, name, "x"))
    assert answer["result"]["completion"] == {"values": [], "total": 0, "hasMore": False}


@pytest.mark.requirement("COMP-7")
def test_a_failure_is_an_error_with_our_error_object(wire: Any, messages: Any) -> None:
    context = {"arguments": {"thing": "the moon"}}
    error = wire.ask(complete(messages, PAINT, "colour", "", context=context))["error"]
    assert (error["code"], error["data"]["code"]) == (1020, "policy_denied")


@pytest.mark.requirement("COMP-2", "COMP-6")
@pytest.mark.requirement("COMP-2", "COMP-6")
@pytest.mark.parametrize("modern", [True, False])
@pytest.mark.parametrize(
    ("ref", "name", "value"),
    [
        ({"type": "ref/prompt", "name": "nonsense"}, "colour", ""),
        ({"type": "ref/prompt"}, "colour", ""),
        ({"type": "ref/resource", "uri": "x://home/walls/north"}, "wall", ""),
        ({"type": "ref/tool", "name": "paint"}, "colour", ""),
        ({}, "colour", ""),
        (None, "colour", ""),
        ("paint", "colour", ""),
        (PAINT, "size", ""),
        (PAINT, None, ""),
        (PAINT, "colour", None),
        (PAINT, "colour", 1),
        (WALL, "door", ""),
    ],
)
def test_what_is_not_there_cannot_be_completed(
    wire: Any, messages: Any, modern: bool, ref: Any, name: Any, value: Any
) -> None:
    answer = wire.ask(complete(messages, ref, name, value, modern=modern))
    assert answer["error"]["code"] == -32602


@pytest.mark.requirement("COMP-5")
def test_suggestions_share_the_workers_and_the_queue_of_the_tools(
    connect: Callable[..., Any], catalog: Any, messages: Any, gate: Any
) -> None:
    wire = connect(catalog=catalog, workers=1, queue=0)
    wire.send(messages.call(2, "free", gate="a"))
    gate.wait_for("a begins")
    assert wire.ask(complete(messages, PAINT, "colour", ""))["error"]["code"] == 1220
    gate.open("a")
    assert wire.receive()["id"] == 2
