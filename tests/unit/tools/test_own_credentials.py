"""The ``credentials`` argument: there only where policy allows it, shown nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

KEYS = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "wJalrXUtnFEMI-hunter2"}
WITH_AWS = (
    "whitelist",
    "revoke",
    "list_rules",
    "check_access",
    "find_security_group",
    "list_security_groups",
    "test_credentials",
    "health",
)
ALLOWED = {"policy": {"allow_inline_credentials": True}}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("whitelist", {"target": "prod-bastion", "port": 22, "source": "203.0.113.7"}),
    ("revoke", {"target": "prod-bastion", "source": "203.0.113.7"}),
    ("list_rules", {"target": "prod-bastion"}),
    ("check_access", {"target": "prod-bastion", "port": 22, "source": "203.0.113.7"}),
    ("find_security_group", {"target": "prod-bastion"}),
    ("list_security_groups", {}),
    ("test_credentials", {}),
    ("health", {}),
]


def fields(desk: Any, name: str) -> dict[str, Any]:
    return dict(desk.specs[name].input_schema()["properties"])


@pytest.mark.parametrize("name", WITH_AWS)
def test_by_default_they_are_not_in_the_schema(shared_desk: Any, name: str) -> None:
    assert "credentials" not in fields(shared_desk, name)


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_by_default_giving_them_is_refused_with_the_setting(
    shared_desk: Any, name: str, arguments: dict[str, Any]
) -> None:
    error = shared_desk.refuse(name, **arguments, credentials=KEYS)
    assert (error["code"], error["field"]) == ("policy_denied", "credentials")
    assert error["reasons"][0].startswith("policy.allow_inline_credentials: ")
    assert "hunter2" not in str(error)


def test_where_policy_allows_them_they_work_and_show_nowhere(
    make_desk: Any, tmp_path: Path
) -> None:
    desk = make_desk(**ALLOWED)
    assert set(fields(desk, "whitelist")["credentials"]["properties"]) == {*KEYS, "session_token"}
    shown = [desk.do(name, **arguments, credentials=KEYS) for name, arguments in CALLS]
    assert [answer.get("status") for answer in shown] == ["added", "revoked", *[None] * 5, "ok"]
    written = "".join(each.read_text() for each in tmp_path.rglob("*.jsonl"))
    assert '"intent"' in written
    for secret in KEYS.values():
        assert secret not in json.dumps(shown) + written


def test_keys_that_are_no_keys_are_refused_without_being_repeated(make_desk: Any) -> None:
    half = {"access_key_id": "AKIAIOSFODNN7EXAMPLE"}
    error = make_desk(**ALLOWED).refuse("list_rules", target="x", credentials=half)
    assert (error["code"], error["field"]) == (
        "invalid_argument",
        "credentials.secret_access_key",
    )
    assert "AKIA" not in str(error)


def test_keys_beside_a_profile_are_refused(make_desk: Any) -> None:
    desk = make_desk(policy=ALLOWED["policy"] | {"profiles": {"allow": ["dev"]}})
    error = desk.refuse("list_rules", target="x", profile="dev", credentials=KEYS)
    assert (error["code"], error["field"]) == ("invalid_argument", "credentials")


def test_a_policy_that_allows_them_says_so(make_desk: Any) -> None:
    words = make_desk(**ALLOWED).do("capabilities")["policy"]
    assert "Calls may bring AWS credentials of their own." in words


ODD = ("A\nB", "two words", "caf\N{LATIN SMALL LETTER E WITH ACUTE}", "a\r\nX-Evil: 1")


@pytest.mark.parametrize("name", [*KEYS, "session_token"])
@pytest.mark.parametrize("odd", ODD)
def test_keys_that_no_header_can_hold_are_refused_without_being_repeated(
    shared_desk: Any, name: str, odd: str
) -> None:
    error = shared_desk.refuse("list_rules", target="x", credentials=KEYS | {name: odd})
    assert (error["code"], error["field"]) == ("invalid_argument", f"credentials.{name}")
    assert odd not in str(error)
