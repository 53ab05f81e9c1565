"""A real server over real pipes, with tools that are fakes, and a check of every answer.

Every answer that is read is checked against the wire types of the official ``mcp-types`` package:
the envelope always, the result by the method that it answers and the revision it is served under.
"""

from __future__ import annotations

import json
import os
import select
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mcp_types.jsonrpc import jsonrpc_message_adapter
from mcp_types.methods import (
    SERVER_NOTIFICATIONS,
    SERVER_RESULTS,
    parse_server_notification,
    parse_server_request,
    validate_server_result,
)

from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.mcp.catalog import Catalog
from awswhitelist.mcp.registry import ToolHints, ToolRegistry, ToolResult, ToolSpec
from awswhitelist.mcp.server import Server, ServerSettings

PATIENCE = 10.0
"""Seconds after which a test that waits for the server has failed."""

VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
SUBSCRIPTION_KEY = "io.modelcontextprotocol/subscriptionId"
SCHEMA: dict[str, Any] = {"type": "object"}


class Gate:
    """Tools that stand still until the test lets them go, and a record of what they did."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._open: set[str] = set()
        self.events: list[str] = []

    def open(self, *names: str) -> None:
        with self._lock:
            self._open.update(names)
            self._lock.notify_all()

    def note(self, event: str) -> None:
        with self._lock:
            self.events.append(event)
            self._lock.notify_all()

    def wait_for(self, *events: str) -> None:
        """Wait until all of these have been noted."""
        with self._lock:
            assert self._lock.wait_for(lambda: set(events) <= set(self.events), PATIENCE)

    def pass_through(self, name: str) -> None:
        """Note the beginning, wait for the gate, note the end."""
        self.note(f"{name} begins")
        with self._lock:
            assert self._lock.wait_for(lambda: name in self._open, PATIENCE)
        self.note(f"{name} ends")


def hints(*, read_only: bool) -> ToolHints:
    return ToolHints(read_only=read_only, destructive=False, idempotent=True, open_world=False)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open("a", "b", "c", "d", "e")


@pytest.fixture
def specs(gate: Gate) -> list[ToolSpec]:
    """The fake tools: what each does is in its description."""

    def spec(
        name: str,
        description: str,
        call: Callable[..., ToolResult],
        *,
        read_only: bool = True,
        **more: Any,
    ) -> ToolSpec:
        return ToolSpec(
            name=name,
            title=name.title(),
            description=description,
            hints=hints(read_only=read_only),
            input_schema=lambda: SCHEMA,
            output_schema=lambda: SCHEMA,
            call=call,
            **more,
        )

    def echo(arguments: Any, context: Any) -> ToolResult:
        facts = {"summary": "Echoed.", "arguments": dict(arguments), "by": context.client_name}
        return ToolResult(facts, "Echoed.")

    def refuse(arguments: Any, context: Any) -> ToolResult:
        raise InvalidArgumentError("The port is no port.", field="port", remedy="Use a port.")

    def crash(arguments: Any, context: Any) -> ToolResult:
        raise RuntimeError("AKIASECRET in the text of a library")

    def unwritable(arguments: Any, context: Any) -> ToolResult:
        return ToolResult({"summary": "A set is no JSON.", "odd": {1, 2}}, "", True)

    def wait(arguments: Any, context: Any) -> ToolResult:
        gate.pass_through(arguments["gate"])
        if context.cancelled():
            gate.note(f"{arguments['gate']} saw the cancellation")
        return ToolResult({"summary": f"Passed {arguments['gate']}."}, "Passed.", True)

    def clock(arguments: Any, context: Any) -> ToolResult:
        return ToolResult({"summary": "Time.", "remaining": context.remaining()}, "", True)

    return [
        spec("echo", "gives its arguments back", echo, ordered_by="target"),
        spec("refuse", "fails as an operation may", refuse),
        spec("crash", "fails as an operation must not", crash),
        spec("unwritable", "returns what JSON cannot hold", unwritable),
        spec("look", "a reader that waits at a gate", wait, ordered_by="target"),
        spec("free", "an unordered reader that waits at a gate", wait),
        spec("change", "a writer", wait, read_only=False, ordered_by="target"),
        spec("sweep", "a writer without one target", wait, read_only=False),
        spec("clock", "how much time is left", clock),
        spec("hurry", "the same, with a limit of its own", clock, timeout=5.0),
        spec("late", "has no time at all", clock, timeout=0.0),
        spec("long", "a reader that waits at a gate, with much time", wait, timeout=60.0),
    ]


class Wire:
    """The client's end of a server that runs in a thread."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.exit_code: int | None = None
        server_in, self._out = os.pipe()
        self._in, server_out = os.pipe()
        self._buffer = b""
        self._sent: dict[Any, tuple[str, str]] = {}
        self._revision = "2025-11-25"
        self._ends = [server_in, server_out]
        self._thread = threading.Thread(target=self._run, args=(server_in, server_out))
        self._thread.start()

    def _run(self, server_in: int, server_out: int) -> None:
        try:
            self.exit_code = self.server.serve(server_in, server_out)
        finally:
            os.close(server_out)
            os.close(server_in)

    def send_bytes(self, data: bytes) -> None:
        os.write(self._out, data)

    def send(self, *messages: Any) -> None:
        """Send messages, all in one write."""
        for message in messages:
            for each in message if isinstance(message, list) else [message]:
                self._remember(each)
        self.send_bytes(b"".join(json.dumps(each).encode() + b"\n" for each in messages))

    def _remember(self, message: Any) -> None:
        if not isinstance(message, dict) or "id" not in message:
            return
        params = message.get("params")
        meta = params.get("_meta", {}) if isinstance(params, dict) else {}
        if message.get("method") == "initialize" and isinstance(params, dict):
            asked = str(params.get("protocolVersion"))
            known = ("initialize", asked) in SERVER_RESULTS
            self._revision = asked if known else "2025-11-25"
        revision = meta.get(VERSION_KEY, self._revision)
        # The first of two with the same id is the one that gets a result.
        self._sent.setdefault(json.dumps(message["id"]), (message.get("method", ""), revision))

    def receive_line(self) -> bytes:
        """The next line of output; empty at its end."""
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], PATIENCE)
            assert ready, "the server did not answer"
            chunk = os.read(self._in, 1 << 16)
            if not chunk:
                assert self._buffer == b"", "the output ends within a line"
                return b""
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def receive(self) -> Any:
        """The next answer, checked; None at the end of the output."""
        line = self.receive_line()
        if not line:
            return None
        answer = json.loads(line.decode("utf-8"))
        for each in answer if isinstance(answer, list) else [answer]:
            self._check(each)
        return answer

    def _check(self, answer: Any) -> None:
        jsonrpc_message_adapter.validate_python(answer)
        if "method" in answer and "id" not in answer:
            tagged = SUBSCRIPTION_KEY in answer["params"].get("_meta", {})
            revision = "2026-07-28" if tagged else self._revision
            if (answer["method"], revision) in SERVER_NOTIFICATIONS:
                parse_server_notification(answer["method"], revision, answer["params"])
        if "method" in answer and "id" in answer:
            parse_server_request(answer["method"], self._revision, answer["params"])
        if "result" in answer:
            surface = self._sent.pop(json.dumps(answer["id"]), None)
            if surface is not None and surface in SERVER_RESULTS:
                validate_server_result(*surface, answer["result"])

    def ask(self, message: Any) -> Any:
        self.send(message)
        return self.receive()

    def end_input(self) -> None:
        os.close(self._out)
        self._out = -1

    def stop_reading(self) -> None:
        """Close the client's end of the server's output."""
        os.close(self._in)
        self._in = -1

    def wait(self) -> int | None:
        """Wait for the server to end; returns its exit code."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the server did not end"
        return self.exit_code

    def finish(self) -> list[Any]:
        """End the input; returns the answers that are left, once the server has ended in order."""
        self.end_input()
        answers = []
        while (answer := self.receive()) is not None:
            answers.append(answer)
        assert self.wait() == 0
        return answers

    def close(self) -> None:
        self.server.stop()
        for fd in (self._out, self._in):
            if fd >= 0:
                os.close(fd)
        self._thread.join(PATIENCE)


SETTINGS = {
    "name": "awswhitelist",
    "title": "AWS whitelist",
    "version": "1.2.3",
    "website_url": "https://example.com/",
    "instructions": "Look, then change.",
    "max_line_bytes": 2000,
    "workers": 4,
    "queue": 16,
    "call_timeout": 60.0,
    "drain_seconds": 10.0,
}


@pytest.fixture
def connect(specs: list[ToolSpec], gate: Gate) -> Iterator[Callable[..., Wire]]:
    """Make a connection to a new server; keyword arguments change its settings."""
    wires: list[Wire] = []

    def make(
        load: Callable[[], Any] = lambda: specs,
        catalog: Catalog | None = None,
        new_sealer: Any = None,
        **changes: Any,
    ) -> Wire:
        numbers = iter(range(1, 10_000))
        server = Server(
            ServerSettings(**{**SETTINGS, **changes}),
            ToolRegistry(load),
            catalog=catalog,
            new_sealer=new_sealer,
            new_request_id=lambda: f"ours-{next(numbers)}",
        )
        wires.append(Wire(server))
        return wires[-1]

    yield make
    gate.open("a", "b", "c", "d", "e")
    for wire in wires:
        wire.close()


@pytest.fixture
def wire(connect: Callable[..., Wire]) -> Wire:
    return connect()


def request(request_id: Any, method: str, /, **params: Any) -> dict[str, Any]:
    message: dict[str, Any] = {"jsonrpc": "2.0", "id": request_id, "method": method}
    return message | ({"params": params} if params else {})


def modern(request_id: Any, method: str, /, **params: Any) -> dict[str, Any]:
    meta = {
        VERSION_KEY: "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "modern-client", "version": "1"},
    }
    return request(request_id, method, **params, _meta=meta)


def initialize(request_id: Any = 0, version: str = "2025-11-25") -> dict[str, Any]:
    return request(
        request_id,
        "initialize",
        protocolVersion=version,
        capabilities={},
        clientInfo={"name": "legacy-client", "version": "1"},
    )


def call(request_id: Any, tool: str, /, **arguments: Any) -> dict[str, Any]:
    return request(request_id, "tools/call", name=tool, arguments=arguments)


def cancel(request_id: Any) -> dict[str, Any]:
    params = {"requestId": request_id, "reason": "changed my mind"}
    return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}


class Messages:
    """The builders of messages, for tests."""

    request = staticmethod(request)
    modern = staticmethod(modern)
    initialize = staticmethod(initialize)
    call = staticmethod(call)
    cancel = staticmethod(cancel)


@pytest.fixture
def messages() -> Messages:
    return Messages()
