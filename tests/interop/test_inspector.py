"""The command line of the MCP Inspector, which many start with when they look at a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import pytest

Json: TypeAlias = dict[str, Any]


class Seen(NamedTuple):
    """What the Inspector wrote, and how it ended."""

    result: Json
    code: int


@pytest.fixture
def inspect(
    commands: dict[str, Callable[[], list[str]]], run_client: Callable[..., Any], place: Any
) -> Callable[..., Seen]:
    inspector = commands["inspector"]()

    def run(*arguments: str) -> Seen:
        command = [*inspector, "--cli", place.command, *place.args, *arguments]
        done = run_client(command, place)
        return Seen(json.JSONDecoder().raw_decode(done.stdout.lstrip())[0], done.returncode)

    return run


def test_the_inspector_lists_the_tools(inspect: Callable[..., Seen]) -> None:
    seen = inspect("--method", "tools/list")
    names = [tool["name"] for tool in seen.result["tools"]]
    assert seen.code == 0
    assert {"whitelist", "revoke", "list_rules"} <= set(names)


def test_the_inspector_shows_rules(inspect: Callable[..., Seen]) -> None:
    call = ("--method", "tools/call", "--tool-name", "list_rules")
    seen = inspect(*call, "--tool-arg", "target=prod-bastion")
    assert seen.code == 0
    assert seen.result["structuredContent"]["total"] == 2


def test_the_inspector_shows_what_is_wrong(inspect: Callable[..., Seen]) -> None:
    call = ("--method", "tools/call", "--tool-name", "list_rules")
    seen = inspect(*call, "--tool-arg", "target=sg-0123456789abcdef0")
    assert seen.result["isError"] is True
    assert seen.result["structuredContent"]["error"]["code"] == "security_group_not_found"


def test_the_inspector_reads_the_policy(inspect: Callable[..., Seen]) -> None:
    seen = inspect("--method", "resources/read", "--uri", "awswhitelist://policy")
    (contents,) = seen.result["contents"]
    assert seen.code == 0
    assert "words" in json.loads(contents["text"])
