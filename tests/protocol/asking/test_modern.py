"""Asking the user of a modern client: a result that asks, and the call made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

META = "io.modelcontextprotocol/"
YES = {"action": "accept", "content": {"decision": "approve"}}


@pytest.fixture
def wire(serve: Callable[..., Any]) -> Any:
    return serve()


def asked(answer: Any) -> tuple[str, str]:
    """The key and the message of the question in an answer."""
    result = answer["result"]
    assert result["resultType"] == "input_required"
    assert "content" not in result
    ((key, request),) = result["inputRequests"].items()
    assert request["method"] == "elicitation/create"
    return key, request["params"]["message"]


def state(answer: Any) -> str:
    return str(answer["result"]["requestState"])


@pytest.mark.requirement("MRTR-1", "MRTR-3", "MRTR-4", "MRTR-8", "STDIO-4", "TOOL-15")
def test_a_call_is_answered_with_a_question_and_made_again_with_its_answer(
    wire: Any, modern_call: Any
) -> None:
    question = wire.ask(modern_call(1, "decide"))
    assert asked(question) == ("approval", "Really?")
    again = modern_call(2, "decide", inputResponses={"approval": YES}, requestState=state(question))
    result = wire.ask(again)["result"]
    assert result["resultType"] == "complete"
    facts = {"summary": "accepted.", "value": "approve", "state": "token"}
    assert result["structuredContent"] == facts


@pytest.mark.requirement("META-4", "MRTR-9")
def test_a_request_that_declares_no_elicitation_is_not_asked(wire: Any, modern_call: Any) -> None:
    wire.ask(modern_call(1, "decide"))
    result = wire.ask(modern_call(2, "decide", can_ask=False))["result"]
    assert result["structuredContent"]["summary"] == "unavailable."


def test_answers_of_a_client_that_cannot_ask_do_not_count(wire: Any, modern_call: Any) -> None:
    kept = {
        "inputResponses": {"approval": YES},
        "requestState": state(wire.ask(modern_call(1, "decide"))),
    }
    result = wire.ask(modern_call(2, "decide", can_ask=False, **kept))["result"]
    assert result["structuredContent"]["summary"] == "unavailable."


@pytest.mark.requirement("MRTR-2")
def test_a_bare_method_never_asks(wire: Any, messages: Any) -> None:
    request = messages.modern(1, "decide")
    request["params"]["_meta"][f"{META}clientCapabilities"] = {"elicitation": {}}
    assert wire.ask(request)["result"]["summary"] == "unavailable."


def test_a_server_without_a_seal_does_not_ask(
    connect: Any, asking_tools: Any, modern_call: Any
) -> None:
    wire = connect(lambda: asking_tools)
    result = wire.ask(modern_call(1, "decide"))["result"]
    assert result["structuredContent"]["summary"] == "unavailable."


@pytest.mark.requirement("ELIC-4")
@pytest.mark.parametrize("action", ["decline", "cancel"])
def test_a_person_who_says_no_is_obeyed(wire: Any, modern_call: Any, action: str) -> None:
    kept = state(wire.ask(modern_call(1, "decide")))
    responses = {"approval": {"action": action}}
    again = modern_call(2, "decide", inputResponses=responses, requestState=kept)
    assert wire.ask(again)["result"]["structuredContent"]["summary"] == "declined."


BAD: dict[str, Callable[[str], dict[str, Any]]] = {
    "no state": lambda kept: {"inputResponses": {"approval": YES}},
    "a forged state": lambda kept: {
        "inputResponses": {"approval": YES},
        "requestState": kept[:9] + ("A" if kept[9] != "A" else "B") + kept[10:],
    },
    "no response": lambda kept: {"requestState": kept},
    "a response to another question": lambda kept: {
        "inputResponses": {"target": YES},
        "requestState": kept,
    },
    "a malformed response": lambda kept: {
        "inputResponses": {"approval": {"action": "sure"}},
        "requestState": kept,
    },
    "other arguments": lambda kept: {
        "inputResponses": {"approval": YES},
        "requestState": kept,
        "arguments": {"target": "another"},
    },
}


@pytest.mark.requirement("MRTR-5", "MRTR-10", "MRTR-12", "MRTR-13", "ELIC-8")
@pytest.mark.parametrize("params", BAD.values(), ids=BAD)
def test_what_is_no_answer_to_this_call_is_asked_again(
    wire: Any, modern_call: Any, params: Callable[[str], dict[str, Any]]
) -> None:
    kept = state(wire.ask(modern_call(1, "decide")))
    assert asked(wire.ask(modern_call(2, "decide", **params(kept)))) == ("approval", "Really?")


@pytest.mark.requirement("MRTR-6")
def test_the_state_of_one_tool_is_no_answer_to_another(wire: Any, modern_call: Any) -> None:
    kept = state(wire.ask(modern_call(1, "insist")))
    again = modern_call(2, "decide", inputResponses={"approval": YES}, requestState=kept)
    assert asked(wire.ask(again)) == ("approval", "Really?")


@pytest.mark.requirement("MRTR-11")
@pytest.mark.parametrize("params", [{"inputResponses": []}, {"requestState": 1}])
def test_what_has_the_wrong_type_is_an_error(wire: Any, modern_call: Any, params: Any) -> None:
    assert wire.ask(modern_call(1, "decide", **params))["error"]["code"] == -32602


def test_answers_to_earlier_questions_survive(wire: Any, modern_call: Any) -> None:
    which = wire.ask(modern_call(1, "two"))
    assert asked(which) == ("target", "Which?")
    chosen = {"action": "accept", "content": {"decision": "sg-2"}}
    again = modern_call(2, "two", inputResponses={"target": chosen}, requestState=state(which))
    first = wire.ask(again)
    assert asked(first) == ("approval", "Really?")
    again = modern_call(3, "two", inputResponses={"approval": YES}, requestState=state(first))
    assert asked(wire.ask(again)) == ("approval", "It has changed. Really?")


@pytest.mark.requirement("META-5", "CODE-2")
def test_without_a_person_a_call_that_needs_one_names_the_capability_it_lacks(
    wire: Any, modern_call: Any
) -> None:
    error = wire.ask(modern_call(1, "insist", can_ask=False))["error"]
    assert error["code"] == -32021
    assert error["data"]["requiredCapabilities"] == {"elicitation": {}}
    assert error["data"]["code"] == "approval_unavailable"


def test_a_bare_method_names_it_in_its_own_way(wire: Any, messages: Any) -> None:
    assert wire.ask(messages.modern(1, "insist"))["error"]["code"] == 1021
