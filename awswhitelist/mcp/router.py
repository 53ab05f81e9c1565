"""From a request to its answer: the method table, and the one error boundary of the program."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from awswhitelist.calls import Question, Suspended
from awswhitelist.exceptions import AwsWhitelistError, CallCancelledError, CallTimeoutError
from awswhitelist.log_context import serving
from awswhitelist.mcp.asking import can_be_asked
from awswhitelist.mcp.context import WireContext
from awswhitelist.mcp.events import Stream
from awswhitelist.mcp.handlers import notification_handlers, request_handlers
from awswhitelist.mcp.handlers.interface import Handler, Incoming, Work
from awswhitelist.mcp.handlers.opening import Identity
from awswhitelist.mcp.handlers.tools import (
    BareMethodHandler,
    FormerMethods,
    no_former_methods,
    turn_of,
    unknown_method,
)
from awswhitelist.mcp.messages import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    Json,
    McpError,
    McpNotification,
    McpRequest,
    McpResponse,
    ProtocolError,
)
from awswhitelist.mcp.pages import PAGE_SIZE
from awswhitelist.mcp.parser import encode
from awswhitelist.mcp.peer import SERVER_KEY, Peer, peer_of, trace_id
from awswhitelist.mcp.progress import ProgressReporter, progress_token
from awswhitelist.mcp.registry import ToolRegistry
from awswhitelist.mcp.rounds import CallKey, Rounds
from awswhitelist.mcp.session import Session
from awswhitelist.mcp.turns import Turn

log = logging.getLogger("awswhitelist.mcp")

_METHOD_SHOWN = 100
_T = TypeVar("_T")


class Exchange:
    """One request being served, with what its log lines tell. Its params are never logged.

    ``received`` and ``answered`` are sizes in bytes; what came in a batch has none of its own.
    """

    __slots__ = (
        *("message", "started", "request_id", "operation", "outcome", "begun"),
        *("received", "answered"),
    )

    def __init__(self, message: McpRequest, started: float, received: int | None) -> None:
        self.message = message
        self.started = started
        self.received = received
        self.answered = 0
        self.request_id = ""
        self.operation = ""
        self.outcome = "ok"
        self.begun = False


class Job(NamedTuple):
    """A call that a worker is to do, with :meth:`Router.perform`, when its ``turn`` has come.

    ``rounds`` is how its client is asked, where it is asked in that way.
    """

    session: Session
    exchange: Exchange
    peer: Peer
    work: Work
    context: WireContext
    turn: Turn | None
    rounds: Rounds | None


class Router:
    """Serves the requests and notifications of any connection; holds no state of one.

    ``call_timeout`` is in seconds; ``stopping_in`` says how many are left until calls must have
    ended because the server stops; ``clock`` is monotonic. ``rounds`` asks modern clients; where
    it is None they are not asked. ``former`` knows the methods of earlier versions.
    """

    def __init__(
        self,
        identity: Identity,
        registry: ToolRegistry,
        *,
        more: Mapping[str, Handler] | None = None,
        page_size: int = PAGE_SIZE,
        call_timeout: float,
        stopping_in: Callable[[], float],
        clock: Callable[[], float],
        new_request_id: Callable[[], str],
        rounds: Rounds | None = None,
        former: FormerMethods = no_former_methods,
    ) -> None:
        self._handlers = {**request_handlers(identity, registry, page_size), **(more or {})}
        self._bare: Handler = BareMethodHandler(registry, former)
        self._notifications = notification_handlers()
        self._meta = {SERVER_KEY: identity.info}
        self._call_timeout = call_timeout
        self._stopping_in = stopping_in
        self._clock = clock
        self._new_request_id = new_request_id
        self._rounds = rounds

    def is_quick(self, method: str) -> bool:
        """Whether the method is answered from memory, so that others may wait for it."""
        return self._handlers.get(method, self._bare).quick

    def notify(self, session: Session, notification: McpNotification) -> None:
        """Serve a notification; an unknown one is ignored."""
        handler = self._notifications.get(notification.method)
        if handler is not None:
            handler.handle(notification, session)

    def receive(
        self,
        session: Session,
        message: McpRequest,
        *,
        in_batch: bool = False,
        size: int | None = None,
    ) -> bytes | Job | None:
        """Serve a request: its encoded answer, or the job that will lead to it. Never raises.

        None for a stream, which has been opened, and which stays in flight. ``size`` is that of
        the request's line, in bytes.
        """
        exchange = Exchange(message, self._clock(), size)
        answer = self._guarded(exchange, lambda: self._begin(session, exchange, in_batch))
        if log.isEnabledFor(logging.DEBUG):
            log.debug("request.received", extra=self._received(exchange))
        if not isinstance(answer, Job):
            self._log(exchange, logging.DEBUG, answer)
        return answer

    def perform(self, job: Job) -> bytes | Question | None:
        """Make the call: its encoded answer, or None if nobody wants it any more. Never raises.

        A question is to be put to a person; then the job is to be performed once more, with the
        answer in its context.
        """
        with serving(job.exchange.request_id):
            try:
                return self._settle(job, lambda: self._call(job))
            except Suspended as suspended:
                return suspended.question

    def refuse(self, job: Job, error: AwsWhitelistError) -> bytes | None:
        """Answer a job that will not be performed, as if the call had failed with ``error``."""
        return self._settle(job, lambda: self._failed(job, error))

    def _begin(self, session: Session, exchange: Exchange, in_batch: bool) -> bytes | Job | None:
        message = exchange.message
        peer = peer_of(message, session.peer)
        session.require_new(message.id)
        if in_batch and message.method == "initialize":
            # MCP 2025-03-26, basic/lifecycle: it must not be part of a batch.
            raise ProtocolError(INVALID_REQUEST, "Invalid request: `initialize` in a batch.")
        handler = self._handlers.get(message.method, self._bare)
        if peer.revision.era not in handler.eras:
            raise unknown_method(message.method)
        outcome = handler.handle(
            Incoming(message.id, message.method, message.params, peer, session)
        )
        if isinstance(outcome, Work):
            return self._job(session, exchange, peer, outcome)
        if isinstance(outcome, Stream):
            session.begin(message.id, outcome)
            return None
        return encode(McpResponse(message.id, self._complete(outcome, peer, handler.ttl_ms)))

    def _job(self, session: Session, exchange: Exchange, peer: Peer, work: Work) -> Job:
        exchange.request_id = self._new_request_id()
        exchange.operation = work.spec.name
        timeout = self._call_timeout if work.spec.timeout is None else work.spec.timeout
        deadline = exchange.started + timeout
        rounds = self._rounds if peer.revision.modern else None
        has_way = rounds is not None if peer.revision.modern else session.ready
        context = WireContext(
            exchange.request_id,
            client_name=peer.client_name,
            trace_id=trace_id(exchange.message.params),
            time_left=lambda waited: min(deadline + waited - self._clock(), self._stopping_in()),
            can_ask=work.asks and has_way and can_be_asked(peer),
            progress=self._progress(session, exchange),
        )
        session.begin(exchange.message.id, context)
        turn = turn_of(work.spec, work.arguments)
        return Job(session, exchange, peer, work, context, turn, rounds)

    def _progress(self, session: Session, exchange: Exchange) -> ProgressReporter | None:
        token = progress_token(exchange.message.params)
        return None if token is None else ProgressReporter(token, session.send, self._clock)

    def _call(self, job: Job) -> Json:
        try:
            return self._run(job)
        except AwsWhitelistError as error:
            return self._failed(job, error)

    def _run(self, job: Job) -> Json:
        """Raises Suspended where a legacy client is to be asked; a modern one gets a result."""
        if not job.exchange.begun:
            _begin_call(job)
        try:
            result = job.work.spec.call(job.work.arguments, job.context)
        except Suspended as suspended:
            if job.rounds is None:
                raise
            job.exchange.outcome = "input_required"
            answers, revision = job.context.answers, job.peer.revision
            return job.rounds.question(suspended.question, _key_of(job), answers, revision)
        return job.work.succeeded(result)

    def _failed(self, job: Job, error: AwsWhitelistError) -> Json:
        job.exchange.outcome = error.code
        return job.work.failed(error, job.exchange.request_id)

    def _settle(self, job: Job, produce: Callable[[], Json]) -> bytes | None:
        exchange = job.exchange
        request_id = exchange.message.id
        answer = self._guarded(
            exchange,
            lambda: encode(McpResponse(request_id, self._complete(produce(), job.peer))),
        )
        job.context.end_progress()
        wanted = job.session.finish(request_id, job.context)
        if not wanted:
            exchange.outcome = CallCancelledError.code
        self._log(exchange, logging.INFO, answer if wanted else None)
        return answer if wanted else None

    def _complete(self, result: Json, peer: Peer, ttl_ms: int | None = None) -> Json:
        """Add what the modern era asks of every result. Source: MCP 2026-07-28, basic."""
        if not peer.revision.modern:
            return result
        cached = {} if ttl_ms is None else {"ttlMs": ttl_ms, "cacheScope": "public"}
        kind = result.get("resultType", "complete")
        return result | cached | {"resultType": kind, "_meta": self._meta}

    def _guarded(self, exchange: Exchange, step: Callable[[], _T]) -> _T | bytes:
        """The error boundary: whatever a step raises becomes one encoded answer."""
        try:
            return step()
        except ProtocolError as error:
            if exchange.outcome == "ok":
                exchange.outcome = str(error.error.code)
            return encode(McpResponse(exchange.message.id, error=error.error))
        except Exception:
            exchange.request_id = exchange.request_id or self._new_request_id()
            exchange.outcome = "internal_error"
            log.exception("request.crashed", extra=self._fields(exchange))
            return encode(McpResponse(exchange.message.id, error=_our_fault(exchange.request_id)))

    def _log(self, exchange: Exchange, level: int, answer: bytes | None) -> None:
        if log.isEnabledFor(level):
            exchange.answered = 0 if answer is None else len(answer)
            log.log(level, "request.answered", extra=self._fields(exchange))

    def _received(self, exchange: Exchange) -> dict[str, object]:
        return {
            "method": exchange.message.method[:_METHOD_SHOWN],
            "operation": exchange.operation,
            "received_bytes": exchange.received,
            "request_id": exchange.request_id,
            "trace_id": trace_id(exchange.message.params),
        }

    def _fields(self, exchange: Exchange) -> dict[str, object]:
        return self._received(exchange) | {
            "outcome": exchange.outcome,
            "answered_bytes": exchange.answered,
            "duration_ms": round((self._clock() - exchange.started) * 1000, 3),
        }


def _begin_call(job: Job) -> None:
    """Before the first run: whether it is worth it, and what earlier rounds have answered.

    A call that goes on after a question looks for itself: it may have to note its own end.
    """
    job.exchange.begun = True
    if job.context.cancelled():
        raise CallCancelledError
    if job.context.remaining() <= 0:
        raise CallTimeoutError("The call had to wait too long; it was not started.")
    if job.rounds is not None and job.context.can_ask:
        job.context.resume(job.rounds.answers(job.exchange.message.params, _key_of(job)))


def _key_of(job: Job) -> CallKey:
    return CallKey(job.exchange.message.method, job.work.spec.name, job.work.arguments)


def _our_fault(request_id: str) -> McpError:
    return McpError(
        INTERNAL_ERROR,
        f"Internal error. The server's log tells more under the request id {request_id}.",
        {"request_id": request_id},
    )
