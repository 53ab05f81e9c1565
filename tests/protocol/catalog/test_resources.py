"""``resources/read``. Source: MCP server/resources."""

from __future__ import annotations

import json
from typing import Any

import pytest

LEGACY = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
WALL = "x://home/walls/north%20side"


def read(messages: Any, request_id: int, uri: Any, /, modern: bool = False) -> Any:
    build = messages.modern if modern else messages.request
    return build(request_id, "resources/read", uri=uri)


@pytest.mark.parametrize("version", LEGACY)
def test_a_resource_is_read_as_json_text(wire: Any, messages: Any, version: str) -> None:
    wire.ask(messages.initialize(0, version))
    assert wire.ask(read(messages, 1, "x://palette"))["result"] == {
        "contents": [
            {"uri": "x://palette", "mimeType": "application/json", "text": '{"all":"blue"}'}
        ]
    }


def test_a_template_is_read_with_its_variables_decoded(wire: Any, messages: Any) -> None:
    (contents,) = wire.ask(read(messages, 1, WALL))["result"]["contents"]
    assert contents["uri"] == WALL
    assert json.loads(contents["text"]) == {
        "summary": "A wall.",
        "house": "home",
        "wall": "north side",
    }


@pytest.mark.requirement("CACHE-1", "CACHE-2")
def test_what_a_modern_client_reads_is_private_and_stale_at_once(wire: Any, messages: Any) -> None:
    result = wire.ask(read(messages, 1, WALL, modern=True))["result"]
    assert (result["ttlMs"], result["cacheScope"]) == (0, "private")
    assert result["resultType"] == "complete"


MISSING = [
    "x://nothing",
    "x://home/walls/",
    "x://home/walls/a/b",
    "x://home/walls/%ff",
    "x://home/walls/%zz",
    "X://PALETTE",
    "file:///etc/passwd",
    "../policy",
    "",
    "x://nowhere/walls/north",
]


@pytest.mark.requirement("RES-3", "RES-4", "RES-6")
@pytest.mark.requirement("RES-3", "RES-4", "RES-6")
@pytest.mark.parametrize("uri", MISSING)
def test_a_resource_that_is_not_there_is_told_in_the_way_of_each_era(
    wire: Any, messages: Any, uri: str
) -> None:
    legacy = wire.ask(read(messages, 1, uri))["error"]
    modern = wire.ask(read(messages, 2, uri, modern=True))["error"]
    assert (legacy["code"], modern["code"]) == (-32002, -32602)
    assert legacy["data"]["uri"] == modern["data"]["uri"] == uri


@pytest.mark.requirement("RES-8")
def test_a_failed_read_is_an_error_with_our_error_object(wire: Any, messages: Any) -> None:
    error = wire.ask(read(messages, 1, "x://forbidden/walls/north"))["error"]
    assert error["code"] == 1020
    assert error["data"]["code"] == "policy_denied"
    assert error["data"]["request_id"] == "ours-1"


def test_a_missing_resource_says_what_our_error_says_too(wire: Any, messages: Any) -> None:
    error = wire.ask(read(messages, 1, "x://nowhere/walls/north"))["error"]
    assert error["data"]["code"] == "security_group_not_found"


@pytest.mark.requirement("RES-5")
@pytest.mark.requirement("RES-5")
def test_a_crash_tells_nothing_but_a_request_id(wire: Any, messages: Any) -> None:
    error = wire.ask(read(messages, 1, "x://crash"))["error"]
    assert error["code"] == -32603
    assert "AKIASECRET" not in json.dumps(error)


@pytest.mark.requirement("RES-7")
@pytest.mark.parametrize("uri", [None, 1, ["x://palette"]])
def test_a_uri_that_is_no_string_is_refused(wire: Any, messages: Any, uri: Any) -> None:
    assert wire.ask(read(messages, 1, uri))["error"]["code"] == -32602


def test_a_read_waits_for_the_change_before_it(wire: Any, messages: Any, gate: Any) -> None:
    wire.send(messages.call(1, "change", target="north", gate="a"))
    gate.wait_for("a begins")
    wire.send(read(messages, 2, "x://home/walls/north"), messages.request(3, "ping"))
    assert wire.receive()["id"] == 3
    gate.open("a")
    assert [wire.receive()["id"], wire.receive()["id"]] == [1, 2]
