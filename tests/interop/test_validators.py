"""The validators of both TypeScript SDKs take every status and every error code of every tool."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.application import Surroundings, load_tools
from awswhitelist.calls import PlainContext
from awswhitelist.config import load_config
from awswhitelist.exceptions import AwsWhitelistError, error_classes
from awswhitelist.mcp.handlers.tools import tool_failure
from awswhitelist.mcp.registry import ToolSpec
from awswhitelist.tools.results import RuleStatus, WarningCode

NODE = Path(__file__).parent / "node"
WIDE = {"target": "prod-bastion", "source": "203.0.113.0/28", "port": "ssh"}
LACKING = "the packages of tests/interop/node are not installed"


def failed(error_class: type[AwsWhitelistError]) -> Any:
    """An error of the class as a tool tells it, with the facts that some codes bring."""
    error = error_class.__new__(error_class)
    facts: dict[str, Any] = {
        "candidates": [{"id": "sg-1", "why": "its name"}],
        "missing_permissions": ["ec2:*"],
    }
    AwsWhitelistError.__init__(error, "It failed.", field="target", retry_after=1.0, **facts)
    return tool_failure(error, "ours-1")["structuredContent"]


def refused(asked: list[Any]) -> Any:
    """What the validators do not take, and why."""
    command = ["node", str(NODE / "validate.mjs")]
    done = subprocess.run(
        command, input=json.dumps(asked), capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout)


@pytest.fixture
def tools(tmp_path: Path) -> list[ToolSpec]:
    if shutil.which("node") is None or not (NODE / "node_modules" / ".ready").exists():
        pytest.skip(LACKING)
    config = load_config(None, {"HOME": str(tmp_path)}, operator_policy=tmp_path / "none")
    return load_tools(config, Surroundings("tester", {}), sandbox=True)


def test_every_error_code_of_every_tool_is_taken(tools: list[ToolSpec]) -> None:
    values = {each.code: failed(each) for each in error_classes()}
    assert refused([{"schema": tool.output_schema(), "values": values} for tool in tools]) == []


def test_every_status_is_taken_with_a_real_answer_around_it(tools: list[ToolSpec]) -> None:
    whitelist, revoke = tools[:2]
    needs = whitelist.call(WIDE, PlainContext("ours-1")).structured
    added = whitelist.call(WIDE | {"source": "203.0.113.7"}, PlainContext("ours-2")).structured
    assert (needs["status"], added["status"]) == ("approval_required", "added")
    warnings = [{"code": code.value, "message": "Take note."} for code in WarningCode]
    values = {
        status.value: added
        | {
            "status": status,
            "warnings": warnings,
            "rules": [added["rules"][0] | {"status": status}],
        }
        for status in RuleStatus
    }
    asked = [
        {"schema": tool.output_schema(), "values": values | {"asked for": needs}}
        for tool in (whitelist, revoke)
    ]
    assert refused(asked) == []


def test_the_validators_do_refuse_what_does_not_fit(tools: list[ToolSpec]) -> None:
    wrong = {"no summary": {"status": "added"}, "a number": {"summary": 7}}
    told = refused([{"schema": tools[0].output_schema(), "values": wrong}])
    assert [each.split(":")[0] for each in told] == ["One", "One", "Two", "Two"]
