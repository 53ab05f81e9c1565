"""What one connection remembers: who is there, what is in flight, what was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from awswhitelist.mcp.messages import INVALID_REQUEST, ProtocolError, RequestId
from awswhitelist.mcp.peer import UNKNOWN_PEER, Peer
from awswhitelist.mcp.questions import OpenQuestions


class InFlight(Protocol):
    """A request that is being served: a call, or an open stream."""

    def cancel(self) -> None:
        """The client no longer wants an answer."""

    def cancelled(self) -> bool:
        """Whether the client has cancelled it."""

    def remaining(self) -> float:
        """Seconds left until it must be answered; none where nobody waits for that."""


class Session:
    """The state of a connection. ``peer`` and ``ready`` are written by the reader alone.

    The calls in flight are known by the client's ids; a finished id is forgotten at once.
    ``question_timeout`` is in seconds, as ``clock`` counts them.
    """

    def __init__(
        self, *, question_timeout: float = 300.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.peer: Peer = UNKNOWN_PEER
        self.ready = False
        """The client has said that the handshake is over: only then may we ask it anything."""
        self.questions = OpenQuestions(self.send, timeout=question_timeout, clock=clock)
        self._send: Callable[[bytes], None] = _drop
        self._lock = threading.Lock()
        self._in_flight: dict[RequestId, InFlight] = {}

    def attach(self, send: Callable[[bytes], None]) -> None:
        """Messages of ours go out through ``send`` from now on: one line each, without its end."""
        self._send = send

    def send(self, line: bytes) -> None:
        """Send a message that answers no request."""
        self._send(line)

    def require_new(self, request_id: RequestId) -> None:
        """Raise ProtocolError (-32600) for an id whose request is still being served."""
        if request_id in self._in_flight:
            raise ProtocolError(INVALID_REQUEST, "Invalid request: this id is already in flight.")

    def begin(self, request_id: RequestId, context: InFlight) -> None:
        """A call is in flight from now on."""
        with self._lock:
            self._in_flight[request_id] = context

    def cancel(self, request_id: RequestId) -> None:
        """Mark a call as unwanted and forget it; unknown and finished ids are ignored."""
        with self._lock:
            context = self._in_flight.pop(request_id, None)
            if context is not None:
                context.cancel()
        if context is not None:
            self.questions.withdraw(context)

    def time_left(self) -> float:
        """Seconds until the last call in flight must be answered; zero or less without one."""
        with self._lock:
            return max((each.remaining() for each in self._in_flight.values()), default=0.0)

    def finish(self, request_id: RequestId, context: InFlight) -> bool:
        """The call is over; whether its answer is still wanted.

        Called before the answer is written: the client may use the id again as soon as it reads it.
        """
        with self._lock:
            if self._in_flight.get(request_id) is context:
                del self._in_flight[request_id]
            return not context.cancelled()


def _drop(_line: bytes) -> None:
    """Nobody is connected."""
