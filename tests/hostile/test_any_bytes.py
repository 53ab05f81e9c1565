"""One server, and whatever bytes come to it, one example after the other."""

from __future__ import annotations

import json
import os
import select
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp_types.jsonrpc import jsonrpc_message_adapter

from awswhitelist.mcp.registry import ToolHints, ToolRegistry, ToolResult, ToolSpec
from awswhitelist.mcp.server import Server, ServerSettings

PATIENCE = 30.0
META = (
    b'"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
    b'"io.modelcontextprotocol/clientCapabilities":{}}'
)
SEEDS = [
    b'{"jsonrpc":"2.0","id":1,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"echo","arguments":{}}}',
    b'{"jsonrpc":"2.0","id":2,"method":"echo","params":{"target":"\xc3\xa4\\ud800"}}',
    b'{"jsonrpc":"2.0","id":3,"method":"server/discover","params":{' + META + b"}}",
    b'{"jsonrpc":"2.0","id":4,"method":"tools/list","params":{"cursor":null,' + META + b"}}",
    b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}',
    b'{"jsonrpc":"2.0","id":5,"method":"initialize","params":{"protocolVersion":"2025-03-26",'
    b'"capabilities":{"elicitation":{}},"clientInfo":{"name":"c","version":"1"}}}',
    b'[{"jsonrpc":"2.0","id":6,"method":"ping"},{"jsonrpc":"2.0","method":"x"},1]',
    b'{"jsonrpc":"2.0","id":7,"result":{"action":"accept"}}',
]


class Line:
    """The client's end of a server that runs for the whole module."""

    def __init__(self) -> None:
        hints = ToolHints(read_only=True, destructive=False, idempotent=True, open_world=False)
        echo = ToolSpec("echo", "Echo", "Says it again.", hints, dict, dict, self._echo)
        server_settings = ServerSettings(
            name="n",
            title="t",
            version="v",
            website_url="w",
            instructions="i",
            max_line_bytes=2000,
            workers=2,
            queue=100,
            call_timeout=60.0,
            drain_seconds=5.0,
        )
        self._server = Server(server_settings, ToolRegistry(lambda: [echo]))
        server_in, self._out = os.pipe()
        self._in, server_out = os.pipe()
        self._ends = (server_in, server_out, self._out, self._in)
        self._thread = threading.Thread(target=self._server.serve, args=(server_in, server_out))
        self._thread.start()
        self._rest = b""
        self._sent = 0

    @staticmethod
    def _echo(arguments: Any, context: Any) -> ToolResult:
        return ToolResult({"summary": "Said.", "arguments": dict(arguments)}, "Said.")

    def exchange(self, data: bytes) -> list[bytes]:
        """Send the bytes and a ping after them; the lines that come before the ping's answer."""
        self._sent += 1
        end = f"end of {self._sent}"
        ping = json.dumps({"jsonrpc": "2.0", "id": end, "method": "ping"}).encode()
        os.write(self._out, data + b"\n" + ping + b"\n")
        answers = []
        while (line := self._line()) != b'{"jsonrpc":"2.0","id":"%s","result":{}}' % end.encode():
            answers.append(line)
        return answers

    def _line(self) -> bytes:
        while b"\n" not in self._rest:
            assert select.select([self._in], [], [], PATIENCE)[0], "the server fell silent"
            chunk = os.read(self._in, 1 << 16)
            assert chunk, "the server is gone"
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def close(self) -> None:
        self._server.stop()
        self._thread.join(PATIENCE)
        for fd in self._ends:
            os.close(fd)


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.close()


def spoil(data: bytes, wounds: list[tuple[int, int, bytes]]) -> bytes:
    """Replace stretches of the data; each wound is a place, a length and what comes there."""
    for place, length, patch in wounds:
        start = place % (len(data) + 1)
        data = data[:start] + patch + data[start + length :]
    return data


wounds = st.tuples(
    st.integers(0, 1000),
    st.integers(0, 12),
    st.binary(max_size=6)
    | st.sampled_from(
        [b"\n", b"\r\n", b"\xef\xbb\xbf", b"null", b"[", b"}", b'"', b"1e999", b"NaN"]
    )
    | st.sampled_from(SEEDS),
)
spoilt = st.builds(spoil, st.sampled_from(SEEDS), st.lists(wounds, max_size=4))


def refuse(name: str) -> float:
    raise AssertionError(f"{name} is not JSON")


@pytest.mark.requirement("RPC-1", "STDIO-1", "STDIO-2")
@settings(max_examples=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.lists(spoilt | st.binary(max_size=40), min_size=1, max_size=3).map(b"\n".join))
def test_spoilt_messages_get_valid_answers_and_the_server_lives_on(line: Line, data: bytes) -> None:
    for each in line.exchange(data):
        answer = json.loads(each.decode("utf-8"), parse_constant=refuse)
        for one in answer if isinstance(answer, list) else [answer]:
            jsonrpc_message_adapter.validate_python(one)
            assert one.get("error", {}).get("code") != -32603
