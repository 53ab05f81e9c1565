"""Calls side by side: ids in flight, order, cancellation, overload and time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.requirement("STATE-2")
def test_answers_go_out_as_they_are_ready(wire: Any, messages: Any, gate: Any) -> None:
    wire.send(messages.call(1, "free", gate="a"), messages.call(2, "echo"))
    assert wire.receive()["id"] == 2
    gate.open("a")
    assert wire.receive()["id"] == 1


def test_the_wire_is_read_while_a_call_runs(wire: Any, messages: Any, gate: Any) -> None:
    wire.send(messages.call(1, "free", gate="a"), messages.request(2, "ping"))
    assert wire.receive() == {"jsonrpc": "2.0", "id": 2, "result": {}}


@pytest.mark.parametrize("method", ["ping", "echo", "tools/list", "nonsense"])
def test_an_id_in_flight_is_refused_to_a_newcomer_and_the_first_goes_on(
    wire: Any, messages: Any, gate: Any, method: str
) -> None:
    wire.send(messages.call("x", "free", gate="a"))
    gate.wait_for("a begins")
    assert wire.ask(messages.request("x", method))["error"]["code"] == -32600
    gate.open("a")
    assert wire.receive()["result"]["structuredContent"] == {"summary": "Passed a."}


def test_a_number_and_its_text_are_different_ids(wire: Any, messages: Any, gate: Any) -> None:
    wire.send(messages.call(1, "free", gate="a"))
    gate.wait_for("a begins")
    assert wire.ask(messages.request("1", "ping"))["result"] == {}


def test_a_finished_id_may_be_used_again(wire: Any, messages: Any) -> None:
    for _ in range(3):
        assert "result" in wire.ask(messages.call(1, "echo"))


def test_a_read_after_a_change_of_the_same_target_sees_it(
    wire: Any, messages: Any, gate: Any
) -> None:
    gate.open("b")
    wire.send(
        messages.call(1, "change", target="db", gate="a"),
        messages.call(2, "look", target="db", gate="b"),
        messages.call(3, "echo", target="other"),
    )
    assert wire.receive()["id"] == 3
    gate.wait_for("a begins")
    gate.open("a")
    assert {wire.receive()["id"], wire.receive()["id"]} == {1, 2}
    assert gate.events == ["a begins", "a ends", "b begins", "b ends"]


def test_readers_of_one_target_run_side_by_side(wire: Any, messages: Any, gate: Any) -> None:
    wire.send(
        messages.call(1, "look", target="db", gate="a"),
        messages.call(2, "look", target="db", gate="b"),
    )
    gate.wait_for("a begins", "b begins")


def test_a_change_without_one_target_is_a_barrier_both_ways(
    wire: Any, messages: Any, gate: Any
) -> None:
    gate.open("b", "c")
    wire.send(
        messages.call(1, "look", target="one", gate="a"),
        messages.call(2, "sweep", gate="b"),
        messages.call(3, "look", target="two", gate="c"),
        messages.call(4, "free", gate="d"),
    )
    gate.wait_for("a begins", "d begins")
    gate.open("a", "d")
    answers = [wire.receive()["id"] for _ in range(4)]
    assert [each for each in answers if each != 4] == [1, 2, 3]


@pytest.mark.requirement("CANCEL-3", "STDIO-5")
def test_a_cancelled_call_sees_it_and_is_not_answered(wire: Any, messages: Any, gate: Any) -> None:
    wire.send(messages.call(1, "free", gate="a"))
    gate.wait_for("a begins")
    wire.send(messages.cancel(1))
    wire.ask(messages.request(2, "ping"))
    gate.open("a")
    assert wire.finish() == []
    assert gate.events == ["a begins", "a ends", "a saw the cancellation"]


@pytest.mark.requirement("CANCEL-3")
def test_a_call_that_is_cancelled_before_its_turn_is_never_started(
    wire: Any, messages: Any, gate: Any
) -> None:
    gate.open("c")
    wire.send(
        messages.call(1, "change", target="db", gate="a"),
        messages.call(2, "change", target="db", gate="b"),
        messages.call(3, "change", target="db", gate="c"),
        messages.cancel(2),
    )
    wire.ask(messages.request(4, "ping"))
    gate.open("a")
    assert [answer["id"] for answer in wire.finish()] == [1, 3]
    assert "b begins" not in gate.events


@pytest.mark.requirement("CANCEL-7")
@pytest.mark.parametrize(
    "params",
    [{"requestId": 99}, {"requestId": "1"}, {"requestId": True}, {"requestId": [1]}, {}],
)
def test_a_cancellation_of_something_else_is_ignored(
    wire: Any, messages: Any, gate: Any, params: Any
) -> None:
    wire.send(
        messages.call(1, "free", gate="a"),
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params},
    )
    wire.ask(messages.request(2, "ping"))
    gate.open("a")
    assert [answer["id"] for answer in wire.finish()] == [1]


@pytest.mark.requirement("CANCEL-5")
def test_a_finished_call_may_be_cancelled_in_vain(wire: Any, messages: Any) -> None:
    wire.ask(messages.call(1, "echo"))
    wire.send(messages.cancel(1))
    assert "result" in wire.ask(messages.call(1, "echo"))


@pytest.mark.requirement("TOOL-13", "COMP-5")
def test_a_call_too_many_is_invited_to_come_again(
    connect: Callable[..., Any], messages: Any, gate: Any
) -> None:
    wire = connect(workers=1, queue=1)
    wire.send(messages.call(1, "free", gate="a"), messages.call(2, "free", gate="b"))
    refused = wire.ask(messages.call(3, "echo"))["result"]
    assert refused["isError"] is True
    error = refused["structuredContent"]["error"]
    assert (error["code"], error["retryable"]) == ("overloaded", True)
    assert error["retry_after_seconds"] > 0
    assert wire.ask(messages.request(4, "echo"))["error"]["code"] == 1220
    gate.open("a", "b")
    assert {wire.receive()["id"], wire.receive()["id"]} == {1, 2}
    assert "result" in wire.ask(messages.call(3, "echo"))


def test_a_call_knows_how_much_time_is_left(wire: Any, messages: Any) -> None:
    server_wide = wire.ask(messages.request(1, "clock"))["result"]["remaining"]
    its_own = wire.ask(messages.request(2, "hurry"))["result"]["remaining"]
    assert 50 < server_wide <= 60 and 0 < its_own <= 5


@pytest.mark.requirement("LIFE-9")
def test_a_call_whose_time_is_over_before_it_starts_says_so(wire: Any, messages: Any) -> None:
    result = wire.ask(messages.call(1, "late"))["result"]
    assert result["isError"] is True
    assert result["structuredContent"]["error"]["code"] == "timeout"


def test_a_batch_with_calls_is_answered_once_when_all_are_done(
    wire: Any, messages: Any, gate: Any
) -> None:
    wire.send(
        [
            messages.call(1, "free", gate="a"),
            messages.request(2, "ping"),
            messages.request(3, "nonsense"),
            {"jsonrpc": "2.0", "method": "notifications/initialized"},
        ]
    )
    wire.ask(messages.request(4, "ping"))
    gate.open("a")
    assert {each["id"] for each in wire.receive()} == {1, 2, 3}


def test_a_cancelled_call_has_no_part_in_the_answer_of_its_batch(
    wire: Any, messages: Any, gate: Any
) -> None:
    wire.send([messages.call(1, "free", gate="a"), messages.cancel(1), messages.request(2, "ping")])
    wire.send([messages.call(3, "free", gate="b"), messages.cancel(3)])
    wire.send(messages.call(4, "free", gate="c"))
    gate.wait_for("c begins")
    gate.open("a", "b", "c")
    answers = wire.finish()
    assert [each for each in answers if isinstance(each, list)] == [
        [{"jsonrpc": "2.0", "id": 2, "result": {}}]
    ]
    assert [each["id"] for each in answers if isinstance(each, dict)] == [4]


def test_a_batch_that_does_not_fit_is_refused_item_by_item(
    connect: Callable[..., Any], messages: Any, gate: Any
) -> None:
    wire = connect(workers=1, queue=0)
    wire.send([messages.call(1, "free", gate="a"), messages.request(2, "echo")])
    assert wire.ask(messages.request(3, "ping"))["id"] == 3
    gate.open("a")
    answers = {each["id"]: each for each in wire.receive()}
    assert answers[2]["error"]["code"] == 1220
    assert answers[1]["result"]["isError"] is False
