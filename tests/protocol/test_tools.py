"""``tools/list``, ``tools/call`` and bare methods. Source: MCP server/tools."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

META = {
    "io.modelcontextprotocol/serverInfo": {
        "name": "awswhitelist",
        "title": "AWS whitelist",
        "version": "1.2.3",
        "websiteUrl": "https://example.com/",
    }
}
REFUSED = {
    "summary": "The port is no port.",
    "code": "invalid_argument",
    "remedy": "Use a port.",
    "retryable": False,
    "field": "port",
}


def test_every_tool_is_listed_in_order_with_all_its_fields(
    wire: Any, messages: Any, specs: Any
) -> None:
    tools = wire.ask(messages.request(1, "tools/list"))["result"]["tools"]
    assert [tool["name"] for tool in tools] == [spec.name for spec in specs]
    assert tools[0] == {
        "name": "echo",
        "title": "Echo",
        "description": "gives its arguments back",
        "inputSchema": {"type": "object"},
        "outputSchema": {"type": "object"},
        "annotations": {
            "title": "Echo",
            "readOnlyHint": True,
            "destructiveHint": False,
            "idempotentHint": True,
            "openWorldHint": False,
        },
    }


def test_a_modern_list_may_be_kept_for_an_hour(wire: Any, messages: Any) -> None:
    result = wire.ask(messages.modern(1, "tools/list"))["result"]
    assert (result["ttlMs"], result["cacheScope"]) == (3_600_000, "public")


@pytest.mark.parametrize(("cursor", "known"), [(None, True), ("page-2", False), (2, False)])
def test_the_list_has_one_page(wire: Any, messages: Any, cursor: Any, known: bool) -> None:
    answer = wire.ask(messages.request(1, "tools/list", cursor=cursor))
    assert "result" in answer if known else answer["error"]["code"] == -32602


@pytest.mark.requirement("TOOL-9")
def test_a_call_may_be_the_first_line(wire: Any, messages: Any) -> None:
    structured = {"summary": "Echoed.", "arguments": {"target": "db"}, "by": ""}
    assert wire.ask(messages.call(1, "echo", target="db")) == {
        "jsonrpc": "2.0",
        "id": 1,
        "result": {
            "content": [
                {"type": "text", "text": "Echoed."},
                {"type": "text", "text": json.dumps(structured, separators=(",", ":"))},
            ],
            "structuredContent": structured,
            "isError": False,
        },
    }


def test_a_text_that_is_complete_is_not_followed_by_another(wire: Any, messages: Any) -> None:
    assert len(wire.ask(messages.call(1, "clock"))["result"]["content"]) == 1


@pytest.mark.requirement("RPC-8")
def test_a_modern_call_says_that_it_is_complete_and_by_whom(wire: Any, messages: Any) -> None:
    result = wire.ask(messages.modern(1, "tools/call", name="echo"))["result"]
    assert (result["resultType"], result["_meta"]) == ("complete", META)


def test_a_failure_is_a_result_that_a_model_can_act_on(wire: Any, messages: Any) -> None:
    structured = {"summary": REFUSED["summary"], "error": REFUSED, "request_id": "ours-1"}
    assert wire.ask(messages.call(1, "refuse"))["result"] == {
        "content": [
            {"type": "text", "text": "The port is no port. Use a port."},
            {"type": "text", "text": json.dumps(structured, separators=(",", ":"))},
        ],
        "structuredContent": structured,
        "isError": True,
    }


@pytest.mark.parametrize(
    "params",
    [
        {"name": "nonsense"},
        {"name": "tools/list"},
        {"name": 1},
        {"arguments": {}},
        {"name": "echo", "arguments": [1]},
        {"name": "echo", "arguments": "target"},
    ],
)
def test_a_malformed_call_is_a_protocol_error(wire: Any, messages: Any, params: Any) -> None:
    assert wire.ask(messages.request(1, "tools/call", **params))["error"]["code"] == -32602


@pytest.mark.parametrize("arguments", [{}, {"arguments": None}, {"arguments": {}}])
def test_arguments_may_be_left_out(wire: Any, messages: Any, arguments: Any) -> None:
    result = wire.ask(messages.request(1, "tools/call", name="echo", **arguments))["result"]
    assert result["structuredContent"]["arguments"] == {}


def test_a_tool_is_a_method_of_its_own_name(wire: Any, messages: Any) -> None:
    message = messages.request(1, "echo", target="db", _meta={"progressToken": 1})
    assert wire.ask(message)["result"] == {
        "summary": "Echoed.",
        "arguments": {"target": "db"},
        "by": "",
    }


def test_a_modern_bare_method_keeps_its_summary_first(wire: Any, messages: Any) -> None:
    result = wire.ask(messages.modern(1, "echo"))["result"]
    assert list(result) == ["summary", "arguments", "by", "resultType", "_meta"]


def test_the_failure_of_a_bare_method_is_an_error_with_our_code(wire: Any, messages: Any) -> None:
    assert wire.ask(messages.request(1, "refuse"))["error"] == {
        "code": 1001,
        "message": "The port is no port.",
        "data": REFUSED | {"request_id": "ours-1"},
    }


@pytest.mark.requirement("TOOL-14")
@pytest.mark.parametrize("tool", ["crash", "unwritable"])
@pytest.mark.parametrize("door", ["call", "bare"])
def test_our_own_fault_names_the_log_and_nothing_else(
    wire: Any, messages: Any, caplog: pytest.LogCaptureFixture, tool: str, door: str
) -> None:
    message = messages.call(1, tool) if door == "call" else messages.request(1, tool)
    error = wire.ask(message)["error"]
    assert (error["code"], error["data"]) == (-32603, {"request_id": "ours-1"})
    assert "ours-1" in error["message"] and "AKIA" not in json.dumps(error)
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert record.__dict__["request_id"] == "ours-1"


def test_tools_that_cannot_be_loaded_are_our_own_fault(
    connect: Callable[..., Any], messages: Any
) -> None:
    def load() -> Any:
        raise ImportError("no such module")

    wire = connect(load=load)
    assert wire.ask(messages.request(1, "tools/list"))["error"]["code"] == -32603
    assert wire.ask(messages.call(2, "echo"))["error"]["code"] == -32603
    assert wire.ask(messages.request(3, "ping"))["result"] == {}


def test_text_that_utf8_cannot_hold_reaches_the_client(wire: Any, messages: Any) -> None:
    wire.send_bytes(
        b'{"jsonrpc":"2.0","id":1,"method":"echo","params":{"target":"\\udfff\xc3\xa4"}}\n'
    )
    assert wire.receive()["result"]["arguments"] == {"target": "\udfffä"}


def test_each_request_is_logged_when_it_comes_and_when_it_is_answered_without_its_arguments(
    wire: Any, messages: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "awswhitelist.mcp")
    wire.send(messages.request(1, "ping"))
    wire.receive()
    wire.ask(messages.call(2, "echo", target="secret-target"))
    wire.ask(messages.request(3, "refuse"))
    wire.finish()
    came = [each.__dict__ for each in caplog.records if each.message == "request.received"]
    served = [each.__dict__ for each in caplog.records if each.message == "request.answered"]
    keys = ("method", "operation", "outcome", "request_id")
    assert [tuple(each[key] for key in keys) for each in served] == [
        ("ping", "", "ok", ""),
        ("tools/call", "echo", "ok", "ours-1"),
        ("refuse", "refuse", "invalid_argument", "ours-2"),
    ]
    assert all(each["duration_ms"] >= 0 and each["answered_bytes"] > 0 for each in served)
    assert [each["request_id"] for each in came] == ["", "ours-1", "ours-2"]
    assert all(each["received_bytes"] > 0 for each in [*came, *served])
    assert "secret-target" not in repr([came, served])
