"""One call over the wire: its time, its questions, its progress."""

from __future__ import annotations

import json
from typing import Any

import pytest

from awswhitelist.calls import Answer, AnswerKind, CallContext, Choice, Question, Suspended
from awswhitelist.mcp.context import WireContext
from awswhitelist.mcp.progress import ProgressReporter, progress_token

QUESTION = Question("approval", "Really?", (Choice("no", "No"), Choice("yes", "Yes")), "state-1")
YES = Answer(AnswerKind.ACCEPTED, "yes", "state-1")


def context(**more: Any) -> WireContext:
    facts: dict[str, Any] = {"client_name": "c", "trace_id": "t", "time_left": lambda waited: 3.0}
    return WireContext("ours", **(facts | more))


def test_a_context_tells_the_operation_about_its_call() -> None:
    made = context()
    seen: CallContext = made
    assert (seen.request_id, seen.client_name, seen.trace_id) == ("ours", "c", "t")
    assert (seen.remaining(), seen.cancelled()) == (3.0, False)
    made.cancel()
    assert seen.cancelled()


def test_the_time_a_person_takes_is_not_the_calls() -> None:
    made = context(time_left=lambda waited: 10.0 + waited)
    made.resume({"approval": YES}, waited=50.0)
    made.resume({"approval": YES}, waited=7.0)
    assert made.remaining() == 67.0


def test_where_nobody_can_be_asked_the_answer_says_so() -> None:
    assert context().ask(QUESTION).kind is AnswerKind.UNAVAILABLE


def test_a_question_without_an_answer_gives_the_call_up() -> None:
    with pytest.raises(Suspended) as caught:
        context(can_ask=True).ask(QUESTION)
    assert caught.value.question is QUESTION
    assert not isinstance(caught.value, Exception), "a handler of errors must not swallow it"


def test_an_answer_is_given_once_in_each_run_and_survives_the_next() -> None:
    made = context(can_ask=True)
    made.resume({"target": Answer(AnswerKind.ACCEPTED, "sg-1")})
    made.resume({"approval": YES})
    assert made.ask(QUESTION) == YES
    with pytest.raises(Suspended):
        made.ask(QUESTION)
    newer = Answer(AnswerKind.DECLINED, state="state-2")
    made.resume({"approval": newer})
    assert made.answers == {"target": Answer(AnswerKind.ACCEPTED, "sg-1"), "approval": newer}
    assert made.ask(QUESTION) == newer


def test_a_call_that_may_ask_no_more_keeps_the_answers_it_has() -> None:
    made = context(can_ask=True)
    made.resume({"approval": YES})
    assert made.ask(QUESTION) == YES
    made.stop_asking()
    assert made.ask(QUESTION) == YES
    assert made.ask(QUESTION).kind is AnswerKind.UNAVAILABLE


class Told:
    """A context with a progress token, what it sent, and the time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.lines: list[Any] = []
        reporter = ProgressReporter("token", self._send, lambda: self.now)
        self.context = context(progress=reporter)

    def _send(self, line: bytes) -> None:
        message = json.loads(line)
        assert message.keys() == {"jsonrpc", "method", "params"}
        assert message["method"] == "notifications/progress"
        self.lines.append(message["params"])

    def report(self, done: float, *rest: Any, after: float = 1.0) -> None:
        self.now += after
        self.context.progress(done, *rest)


@pytest.fixture
def told() -> Told:
    return Told()


def test_without_a_token_nobody_hears_of_progress() -> None:
    context().progress(1, 2, "half")
    context().end_progress()


@pytest.mark.requirement("PROG-3", "PROG-5")
def test_progress_goes_out_under_the_clients_token(told: Told) -> None:
    told.report(1, 3, "first of three")
    told.report(2.5)
    assert told.lines == [
        {"progressToken": "token", "progress": 1, "total": 3, "message": "first of three"},
        {"progressToken": "token", "progress": 2.5},
    ]


@pytest.mark.requirement("PROG-2")
def test_progress_only_rises(told: Told) -> None:
    for done in (1, 1, 0.5, 2):
        told.report(done)
    assert [each["progress"] for each in told.lines] == [1, 2]


@pytest.mark.requirement("PROG-6")
def test_progress_comes_ten_times_in_a_second_at_most(told: Told) -> None:
    for step in range(100):
        told.report(step, after=0.01)
    assert len(told.lines) == 10


@pytest.mark.requirement("PROG-7")
@pytest.mark.parametrize("end", [WireContext.cancel, WireContext.end_progress])
def test_there_is_no_progress_after_the_end(told: Told, end: Any) -> None:
    told.report(1)
    end(told.context)
    told.report(2)
    assert len(told.lines) == 1


@pytest.mark.requirement("PROG-1")
@pytest.mark.parametrize(
    ("params", "token"),
    [
        ({}, None),
        ({"_meta": {"progressToken": 0}}, 0),
        ({"_meta": {"progressToken": "a"}}, "a"),
        ({"_meta": {"progressToken": True}}, None),
        ({"_meta": {"progressToken": 1.5}}, None),
        ({"_meta": []}, None),
    ],
)
def test_a_token_is_text_or_a_whole_number(params: Any, token: Any) -> None:
    found = progress_token(params)
    assert (type(found), found) == (type(token), token)
