"""``whitelist``: what becomes of the group in every status, and what the answer says of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

HOST = {"target": "prod-bastion", "source": "203.0.113.7", "port": "ssh", "expires_in": "2h"}

Codes = Callable[[dict[str, Any]], set[str]]


def ipv4_rules(desk: Any, target: str = "prod-bastion") -> int:
    """How many rules count against the quota of IPv4."""
    items = desk.do("list_rules", target=target, limit=1000)["items"]
    return sum(":" not in rule.get("cidr", "") for rule in items)


def test_a_new_rule_is_added_and_the_answer_says_everything_about_it(desk: Any) -> None:
    before = desk.rule_ids()
    answer = desk.do("whitelist", **HOST, reason="maintenance")
    (rule,) = answer["rules"]
    end = datetime.fromisoformat(rule.pop("expires_at"))
    assert abs(end - datetime.now(UTC) - timedelta(hours=2)) < timedelta(minutes=1)
    assert "maintenance" in rule.pop("description")
    assert answer["status"] == "added"
    assert (answer["account"], answer["region"]) == ("111122223333", "eu-west-1")
    assert len(answer["aws_request_ids"]) == 1
    receipt = {"receipt": answer["request_id"]}
    assert answer["undo"] == {"operation": "undo", "arguments": receipt}
    assert answer["room_left"] == {rule["group_id"]: 60 - ipv4_rules(desk)}
    assert desk.rule_ids() - before == {rule.pop("rule_id")}
    assert rule.pop("group_id").startswith("sg-")
    assert rule == {
        "status": "added",
        "group_name": "prod-bastion",
        "protocol": "tcp",
        "from_port": 22,
        "to_port": 22,
        "cidr": "203.0.113.7/32",
        "managed": True,
        "owner": "sandbox",
        "reason": "maintenance",
        "expires_in": "2 h",
        "expired": False,
    }


def test_the_same_call_again_changes_nothing(desk: Any) -> None:
    first = desk.do("whitelist", **HOST)
    before = desk.rule_ids()
    again = desk.do("whitelist", **HOST)
    assert again["status"] == "already_allowed"
    assert again["rules"][0]["rule_id"] == first["rules"][0]["rule_id"]
    assert not {"undo", "aws_request_ids", "room_left"} & set(again)
    assert desk.rule_ids() == before


def test_asking_for_longer_extends_the_rule_that_is_there(desk: Any, codes: Codes) -> None:
    first = desk.opened(expires_in="1h")
    answer = desk.do("whitelist", **HOST | {"expires_in": "5h"})
    (rule,) = answer["rules"]
    assert answer["status"] == "extended"
    assert rule["rule_id"] == first["rule_id"]
    assert rule["expires_at"] > first["expires_at"]
    assert answer["undo"]["arguments"] == {"receipt": answer["request_id"]}
    assert "expiry_needs_a_sweeper" in codes(answer)


def test_access_through_a_wider_rule_is_covered_and_nothing_is_added(
    desk: Any, codes: Codes
) -> None:
    before = desk.rule_ids()
    answer = desk.do("whitelist", **HOST | {"source": "198.51.100.9"})
    assert answer["status"] == "covered"
    assert answer["rules"][0]["cidr"] == "198.51.100.0/24"
    assert "not_expiring" in codes(answer)
    assert desk.rule_ids() == before


def test_force_adds_a_rule_that_a_wider_one_covers(desk: Any) -> None:
    before = desk.rule_ids()
    rule = desk.opened("198.51.100.9", force=True)
    assert desk.rule_ids() - before == {rule["rule_id"]}


def test_the_very_rule_of_somebody_else_is_left_alone_and_said_not_to_expire(
    desk: Any, codes: Codes
) -> None:
    answer = desk.do("whitelist", **HOST | {"source": "198.51.100.0/24"})
    assert answer["status"] == "already_allowed"
    assert answer["rules"][0]["managed"] is False
    assert "not_expiring" in codes(answer)


def test_a_dry_run_shows_the_plan_and_changes_nothing(desk: Any) -> None:
    before = desk.rule_ids()
    answer = desk.do("whitelist", **HOST, dry_run=True)
    assert answer["status"] == "planned"
    assert len(answer["plan"]) == 1
    assert "tcp 22 from 203.0.113.7/32 for 2 h" in answer["plan"][0]
    assert f"Plan: {answer['plan'][0]}" in desk.text
    assert not {"rules", "undo", "approval", "reasons"} & set(answer)
    assert desk.rule_ids() == before


def test_a_dry_run_says_that_approval_would_be_needed(desk: Any) -> None:
    answer = desk.do("whitelist", **HOST | {"source": "203.0.113.0/25"}, dry_run=True)
    assert answer["status"] == "planned"
    assert answer["reasons"] == ["it lets in more than one address"]
    assert "after approval" in answer["summary"]


def test_each_source_of_a_list_gets_its_own_rule(desk: Any) -> None:
    desk.opened()
    sources = ["203.0.113.7", "203.0.113.8/32", "2001:db8::8", "203.0.113.8"]
    answer = desk.do("whitelist", **HOST | {"source": sources, "expires_in": "8h"})
    statuses = {rule["cidr"]: rule["status"] for rule in answer["rules"]}
    assert statuses == {
        "203.0.113.7/32": "already_allowed",
        "203.0.113.8/32": "added",
        "2001:db8::8/128": "added",
    }
    assert answer["status"] == "added"
    assert "(and 1 more added, 1 more already_allowed)" in answer["summary"]


def test_me_is_the_address_that_this_machine_is_seen_with(desk: Any) -> None:
    answer = desk.do("whitelist", target="prod-bastion", port=22)
    assert answer["rules"][0]["cidr"] == "203.0.113.10/32"


PORTS = {
    "a number": (5432, {}, (5432, 5432)),
    "a range": ("8000-8100", {}, (8000, 8100)),
    "a well-known name": ("postgresql", {}, (5432, 5432)),
    "a configured name": ("admin", {"ports": {"admin": 9443}}, (9443, 9443)),
    "all": ("all", {"policy": {"allow_all_ports": True}}, (0, 65535)),
    "the configured default": (None, {"defaults": {"port": 8443}}, (8443, 8443)),
}


@pytest.mark.parametrize(("port", "sections", "expected"), PORTS.values(), ids=PORTS)
def test_a_port_may_be_written_in_several_ways(
    make_desk: Any, port: Any, sections: Any, expected: tuple[int, int]
) -> None:
    given = {} if port is None else {"port": port}
    answer = make_desk(**sections).do("whitelist", target="prod-db", source="203.0.113.7", **given)
    (rule,) = answer["rules"]
    assert (rule["from_port"], rule["to_port"]) == expected


ICMP = {
    "every type": ({"protocol": "icmp"}, (None, None), "icmp all types"),
    "one type": ({"protocol": "icmp", "icmp_type": 8}, (8, None), "icmp type 8"),
    "one code": (
        {"protocol": "icmp", "icmp_type": 3, "icmp_code": 4},
        (3, 4),
        "icmp type 3 code 4",
    ),
}


@pytest.mark.parametrize(("arguments", "expected", "words"), ICMP.values(), ids=ICMP)
def test_icmp_has_types_and_codes(
    desk: Any, arguments: Any, expected: tuple[Any, Any], words: str
) -> None:
    answer = desk.do("whitelist", target="prod-db", source="203.0.113.7", **arguments)
    (rule,) = answer["rules"]
    assert (rule.get("from_port"), rule.get("to_port")) == expected
    assert words in answer["summary"]


def test_me_may_stand_among_other_sources(desk: Any) -> None:
    answer = desk.do("whitelist", target="prod-db", source=["203.0.113.7", "me"], port=5433)
    assert [each["cidr"] for each in answer["rules"]] == ["203.0.113.7/32", "203.0.113.10/32"]


def test_icmpv6_is_for_ipv6_sources(desk: Any) -> None:
    answer = desk.do("whitelist", target="prod-db", source="2001:db8::7", protocol="icmpv6")
    assert answer["rules"][0]["protocol"] == "icmpv6"


@pytest.mark.parametrize("port", [{}, {"port": "all"}])
def test_every_protocol_at_once_is_for_the_policy_to_permit(make_desk: Any, port: Any) -> None:
    desk = make_desk(policy={"allow_all_protocols": True})
    answer = desk.do("whitelist", target="prod-db", source="203.0.113.7", protocol="all", **port)
    assert answer["rules"][0]["protocol"] == "all"
    assert "all traffic from 203.0.113.7/32" in desk.text


def test_access_without_an_end_is_for_the_policy_to_permit(make_desk: Any, codes: Codes) -> None:
    desk = make_desk(policy={"allow_never_expires": True})
    answer = desk.do("whitelist", **HOST | {"expires_in": "never"})
    assert answer["rules"][0]["expires_at"] == "never"
    assert "expiry_needs_a_sweeper" not in codes(answer)
    again = desk.do("whitelist", **HOST)
    assert again["status"] == "already_allowed"
    assert "not_expiring" in codes(again)
    as_asked = desk.do("whitelist", **HOST | {"expires_in": "never"})
    assert as_asked["status"] == "already_allowed"
    assert "not_expiring" not in codes(as_asked)


@pytest.mark.parametrize(
    ("source", "warned"), [("10.1.2.3", True), ("203.0.113.7", True), ("8.8.8.8", False)]
)
def test_a_source_that_cannot_come_from_the_internet_is_warned_of(
    desk: Any, codes: Codes, source: str, warned: bool
) -> None:
    answer = desk.do("whitelist", **HOST | {"source": source})
    assert ("source_not_public" in codes(answer)) is warned


def test_a_description_of_ones_own_comes_out_in_the_letters_that_aws_takes(desk: Any) -> None:
    rule = desk.opened(description="Café 🚀 „night shift“ <ops>")
    assert rule["description"] == "Cafe night shift (ops)"


def test_what_a_reason_says_cannot_break_the_line_that_it_is_shown_on(desk: Any) -> None:
    rule = desk.opened(reason="fix\n\u202eagain\x07")
    assert rule["reason"].isprintable()
    assert all("\u202e" not in line and "\x07" not in line for line in desk.text.splitlines())


def test_access_that_ends_sooner_than_asked_says_so(make_desk: Any, codes: Any) -> None:
    desk = make_desk(policy={"max_ttl": "2h", "max_total_ttl": "2h"})
    rule = desk.opened(expires_in="1h")
    made = (datetime.now(UTC) - timedelta(minutes=90)).strftime("%Y-%m-%dT%H:%M:%SZ")
    tags = [{"Key": "awswhitelist:created-at", "Value": made}]
    desk.ec2.create_tags(Resources=[rule["rule_id"]], Tags=tags)
    again = desk.do("whitelist", **HOST | {"expires_in": "2h"})
    assert again["status"] == "already_allowed"
    assert "ends_sooner" in codes(again)
    assert "ends_sooner" not in codes(desk.do("whitelist", **HOST | {"expires_in": "30m"}))


def test_the_summary_speaks_of_the_status_of_the_call(desk: Any) -> None:
    desk.opened("203.0.113.7")
    answer = desk.do("whitelist", **HOST | {"source": ["203.0.113.7", "203.0.113.8"]})
    assert "Access was added: 203.0.113.8/32" in answer["summary"]
    assert "(and 1 more already_allowed)" in answer["summary"]


def test_an_owner_of_blanks_is_nobody(desk: Any) -> None:
    rule = desk.opened(owner="  ")
    assert rule["owner"].strip()
    assert desk.do("whitelist", **HOST, owner=" ")["status"] == "already_allowed"
