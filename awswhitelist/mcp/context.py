"""One call over the wire, as the operation that serves it sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from awswhitelist.calls import UNAVAILABLE, Answer, Question, Suspended
from awswhitelist.mcp.progress import ProgressReporter


class WireContext:
    """A :class:`~awswhitelist.calls.CallContext` for a request of a client.

    ``time_left`` counts from the arrival of the request, because that is when the client began to
    wait; it is given the seconds that the call has spent waiting for a person, which do not count.
    Cancelling is a mark that the operation looks at; nothing is torn away from it. ``can_ask``
    says whether this client can put a question to its user. ``progress`` is None where the client
    does not want to hear of it.
    """

    __slots__ = (
        "_request_id",
        "_client_name",
        "_trace_id",
        "_time_left",
        "_can_ask",
        "_progress",
        "_cancelled",
        "_waited",
        "_answers",
        "_to_give",
    )

    def __init__(
        self,
        request_id: str,
        *,
        client_name: str,
        trace_id: str,
        time_left: Callable[[float], float],
        can_ask: bool = False,
        progress: ProgressReporter | None = None,
    ) -> None:
        self._request_id = request_id
        self._client_name = client_name
        self._trace_id = trace_id
        self._time_left = time_left
        self._can_ask = can_ask
        self._progress = progress
        self._cancelled = False
        self._waited = 0.0
        self._answers: dict[str, Answer] = {}
        self._to_give: dict[str, Answer] = {}

    @property
    def request_id(self) -> str:
        """Our own id of this call."""
        return self._request_id

    @property
    def client_name(self) -> str:
        """What the client calls itself."""
        return self._client_name

    @property
    def trace_id(self) -> str:
        """The W3C ``traceparent`` of the call, or an empty string."""
        return self._trace_id

    @property
    def can_ask(self) -> bool:
        """Whether a person can be asked."""
        return self._can_ask

    @property
    def answers(self) -> Mapping[str, Answer]:
        """The newest answer to each question that a person was asked in this call."""
        return self._answers

    def resume(self, answers: Mapping[str, Answer], waited: float = 0.0) -> None:
        """Have the call made (again) with these answers, after ``waited`` seconds for a person.

        Never while it is being made.
        """
        self._answers = {**self._answers, **answers}
        self._to_give = dict(self._answers)
        self._waited += waited

    def stop_asking(self) -> None:
        """Have the call made again without asking anything more; answers that were given stay."""
        self._can_ask = False
        self.resume({})

    def cancel(self) -> None:
        """The client no longer wants an answer."""
        self._cancelled = True

    def cancelled(self) -> bool:
        """Whether the client cancelled the call."""
        return self._cancelled

    def remaining(self) -> float:
        """Seconds left to answer in; zero or less when there are none."""
        return self._time_left(self._waited)

    def progress(self, done: float, total: float | None = None, message: str = "") -> None:
        """Tell the client, if it asked for progress and has not cancelled."""
        if self._progress is not None and not self._cancelled:
            self._progress.report(done, total, message)

    def end_progress(self) -> None:
        """The answer is next: nothing is told any more."""
        if self._progress is not None:
            self._progress.end()

    def ask(self, question: Question) -> Answer:
        """The answer, if there is one. Raises Suspended where the client can be asked for it."""
        answer = self._to_give.pop(question.key, None)
        if answer is not None:
            return answer
        if self._can_ask:
            raise Suspended(question)
        return UNAVAILABLE
