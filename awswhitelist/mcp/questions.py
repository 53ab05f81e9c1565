"""Asking a legacy client: a request of ours on the wire, until it is answered or given up.

Source: MCP 2025-11-25, client/elicitation; basic/lifecycle, "Timeouts"; basic/utilities/
cancellation.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable
from typing import NamedTuple

from awswhitelist.calls import Answer, AnswerKind, Question
from awswhitelist.mcp.asking import ELICIT, form, read_answer, values_of
from awswhitelist.mcp.context import WireContext
from awswhitelist.mcp.messages import McpNotification, McpRequest, McpResponse, RequestId
from awswhitelist.mcp.parser import encode_notification, encode_request
from awswhitelist.mcp.revisions import Revision

log = logging.getLogger("awswhitelist.mcp")

MOST_OPEN = 4
"""Questions that one client may have open: a person reads one at a time."""

StartTimer = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Calls a function after some seconds, from another thread; returns what prevents it."""


def start_timer(seconds: float, call: Callable[[], None]) -> Callable[[], None]:
    """A timer with a thread of its own, which ends with it."""
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()
    return timer.cancel


class _Open(NamedTuple):
    """A question on the wire; ``resume`` has its call made again."""

    question: Question
    context: WireContext
    asked_at: float
    resume: Callable[[], None]


class OpenQuestions:
    """The questions of one connection that wait for their answers. Thread-safe.

    Every question ends exactly once: answered, timed out, its call cancelled, or the server
    stopped. All but an answer count as a decline, and are told to the client.
    """

    def __init__(
        self,
        send: Callable[[bytes], None],
        *,
        timeout: float,
        clock: Callable[[], float],
        start_timer: StartTimer = start_timer,
    ) -> None:
        """``send`` writes one line, given without its end; ``timeout`` is in seconds."""
        self._send = send
        self._timeout = timeout
        self._clock = clock
        self._start_timer = start_timer
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._open: dict[RequestId, _Open] = {}
        self._timers: dict[RequestId, Callable[[], None]] = {}
        self._closed = False

    def ask(
        self,
        question: Question,
        revision: Revision,
        context: WireContext,
        resume: Callable[[], None],
    ) -> bool:
        """Put a question of a call to the client; False where it cannot be asked one more.

        ``context`` gets the answer before ``resume`` is called, from any thread.
        """
        with self._lock:
            if self._closed or len(self._open) >= MOST_OPEN:
                return False
            question_id = f"question-{next(self._numbers)}"
            try:
                self._timers[question_id] = self._start_timer(
                    self._timeout, lambda: self._give_up(question_id, "timed_out")
                )
            except RuntimeError:  # the system has no thread for it: it could wait for ever
                return False
            self._open[question_id] = _Open(question, context, self._clock(), resume)
            # Under the lock: whatever ends the question must not overtake it on the wire.
            self._send(encode_request(McpRequest(question_id, ELICIT, form(question, revision))))
        if context.cancelled():  # between its last look and now
            self._give_up(question_id, "cancelled")
        return True

    def answer(self, response: McpResponse) -> None:
        """Take a client's response; ignored where nothing was asked under that id, or no more."""
        if response.id is not None and (entry := self._take(response.id)) is not None:
            question = entry.question
            given = read_answer(values_of(question), question.state, response.result)
            self._end(entry, given or _declined(question), "answered" if given else "refused")

    def withdraw(self, context: object) -> None:
        """The call was cancelled: nobody needs the answer to its question."""
        with self._lock:
            ids = [each for each, entry in self._open.items() if entry.context is context]
        for question_id in ids:
            self._give_up(question_id, "cancelled")

    def close(self) -> None:
        """The server stops: decline what is open, and ask nothing any more."""
        with self._lock:
            self._closed = True
            ids = list(self._open)
        for question_id in ids:
            self._give_up(question_id, "stopped")

    def _give_up(self, question_id: RequestId, outcome: str) -> None:
        if (entry := self._take(question_id)) is not None:
            params = {"requestId": question_id, "reason": outcome}
            notification = McpNotification("notifications/cancelled", params)
            self._send(encode_notification(notification))
            self._end(entry, _declined(entry.question), outcome)

    def _take(self, question_id: RequestId) -> _Open | None:
        """Only one of those who want to end a question gets it."""
        with self._lock:
            entry = self._open.pop(question_id, None)
            stop_timer = self._timers.pop(question_id, None)
        if stop_timer is not None:
            stop_timer()
        return entry

    def _end(self, entry: _Open, answer: Answer, outcome: str) -> None:
        waited = self._clock() - entry.asked_at
        fields = {
            "request_id": entry.context.request_id,
            "question": entry.question.key,
            "outcome": outcome,
            "waited_ms": round(waited * 1000),
        }
        log.info("question.closed", extra=fields)
        entry.context.resume({entry.question.key: answer}, waited)
        entry.resume()


def _declined(question: Question) -> Answer:
    return Answer(AnswerKind.DECLINED, state=question.state)
