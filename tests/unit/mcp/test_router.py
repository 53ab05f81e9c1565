"""The router without a wire, under a clock of our own."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import pytest

from awswhitelist.calls import CallContext
from awswhitelist.exceptions import OverloadedError
from awswhitelist.mcp.handlers.opening import Identity
from awswhitelist.mcp.messages import McpNotification, McpRequest
from awswhitelist.mcp.registry import ToolHints, ToolRegistry, ToolResult, ToolSpec
from awswhitelist.mcp.router import Job, Router
from awswhitelist.mcp.session import Session
from awswhitelist.mcp.turns import Turn

CALL_TIMEOUT = 60.0


class Bench:
    """A router, a session, and the time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.stopping_in = float("inf")
        self.session = Session()
        self.called = 0
        self.router = Router(
            Identity({"name": "n", "version": "v"}, "", {}),
            ToolRegistry(lambda: [self._spec("read", True, 5.0), self._spec("write", False, None)]),
            call_timeout=CALL_TIMEOUT,
            stopping_in=lambda: self.stopping_in,
            clock=lambda: self.now,
            new_request_id=lambda: "ours",
        )

    def _spec(self, name: str, read_only: bool, timeout: float | None) -> ToolSpec:
        hints = ToolHints(read_only=read_only, destructive=False, idempotent=True, open_world=False)
        return ToolSpec(name, name, "", hints, dict, dict, self._call, "target", timeout)

    def _call(self, arguments: Mapping[str, Any], context: CallContext) -> ToolResult:
        self.called += 1
        facts = {"summary": "Called.", "remaining": context.remaining(), "trace": context.trace_id}
        return ToolResult(facts, "Called.")

    def job(self, method: str, request_id: int = 1, **params: Any) -> Job:
        answer = self.router.receive(self.session, McpRequest(request_id, method, params))
        assert isinstance(answer, Job)
        return answer

    def result(self, job: Job) -> Any:
        answer = self.router.perform(job)
        assert isinstance(answer, bytes)
        return json.loads(answer)["result"]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(("method", "limit"), [("read", 5.0), ("write", CALL_TIMEOUT)])
def test_the_time_of_a_call_runs_from_its_arrival(bench: Bench, method: str, limit: float) -> None:
    job = bench.job(method)
    bench.now += 2
    assert bench.result(job)["remaining"] == limit - 2


def test_a_call_has_no_more_time_than_the_server_before_it_stops(bench: Bench) -> None:
    job = bench.job("write")
    bench.stopping_in = 3.0
    assert bench.result(job)["remaining"] == 3.0


def test_a_call_that_waited_past_its_time_is_not_made(bench: Bench) -> None:
    job = bench.job("read")
    bench.now += 5
    answer = bench.router.perform(job)
    assert isinstance(answer, bytes)
    assert json.loads(answer)["error"]["data"]["code"] == "timeout"
    assert bench.called == 0


@pytest.mark.parametrize(
    ("method", "params", "turn"),
    [
        ("read", {"target": "db"}, Turn("db", alone=False)),
        ("read", {}, Turn(None, alone=False)),
        ("write", {"target": "db"}, Turn("db", alone=True)),
        ("write", {"target": ["db", "web"]}, Turn(None, alone=True)),
        ("tools/call", {"name": "write", "arguments": {"target": "db"}}, Turn("db", alone=True)),
    ],
)
def test_a_call_takes_its_turn_by_the_text_of_its_target(
    bench: Bench, method: str, params: dict[str, Any], turn: Turn
) -> None:
    assert bench.job(method, **params).turn == turn


def test_a_refused_call_is_not_made_and_frees_its_id(bench: Bench) -> None:
    answer = bench.router.refuse(bench.job("read"), OverloadedError("Full."))
    assert isinstance(answer, bytes)
    assert json.loads(answer)["error"]["code"] == OverloadedError.number
    assert bench.called == 0
    assert bench.result(bench.job("read"))["summary"] == "Called."


def test_a_cancelled_call_is_not_made_and_logged_as_cancelled(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "awswhitelist.mcp")
    job = bench.job("read")
    cancelled = McpNotification("notifications/cancelled", {"requestId": 1})
    bench.router.notify(bench.session, cancelled)
    bench.now += 0.25
    assert bench.router.perform(job) is None
    assert bench.called == 0
    [record] = caplog.records
    assert (record.__dict__["outcome"], record.__dict__["duration_ms"]) == ("cancelled", 250.0)


def test_the_trace_of_a_request_reaches_its_call(bench: Bench) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert bench.result(bench.job("read", _meta={"traceparent": trace}))["trace"] == trace


def test_the_trace_of_a_request_is_in_its_log_line(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "awswhitelist.mcp")
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    bench.result(bench.job("read", 1, _meta={"traceparent": trace}))
    bench.result(bench.job("read", 2, _meta={"traceparent": "none"}))
    assert [record.__dict__["trace_id"] for record in caplog.records] == [trace, ""]


@pytest.mark.parametrize(
    ("method", "quick"),
    [("ping", True), ("initialize", True), ("tools/list", False), ("read", False), ("x", False)],
)
def test_only_what_is_answered_from_memory_is_quick(bench: Bench, method: str, quick: bool) -> None:
    assert bench.router.is_quick(method) is quick
