"""Open questions: each ends once, whoever comes first; with timers that the test pulls."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from awswhitelist.calls import AnswerKind, Choice, Question
from awswhitelist.mcp.context import WireContext
from awswhitelist.mcp.messages import McpResponse
from awswhitelist.mcp.questions import MOST_OPEN, OpenQuestions, start_timer
from awswhitelist.mcp.revisions import REVISIONS

LEGACY = REVISIONS["2025-11-25"]
QUESTION = Question("approval", "Really?", (Choice("no", "No"), Choice("yes", "Yes")), "token")
YES = {"action": "accept", "content": {"decision": "yes"}}


class Timer:
    """One timer; ``ring`` is what time would do."""

    def __init__(self, seconds: float, ring: Callable[[], None]) -> None:
        self.seconds = seconds
        self.ring = ring
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True


class Desk:
    """The questions of one connection, with everything that happens to them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sent: list[Any] = []
        self.timers: list[Timer] = []
        self.resumed: list[WireContext] = []
        self.questions = OpenQuestions(
            lambda line: self.sent.append(json.loads(line)),
            timeout=300.0,
            clock=lambda: self.now,
            start_timer=self._start_timer,
        )

    def _start_timer(self, seconds: float, ring: Callable[[], None]) -> Callable[[], None]:
        self.timers.append(Timer(seconds, ring))
        return self.timers[-1].stop

    def context(self) -> WireContext:
        return WireContext(
            "ours", client_name="", trace_id="", time_left=lambda waited: waited, can_ask=True
        )

    def ask(self, context: WireContext | None = None) -> WireContext | None:
        """Ask; the context of the call if the question is on the wire."""
        asking = context or self.context()
        is_asked = self.questions.ask(QUESTION, LEGACY, asking, lambda: self.resumed.append(asking))
        return asking if is_asked else None

    def opened(self) -> tuple[WireContext, str]:
        context = self.ask()
        assert context is not None
        return context, self.sent[-1]["id"]

    def answer(self, question_id: Any, result: Any) -> None:
        self.questions.answer(McpResponse(question_id, result))

    @property
    def cancelled(self) -> list[str]:
        """The ids of the questions that the client was told to forget."""
        notices = (each for each in self.sent if each["method"] == "notifications/cancelled")
        return [each["params"]["requestId"] for each in notices]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_question_that_cannot_be_timed_is_not_asked() -> None:
    def no_more_threads(_seconds: float, _ring: Callable[[], None]) -> Callable[[], None]:
        raise RuntimeError("can't start new thread")

    sent: list[bytes] = []
    questions = OpenQuestions(
        sent.append, timeout=1.0, clock=lambda: 0.0, start_timer=no_more_threads
    )
    assert not questions.ask(QUESTION, LEGACY, Desk().context(), lambda: None)
    questions.close()
    assert sent == []


@pytest.mark.requirement("RPC-2", "RPC-4")
def test_a_question_goes_out_as_a_request_of_ours(desk: Desk) -> None:
    desk.opened()
    desk.opened()
    ids = {message["id"] for message in desk.sent}
    assert len(ids) == 2 and all(isinstance(each, str) for each in ids)
    assert {message["method"] for message in desk.sent} == {"elicitation/create"}
    assert desk.resumed == []


def test_the_answer_goes_to_its_call_which_goes_on(desk: Desk) -> None:
    context, question_id = desk.opened()
    desk.now += 12
    desk.answer(question_id, YES)
    assert desk.resumed == [context]
    answer = context.ask(QUESTION)
    assert (answer.kind, answer.value, answer.state) == (AnswerKind.ACCEPTED, "yes", "token")
    assert context.remaining() == 12, "the time of the person is not that of the call"
    assert desk.timers[0].stopped
    assert desk.cancelled == []


@pytest.mark.parametrize("result", [None, {}, {"action": "maybe"}, {"action": "decline"}])
def test_any_other_response_is_a_decline(desk: Desk, result: Any) -> None:
    context, question_id = desk.opened()
    desk.answer(question_id, result)
    assert context.ask(QUESTION).kind is AnswerKind.DECLINED


def declined(desk: Desk, context: WireContext, question_id: str) -> bool:
    return (
        desk.resumed == [context]
        and context.ask(QUESTION).kind is AnswerKind.DECLINED
        and desk.cancelled == [question_id]
    )


@pytest.mark.requirement("LIFE-8")
def test_a_question_that_nobody_answers_in_time_is_declined(desk: Desk) -> None:
    context, question_id = desk.opened()
    assert desk.timers[0].seconds == 300.0
    desk.timers[0].ring()
    assert declined(desk, context, question_id)


def test_cancelling_a_call_takes_its_question_back(desk: Desk) -> None:
    other, _ = desk.opened()
    context, question_id = desk.opened()
    desk.questions.withdraw(context)
    assert declined(desk, context, question_id)
    assert other not in desk.resumed


def test_a_call_that_was_cancelled_while_it_asked_is_not_kept_waiting(desk: Desk) -> None:
    context = desk.context()
    context.cancel()
    assert desk.ask(context) is context
    assert declined(desk, context, desk.sent[0]["id"])


def test_when_the_server_stops_open_questions_are_declined_and_none_is_asked(desk: Desk) -> None:
    context, question_id = desk.opened()
    desk.questions.close()
    assert declined(desk, context, question_id)
    assert desk.ask() is None


def test_a_question_ends_once(desk: Desk) -> None:
    context, question_id = desk.opened()
    desk.answer(question_id, YES)
    desk.answer(question_id, {"action": "decline"})
    desk.timers[0].ring()
    desk.questions.withdraw(context)
    desk.questions.close()
    assert desk.resumed == [context]
    assert context.ask(QUESTION).kind is AnswerKind.ACCEPTED
    assert desk.cancelled == []


@pytest.mark.requirement("CANCEL-4")
@pytest.mark.parametrize("unknown", [None, 1, "question-99", "1"])
def test_a_response_to_nothing_is_ignored(desk: Desk, unknown: Any) -> None:
    desk.opened()
    desk.answer(unknown, YES)
    assert desk.resumed == []


def test_a_person_has_only_so_many_questions_before_them(desk: Desk) -> None:
    _, question_id = desk.opened()
    for _ in range(MOST_OPEN - 1):
        desk.opened()
    assert desk.ask() is None
    assert len(desk.sent) == MOST_OPEN
    desk.answer(question_id, YES)
    assert desk.ask() is not None


def test_a_timer_rings_on_its_own_thread_and_can_be_stopped() -> None:
    rung: list[int] = []
    stop = start_timer(3600.0, lambda: rung.append(1))
    stop()
    done = threading.Event()
    start_timer(0.0, done.set)
    assert done.wait(10) and rung == []
