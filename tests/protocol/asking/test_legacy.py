"""Asking the user of a legacy client: ``elicitation/create`` and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ASKING = ["2025-06-18", "2025-11-25"]


@pytest.fixture
def wire(serve: Callable[..., Any], greet: Callable[..., None]) -> Any:
    """A client of 2025-11-25 that can show forms, at a server with a single worker."""
    wire = serve(workers=1)
    greet(wire, "2025-11-25", {})
    return wire


def outcome(answer: Any) -> Any:
    return answer["result"]["structuredContent"]


@pytest.mark.requirement("TOOL-15")
@pytest.mark.parametrize("version", ASKING)
def test_a_person_is_asked_and_the_call_goes_on_with_the_answer(
    serve: Any, greet: Any, messages: Any, reply: Any, version: str
) -> None:
    wire = serve()
    greet(wire, version, {"form": {}})
    question = wire.ask(messages.call(1, "decide"))
    assert question["method"] == "elicitation/create"
    assert question["params"]["message"] == "Really?"
    answer = wire.ask(reply(question, "approve"))
    assert answer["id"] == 1
    assert outcome(answer) == {"summary": "accepted.", "value": "approve", "state": "token"}


@pytest.mark.requirement("LIFE-7", "ELIC-2")
@pytest.mark.parametrize(
    ("version", "elicitation"),
    [("2024-11-05", {}), ("2025-03-26", {}), ("2025-11-25", None), ("2025-11-25", {"url": {}})],
)
def test_who_cannot_show_a_form_is_not_asked(
    serve: Any, greet: Any, messages: Any, version: str, elicitation: Any
) -> None:
    wire = serve()
    greet(wire, version, elicitation)
    assert outcome(wire.ask(messages.call(1, "decide")))["summary"] == "unavailable."


@pytest.mark.requirement("LIFE-3")
def test_a_client_is_not_asked_before_it_says_that_the_handshake_is_over(
    serve: Any, messages: Any
) -> None:
    wire = serve()
    opening = messages.initialize(0)
    opening["params"]["capabilities"] = {"elicitation": {}}
    wire.ask(opening)
    assert outcome(wire.ask(messages.call(1, "decide")))["summary"] == "unavailable."
    wire.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert wire.ask(messages.call(2, "decide"))["method"] == "elicitation/create"


def test_a_bare_method_never_asks(wire: Any, messages: Any) -> None:
    assert wire.ask(messages.request(1, "decide"))["result"]["summary"] == "unavailable."


def test_a_script_that_did_not_introduce_itself_is_not_asked(serve: Any, messages: Any) -> None:
    assert outcome(serve().ask(messages.call(1, "decide")))["summary"] == "unavailable."


NO = {
    "declined": {"result": {"action": "decline"}},
    "cancelled": {"result": {"action": "cancel"}},
    "without a decision": {"result": {"action": "accept", "content": {}}},
    "an error": {"error": {"code": -1, "message": "no user"}},
    "no object": {"result": "accept"},
    "no such choice": {"result": {"action": "accept", "content": {"decision": "APPROVE"}}},
}


@pytest.mark.requirement("ELIC-8")
@pytest.mark.parametrize("response", NO.values(), ids=NO)
def test_everything_but_a_choice_is_a_decline(
    wire: Any, messages: Any, reply: Any, response: Any
) -> None:
    question = wire.ask(messages.call(1, "decide"))
    assert outcome(wire.ask(reply(question, **response)))["summary"] == "declined."


def test_nobody_waits_for_a_person_but_the_call_itself(
    wire: Any, messages: Any, reply: Any
) -> None:
    question = wire.ask(messages.call(1, "decide", target="db"))
    assert wire.ask(messages.call(2, "count", target="db"))["id"] == 2
    assert wire.ask(messages.call(3, "count"))["id"] == 3
    assert wire.ask(reply(question, "approve"))["id"] == 1


def test_the_id_of_a_call_that_waits_is_in_flight(wire: Any, messages: Any, reply: Any) -> None:
    question = wire.ask(messages.call(1, "decide"))
    assert wire.ask(messages.call(1, "count"))["error"]["code"] == -32600
    assert wire.ask(reply(question, "approve"))["id"] == 1
    assert wire.ask(messages.call(1, "count"))["id"] == 1


def test_a_fifth_question_is_not_asked(wire: Any, messages: Any, reply: Any) -> None:
    questions = [wire.ask(messages.call(number, "decide")) for number in range(1, 5)]
    assert len({question["id"] for question in questions}) == 4
    assert outcome(wire.ask(messages.call(5, "decide")))["summary"] == "unavailable."
    assert wire.ask(reply(questions[2], "approve"))["id"] == 3
    assert wire.ask(messages.call(6, "decide"))["method"] == "elicitation/create"


def test_answers_to_earlier_questions_survive_and_newer_ones_replace_older(
    wire: Any, messages: Any, reply: Any
) -> None:
    which = wire.ask(messages.call(1, "two"))
    first = wire.ask(reply(which, "sg-2"))
    assert first["params"]["message"] == "Really?"
    second = wire.ask(reply(first, "approve"))
    assert second["params"]["message"] == "It has changed. Really?"
    # The run after the second answer meets the question for the first time again: it gets the
    # newest answer, and must ask for one more where it asks a second time.
    third = wire.ask(reply(second, "approve"))
    assert third["params"]["message"] == "It has changed. Really?"


@pytest.mark.requirement("CANCEL-1", "CANCEL-4")
def test_cancelling_a_call_takes_its_question_back(
    wire: Any, messages: Any, gate: Any, reply: Any
) -> None:
    question = wire.ask(messages.call(1, "decide"))
    wire.send(messages.cancel(1))
    notice = wire.receive()
    assert notice["method"] == "notifications/cancelled"
    assert notice["params"]["requestId"] == question["id"]
    gate.wait_for("the run saw that it was cancelled")
    wire.send(reply(question, "approve"))
    assert wire.ask(messages.call(2, "count"))["id"] == 2, "there is no answer to the first"
    assert "answered: accepted approve" not in gate.events


@pytest.mark.requirement("LIFE-8")
def test_a_question_that_takes_too_long_is_declined(serve: Any, greet: Any, messages: Any) -> None:
    wire = serve(question_timeout=0.02)
    greet(wire, "2025-11-25", {})
    question = wire.ask(messages.call(1, "decide"))
    assert wire.receive()["params"]["requestId"] == question["id"]
    assert outcome(wire.receive())["summary"] == "declined."


def test_the_end_of_input_declines_what_is_open(wire: Any, messages: Any) -> None:
    question = wire.ask(messages.call(1, "decide"))
    notice, answer = wire.finish()
    assert notice["params"]["requestId"] == question["id"]
    assert outcome(answer)["summary"] == "declined."


def test_after_the_end_of_input_nothing_more_is_asked(wire: Any, messages: Any, reply: Any) -> None:
    question = wire.ask(messages.call(1, "two"))
    wire.send(reply(question, "sg-2"))
    assert wire.receive()["params"]["message"] == "Really?"
    notice, answer = wire.finish()
    assert notice["method"] == "notifications/cancelled"
    facts = {"summary": "Done.", "target": "sg-2", "states": ["first plan", ""]}
    assert outcome(answer) == facts


def test_a_request_to_stop_declines_what_is_open(wire: Any, messages: Any) -> None:
    wire.ask(messages.call(1, "decide"))
    wire.server.stop()
    assert wire.receive()["method"] == "notifications/cancelled"
    assert outcome(wire.receive())["summary"] == "declined."
    assert (wire.receive(), wire.wait()) == (None, 0)


def test_without_a_person_a_call_that_needs_one_fails_as_a_tool_does(
    serve: Any, greet: Any, messages: Any
) -> None:
    wire = serve()
    greet(wire)
    result = wire.ask(messages.call(1, "insist"))["result"]
    assert result["isError"]
    assert result["structuredContent"]["error"]["code"] == "approval_unavailable"
    error = wire.ask(messages.request(2, "insist"))["error"]
    assert (error["code"], error["data"]["code"]) == (1021, "approval_unavailable")


@pytest.mark.requirement("CANCEL-4")
def test_responses_to_nothing_are_ignored(wire: Any, messages: Any, reply: Any) -> None:
    wire.send(reply({"id": "question-1"}, "approve"), reply({"id": 7}, "approve"))
    assert wire.ask(messages.call(1, "decide"))["method"] == "elicitation/create"
