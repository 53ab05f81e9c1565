"""`mcp-proxy` in front of the program: it can be reached over HTTP, though it speaks to a pipe."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mcp.client import Client

PATIENCE = 60
LISTENING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")


@pytest.fixture
def bridge(place: Any, commands: dict[str, Callable[[], list[str]]]) -> Iterator[str]:
    """The address of a bridge on a free port of the loopback interface."""
    arguments = ["--pass-environment", "--host", "127.0.0.1", "--port", "0"]
    process = subprocess.Popen(
        [*commands["mcp-proxy"](), *arguments, "--", place.command, *place.args],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=place.env,
        text=True,
    )
    with process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if found := LISTENING.search(line):
                yield found[1]
                break
        else:
            pytest.fail("".join(said))
        process.terminate()
        process.stderr.read()
        process.wait(PATIENCE)


async def converse(url: str) -> tuple[list[str], dict[str, Any]]:
    async with Client(url, read_timeout_seconds=PATIENCE) as client:
        tools = await client.list_tools()
        listed = await client.call_tool("list_rules", {"target": "prod-bastion"})
        return [tool.name for tool in tools.tools], listed.structured_content or {}


def test_a_client_over_http_lists_the_tools_and_the_rules(bridge: str) -> None:
    names, listed = asyncio.run(converse(f"{bridge}/mcp"))
    assert "list_rules" in names
    assert listed["total"] == 2
