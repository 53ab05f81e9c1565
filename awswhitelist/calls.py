"""What an operation may ask of whoever called it.

:class:`CallContext` is the seam between the operations and their doors: ``mcp/context.py``
implements it over the wire, :class:`PlainContext` without one. This module imports nothing of
the package, so that both sides can depend on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol


class AnswerKind(StrEnum):
    """What came of a :class:`Question`."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    UNAVAILABLE = "unavailable"
    """Nobody can be asked through this door."""


class Choice(NamedTuple):
    """One answer offered: ``value`` is what comes back, ``label`` what a person reads."""

    value: str
    label: str


class Question(NamedTuple):
    """Something a person must decide before anything is written.

    ``key`` tells the questions of one call apart ("approval", "target"). ``choices`` are offered
    in order; the first is the safe one ("reject"). ``state`` comes back with the answer (it is
    signed by whoever asks).
    """

    key: str
    message: str
    choices: tuple[Choice, ...]
    state: str = ""


class Answer(NamedTuple):
    """A person's answer; ``value`` is one of the question's choices when accepted."""

    kind: AnswerKind
    value: str = ""
    state: str = ""


UNAVAILABLE = Answer(AnswerKind.UNAVAILABLE)


class Suspended(BaseException):
    """The call waits for a person: it is given up here, and made again once there is an answer.

    Raised by :meth:`CallContext.ask` where a call must not hold a thread while somebody thinks.
    Not an Exception, so that no handler of errors on the way takes it for a failure.
    """

    def __init__(self, question: Question) -> None:
        super().__init__(question.key)
        self.question = question


class CallContext(Protocol):
    """One call, as the operation that serves it sees it."""

    @property
    def request_id(self) -> str:
        """Our own id of this call, for logs, results and the audit log."""

    @property
    def client_name(self) -> str:
        """What the client calls itself; self-reported, for logs only."""

    @property
    def trace_id(self) -> str:
        """The W3C ``traceparent`` of the call, or an empty string."""

    def cancelled(self) -> bool:
        """True once the caller no longer wants an answer."""

    def remaining(self) -> float:
        """Seconds left before the call must be answered; zero or less when there are none."""

    def progress(self, done: float, total: float | None = None, message: str = "") -> None:
        """Tell the caller how far the work is; does nothing where nobody listens."""

    def ask(self, question: Question) -> Answer:
        """Ask a person. Never called with a lock held, nor after anything was changed.

        Either returns the answer, or raises :class:`Suspended`: then the call is made again from
        its start, and gets the answer when it comes to this question. Each answer is given once:
        the same key asked twice in one run is a new question, whose answer replaces the first.
        """


@dataclass(frozen=True)
class PlainContext:
    """A :class:`CallContext` that needs no wire: for the command line, scripts and tests."""

    request_id: str
    client_name: str = ""
    trace_id: str = ""
    time_left: Callable[[], float] = field(default=lambda: float("inf"))
    is_cancelled: Callable[[], bool] = field(default=lambda: False)
    answer: Callable[[Question], Answer] = field(default=lambda _question: UNAVAILABLE)

    def cancelled(self) -> bool:
        """Whether the caller gave up."""
        return self.is_cancelled()

    def remaining(self) -> float:
        """Seconds left."""
        return self.time_left()

    def progress(self, done: float, total: float | None = None, message: str = "") -> None:
        """Nobody listens here."""

    def ask(self, question: Question) -> Answer:
        """Pass the question on to ``answer``."""
        return self.answer(question)
