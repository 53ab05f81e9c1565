"""Both eras on one wire. Source: MCP basic/lifecycle (legacy); 2026-07-28, basic/versioning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ALL = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
INFO = {
    "name": "awswhitelist",
    "title": "AWS whitelist",
    "version": "1.2.3",
    "websiteUrl": "https://example.com/",
}
META = {"io.modelcontextprotocol/serverInfo": INFO}
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
CLIENT_KEY = "io.modelcontextprotocol/clientInfo"


@pytest.mark.requirement("LIFE-2", "LIFE-4", "LIFE-5")
@pytest.mark.parametrize(
    ("asked", "agreed"),
    [*((version, version) for version in ALL[1:])]
    + [("2026-07-28", "2025-11-25"), ("1999-01-01", "2025-11-25"), ("", "2025-11-25")],
)
def test_initialize_agrees_on_a_legacy_revision(
    wire: Any, messages: Any, asked: str, agreed: str
) -> None:
    assert wire.ask(messages.initialize(7, asked)) == {
        "jsonrpc": "2.0",
        "id": 7,
        "result": {
            "protocolVersion": agreed,
            "capabilities": {"tools": {}},
            "serverInfo": INFO,
            "instructions": "Look, then change.",
        },
    }


@pytest.mark.requirement("LIFE-10")
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"protocolVersion": 1},
        {"protocolVersion": "2025-11-25", "capabilities": []},
        {"protocolVersion": "2025-11-25", "clientInfo": "me"},
    ],
)
def test_initialize_with_wrong_params_agrees_on_nothing(
    wire: Any, messages: Any, params: dict[str, Any]
) -> None:
    assert wire.ask(messages.request(1, "initialize", **params))["error"]["code"] == -32602
    wire.send([messages.request(2, "ping")])
    assert wire.receive() == [{"jsonrpc": "2.0", "id": 2, "result": {}}]


def test_initialize_does_not_load_the_tools(connect: Callable[..., Any], messages: Any) -> None:
    loads: list[int] = []

    def load() -> list[Any]:
        loads.append(1)
        return []

    wire = connect(load=load)
    wire.ask(messages.initialize())
    wire.ask(messages.request(1, "ping"))
    wire.ask(messages.modern(2, "server/discover"))
    wire.ask(messages.request(3, "resources/list"))
    assert loads == []
    wire.ask(messages.request(4, "tools/list"))
    wire.ask(messages.request(5, "tools/list"))
    assert loads == [1]


@pytest.mark.requirement("VER-2", "DISC-1")
def test_discover_tells_what_is_served(wire: Any, messages: Any) -> None:
    assert wire.ask(messages.modern("d", "server/discover")) == {
        "jsonrpc": "2.0",
        "id": "d",
        "result": {
            "supportedVersions": ALL,
            "capabilities": {"tools": {}},
            "instructions": "Look, then change.",
            "ttlMs": 3_600_000,
            "cacheScope": "public",
            "resultType": "complete",
            "_meta": META,
        },
    }


@pytest.mark.requirement("VER-1")
@pytest.mark.parametrize("version", ["2027-01-01", "2025-11-25", ""])
def test_a_revision_not_served_by_metadata_is_named_with_those_that_are(
    wire: Any, messages: Any, version: str
) -> None:
    message = messages.modern(1, "tools/list")
    message["params"]["_meta"] = {VERSION_KEY: version}
    answer = wire.ask(message)["error"]
    assert (answer["code"], answer["data"]) == (-32022, {"supported": ALL, "requested": version})


@pytest.mark.requirement("META-1", "META-3")
@pytest.mark.parametrize(
    "meta",
    [
        {VERSION_KEY: "2026-07-28"},
        {VERSION_KEY: "2026-07-28", CAPABILITIES_KEY: []},
        {VERSION_KEY: None, CAPABILITIES_KEY: {}},
        {VERSION_KEY: "2026-07-28", CAPABILITIES_KEY: {}, CLIENT_KEY: {"name": "x"}},
        {VERSION_KEY: "2026-07-28", CAPABILITIES_KEY: {}, CLIENT_KEY: "x"},
    ],
)
def test_malformed_modern_metadata_is_refused(wire: Any, messages: Any, meta: Any) -> None:
    message = messages.request(1, "tools/list", _meta=meta)
    assert wire.ask(message)["error"]["code"] == -32602


@pytest.mark.parametrize("method", ["server/discover", "subscriptions/listen"])
def test_a_method_of_the_modern_era_needs_modern_metadata(
    wire: Any, messages: Any, method: str
) -> None:
    assert wire.ask(messages.request(1, method))["error"]["code"] == -32602


def test_the_name_of_the_client_is_not_required(wire: Any, messages: Any) -> None:
    message = messages.modern(1, "tools/list")
    del message["params"]["_meta"][CLIENT_KEY]
    assert "result" in wire.ask(message)


@pytest.mark.parametrize("method", ["ping", "initialize", "resources/subscribe"])
def test_methods_of_the_legacy_era_are_unknown_in_the_modern(
    wire: Any, messages: Any, method: str
) -> None:
    answer = wire.ask(messages.modern(1, method, protocolVersion="2025-11-25"))
    assert answer["error"]["code"] == -32601


@pytest.mark.requirement("RPC-13")
def test_both_eras_share_one_process(wire: Any, messages: Any) -> None:
    wire.ask(messages.initialize(0, "2025-06-18"))
    assert wire.ask(messages.modern(1, "tools/list"))["result"]["_meta"] == META
    assert wire.ask(messages.request(2, "ping"))["result"] == {}
    legacy = wire.ask(messages.request(3, "tools/list"))["result"]
    assert set(legacy) == {"tools"}


@pytest.mark.requirement("STATE-1")
def test_nothing_of_the_handshake_is_carried_into_a_modern_request(
    wire: Any, messages: Any
) -> None:
    wire.ask(messages.initialize())
    answer = wire.ask(messages.modern(1, "echo"))
    assert answer["result"]["by"] == "modern-client"
    assert wire.ask(messages.request(2, "echo"))["result"]["by"] == "legacy-client"


def test_a_modern_probe_may_be_followed_by_a_handshake(wire: Any, messages: Any) -> None:
    wire.ask(messages.modern(1, "server/discover"))
    wire.ask(messages.modern(2, "subscriptions/listen"))
    assert wire.ask(messages.initialize(3))["result"]["protocolVersion"] == "2025-11-25"
