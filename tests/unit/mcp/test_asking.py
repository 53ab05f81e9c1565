"""Questions as forms, and forms as answers."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mcp_types.methods import parse_server_request, validate_server_result

from awswhitelist.calls import Answer, AnswerKind, Choice, Question
from awswhitelist.mcp.asking import can_be_asked, form, read_answer, values_of
from awswhitelist.mcp.peer import Peer
from awswhitelist.mcp.revisions import REVISIONS

CHOICES = (Choice("reject", "Reject it"), Choice("approve", "Approve it"))
QUESTION = Question("approval", "Really?", CHOICES, "state")
ASKING = ["2025-06-18", "2025-11-25", "2026-07-28"]

CAPABILITIES: list[tuple[Any, bool]] = [
    ({}, False),
    ({"elicitation": {}}, True),
    ({"elicitation": {"form": {}}}, True),
    ({"elicitation": {"form": {}, "url": {}}}, True),
    ({"elicitation": {"url": {}}}, False),
    ({"elicitation": None}, False),
    ({"elicitation": True}, False),
    ({"sampling": {}}, False),
]


@pytest.mark.requirement("ELIC-2", "MRTR-9")
@pytest.mark.parametrize(("capabilities", "can"), CAPABILITIES)
@pytest.mark.parametrize("name", REVISIONS)
def test_only_who_says_that_it_can_show_a_form_is_asked(
    name: str, capabilities: Any, can: bool
) -> None:
    peer = Peer(REVISIONS[name], "client", capabilities)
    assert can_be_asked(peer) is (can and name in ASKING)


def decision(name: str) -> Any:
    params = form(QUESTION, REVISIONS[name])
    assert params["message"] == "Really?"
    schema = params["requestedSchema"]
    assert schema["required"] == list(schema["properties"])
    Draft202012Validator.check_schema(schema)
    (field,) = schema["properties"].values()
    return field


@pytest.mark.requirement("ELIC-1")
def test_in_2025_06_18_titles_are_beside_the_values() -> None:
    field = decision("2025-06-18")
    assert field["enum"] == ["reject", "approve"]
    assert field["enumNames"] == ["Reject it", "Approve it"]
    assert "mode" not in form(QUESTION, REVISIONS["2025-06-18"])


@pytest.mark.requirement("ELIC-1", "ELIC-3")
@pytest.mark.parametrize("name", ASKING[1:])
def test_later_each_value_has_its_title(name: str) -> None:
    assert decision(name)["oneOf"] == [
        {"const": "reject", "title": "Reject it"},
        {"const": "approve", "title": "Approve it"},
    ]


@pytest.mark.parametrize("name", ASKING[:2])
def test_a_form_is_what_the_schema_of_a_legacy_revision_says(name: str) -> None:
    parse_server_request("elicitation/create", name, form(QUESTION, REVISIONS[name]))


def test_a_form_is_what_the_schema_of_the_modern_revision_says() -> None:
    params = form(QUESTION, REVISIONS["2026-07-28"])
    asked = {"approval": {"method": "elicitation/create", "params": params}}
    result = {"resultType": "input_required", "inputRequests": asked, "requestState": "s"}
    validate_server_result("tools/call", "2026-07-28", result)


NO = Answer(AnswerKind.DECLINED, "", "state")
RESULTS: list[tuple[Any, Answer | None]] = [
    (
        {"action": "accept", "content": {"decision": "approve"}},
        Answer(AnswerKind.ACCEPTED, "approve", "state"),
    ),
    (
        {"action": "accept", "content": {"decision": "reject"}},
        Answer(AnswerKind.ACCEPTED, "reject", "state"),
    ),
    ({"action": "decline", "content": {"decision": "approve"}}, NO),
    ({"action": "cancel"}, NO),
    ({"action": "accept"}, NO),
    ({"action": "accept", "content": {}}, NO),
    ({"action": "accept", "content": {"decision": "Approve"}}, NO),
    ({"action": "accept", "content": {"decision": ["approve"]}}, NO),
    ({"action": "accept", "content": "approve"}, NO),
    ({"action": "yes"}, None),
    ({"action": ["accept"]}, None),
    ({}, None),
    ("accept", None),
    (None, None),
]


@pytest.mark.requirement("ELIC-8")
@pytest.mark.parametrize(("result", "answer"), RESULTS)
def test_nothing_but_the_approving_choice_approves(result: Any, answer: Answer | None) -> None:
    assert read_answer(values_of(QUESTION), QUESTION.state, result) == answer
