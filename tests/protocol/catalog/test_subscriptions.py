"""Being told of changes, in both eras.

Sources: MCP 2025-11-25, server/resources, "Subscriptions"; 2026-07-28,
basic/patterns/subscriptions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LEGACY = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
NORTH = "x://home/walls/north"
NORTH_AGAIN = "x://home/walls/%6Eorth"
SOUTH = "x://home/walls/south"
KEY = "io.modelcontextprotocol/subscriptionId"


def updated(uri: str, stream: Any = None) -> dict[str, Any]:
    params: dict[str, Any] = {"uri": uri}
    if stream is not None:
        params["_meta"] = {KEY: stream}
    return {"jsonrpc": "2.0", "method": "notifications/resources/updated", "params": params}


def acknowledged(stream: Any, *uris: str) -> dict[str, Any]:
    honoured = {"resourceSubscriptions": list(uris)} if uris else {}
    return {
        "jsonrpc": "2.0",
        "method": "notifications/subscriptions/acknowledged",
        "params": {"_meta": {KEY: stream}, "notifications": honoured},
    }


def listen(messages: Any, stream: Any, *uris: str, **more: Any) -> Any:
    wanted = {"resourceSubscriptions": list(uris), **more}
    return messages.modern(stream, "subscriptions/listen", notifications=wanted)


@pytest.mark.requirement("RPC-11")
@pytest.mark.parametrize("version", LEGACY)
def test_a_legacy_subscriber_is_told_of_exactly_that_resource(
    wire: Any, messages: Any, catalog: Any, version: str
) -> None:
    wire.ask(messages.initialize(0, version))
    assert wire.ask(messages.request(1, "resources/subscribe", uri=NORTH))["result"] == {}
    catalog.subscriptions.publish(SOUTH)
    catalog.subscriptions.publish(NORTH)
    assert wire.receive() == updated(NORTH)
    wire.ask(messages.request(2, "resources/subscribe", uri=NORTH))
    catalog.subscriptions.publish(NORTH)
    assert wire.receive() == updated(NORTH)
    assert wire.ask(messages.request(3, "resources/unsubscribe", uri=NORTH))["result"] == {}
    catalog.subscriptions.publish(NORTH)
    assert wire.finish() == []


def test_a_resource_is_told_in_the_spelling_of_the_client(
    wire: Any, messages: Any, catalog: Any
) -> None:
    wire.ask(messages.request(1, "resources/subscribe", uri=NORTH_AGAIN))
    assert wire.ask(listen(messages, 2, NORTH_AGAIN)) == acknowledged(2, NORTH_AGAIN)
    catalog.subscriptions.publish(NORTH)
    assert [wire.receive(), wire.receive()] == [updated(NORTH_AGAIN), updated(NORTH_AGAIN, 2)]


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("x://nothing", -32002),
        ("x://nowhere/walls/north", -32002),
        ("x://palette", -32602),
        ("x://forbidden/walls/north", 1020),
        (None, -32602),
    ],
)
def test_what_will_never_be_told_cannot_be_subscribed_to(
    wire: Any, messages: Any, uri: Any, code: int
) -> None:
    answer = wire.ask(messages.request(1, "resources/subscribe", uri=uri))
    assert answer["error"]["code"] == code


def test_ending_a_subscription_that_was_none_is_no_error(wire: Any, messages: Any) -> None:
    assert wire.ask(messages.request(1, "resources/unsubscribe", uri=SOUTH))["result"] == {}


@pytest.mark.requirement("SUB-1", "SUB-2", "SUB-3")
@pytest.mark.requirement("SUB-1", "SUB-2", "SUB-3")
def test_a_stream_is_acknowledged_with_what_it_will_tell_and_tagged(
    wire: Any, messages: Any, catalog: Any
) -> None:
    wanted = [NORTH, "x://palette", "x://nothing", "x://forbidden/walls/a", "x://nowhere/walls/a"]
    everything = {
        "toolsListChanged": True,
        "promptsListChanged": True,
        "resourcesListChanged": True,
    }
    answer = wire.ask(listen(messages, "s-1", *wanted, **everything))
    assert answer == acknowledged("s-1", NORTH)
    catalog.subscriptions.publish(SOUTH)
    catalog.subscriptions.publish(NORTH)
    assert wire.receive() == updated(NORTH, "s-1")


def test_a_stream_may_want_nothing(wire: Any, messages: Any) -> None:
    message = messages.modern(1, "subscriptions/listen", notifications={"toolsListChanged": True})
    assert wire.ask(message) == acknowledged(1)


@pytest.mark.requirement("SUB-3")
def test_streams_are_told_apart(wire: Any, messages: Any, catalog: Any) -> None:
    wire.ask(listen(messages, 1, NORTH))
    wire.ask(listen(messages, "1", NORTH, SOUTH))
    catalog.subscriptions.publish(NORTH)
    assert [wire.receive(), wire.receive()] == [updated(NORTH, 1), updated(NORTH, "1")]
    catalog.subscriptions.publish(SOUTH)
    assert wire.receive() == updated(SOUTH, "1")


@pytest.mark.requirement("CANCEL-3")
def test_a_cancelled_stream_ends_without_a_word(wire: Any, messages: Any, catalog: Any) -> None:
    wire.ask(listen(messages, 1, NORTH))
    wire.ask(listen(messages, 2, NORTH))
    wire.send(messages.cancel(1))
    wire.ask(messages.request(3, "ping"))
    catalog.subscriptions.publish(NORTH)
    assert wire.receive() == updated(NORTH, 2)
    left = wire.finish()
    assert [answer["id"] for answer in left] == [2]


def test_the_id_of_a_stream_is_in_flight_until_it_is_cancelled(wire: Any, messages: Any) -> None:
    wire.ask(listen(messages, 1, NORTH))
    assert wire.ask(messages.request(1, "ping"))["error"]["code"] == -32600
    wire.send(messages.cancel(1))
    assert wire.ask(listen(messages, 1, SOUTH)) == acknowledged(1, SOUTH)


@pytest.mark.requirement("SUB-4")
@pytest.mark.requirement("SUB-4")
def test_every_stream_ends_with_a_result_when_the_server_stops(wire: Any, messages: Any) -> None:
    wire.ask(listen(messages, 1, NORTH))
    wire.ask(listen(messages, "two"))
    wire.server.stop()
    for stream in (1, "two"):
        answer = wire.receive()
        meta = answer["result"].pop("_meta")
        assert answer == {"jsonrpc": "2.0", "id": stream, "result": {"resultType": "complete"}}
        assert meta[KEY] == stream
        assert meta["io.modelcontextprotocol/serverInfo"]["name"] == "awswhitelist"
    assert wire.receive() is None


def test_a_change_during_the_end_is_told_before_the_result(
    wire: Any, messages: Any, catalog: Any, gate: Any
) -> None:
    wire.ask(listen(messages, 1, NORTH))
    wire.send(messages.call(2, "free", gate="a"))
    gate.wait_for("a begins")
    wire.end_input()
    catalog.subscriptions.publish(NORTH)
    gate.open("a")
    assert wire.receive() == updated(NORTH, 1)
    assert [wire.receive()["id"], wire.receive()["id"]] == [2, 1]
    assert wire.receive() is None


def test_a_stream_holds_no_worker(connect: Callable[..., Any], catalog: Any, messages: Any) -> None:
    wire = connect(catalog=catalog, workers=1, queue=0)
    for stream in range(3):
        wire.ask(listen(messages, stream, NORTH))
    assert wire.ask(messages.call(9, "echo"))["result"]["isError"] is False


@pytest.mark.parametrize(
    "notifications",
    [None, [], "x", {"resourceSubscriptions": NORTH}, {"resourceSubscriptions": [1]}],
)
def test_a_malformed_filter_is_refused(wire: Any, messages: Any, notifications: Any) -> None:
    message = messages.modern(1, "subscriptions/listen", notifications=notifications)
    assert wire.ask(message)["error"]["code"] == -32602
    assert wire.ask(listen(messages, 1)) == acknowledged(1)


def test_a_connection_has_room_for_a_hundred_subscriptions(
    connect: Callable[..., Any], catalog: Any, messages: Any
) -> None:
    wire = connect(catalog=catalog, max_line_bytes=10_000)
    walls = [f"x://home/walls/{number}" for number in range(101)]
    assert wire.ask(listen(messages, 0, *walls))["error"]["code"] == 1220
    for stream in range(98):
        wire.ask(listen(messages, stream))
    wire.ask(messages.request(200, "resources/subscribe", uri=NORTH))
    assert wire.ask(listen(messages, 98, *walls[:2]))["error"]["data"]["code"] == "overloaded"
    assert wire.ask(listen(messages, 98, SOUTH)) == acknowledged(98, SOUTH)
    answer = wire.ask(messages.request(201, "resources/subscribe", uri=SOUTH))
    assert answer["error"]["code"] == 1220
    wire.send(messages.cancel(98))
    assert wire.ask(messages.request(202, "resources/subscribe", uri=SOUTH))["result"] == {}


@pytest.mark.parametrize("method", ["resources/subscribe", "resources/unsubscribe"])
def test_the_ways_of_the_legacy_era_are_unknown_in_the_modern(
    wire: Any, messages: Any, method: str
) -> None:
    assert wire.ask(messages.modern(1, method, uri=NORTH))["error"]["code"] == -32601


def test_nobody_is_told_when_nobody_listens(wire: Any, catalog: Any) -> None:
    catalog.subscriptions.publish(NORTH)
    assert wire.finish() == []
