"""What is said of reach, by the operations that say it; and by which code health names trouble."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HOST = "8.8.4.4"
EVERYBODY = {"CidrIp": "0.0.0.0/0"}

KEPT_OUT: dict[str, tuple[str, dict[str, Any]]] = {
    "the instance has no public address": ("no_public_address", {"target": "staging-1"}),
    "the targets of a network load balancer see the caller": (
        "targets_need_a_rule_too",
        {"target": "relay"},
    ),
    "Terraform keeps the group": ("kept_by_others", {"target": "staging-db"}),
    "the database is inside": ("not_publicly_accessible", {"target": "ledger"}),
    "a cache is never outside": ("cache_not_public", {"target": "sessions"}),
    "the load balancer is inside": ("internal_load_balancer", {"target": "intranet"}),
}


@pytest.mark.parametrize(("code", "where"), KEPT_OUT.values(), ids=KEPT_OUT)
def test_what_may_keep_people_out_is_said_wherever_it_matters(
    desk: Any, codes: Callable[[Any], set[str]], code: str, where: dict[str, Any]
) -> None:
    wish = {**where, "port": 8010, "source": HOST}
    answers = {
        "find_security_group": desk.do("find_security_group", **where),
        "check_access": desk.do("check_access", **wish),
        "whitelist": desk.do("whitelist", **wish),
    }
    assert {name for name, answer in answers.items() if code in codes(answer)} == set(answers)


def test_a_door_that_stands_open_beside_is_told_of(
    make_desk: Any, codes: Callable[[Any], set[str]]
) -> None:
    """Two groups guard the archive; what one of them lets in, the other cannot keep out."""
    desk = make_desk()
    groups = desk.do("find_security_group", target="archive")["groups"]
    by_name = {group["name"]: group["group_id"] for group in groups}
    everybody = [{"IpProtocol": "tcp", "FromPort": 5433, "ToPort": 5433, "IpRanges": [EVERYBODY]}]
    desk.ec2.authorize_security_group_ingress(
        GroupId=by_name["prod-cache"], IpPermissions=everybody
    )
    mark = [{"Key": "awswhitelist:target", "Value": "true"}]
    desk.ec2.create_tags(Resources=[by_name["prod-db"]], Tags=mark)
    answer = desk.do("whitelist", target="archive", source=HOST)
    assert answer["status"] == "added"
    assert "open_beside" in codes(answer)


def test_a_group_that_is_full_is_told_of(desk: Any, codes: Callable[[Any], set[str]]) -> None:
    many = [f"203.0.113.{number}" for number in range(1, 60)]
    wish = {"target": "prod-bastion", "port": 22}
    assert desk.do("whitelist", **wish, source=many)["room_left"]
    assert "group_full" in codes(desk.do("find_security_group", target="prod-bastion"))
    assert desk.refuse("whitelist", **wish, source=HOST)["code"] == "quota_exceeded"


def test_a_service_that_could_not_be_asked_is_told_of(
    refusing_desk: Any, codes: Callable[[Any], set[str]]
) -> None:
    desk = refusing_desk({"elasticache.DescribeReplicationGroups": "AccessDenied"})
    answer = desk.do("whitelist", target="orders-db", source=HOST)
    assert answer["status"] == "added"
    assert "not_all_asked" in codes(answer)


def test_what_the_audit_log_could_not_take_is_told_of(
    tricked_desk: Any, codes: Callable[[Any], set[str]], tmp_path: Path
) -> None:
    """The intent is written; while AWS makes the change, the log becomes a folder."""

    def lose_the_log() -> None:
        (log,) = tmp_path.rglob("audit.jsonl")
        log.rename(log.with_name("taken-away"))
        log.mkdir()

    desk = tricked_desk({"ec2.AuthorizeSecurityGroupIngress": lose_the_log})
    answer = desk.do("whitelist", target="prod-bastion", port=22, source=HOST)
    assert answer["status"] == "added"
    assert "audit_incomplete" in codes(answer)
    assert "undo" not in answer


def test_health_names_what_is_wrong_by_its_code(make_desk: Any, tmp_path: Path) -> None:
    desk = make_desk()
    rule = desk.opened()
    past = [{"Key": "awswhitelist:expires-at", "Value": "2020-01-01T00:00:00Z"}]
    desk.ec2.create_tags(Resources=[rule["rule_id"]], Tags=past)
    (log,) = tmp_path.rglob("audit.jsonl")
    intent = json.loads(log.read_text().splitlines()[0])
    log.write_text(json.dumps(intent | {"pid": 2**22 + 1}, separators=(",", ":")) + "\n")
    checks = desk.do("health")["checks"]
    assert {each["name"]: each["code"] for each in checks if "code" in each} == {
        "interrupted": "plans_interrupted",
        "expiry": "rules_overdue",
    }
