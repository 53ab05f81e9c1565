"""What the server does not do unasked, and what it takes no notice of."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

CLIENT_KEY = "io.modelcontextprotocol/clientInfo"


@pytest.mark.requirement("LIFE-1")
def test_the_server_says_nothing_before_it_is_spoken_to(wire: Any) -> None:
    assert wire.finish() == []


@pytest.mark.requirement("LIFE-3", "PING-2")
def test_the_server_asks_nothing_of_a_client_that_asks_for_nothing(
    wire: Any, messages: Any
) -> None:
    opening = messages.initialize()
    opening["params"]["capabilities"] = {"elicitation": {}, "sampling": {}, "roots": {}}
    assert "result" in wire.ask(opening)
    wire.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert wire.finish() == []


@pytest.mark.requirement("META-7")
@pytest.mark.parametrize("method", ["tools/list", "server/discover", "refuse"])
def test_what_a_client_calls_itself_changes_nothing(
    connect: Callable[..., Any], messages: Any, method: str
) -> None:
    answers = []
    for client in ({"name": "one", "version": "1"}, {"name": "root", "version": "99"}):
        message = messages.modern(1, method)
        message["params"]["_meta"][CLIENT_KEY] = client
        answers.append(connect().ask(message))
    assert answers[0] == answers[1]


@pytest.mark.requirement("CANCEL-6")
@pytest.mark.parametrize(
    ("reason", "logged"),
    [("too slow", "too slow"), ("a\nb" + "c" * 300, "ab" + "c" * 197), (7, ""), (None, "")],
)
def test_the_reason_of_a_cancellation_is_logged_as_one_short_line(
    wire: Any, messages: Any, caplog: pytest.LogCaptureFixture, reason: Any, logged: str
) -> None:
    caplog.set_level(logging.DEBUG, "awswhitelist.mcp")
    cancellation = messages.cancel(1)
    cancellation["params"]["reason"] = reason
    wire.send(cancellation)
    assert wire.finish() == []
    [record] = [each for each in caplog.records if each.message == "request.cancelled"]
    assert record.__dict__["reason"] == logged
