"""A proxy in front of a moto server that does to each request what a test has armed it with."""

from __future__ import annotations

import re
import socket
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from tests.faults.effects import Effect, Hands, Reply

PATIENCE = 30.0
"""Seconds after which a test has failed."""

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Strike:
    """``effect`` hits the calls of ``action`` with these numbers (from 1); without any, all.

    Only calls that hold ``about`` are meant, and counted.
    """

    action: str
    effect: Effect
    calls: tuple[int, ...] = ()
    about: str = ""

    def is_about(self, action: str, body: bytes) -> bool:
        return self.action == action and self.about.encode() in body


class FaultProxy:
    """Listens on loopback. Requests pass to ``upstream`` unless :meth:`arm` says otherwise."""

    def __init__(self, upstream: Address, hands: Hands) -> None:
        self.hands = hands
        self._upstream = upstream
        self._lock = threading.Lock()
        self._strikes: Sequence[Strike] = ()
        self._seen: dict[bytes, Reply] = {}
        self._before: dict[bytes, Reply] = {}
        self._calls: Counter[str] = Counter()
        self._hits: Counter[Strike] = Counter()
        self.keys: list[str] = []
        self._listener = _Listener(self)
        self.url = "http://{}:{}".format(*self._listener.server_address[:2])

    def arm(self, strikes: Sequence[Strike]) -> None:
        """From now on these; calls are counted anew."""
        with self._lock:
            self._strikes = strikes
            self._calls.clear()
            self._hits.clear()
            self.keys.clear()

    def count(self, *actions: str) -> int:
        """How many calls of these have come since arming."""
        with self._lock:
            return sum(self._calls[action] for action in actions)

    def close(self) -> None:
        """Stop listening. May be called twice."""
        self._listener.close()

    def answer(self, request: _Request) -> Reply | None:
        """What the caller gets; None: nothing, and the connection is cut."""
        with self._lock:
            self._calls[request.action] += 1
            self.keys.append(request.key_id)
            strike = self._strike(request)
        return strike.effect(request) if strike else request.forward()

    def _strike(self, request: _Request) -> Strike | None:
        """The first of the strikes that are about a request and that this number of it meets."""
        about = {each for each in self._strikes if each.is_about(request.action, request.body)}
        self._hits.update(about)
        met = (s for s in self._strikes if s in about)
        return next((s for s in met if not s.calls or self._hits[s] in s.calls), None)

    def forward(self, request: _Request) -> Reply:
        """AWS's own answer. Those to reads are kept, for :meth:`stale`."""
        connection = HTTPConnection(*self._upstream, timeout=PATIENCE)
        try:
            connection.request("POST", request.path, request.body, request.headers_given)
            answer = connection.getresponse()
            reply = Reply(answer.status, tuple(answer.getheaders()), answer.read())
        finally:
            connection.close()
        with self._lock:
            if request.action.startswith(("Describe", "Get")):
                self._seen[request.body] = reply
            else:
                self._before = dict(self._seen)
        return reply

    def stale(self, request: _Request) -> Reply:
        """What the same request was answered before the latest write."""
        with self._lock:
            return self._before[request.body]


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: FaultProxy) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.proxy = proxy
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Request(BaseHTTPRequestHandler):
    """One request and its connection: each has its own, for moto's server keeps none open."""

    protocol_version = "HTTP/1.1"
    server: _Listener
    body = b""

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        reply = self.server.proxy.answer(self)
        if reply is not None:
            self._send(reply)
        self.close_connection = True

    @property
    def action(self) -> str:
        # JSON services name it in a header: Service.Operation.
        named = self.headers["X-Amz-Target"]
        return named.rpartition(".")[2] if named else parse_qs(self.body.decode())["Action"][0]

    @property
    def key_id(self) -> str:
        found = re.search(r"Credential=([^/]+)/", self.headers["Authorization"])
        assert found is not None, "every request is signed"
        return found.group(1)

    @property
    def hands(self) -> Hands:
        return self.server.proxy.hands

    @property
    def headers_given(self) -> dict[str, str]:
        return dict(self.headers.items())

    def forward(self) -> Reply:
        return self.server.proxy.forward(self)

    def stale(self) -> Reply:
        return self.server.proxy.stale(self)

    def wait_for_hang_up(self) -> None:
        self.connection.settimeout(PATIENCE)
        assert self.connection.recv(1) == b"", "nothing more is sent on this connection"

    def shut_door(self) -> None:
        self.server.close()

    def _send(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        skipped = ("content-length", "connection", "transfer-encoding")
        for name, value in reply.headers:
            if name.lower() not in skipped:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body[: reply.sent])
        self.wfile.flush()
        if reply.sent is not None:
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what went over the wire is in the proxy's counts."""
