"""Rounds of a call: what a modern client is given to carry, and what it is worth on its return."""

from __future__ import annotations

import base64
import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.access.approval.sealing import Seal
from awswhitelist.access.files.state import StateDirectory
from awswhitelist.calls import Answer, AnswerKind, Choice, Question
from awswhitelist.mcp.revisions import REVISIONS
from awswhitelist.mcp.rounds import LIFETIME_SECONDS, CallKey, Rounds

MODERN = REVISIONS["2026-07-28"]
CHOICES = (Choice("reject", "Reject"), Choice("approve", "Approve"))
QUESTION = Question("approval", "Really?", CHOICES, "token-1")
KEY = CallKey("tools/call", "whitelist", {"target": "prod-db", "port": 22})
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
YES = {"action": "accept", "content": {"decision": "approve"}}
APPROVED = Answer(AnswerKind.ACCEPTED, "approve", "token-1")


class Table:
    """Rounds with the time in hand."""

    def __init__(self, path: Path, purpose: bytes = b"rounds\n") -> None:
        self.now = 1_000.0
        state = StateDirectory(path, now=lambda: self.now)
        self.rounds = Rounds(lambda: Seal(state, purpose), lambda: self.now)

    def ask(self, question: Question = QUESTION, **answers: Answer) -> str:
        """The state that goes out with a question."""
        result = self.rounds.question(question, KEY, answers, MODERN)
        assert result["resultType"] == "input_required"
        assert list(result["inputRequests"]) == [question.key]
        return str(result["requestState"])

    def answers(self, state: Any, responses: Any, key: CallKey = KEY) -> dict[str, Answer]:
        params = {"requestState": state, "inputResponses": responses}
        return self.rounds.answers(params, key)


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path / "state")


def test_an_answer_comes_back_with_the_state_of_its_question(table: Table) -> None:
    assert table.answers(table.ask(), {"approval": YES}) == {"approval": APPROVED}


def test_the_state_tells_nothing_of_the_arguments(table: Table) -> None:
    payload = base64.urlsafe_b64decode(table.ask().partition(".")[0] + "===")
    assert set(json.loads(payload)) == {"until", "call", "answers", "key", "state", "values"}
    assert b"prod-db" not in payload


def test_answers_to_earlier_questions_come_along(table: Table) -> None:
    chosen = Answer(AnswerKind.ACCEPTED, "sg-1", "")
    state = table.ask(target=chosen)
    assert table.answers(state, {"approval": YES}) == {"target": chosen, "approval": APPROVED}


def test_the_newest_answer_to_a_question_counts(table: Table) -> None:
    state = table.ask(approval=Answer(AnswerKind.DECLINED, "", "token-0"))
    assert table.answers(state, {"approval": YES}) == {"approval": APPROVED}


@pytest.mark.requirement("MRTR-13")
@pytest.mark.parametrize("responses", [None, {}, {"other": YES}, {"approval": {"action": "?"}}])
def test_an_answer_that_is_missing_is_asked_for_again(table: Table, responses: Any) -> None:
    chosen = Answer(AnswerKind.ACCEPTED, "sg-1", "")
    assert table.answers(table.ask(target=chosen), responses) == {"target": chosen}


def test_only_what_was_offered_can_be_chosen(table: Table) -> None:
    other = {"action": "accept", "content": {"decision": "sg-0123"}}
    answers = table.answers(table.ask(), {"approval": other})
    assert answers["approval"].kind is AnswerKind.DECLINED


OTHER_CALLS = [
    KEY._replace(method="whitelist"),
    KEY._replace(tool="revoke"),
    KEY._replace(arguments={"target": "prod-db", "port": 23}),
    KEY._replace(arguments={"target": "prod-db"}),
]


@pytest.mark.requirement("MRTR-6")
@pytest.mark.parametrize("key", OTHER_CALLS)
def test_the_state_of_another_call_is_worth_nothing(table: Table, key: CallKey) -> None:
    assert table.answers(table.ask(), {"approval": YES}, key) == {}


def test_the_order_of_arguments_does_not_make_another_call(table: Table) -> None:
    same = KEY._replace(arguments={"port": 22, "target": "prod-db"})
    assert table.answers(table.ask(), {"approval": YES}, same) == {"approval": APPROVED}


@pytest.mark.requirement("MRTR-6")
def test_a_state_is_good_for_five_minutes(table: Table) -> None:
    state = table.ask()
    table.now += LIFETIME_SECONDS - 1
    assert table.answers(state, {"approval": YES})
    table.now += 1
    assert table.answers(state, {"approval": YES}) == {}


@pytest.mark.requirement("MRTR-5", "MRTR-6", "ELIC-5")
def test_what_another_user_or_another_purpose_sealed_is_worth_nothing(
    table: Table, tmp_path: Path
) -> None:
    for stranger in (Table(tmp_path / "other"), Table(tmp_path / "state", b"approval\n")):
        assert table.answers(stranger.ask(), {"approval": YES}) == {}


def test_without_a_state_no_answer_counts(table: Table) -> None:
    assert table.answers(None, {"approval": YES}) == {}
    assert table.rounds.answers({"inputResponses": {"approval": YES}}, KEY) == {}


@pytest.mark.requirement("MRTR-5")
def test_no_letter_of_a_state_can_be_changed(table: Table) -> None:
    state = table.ask()
    for place in range(0, len(state), 5):
        # The highest of the letter's six bits: the last letter has low ones that mean nothing.
        other = "." if state[place] == "." else ALPHABET[ALPHABET.index(state[place]) ^ 32]
        forged = state[:place] + other + state[place + 1 :]
        assert forged == state or table.answers(forged, {"approval": YES}) == {}


@given(text=st.text(max_size=80) | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,44}"))
def test_any_text_is_taken_for_no_state(tmp_path_factory: Any, text: str) -> None:
    table = Table(tmp_path_factory.getbasetemp() / "any-text")
    assert table.answers(text, {"approval": YES}) == {}
