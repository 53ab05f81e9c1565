"""The policies to begin with parse, and do what the policy guide says of them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from awswhitelist.application import Surroundings, load_tools
from awswhitelist.calls import PlainContext
from awswhitelist.commands.config_problems import problems_of_policy
from awswhitelist.commands.config_schema import policy_schema
from awswhitelist.config import ApprovalFallback, ApprovalReason, load_config
from awswhitelist.exceptions import PolicyDeniedError

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
POLICIES = ROOT / "examples" / "policies"
NAMES = ("solo", "team", "locked-down")
ROWS = [row.split("|")[1:-1] for row in GUIDE.splitlines() if row.startswith("| `{")]
CLAIMS = [
    (name, json.loads(cells[0].strip(" `")), cells[column].strip())
    for cells in ROWS
    for column, name in enumerate(NAMES, start=1)
]


def test_the_guide_names_the_policies_that_there_are() -> None:
    assert {file.stem for file in POLICIES.glob("*.json")} == set(NAMES)
    assert f"| arguments | {' | '.join(NAMES)} |" in GUIDE
    assert len(CLAIMS) > 30


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_to_begin_with_is_sound(name: str, tmp_path: Path) -> None:
    file = Path(shutil.copy(POLICIES / f"{name}.json", tmp_path))
    file.chmod(0o644)
    assert problems_of_policy(file) == ()
    data = json.loads(file.read_text())
    Draft202012Validator(policy_schema()).validate(data)
    assert (POLICIES / data["$schema"]).resolve().is_file()


@pytest.fixture(scope="module")
def whitelists(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The operation ``whitelist`` in a sandbox under each of the policies."""
    return {name: _whitelist(name, tmp_path_factory.mktemp(name)) for name in NAMES}


def _whitelist(name: str, folder: Path) -> Any:
    file = Path(shutil.copy(POLICIES / f"{name}.json", folder))
    file.chmod(0o644)
    config = load_config(None, {"HOME": str(folder)}, operator_policy=file)
    assert config.policy_error is None
    tools = load_tools(config, Surroundings("zoe", {}), sandbox=True)
    return next(tool for tool in tools if tool.name == "whitelist")


def _outcome(tool: Any, arguments: dict[str, Any]) -> str:
    try:
        result = tool.call(arguments | {"dry_run": True}, PlainContext("r-1")).structured
    except PolicyDeniedError:
        return "no"
    assert result["status"] == "planned"
    return "after approval" if result.get("reasons") else "yes"


@pytest.mark.parametrize(("name", "arguments", "claimed"), CLAIMS)
def test_a_policy_does_what_the_guide_claims(
    whitelists: dict[str, Any], name: str, arguments: dict[str, Any], claimed: str
) -> None:
    assert _outcome(whitelists[name], arguments) == claimed


def test_the_guide_explains_every_reason_and_every_fallback() -> None:
    explained = set(re.findall(r"^(?:\| |- )`([a-z_]+)`", GUIDE, re.M))
    assert {*ApprovalReason, *ApprovalFallback} <= explained
