"""Who wants to hear that a resource has changed, and how they are told.

Legacy clients name resources one by one (MCP 2025-11-25, server/resources, "Subscriptions");
modern ones open streams (MCP 2026-07-28, basic/patterns/subscriptions). One connection may do both.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from awswhitelist.exceptions import OverloadedError
from awswhitelist.mcp.messages import Json, McpNotification, McpResponse, RequestId
from awswhitelist.mcp.parser import encode, encode_notification

SUBSCRIPTION_KEY = "io.modelcontextprotocol/subscriptionId"
UPDATED = "notifications/resources/updated"
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"

MOST_SUBSCRIPTIONS = 100
"""Resources and streams that one connection may watch at a time."""

Spellings = Mapping[str, str]
"""URIs as the client spelt them, each with the one spelling under which changes are told."""


class Stream:
    """An open ``subscriptions/listen``: a request in flight that no worker serves."""

    def __init__(self, request_id: RequestId, uris: Spellings, end: Callable[[Stream], None]):
        self.request_id = request_id
        self.uris = uris
        self._end = end
        self._cancelled = False

    @property
    def tag(self) -> Json:
        """What every message of the stream has in its ``_meta``."""
        return {SUBSCRIPTION_KEY: self.request_id}

    def cancel(self) -> None:
        """The client wants no more of it: it ends without a word."""
        self._cancelled = True
        self._end(self)

    def cancelled(self) -> bool:
        """Whether the client has ended it."""
        return self._cancelled

    def remaining(self) -> float:
        """None: it ends with the server, which does not wait for it."""
        return 0.0


class Subscriptions:
    """The subscriptions of one connection. Thread-safe.

    Messages are sent with the lock held, because their order counts: a stream's acknowledgement
    comes before its notifications, and its result after them.
    """

    def __init__(self, limit: int = MOST_SUBSCRIPTIONS) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._send: Callable[[bytes], None] = _drop
        self._legacy: dict[str, str] = {}
        self._streams: dict[RequestId, Stream] = {}

    def attach(self, send: Callable[[bytes], None]) -> None:
        """Send each message (one line, without its end) through ``send`` from now on."""
        with self._lock:
            self._send = send

    def subscribe(self, uri: str, canonical: str) -> None:
        """Tell of changes of a resource; again does nothing. Raises OverloadedError."""
        with self._lock:
            if uri not in self._legacy:
                self._require_room(1)
                self._legacy[uri] = canonical

    def unsubscribe(self, uri: str) -> None:
        """Tell of it no more; unknown ones are ignored."""
        with self._lock:
            self._legacy.pop(uri, None)

    def listen(self, request_id: RequestId, uris: Spellings) -> Stream:
        """Open a stream, and acknowledge what it will tell. Raises OverloadedError."""
        stream = Stream(request_id, uris, self._forget)
        honoured: Json = {"resourceSubscriptions": list(uris)} if uris else {}
        with self._lock:
            self._require_room(_weight(stream))
            self._notify(ACKNOWLEDGED, {"_meta": stream.tag, "notifications": honoured})
            self._streams[request_id] = stream
        return stream

    def publish(self, canonical: str) -> None:
        """The resource has changed: tell those who asked for exactly this one."""
        with self._lock:
            for uri in _spelt(self._legacy, canonical):
                self._notify(UPDATED, {"uri": uri})
            for stream in self._streams.values():
                for uri in _spelt(stream.uris, canonical):
                    self._notify(UPDATED, {"_meta": stream.tag, "uri": uri})

    def close(self, meta: Json) -> None:
        """The server stops: end every stream with its result, which has ``meta``; then silence."""
        with self._lock:
            for stream in self._streams.values():
                result = {"resultType": "complete", "_meta": meta | stream.tag}
                self._send(encode(McpResponse(stream.request_id, result)))
            self._streams.clear()
            self._legacy.clear()
            self._send = _drop

    def _forget(self, stream: Stream) -> None:
        with self._lock:
            # Not one that has taken over the id meanwhile.
            if self._streams.get(stream.request_id) is stream:
                del self._streams[stream.request_id]

    def _require_room(self, more: int) -> None:
        held = len(self._legacy) + sum(map(_weight, self._streams.values()))
        if held + more > self._limit:
            raise OverloadedError(
                f"One connection may have {self._limit} subscriptions.",
                remedy="End subscriptions that are no longer needed, then subscribe again.",
            )

    def _notify(self, method: str, params: Json) -> None:
        self._send(encode_notification(McpNotification(method, params)))


def _weight(stream: Stream) -> int:
    """A stream that watches nothing costs us a place as well."""
    return max(1, len(stream.uris))


def _spelt(uris: Spellings, canonical: str) -> list[str]:
    return [uri for uri, target in uris.items() if target == canonical]


def _drop(_message: bytes) -> None:
    """Nobody is connected."""
