"""``check_access``: every rule of every group counts, and what else keeps people out is said."""

from __future__ import annotations

from typing import Any

import pytest

PUBLIC = "8.8.8.8"
OFFICE = "198.51.100.7"
DB = {"target": "orders-db"}


def named(answer: dict[str, Any]) -> list[str]:
    return [rule["description"] for rule in answer["because"]]


def test_a_prefix_list_is_looked_into(shared_desk: Any) -> None:
    answer = shared_desk.do("check_access", **DB, source=OFFICE)
    assert answer["allowed"] is True
    assert named(answer) == ["Offices"]
    assert "missing" not in answer
    assert answer["resource"]["name"] == "orders-db"
    assert f"The rules let {OFFICE}/32 reach tcp 5432 of the DB instance" in answer["summary"]
    assert (answer["account"], answer["region"]) == ("111122223333", "eu-west-1")


def test_what_is_missing_is_the_rule_that_a_change_would_add(make_desk: Any) -> None:
    desk = make_desk()
    before = desk.do("check_access", **DB, source=PUBLIC)
    assert (before["allowed"], before["because"]) == (False, [])
    (missing,) = before["missing"]
    assert f"Missing in {missing['group_id']}: tcp 5432 from {PUBLIC}/32" in desk.text
    assert missing == {
        "group_id": desk.do("find_security_group", **DB)["group_id"],
        "protocol": "tcp",
        "from_port": 5432,
        "to_port": 5432,
        "cidr": f"{PUBLIC}/32",
    }
    desk.opened(missing["cidr"], target="orders-db", port=missing["from_port"])
    assert desk.do("check_access", **DB, source=PUBLIC)["allowed"] is True


def test_each_source_is_answered_for_and_all_must_come_in(shared_desk: Any) -> None:
    sources = [OFFICE, PUBLIC, "198.51.100.0/23"]
    answer = shared_desk.do("check_access", **DB, source=sources)
    assert answer["allowed"] is False
    assert named(answer) == ["Offices"]
    assert [rule["cidr"] for rule in answer["missing"]] == [f"{PUBLIC}/32", "198.51.101.0/24"]
    assert f"let {OFFICE}/32 reach" in answer["summary"]
    assert answer["summary"].endswith("or only in part.")


def test_rules_of_all_attached_groups_count(make_desk: Any) -> None:
    desk = make_desk()
    desk.opened(PUBLIC, target="prod-cache", port="5000-5433")
    answer = desk.do("check_access", target="archive", source=PUBLIC)
    assert answer["allowed"] is True
    assert [rule["group_name"] for rule in answer["because"]] == ["prod-cache"]
    shut = desk.do("check_access", target="archive", source=PUBLIC, port=5434)
    assert "group_id" not in shut["missing"][0]


PORTS: dict[str, tuple[dict[str, Any], str]] = {
    "the one named": ({"target": "orders-db", "port": "ssh"}, "tcp 22 "),
    "the one in the target's text": (
        {"target": "storefront-1.eu-west-1.elb.amazonaws.com:443"},
        "tcp 443 ",
    ),
    "the resource's own": ({"target": "orders-db"}, "tcp 5432 "),
    "the resource's own of that protocol": ({"target": "relay", "protocol": "tcp"}, "tcp 443 "),
    "all": ({"target": "orders-db", "port": "all"}, "tcp all "),
    "a type of ICMP": (
        {"target": "staging-app", "protocol": "icmp", "icmp_type": 8, "icmp_code": 0},
        "icmp type 8 code 0 ",
    ),
    "every protocol": ({"target": "staging-app", "protocol": "all", "port": "all"}, "all traffic "),
}


@pytest.mark.parametrize(("arguments", "door"), PORTS.values(), ids=PORTS)
def test_the_port_is_found_where_a_change_would_find_it(
    shared_desk: Any, arguments: dict[str, Any], door: str
) -> None:
    answer = shared_desk.do("check_access", source="10.1.2.3", **arguments)
    assert f"reach {door}of the" in answer["summary"]


def test_the_configured_port_is_the_last_to_be_asked(make_desk: Any) -> None:
    desk = make_desk(defaults={"port": "8000-8100"})
    answer = desk.do("check_access", target="staging-app", source="10.30.7.7")
    assert (answer["allowed"], named(answer)) == (True, ["Inside staging"])
    every = make_desk(defaults={"port": "all"})
    assert "tcp all" in every.do("check_access", target="prod-db")["summary"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no port anywhere": ({"target": "prod-db"}, "port"),
    "several ports of its own": ({"target": "storefront"}, "port"),
    "a port that it does not have": (
        {"target": "orders-db.aaaaaaaaaa.eu-west-1.rds.amazonaws.com:1"},
        "target",
    ),
    "ports of a protocol without": ({"target": "prod-db", "protocol": "icmp", "port": 1}, "port"),
    "types of a protocol without": ({"target": "prod-db", "icmp_type": 8}, "icmp_type"),
    "codes of a protocol without": ({"target": "prod-db", "icmp_code": 8}, "icmp_code"),
    "a code without a type": (
        {"target": "prod-db", "protocol": "icmp", "icmp_code": 0},
        "icmp_code",
    ),
    "ICMP from IPv6": (
        {"target": "prod-db", "protocol": "icmp", "source": "2001:db8::7"},
        "protocol",
    ),
    "one port of every protocol": ({"target": "prod-db", "protocol": "all", "port": 1}, "port"),
    "host bits": ({"target": "prod-db", "source": "198.51.100.7/24"}, "source"),
    "no such type": ({"target": "prod-db", "port": 1, "resource_type": "databse"}, "resource_type"),
}


@pytest.mark.parametrize(("arguments", "field"), REFUSED.values(), ids=REFUSED)
def test_a_question_that_makes_no_sense_is_refused_with_the_argument(
    shared_desk: Any, arguments: dict[str, Any], field: str
) -> None:
    error = shared_desk.refuse("check_access", **arguments)
    assert (error["code"], error["field"]) == ("invalid_argument", field)


MAPPED: dict[str, tuple[str | list[str], list[str]]] = {
    "an address": ("::ffff:8.8.8.8", ["8.8.8.8/32"]),
    "in hexadecimal": ("::ffff:808:808", ["8.8.8.8/32"]),
    "a network": ("::ffff:8.8.8.0/120", ["8.8.8.0/24"]),
    "one of several": (["9.9.9.9", " ::FFFF:8.8.8.8 "], ["9.9.9.9/32", "8.8.8.8/32"]),
}


@pytest.mark.parametrize(("source", "cidrs"), MAPPED.values(), ids=MAPPED)
def test_ipv4_written_as_ipv6_is_read_as_ipv4_and_that_is_said(
    shared_desk: Any, codes: Any, source: str | list[str], cidrs: list[str]
) -> None:
    answer = shared_desk.do("check_access", **DB, source=source)
    assert [rule["cidr"] for rule in answer["missing"]] == cidrs
    assert "read_as_ipv4" in codes(answer)


@pytest.mark.parametrize(
    "source", ["::ffff:8.8.8.8%1", "::ffff:8.8.8.8/95", "::ffff:8.8.8.8/1000", "::ffff:8.8.8.8/x"]
)
def test_what_is_no_ipv4_network_in_ipv6_is_an_error_as_ever(shared_desk: Any, source: str) -> None:
    assert shared_desk.refuse("check_access", **DB, source=source)["field"] == "source"


def test_me_is_the_address_of_this_machine(make_desk: Any) -> None:
    answer = make_desk().do("check_access", target="prod-web", port=443)
    assert (answer["allowed"], answer["because"][0]["open_to_world"]) == (True, True)
    error = make_desk(server={"remote": True}).refuse("check_access", target="prod-web", port=443)
    assert error["code"] == "me_is_the_server"


def test_facts_of_reach_are_for_those_whom_they_concern(shared_desk: Any, codes: Any) -> None:
    reports = {"target": "reports", "resource_type": "rds"}
    outside = shared_desk.do("check_access", **reports, source=PUBLIC)
    inside = shared_desk.do("check_access", **reports, source="10.20.1.20")
    assert "not_publicly_accessible" in codes(outside)
    assert "source_not_public" not in codes(outside)
    assert "not_publicly_accessible" not in codes(inside)
    assert "source_not_public" in codes(inside)


def test_a_rule_for_a_group_is_mentioned_only_where_nothing_lets_the_address_in(
    shared_desk: Any, codes: Any
) -> None:
    assert "members_only" in codes(shared_desk.do("check_access", **DB, source="10.20.1.20"))
    assert "members_only" not in codes(shared_desk.do("check_access", **DB, source=OFFICE))


def test_overdue_rules_among_those_that_let_in_are_warned_of(make_desk: Any, codes: Any) -> None:
    desk = make_desk()
    rule = desk.opened()
    asked = {"target": "prod-bastion", "port": 22, "source": rule["cidr"]}
    assert "overdue" not in codes(desk.do("check_access", **asked))
    past = [{"Key": "awswhitelist:expires-at", "Value": "2020-01-01T00:00:00Z"}]
    desk.ec2.create_tags(Resources=[rule["rule_id"]], Tags=past)
    answer = desk.do("check_access", **asked)
    assert answer["allowed"] is True
    assert "overdue" in codes(answer)
    assert rule["rule_id"] in desk.text


def test_groups_that_policy_hides_are_not_looked_into(make_desk: Any) -> None:
    desk = make_desk(policy={"groups": {"deny": ["prod-db"]}})
    error = desk.refuse("check_access", target="prod-db", port=22)
    assert error["code"] in ("policy_denied", "security_group_not_found")
    assert desk.refuse("check_access", **DB)["code"] == "policy_denied"


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "InvalidPrefixListId.NotFound"])
def test_a_prefix_list_that_may_not_be_read_does_not_count_and_that_is_said(
    refusing_desk: Any, codes: Any, code: str
) -> None:
    desk = refusing_desk({"ec2.GetManagedPrefixListEntries": code})
    answer = desk.do("check_access", **DB, source=OFFICE)
    assert answer["allowed"] is False
    assert "prefix_list_unread" in codes(answer)
    assert "pl-" in desk.text
    assert "prefix_list_unread" not in codes(desk.do("check_access", **DB, source=OFFICE, port=22))


def test_trouble_with_a_prefix_list_that_may_pass_is_an_error(refusing_desk: Any) -> None:
    desk = refusing_desk({"ec2.GetManagedPrefixListEntries": "ExpiredToken"})
    error = desk.refuse("check_access", **DB, source=OFFICE)
    assert error["code"] == "credentials_expired"
