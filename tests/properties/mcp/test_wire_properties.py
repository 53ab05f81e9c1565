"""What holds for any bytes and for any order of calls."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from mcp_types.jsonrpc import jsonrpc_message_adapter

from awswhitelist.mcp.framing import LineSplitter
from awswhitelist.mcp.messages import (
    Batch,
    Malformed,
    McpNotification,
    McpRequest,
    McpResponse,
)
from awswhitelist.mcp.parser import encode, parse
from awswhitelist.mcp.registry import ToolHints, ToolRegistry, ToolResult, ToolSpec
from awswhitelist.mcp.server import Server, ServerSettings
from awswhitelist.mcp.turns import Ticket, Turn, Turns

MAX_LINE = 300
SETTINGS = ServerSettings("n", "t", "v", "w", "i", MAX_LINE, 2, 1000, 60.0, 60.0)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
METHODS = ["initialize", "ping", "server/discover", "tools/list", "tools/call", "echo", "x"]
METHODS += ["notifications/cancelled", "notifications/initialized"]
meta = st.fixed_dictionaries(
    {},
    optional={
        "io.modelcontextprotocol/protocolVersion": st.sampled_from(["2026-07-28", "x", 1]),
        "io.modelcontextprotocol/clientCapabilities": st.just({}) | values,
    },
)
params = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["echo", "x"]) | values,
        "arguments": st.dictionaries(st.text(max_size=4), values, max_size=2) | values,
        "protocolVersion": st.sampled_from(["2025-03-26", "2025-11-25", "x"]) | values,
        "requestId": values,
        "cursor": values,
        "_meta": meta | values,
    },
)
almost_messages = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | values,
        "id": st.integers() | st.text(max_size=4) | values,
        "method": st.sampled_from(METHODS) | values,
        "params": params | values,
        "result": values,
        "error": values,
    },
)
messages = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0"), "method": st.sampled_from(METHODS), "params": params},
    optional={"id": st.integers() | st.text(max_size=4)},
)
some = almost_messages | messages
lines = (st.binary(max_size=60)) | (some | st.lists(some, max_size=3) | values).map(
    lambda value: json.dumps(value).encode()
)
streams = st.lists(lines, max_size=8).map(b"\n".join) | st.binary(max_size=200)


def echo(arguments: Any, context: Any) -> ToolResult:
    return ToolResult({"summary": "Echoed.", "arguments": dict(arguments)}, "Echoed.")


HINTS = ToolHints(read_only=False, destructive=False, idempotent=True, open_world=False)
ECHO = ToolSpec("echo", "Echo", "", HINTS, dict, dict, echo, ordered_by="name")


def serve(data: bytes) -> bytes:
    """All the output of a server for this input."""
    with tempfile.TemporaryFile() as given_input, tempfile.TemporaryFile() as output:
        given_input.write(data)
        given_input.flush()
        os.lseek(given_input.fileno(), 0, os.SEEK_SET)
        server = Server(SETTINGS, ToolRegistry(lambda: [ECHO]))
        assert server.serve(given_input.fileno(), output.fileno()) == 0
        os.lseek(output.fileno(), 0, os.SEEK_SET)
        return output.read()


def refuse(name: str) -> float:
    raise AssertionError(f"{name} is no JSON")


@given(st.binary(max_size=300) | lines)
def test_any_bytes_are_one_message_or_one_error(line: bytes) -> None:
    parsed = parse(line)
    assert isinstance(parsed, (McpRequest, McpNotification, McpResponse, Malformed, Batch))
    if isinstance(parsed, Malformed):
        assert b"\n" not in encode(McpResponse(parsed.id, error=parsed.error))


@settings(max_examples=150, deadline=None)
@given(streams)
def test_any_input_is_answered_with_valid_messages_only(data: bytes) -> None:
    for line in serve(data).decode("utf-8").splitlines():
        answer = json.loads(line, parse_constant=refuse)
        for each in answer if isinstance(answer, list) else [answer]:
            jsonrpc_message_adapter.validate_python(each)
            assert ("result" in each) != ("error" in each)
            assert each.get("error", {}).get("code") != -32603


@settings(max_examples=60, deadline=None)
@given(streams)
def test_after_any_input_the_next_line_is_served_as_if_nothing_had_happened(data: bytes) -> None:
    ping = b'\n{"jsonrpc":"2.0","id":"the last one","method":"ping"}'
    assert b'{"jsonrpc":"2.0","id":"the last one","result":{}}\n' in serve(data + ping)


@given(
    st.binary(max_size=200).map(lambda data: data.replace(b"x", b"\n")),
    st.lists(st.integers(0, 200)),
    st.integers(1, 50),
)
def test_lines_do_not_depend_on_how_the_stream_was_cut(
    data: bytes, cuts: list[int], bound: int
) -> None:
    def split(chunks: list[bytes]) -> list[bytes | None]:
        splitter = LineSplitter(bound)
        return [line for chunk in chunks for line in splitter.feed(chunk)] + list(splitter.finish())

    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in zip(edges, edges[1:], strict=False)]
    assert split(pieces) == split([data])


turns = st.none() | st.builds(Turn, st.none() | st.sampled_from("abc"), st.booleans())


@given(st.lists(turns, max_size=12), st.randoms(use_true_random=False))
def test_everybody_is_served_in_turn_and_nobody_beside_a_conflict(
    wanted: list[Turn | None], random: Any
) -> None:
    order = Turns()
    tickets = [Ticket(turn, lambda: None) for turn in wanted]
    waiting = list(tickets)
    running: list[Ticket] = []
    begun: list[Ticket] = []
    while waiting or running:
        if waiting and (not running or random.random() < 0.5):
            started = [ticket] if order.enter(ticket := waiting.pop(0)) else []
        else:
            started = order.leave(running.pop(random.randrange(len(running))))
        running += started
        begun += started
        held = [each.turn for each in running if each.turn is not None]
        assert not any(
            one.conflicts_with(other) for n, one in enumerate(held) for other in held[:n]
        )
    assert len(begun) == len(tickets)
    for later, ticket in enumerate(tickets):
        for earlier in tickets[:later]:
            if ticket.turn and earlier.turn and ticket.turn.conflicts_with(earlier.turn):
                assert begun.index(earlier) < begun.index(ticket)
