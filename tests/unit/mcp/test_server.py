"""What of the server needs no wire: its identity, its signals, and what importing it costs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.calls import CallContext
from awswhitelist.mcp.registry import ToolHints, ToolRegistry, ToolResult, ToolSpec
from awswhitelist.mcp.server import Server, ServerSettings, install_signal_handlers

SETTINGS = ServerSettings("n", "t", "v", "w", "i", 1000, 1, 1, 1.0, 1.0)


class StopCounter(Server):
    """A server that counts how often it was asked to stop."""

    def __init__(self) -> None:
        super().__init__(SETTINGS, ToolRegistry(list))
        self.stops = 0

    def stop(self) -> None:
        self.stops += 1


@pytest.fixture
def handlers() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    signal.set_wakeup_fd(-1)
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_the_first_signal_stops_and_the_second_leaves(handlers: None) -> None:
    server, left = StopCounter(), list[int]()
    install_signal_handlers(server, left.append)
    signal.raise_signal(signal.SIGINT)
    assert (server.stops, left) == (1, [])
    signal.raise_signal(signal.SIGTERM)
    assert left == [128 + signal.SIGTERM]
    assert signal.set_wakeup_fd(-1) == server.wakeup_fd


def test_the_identity_has_the_fields_of_an_implementation() -> None:
    identity = SETTINGS.identity({"tools": {}})
    assert identity.info == {"name": "n", "title": "t", "version": "v", "websiteUrl": "w"}
    assert (identity.instructions, identity.capabilities) == ("i", {"tools": {}})


def test_request_ids_of_our_own_differ_by_default(tmp_path: Path) -> None:
    seen: list[str] = []

    def note(arguments: Mapping[str, Any], context: CallContext) -> ToolResult:
        seen.append(context.request_id)
        return ToolResult({"summary": "Noted."}, "Noted.")

    hints = ToolHints(read_only=True, destructive=False, idempotent=True, open_world=False)
    spec = ToolSpec("note", "Note", "", hints, dict, dict, note)
    calls = [{"jsonrpc": "2.0", "id": number, "method": "note"} for number in range(2)]
    (tmp_path / "in").write_text("\n".join(map(json.dumps, calls)))
    with (tmp_path / "in").open("rb") as given, (tmp_path / "out").open("wb") as output:
        Server(SETTINGS, ToolRegistry(lambda: [spec])).serve(given.fileno(), output.fileno())
    assert len(set(seen)) == 2 and all(len(each) == 32 for each in seen)


def test_when_all_is_answered_what_goes_on_beside_is_told_how_long_it_has(tmp_path: Path) -> None:
    """Each time that the clock is read, a tenth of the second that there is has passed."""
    told: list[float] = []
    readings = iter(number / 10 for number in range(100))
    server = Server(SETTINGS, ToolRegistry(list), clock=lambda: next(readings), at_end=told.append)
    (tmp_path / "in").write_bytes(b"")
    with (tmp_path / "in").open("rb") as given, (tmp_path / "out").open("wb") as output:
        assert server.serve(given.fileno(), output.fileno()) == 0
    (left,) = told
    assert 0 < left < SETTINGS.drain_seconds


def test_importing_the_server_imports_nothing_heavy() -> None:
    heavy = "{'pydantic', 'boto3', 'botocore', 'asyncio', 'concurrent.futures', 'tenacity'}"
    code = f"import sys, awswhitelist.mcp.server; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
