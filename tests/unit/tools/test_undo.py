"""The ``undo`` of an answer is a call: made as it stands, it takes the change back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

TARGET = {"target": "prod-bastion"}
SAME = ("group_id", "protocol", "from_port", "to_port", "cidr", "owner", "reason")


def facts(rule: dict[str, Any]) -> dict[str, Any]:
    return {name: rule[name] for name in SAME if name in rule}


def test_undoing_a_whitelist_removes_exactly_what_it_added(desk: Any) -> None:
    before = desk.rule_ids()
    sources = ["203.0.113.7", "2001:db8::7"]
    undo = desk.do("whitelist", **TARGET, source=sources, port=22)["undo"]
    assert len(desk.rule_ids() - before) == 2
    assert desk.do(undo["operation"], **undo["arguments"])["status"] == "revoked"
    assert desk.rule_ids() == before


RULES: dict[str, dict[str, Any]] = {
    "one port": {"port": 22, "owner": "mara", "reason": "night shift"},
    "a range": {"port": "8000-8100"},
    "every port": {"port": "all"},
    "udp": {"port": 53, "protocol": "udp"},
    "a type of ICMP": {"protocol": "icmp", "icmp_type": 3, "icmp_code": 4},
    "all of ICMP": {"protocol": "icmp"},
    "every protocol": {"protocol": "all"},
    "without an end": {"port": 22, "expires_in": "never"},
}
GENEROUS = {"allow_all_ports": True, "allow_all_protocols": True, "allow_never_expires": True}


@pytest.mark.parametrize("arguments", RULES.values(), ids=RULES)
def test_undoing_a_revoke_opens_the_same_for_the_time_that_was_left(
    make_desk: Any, arguments: dict[str, Any]
) -> None:
    desk = make_desk(policy=GENEROUS)
    was = desk.do("whitelist", **TARGET, source="203.0.113.7", **{"expires_in": "90m"} | arguments)
    (rule,) = was["rules"]
    undo = desk.do("revoke", rule_ids=[rule["rule_id"]])["undo"]
    (again,) = desk.do(undo["operation"], **undo["arguments"])["rules"]
    assert facts(again) == facts(rule)
    if "never" in (rule["expires_at"], again["expires_at"]):
        assert again["expires_at"] == rule["expires_at"]
    else:
        ends = [datetime.fromisoformat(each["expires_at"]) for each in (rule, again)]
        assert abs(ends[1] - ends[0]) < timedelta(minutes=1)


def test_undoing_the_end_of_a_share_gives_it_back_to_that_owner(desk: Any) -> None:
    rule = desk.opened(owner="mara")
    desk.do("whitelist", **TARGET, source="203.0.113.7", port=22, owner="tom")
    undo = desk.do("revoke", **TARGET, owner="mara")["undo"]
    answer = desk.do(undo["operation"], **undo["arguments"])
    assert answer["status"] == "extended"
    assert answer["rules"][0]["rule_id"] == rule["rule_id"]
    assert answer["rules"][0]["owner"] == "tom mara"


def test_undoing_the_removal_of_a_rule_of_others_keeps_its_description(desk: Any) -> None:
    call = {**TARGET, "source": "2001:db8:1::7", "include_foreign": True}
    token = desk.do("revoke", **call)["approval"]["token"]
    undo = desk.do("revoke", **call, approval=token)["undo"]
    (again,) = desk.do(undo["operation"], **undo["arguments"])["rules"]
    assert again["description"] == "On-call laptop"
    assert again["cidr"] == "2001:db8:1::7/128"


def test_several_rules_cannot_come_back_with_one_call(desk: Any) -> None:
    ids = [desk.opened(source)["rule_id"] for source in ("203.0.113.7", "203.0.113.8")]
    assert "undo" not in desk.do("revoke", rule_ids=ids)


def test_a_rule_of_several_owners_cannot_come_back_with_one_call(desk: Any) -> None:
    rule = desk.opened(owner="mara")
    desk.do("whitelist", **TARGET, source="203.0.113.7", port=22, owner="tom")
    assert "undo" not in desk.do("revoke", rule_ids=[rule["rule_id"]])


@pytest.mark.parametrize(
    "permission",
    [
        {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 100},
        {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 0},
        {"IpProtocol": "50"},
    ],
)
def test_a_rule_that_no_call_can_ask_for_has_no_undo(
    make_desk: Any, permission: dict[str, Any]
) -> None:
    desk = make_desk()
    (group,) = desk.ec2.describe_security_groups(
        Filters=[{"Name": "group-name", "Values": ["prod-cache"]}]
    )["SecurityGroups"]
    opened = {**permission, "IpRanges": [{"CidrIp": "203.0.113.7/32"}]}
    desk.ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[opened])
    call = {"target": "prod-cache", "source": "203.0.113.7", "include_foreign": True}
    token = desk.do("revoke", **call)["approval"]["token"]
    answer = desk.do("revoke", **call, approval=token)
    assert answer["status"] == "revoked"
    assert "undo" not in answer


def test_a_source_that_is_a_group_has_no_undo(desk: Any) -> None:
    call = {"target": "prod-cache", "port": 6379, "include_foreign": True}
    token = desk.do("revoke", **call)["approval"]["token"]
    answer = desk.do("revoke", **call, approval=token)
    assert answer["rules"][0]["source_group"].startswith("sg-")
    assert "undo" not in answer


def test_access_past_its_end_is_not_given_back(make_desk: Any) -> None:
    desk = make_desk()
    rule = desk.opened()
    past = [{"Key": "awswhitelist:expires-at", "Value": "2020-01-01T00:00:00Z"}]
    desk.ec2.create_tags(Resources=[rule["rule_id"]], Tags=past)
    answer = desk.do("revoke", rule_ids=[rule["rule_id"]])
    assert answer["rules"][0]["expired"] is True
    assert "undo" not in answer


def test_an_undo_names_the_place_that_the_call_named(make_desk: Any) -> None:
    desk = make_desk(policy={"profiles": {"allow": ["staging"]}})
    place = {"region": "eu-west-1", "profile": "staging"}
    opened = desk.do("whitelist", **TARGET, source="203.0.113.8", port=22, **place)
    (rule,) = opened["rules"]
    closed = desk.do("revoke", rule_ids=[rule["rule_id"]], **place)
    for answer in (opened, closed):
        assert place.items() <= answer["undo"]["arguments"].items()
