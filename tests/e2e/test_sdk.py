"""The official Python SDK's client against the real process, in both eras of the protocol.

The client validates every structured result against the tool's output schema by itself.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

HOST = {"target": "prod-bastion", "source": "203.0.113.7", "port": "ssh", "expires_in": "2h"}
WIDE = HOST | {"source": "203.0.113.0/25"}


async def converse(environ: dict[str, str], mode: str) -> dict[str, Any]:
    """What a client sees that lists the tools and opens, shows and closes access."""
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "awswhitelist", "serve", "--sandbox"], env=environ
    )
    async with Client(server, mode=mode, read_timeout_seconds=60) as client:
        tools = await client.list_tools()
        added = await client.call_tool("whitelist", HOST)
        listed = await client.call_tool("list_rules", {"target": "prod-bastion"})
        asked = await client.call_tool("whitelist", WIDE)
        refused = await client.call_tool("whitelist", HOST | {"port": 70000})
        content = added.structured_content or {}
        undone = await client.call_tool(content["undo"]["operation"], content["undo"]["arguments"])
        return {
            "revision": client.protocol_version,
            "name": client.server_info.name if client.server_info else "",
            "tools": [tool.name for tool in tools.tools],
            "added": added,
            "listed": listed,
            "asked": asked,
            "refused": refused,
            "undone": undone,
        }


@pytest.mark.parametrize(("mode", "revision"), [("legacy", "2025-11-25"), ("auto", "2026-07-28")])
def test_the_official_client_opens_shows_and_closes_access(
    home: Any, mode: str, revision: str
) -> None:
    seen = asyncio.run(converse(home.environment(), mode))
    assert seen["revision"] == revision
    assert seen["name"] == "awswhitelist"
    assert {"whitelist", "revoke", "undo", "list_rules"} <= set(seen["tools"])
    added = seen["added"].structured_content
    assert (seen["added"].is_error, added["status"]) == (False, "added")
    rule_id = added["rules"][0]["rule_id"]
    shown = [item["rule_id"] for item in seen["listed"].structured_content["items"]]
    assert rule_id in shown
    assert seen["asked"].structured_content["status"] == "approval_required"
    assert seen["refused"].is_error is True
    assert seen["refused"].structured_content["error"]["field"] == "port"
    assert seen["undone"].structured_content["status"] == "revoked"
