"""What a model is told of the operations: true, complete, and small."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from awswhitelist.mcp.registry import ToolRegistry
from awswhitelist.tools.table import OPERATION_NAMES

# 3,500 tokens for the input of all operations at four bytes each, 2,500 for the output, whose
# tokens are longer (see benchmarks/schemas.py).
INPUT_BYTES = 14_000
OUTPUT_BYTES = 11_000


@pytest.fixture(scope="module")
def listing(shared_desk: Any) -> dict[str, dict[str, Any]]:
    tools = ToolRegistry(shared_desk.specs.values).listing()
    return {tool["name"]: tool for tool in tools}


def size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")).encode())


def test_the_operations_are_listed_in_the_order_of_the_table(listing: dict[str, Any]) -> None:
    assert tuple(listing) == OPERATION_NAMES


def test_input_schemas_and_descriptions_keep_to_their_budget(listing: dict[str, Any]) -> None:
    told = [(tool["description"], tool["inputSchema"]) for tool in listing.values()]
    assert size(told) < INPUT_BYTES


def test_output_schemas_keep_to_their_budget(listing: dict[str, Any]) -> None:
    assert size([tool["outputSchema"] for tool in listing.values()]) < OUTPUT_BYTES


@pytest.mark.parametrize("name", OPERATION_NAMES)
@pytest.mark.parametrize("which", ["inputSchema", "outputSchema"])
def test_every_schema_is_a_sound_object_schema_without_references(
    listing: dict[str, Any], name: str, which: str
) -> None:
    schema = listing[name][which]
    Draft202012Validator.check_schema(schema)
    text = json.dumps(schema)
    assert schema["type"] == "object"
    assert not [word for word in ("$ref", "$defs", '"null"', '"default"') if word in text]


@pytest.mark.parametrize("name", OPERATION_NAMES)
def test_an_answer_needs_only_its_summary_and_an_error_fits_beside_it(
    listing: dict[str, Any], name: str
) -> None:
    schema = listing[name]["outputSchema"]
    assert schema["required"] == ["summary"]
    error = {"summary": "No.", "code": "conflict", "remedy": "Wait.", "retryable": True, "x": 1}
    Draft202012Validator(schema).validate({"summary": "No.", "error": error})


def test_only_changing_operations_are_marked_as_such(listing: dict[str, Any]) -> None:
    hints = {name: tool["annotations"] for name, tool in listing.items()}
    assert {name for name, hint in hints.items() if not hint["readOnlyHint"]} == {
        "whitelist",
        "whitelist_bulk",
        "revoke",
        "sweep_expired",
        "undo",
    }
    assert {name for name, hint in hints.items() if hint["destructiveHint"]} == {
        "revoke",
        "sweep_expired",
        "undo",
    }
    assert {name for name, hint in hints.items() if hint["openWorldHint"]} == {"get_my_ip"}
    assert all(hint["idempotentHint"] for hint in hints.values())


GOOD: list[tuple[str, dict[str, Any]]] = [
    (
        "whitelist",
        {"target": "prod-bastion", "source": "203.0.113.7", "port": "ssh", "expires_in": "2h"},
    ),
    ("whitelist", {"target": "sg-0123456789abcdef0", "port": 5432, "dry_run": True}),
    ("whitelist", {"target": "x", "source": ["203.0.113.7", "2001:db8::7"], "port": "8000-8100"}),
    ("whitelist", {"target": "x", "source": "me", "protocol": "icmp", "icmp_type": 8}),
    ("whitelist", {"target": "x", "port": "all", "approval": "token", "owner": "mara"}),
    ("revoke", {"rule_ids": ["sgr-0123456789abcdef0"]}),
    ("whitelist", {"target": "x", "replace_previous": True}),
    ("revoke", {"target": "x", "source": "me", "include_foreign": True}),
    ("revoke", {"owner": "mara"}),
    ("undo", {"receipt": "0b5f", "reason": "by mistake", "dry_run": True}),
    ("list_rules", {"target": "x", "managed": True, "limit": 5, "cursor": "WyJ4Il0="}),
    ("check_access", {"target": "x", "source": ["203.0.113.7"], "port": "8000-8100"}),
    ("check_access", {"target": "x", "protocol": "icmp", "icmp_type": 8, "icmp_code": 0}),
    ("find_security_group", {"target": "x", "resource_type": "rds"}),
    ("list_security_groups", {"name": "prod-*", "tag": "team=data", "limit": 1000}),
    ("list_profiles", {"limit": 1}),
    ("test_credentials", {"profile": "dev", "region": "eu-west-1"}),
    ("get_my_ip", {}),
    ("capabilities", {}),
    ("health", {"region": "eu-west-1"}),
]


@pytest.mark.parametrize(("name", "arguments"), GOOD)
def test_the_input_schema_accepts_a_good_call(
    listing: dict[str, Any], name: str, arguments: dict[str, Any]
) -> None:
    Draft202012Validator(listing[name]["inputSchema"]).validate(arguments)


BAD: list[tuple[str, dict[str, Any]]] = [
    *((name, {"target": "x", "securtiy_group": "x"}) for name in OPERATION_NAMES),
    ("whitelist", {}),
    ("whitelist", {"target": ""}),
    ("whitelist", {"target": "x", "port": 1.5}),
    ("whitelist", {"target": "x", "protocol": "-1"}),
    ("whitelist", {"target": "x", "icmp_type": 256}),
    ("whitelist", {"target": "x", "reason": None}),
    ("revoke", {"rule_ids": []}),
    ("undo", {}),
    ("undo", {"receipt": ""}),
    ("list_rules", {"target": "x", "limit": 0}),
    ("check_access", {"source": "me"}),
    ("find_security_group", {}),
    ("list_security_groups", {"limit": 1001}),
]


@pytest.mark.parametrize(("name", "arguments"), BAD)
def test_the_input_schema_refuses_a_bad_call(
    listing: dict[str, Any], name: str, arguments: dict[str, Any]
) -> None:
    assert not Draft202012Validator(listing[name]["inputSchema"]).is_valid(arguments)
