"""Targets that are more than security groups, through the operations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from awswhitelist.application import Surroundings, load_tools
from awswhitelist.calls import PlainContext

HOST = "orders-db.aaaaaaaaaa.eu-west-1.rds.amazonaws.com"
SECRET = "hunter2-very-secret"


def test_access_to_a_database_goes_to_its_group_and_port(desk: Any) -> None:
    answer = desk.do("whitelist", target="orders-db", source="203.0.113.7")
    (rule,) = answer["rules"]
    assert (answer["status"], rule["group_name"], rule["from_port"]) == ("added", "prod-db", 5432)
    assert answer["resource"] == {
        "resource_type": "rds",
        "id": "arn:aws:rds:eu-west-1:111122223333:db:orders-db",
        "name": "orders-db",
        "endpoint": HOST,
        "why": "it is the name of this DB instance",
    }


def test_what_keeps_the_internet_out_is_a_warning_to_the_internet_alone(
    desk: Any, codes: Any
) -> None:
    asked: dict[str, Any] = {"target": "reports", "resource_type": "rds", "dry_run": True}
    public = desk.do("whitelist", **asked, source="8.8.8.8")
    private = desk.do("whitelist", **asked, source="10.1.2.3")
    assert "not_publicly_accessible" in codes(public)
    assert "not_publicly_accessible" not in codes(private)


def test_a_plain_group_is_no_resource(desk: Any) -> None:
    answer = desk.do("whitelist", target="prod-bastion", port=22, source="203.0.113.7")
    assert "resource" not in answer


def test_access_is_ended_by_the_name_it_was_given_by(desk: Any) -> None:
    source = {"source": "203.0.113.7"}
    desk.do("whitelist", target="sessions", **source)
    listed = desk.do("list_rules", target="sessions", resource_type="elasticache", **source)
    assert [rule["from_port"] for rule in listed["items"]] == [6379]
    assert desk.do("revoke", target="sessions", **source)["status"] == "revoked"
    assert desk.do("list_rules", target="sessions", **source)["items"] == []


def test_reading_a_resource_shows_all_of_its_groups(shared_desk: Any) -> None:
    listed = shared_desk.do("list_rules", target="archive")
    assert {rule["group_name"] for rule in listed["items"]} == {"prod-db", "prod-cache"}


def test_a_wrong_type_is_named(shared_desk: Any) -> None:
    for name in ("whitelist", "list_rules"):
        error = shared_desk.refuse(name, target="x", resource_type="databse")
        assert (error["code"], error["field"]) == ("invalid_argument", "resource_type")


def test_a_resource_with_several_groups_shows_them(shared_desk: Any) -> None:
    error = shared_desk.refuse("whitelist", target="archive", source="203.0.113.7")
    assert error["code"] == "ambiguous_group"
    assert {each["name"] for each in error["candidates"]} == {"prod-db", "prod-cache"}


def test_a_password_in_a_target_is_never_shown_or_kept(configured: Any, tmp_path: Path) -> None:
    specs = load_tools(configured(), Surroundings("tester", {}), sandbox=True)
    (whitelist,) = [each for each in specs if each.name == "whitelist"]
    arguments = {"source": "203.0.113.7", "target": f"postgres://app:{SECRET}@{HOST}:5432/orders"}
    result = whitelist.call(arguments, PlainContext("ours-1"))
    assert result.structured["status"] == "added"
    kept = [each.read_text() for each in tmp_path.rglob("*.jsonl")]
    assert any(HOST in each for each in kept)
    assert SECRET not in json.dumps([result.structured, result.text, *kept])
