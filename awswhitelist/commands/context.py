"""One call from the command line, as the operation that serves it sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

from awswhitelist.access.wording import APPROVAL, APPROVE
from awswhitelist.calls import UNAVAILABLE, Answer, AnswerKind, Question
from awswhitelist.commands.interrupts import Interruption
from awswhitelist.commands.progress import ProgressBar
from awswhitelist.commands.terminal import Terminal

CLIENT_NAME = "awswhitelist command line"


class Asker:
    """Puts an operation's questions to the person at the controlling terminal.

    Approval is given by typing the code shown, and by nothing else: no option, no input that is
    piped in, no line typed ahead. A choice made once holds for the whole command.
    """

    def __init__(
        self, open_terminal: Callable[[], Terminal | None], new_code: Callable[[], str]
    ) -> None:
        self._open_terminal = open_terminal
        self._new_code = new_code
        self._chosen: dict[Question, str] = {}

    def ask(self, question: Question) -> Answer:
        """The person's answer; UNAVAILABLE without a terminal."""
        if question in self._chosen:
            return Answer(AnswerKind.ACCEPTED, self._chosen[question], question.state)
        terminal = self._open_terminal()
        if terminal is None:
            return UNAVAILABLE
        with closing(terminal):
            terminal.say(*question.message.splitlines())
            if question.key == APPROVAL:
                return self._approval(question, terminal)
            return self._choice(question, terminal)

    def _approval(self, question: Question, terminal: Terminal) -> Answer:
        if not typed_code(terminal, self._new_code()):
            return Answer(AnswerKind.DECLINED, state=question.state)
        return Answer(AnswerKind.ACCEPTED, APPROVE, question.state)

    def _choice(self, question: Question, terminal: Terminal) -> Answer:
        choices = question.choices
        terminal.say(*(f"  {number}  {each.label}" for number, each in enumerate(choices)))
        typed = terminal.ask("Type a number [0]:")
        if typed is None or not (typed.isascii() and typed.isdecimal()):
            return Answer(AnswerKind.DECLINED, state=question.state)
        if int(typed) >= len(choices):
            return Answer(AnswerKind.DECLINED, state=question.state)
        value = self._chosen[question] = choices[int(typed)].value
        return Answer(AnswerKind.ACCEPTED, value, question.state)


def typed_code(terminal: Terminal, code: str) -> bool:
    """Whether the person types the code that they are shown: nothing else is approval."""
    typed = terminal.ask(f"To approve, type {code}; anything else declines:")
    return typed is not None and typed.upper() == code


class TerminalContext:
    """A :class:`~awswhitelist.calls.CallContext` for a person at a terminal, or for a script.

    ``timeout`` is in seconds, as ``clock`` counts them; the time that a person thinks is not
    counted.
    """

    def __init__(
        self,
        request_id: str,
        *,
        asker: Asker,
        interruption: Interruption,
        timeout: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._request_id = request_id
        self._asker = asker
        self._interruption = interruption
        self._clock = clock
        self._end = clock() + timeout
        self._bar = ProgressBar()

    @property
    def request_id(self) -> str:
        """Our own id of this call."""
        return self._request_id

    @property
    def client_name(self) -> str:
        """What the audit log says of who called."""
        return CLIENT_NAME

    @property
    def trace_id(self) -> str:
        """Commands are part of no trace."""
        return ""

    def cancelled(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._interruption.is_set()

    def remaining(self) -> float:
        """Seconds left to end in; zero or less when there are none."""
        return self._end - self._clock()

    def progress(self, done: float, total: float | None = None, message: str = "") -> None:
        """Show how far the work is, where somebody looks."""
        self._bar.report(done, total, message)

    def ask(self, question: Question) -> Answer:
        """The person's answer, or UNAVAILABLE."""
        self._bar.hide()
        began = self._clock()
        try:
            with self._interruption.asking():
                return self._asker.ask(question)
        finally:
            self._end += self._clock() - began

    def close(self) -> None:
        """The call is over."""
        self._bar.hide()
