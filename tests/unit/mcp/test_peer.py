"""Who sent a request. What is refused is told in the protocol's transcripts."""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.mcp.messages import McpRequest
from awswhitelist.mcp.peer import (
    CAPABILITIES_KEY,
    CLIENT_KEY,
    UNKNOWN_PEER,
    VERSION_KEY,
    Peer,
    client_name,
    peer_of,
    trace_id,
)
from awswhitelist.mcp.revisions import REVISIONS

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_legacy_request_comes_from_whoever_shook_hands() -> None:
    agreed = Peer(REVISIONS["2025-06-18"], "somebody", {"elicitation": {}})
    assert peer_of(McpRequest(1, "tools/list", {"_meta": {}}), agreed) is agreed


def test_a_modern_request_says_itself_who_it_is_from() -> None:
    meta = {
        VERSION_KEY: "2026-07-28",
        CAPABILITIES_KEY: {"elicitation": {}},
        CLIENT_KEY: {"name": "somebody", "version": "1"},
    }
    assert peer_of(McpRequest(1, "tools/list", {"_meta": meta}), UNKNOWN_PEER) == Peer(
        REVISIONS["2026-07-28"], "somebody", {"elicitation": {}}
    )


@pytest.mark.requirement("META-1")
@pytest.mark.parametrize(
    ("info", "name"),
    [
        ({"name": "claude-code"}, "claude-code"),
        ({"name": "a\nb\x1b[31m\u202ec"}, "ab[31mc"),
        ({"name": "x" * 500}, "x" * 100),
        ({"name": 5}, ""),
        ({}, ""),
        (None, ""),
        ("me", ""),
    ],
)
def test_the_name_of_a_client_is_fit_for_a_log(info: Any, name: str) -> None:
    assert client_name(info) == name


@pytest.mark.requirement("META-8")
@pytest.mark.parametrize(
    ("meta", "trace"),
    [
        ({"traceparent": TRACE}, TRACE),
        ({"traceparent": TRACE + "\n"}, ""),
        ({"traceparent": "x"}, ""),
        ({"traceparent": "ff" + TRACE[2:]}, ""),
        ({"traceparent": f"00-{'0' * 32}-b7ad6b7169203331-01"}, ""),
        ({"traceparent": f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01"}, ""),
        ({"traceparent": 1}, ""),
        ({}, ""),
        ("no object", ""),
    ],
)
def test_a_trace_id_is_a_well_formed_traceparent_or_nothing(meta: Any, trace: str) -> None:
    assert trace_id({"_meta": meta}) == trace
