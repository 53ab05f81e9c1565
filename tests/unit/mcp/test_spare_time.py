"""Spare time: when its work is done, and that it steps aside."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from awswhitelist.mcp.registry import ToolHints, ToolRegistry, ToolResult, ToolSpec
from awswhitelist.mcp.server import Server, ServerSettings
from awswhitelist.mcp.spare_time import SpareTime

PATIENCE = 10.0


def reached(event: threading.Event) -> None:
    assert event.wait(PATIENCE)


@dataclass
class Work:
    """Two steps, the first of which waits until it is let go, and the order of what happened."""

    order: list[str] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)

    def steps(self) -> Iterator[None]:
        self.begun.set()
        reached(self.go)
        self.order.append("first")
        yield
        self.order.append("second")
        self.done.set()


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    yield work
    work.go.set()


def test_work_is_done_as_soon_as_there_is_time(work: Work) -> None:
    spare = SpareTime(work.steps)
    assert spare.is_waiting
    work.go.set()
    spare.begin()
    reached(work.done)
    spare.close(PATIENCE)
    assert (work.order, spare.is_waiting) == (["first", "second"], False)


def test_without_work_nothing_waits_and_no_thread_is_started() -> None:
    before = threading.active_count()
    spare = SpareTime(None)
    waits = spare.is_waiting
    spare.begin()
    spare.pause()
    spare.close(PATIENCE)
    assert (waits, spare.is_waiting, threading.active_count()) == (False, False, before)


def test_work_that_is_paused_goes_on_when_there_is_time_again(work: Work) -> None:
    spare = SpareTime(work.steps)
    spare.begin()
    reached(work.begun)
    spare.pause()
    work.go.set()
    waits = spare.is_waiting
    work.order.append("served")
    spare.begin()
    reached(work.done)
    spare.close(PATIENCE)
    assert waits
    assert sorted(work.order[:2]) == ["first", "served"] and work.order[2:] == ["second"]


def test_the_end_waits_for_the_step_that_is_being_done_and_begins_no_other(work: Work) -> None:
    spare = SpareTime(work.steps)
    spare.begin()
    reached(work.begun)
    spare.pause()
    work.go.set()
    spare.close(PATIENCE)
    assert (work.order, spare.is_waiting) == (["first"], False)


def test_the_end_does_not_wait_for_ever_for_a_step_that_hangs(work: Work) -> None:
    spare = SpareTime(work.steps)
    spare.begin()
    reached(work.begun)
    spare.close(-1.0)
    assert work.order == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_work_that_fails_is_not_tried_again() -> None:
    begun = threading.Event()

    def fail() -> list[None]:
        begun.set()
        raise RuntimeError("a defect")

    spare = SpareTime(fail)
    spare.begin()
    reached(begun)
    spare.close(PATIENCE)
    spare.pause()
    assert not spare.is_waiting


def test_while_a_step_is_done_others_get_their_turn_soon() -> None:
    usual = sys.getswitchinterval()
    seen: list[float] = []
    looked = threading.Event()

    def look() -> Iterator[None]:
        seen.append(sys.getswitchinterval())
        looked.set()
        yield

    spare = SpareTime(look)
    spare.begin()
    reached(looked)
    spare.close(PATIENCE)
    assert seen[0] < usual / 10
    assert sys.getswitchinterval() == usual


class Wire:
    """The client's end of a server in a thread, with a tool that waits until it is let go."""

    def __init__(self, work: Callable[[], Iterator[None]]) -> None:
        self.called = threading.Event()
        self.release = threading.Event()
        hints = ToolHints(read_only=True, destructive=False, idempotent=True, open_world=False)
        hold = ToolSpec("hold", "Hold", "", hints, dict, dict, self._hold)
        settings = ServerSettings("n", "t", "1", "", "", 4096, 2, 2, 60.0, 10.0, idle_seconds=0.0)
        server = Server(settings, ToolRegistry(lambda: [hold]), when_idle=work)
        self._ends = os.pipe(), os.pipe()
        (server_in, self._out), (self._in, server_out) = self._ends
        self._answers = os.fdopen(self._in, "rb")
        self._thread = threading.Thread(target=server.serve, args=(server_in, server_out))
        self._thread.start()

    def _hold(self, _arguments: Any, _context: Any) -> ToolResult:
        self.called.set()
        reached(self.release)
        return ToolResult({"summary": "Held."}, "Held.")

    def send(self, method: str) -> None:
        message = {"jsonrpc": "2.0", "id": method, "method": method}
        os.write(self._out, json.dumps(message).encode() + b"\n")

    def ask(self, method: str) -> None:
        """Send it, and read the answer to it."""
        self.send(method)
        assert self.answered() == method

    def answered(self) -> Any:
        return json.loads(self._answers.readline())["id"]

    def end(self) -> None:
        self.release.set()
        os.close(self._out)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        self._answers.close()
        for end in (self._ends[0][0], self._ends[1][1]):
            os.close(end)


def test_a_server_has_time_when_the_tools_have_been_listed_and_nothing_comes_in(work: Work) -> None:
    wire = Wire(work.steps)
    work.go.set()
    wire.ask("tools/list")
    reached(work.done)
    wire.end()
    assert work.order == ["first", "second"]


def test_a_server_whose_tools_nobody_has_listed_has_no_time(work: Work) -> None:
    wire = Wire(work.steps)
    wire.ask("ping")
    wire.ask("ping")
    wire.end()
    assert not work.begun.is_set()


def test_while_a_call_is_made_there_is_no_time(work: Work) -> None:
    wire = Wire(work.steps)
    wire.send("hold")
    reached(wire.called)
    wire.ask("tools/list")
    wire.ask("ping")
    begun = work.begun.is_set()
    wire.end()
    assert not begun


def test_input_has_the_work_wait_until_nothing_is_to_be_done(work: Work) -> None:
    wire = Wire(work.steps)
    wire.ask("tools/list")
    reached(work.begun)
    wire.send("hold")
    reached(wire.called)
    work.go.set()
    wire.release.set()
    assert wire.answered() == "hold"
    work.order.append("served")
    while not work.done.wait(0.01):  # the call's worker may take a moment to be free again
        wire.ask("ping")
    wire.end()
    assert work.order.index("second") > work.order.index("served")


def test_the_end_of_input_ends_the_work_after_its_step(work: Work) -> None:
    wire = Wire(work.steps)
    wire.ask("tools/list")
    reached(work.begun)
    wire.send("hold")  # from here on the work waits after its step
    reached(wire.called)
    work.go.set()
    wire.end()
    assert work.order == ["first"]
