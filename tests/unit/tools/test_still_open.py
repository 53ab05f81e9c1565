"""A rule is gone, and a wider one lets the same in: who closes a hole is told that it is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from awswhitelist.calls import Answer, AnswerKind

Json: TypeAlias = dict[str, Any]
Codes: TypeAlias = Callable[[Json], set[str]]

TARGET = {"target": "prod-bastion"}
OFFICE = "tcp 22 from 198.51.100.0/24"
"""A rule of the group that is not ours."""
INSIDE = "198.51.100.7"
APPROVES = Answer(AnswerKind.ACCEPTED, "approve")


def told(answer: Json) -> str:
    """The message of the one warning of a hole that is still open."""
    (message,) = (
        str(each["message"]) for each in answer.get("warnings", ()) if each["code"] == "still_open"
    )
    return message


def office(desk: Any) -> str:
    """The id of the wider rule."""
    items = desk.do("list_rules", **TARGET)["items"]
    (rule,) = (rule for rule in items if rule.get("cidr") == "198.51.100.0/24")
    return str(rule["rule_id"])


def test_a_wider_rule_is_named_when_a_narrower_one_is_revoked(desk: Any) -> None:
    rule = desk.opened(INSIDE, force=True)
    wider = office(desk)
    answer = desk.do("revoke", rule_ids=[rule["rule_id"]])
    assert answer["status"] == "revoked"
    assert told(answer) == (
        f"Other rules of the group let that in all the same: {wider} ({OFFICE})."
    )
    assert told(answer) in desk.text


@pytest.mark.parametrize(("source", "port"), [("203.0.113.7", 22), (INSIDE, 4000)])
def test_where_no_rule_lets_it_in_any_more_nothing_is_said(
    desk: Any, codes: Codes, source: str, port: int
) -> None:
    rule = desk.opened(source, port=port)
    assert "still_open" not in codes(desk.do("revoke", rule_ids=[rule["rule_id"]]))


def test_rules_that_go_in_the_same_call_leave_nothing_open(desk: Any, codes: Codes) -> None:
    narrow = desk.opened("203.0.113.7")
    asked = {"source": "203.0.113.6/31", "port": 22}
    (wide,) = desk.do("whitelist", APPROVES, **TARGET, **asked)["rules"]
    answer = desk.do("revoke", rule_ids=[narrow["rule_id"], wide["rule_id"]])
    assert answer["status"] == "revoked"
    assert "still_open" not in codes(answer)


def test_a_dry_run_tells_it_beforehand(desk: Any) -> None:
    rule = desk.opened(INSIDE, force=True)
    answer = desk.do("revoke", rule_ids=[rule["rule_id"]], dry_run=True)
    assert answer["status"] == "planned"
    assert OFFICE in told(answer)


def test_undoing_a_rule_tells_of_a_wider_one(desk: Any) -> None:
    opened = desk.do("whitelist", **TARGET, source=INSIDE, port=22, force=True)
    answer = desk.do("undo", APPROVES, **opened["undo"]["arguments"])
    assert answer["status"] == "revoked"
    assert OFFICE in told(answer)


@pytest.mark.parametrize("pick", [{}, {"port": 22}, {"protocol": "tcp"}], ids=str)
def test_who_finds_no_rule_to_revoke_hears_of_one_that_lets_the_source_in(
    desk: Any, pick: Json
) -> None:
    answer = desk.do("revoke", **TARGET, source=INSIDE, **pick)
    assert answer["status"] == "absent"
    assert OFFICE in told(answer)


@pytest.mark.parametrize(
    "pick",
    [
        {"source": INSIDE, "port": 4000},
        {"source": INSIDE, "protocol": "udp"},
        {"source": "203.0.113.99"},
        {"source": "2001:db8::7"},
        {"owner": "nobody-at-all"},
    ],
    ids=str,
)
def test_who_finds_no_rule_and_none_lets_the_source_in_hears_nothing_more(
    desk: Any, codes: Codes, pick: Json
) -> None:
    answer = desk.do("revoke", **TARGET, **pick)
    assert answer["status"] == "absent"
    assert "still_open" not in codes(answer)


WIDEST = [(96, 19), (64, 18), (0, 17)]


def test_of_many_wider_rules_five_are_named_and_the_others_counted(make_desk: Any) -> None:
    desk = make_desk()
    rule = desk.opened("203.0.113.7")
    wider = [{"CidrIp": f"203.0.112.0/{length}"} for length in range(20, 24)]
    wider += [{"CidrIp": f"203.0.{third}.0/{length}"} for third, length in WIDEST]
    desk.ec2.authorize_security_group_ingress(
        GroupId=rule["group_id"],
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 20, "ToPort": 30, "IpRanges": wider}],
    )
    message = told(desk.do("revoke", rule_ids=[rule["rule_id"]]))
    assert message.count("sgr-") == 5
    assert message.endswith(" and 2 more.")
