"""``whitelist`` says no: which argument is at fault, what to do, and that nothing was changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from awswhitelist.application import Surroundings, load_tools
from awswhitelist.calls import PlainContext
from awswhitelist.exceptions import PolicyDeniedError

HOST = {"target": "prod-bastion", "source": "203.0.113.7", "port": 22}

# What is given, and the code, the field and a word of the remedy that must come back.
WRONG: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "the whole internet": ({"source": "0.0.0.0/0"}, "policy_denied", "source", "operator"),
    "the whole IPv6 internet": ({"source": "::/0"}, "policy_denied", "source", "operator"),
    "host bits": (
        {"source": "198.51.100.7/24"},
        "invalid_argument",
        "source",
        "Write 198.51.100.0/24",
    ),
    "not an address": ({"source": "localhost"}, "invalid_argument", "source", "198.51.100.7"),
    "one of a list": (
        {"source": ["203.0.113.7", "203.0.113.300"]},
        "invalid_argument",
        "source[1]",
        "198.51.100.7",
    ),
    "no sources": ({"source": []}, "invalid_argument", "source", "at least one"),
    "too many sources": ({"source": ["10.0.0.1"] * 61}, "invalid_argument", "source", "Split"),
    "AWS's number for all": ({"protocol": "-1"}, "invalid_argument", "protocol", 'Write "all"'),
    "an unknown protocol": ({"protocol": "tpc"}, "invalid_argument", "protocol", '"tcp"'),
    "every protocol": (
        {"protocol": "all", "port": "all"},
        "policy_denied",
        "protocol",
        "operator",
    ),
    "an unknown group": ({"target": "nope"}, "security_group_not_found", "target", "region"),
    "an unknown group id": (
        {"target": "sg-0123456789abcdef0"},
        "security_group_not_found",
        "target",
        "region",
    ),
    "a blank target": ({"target": " "}, "invalid_argument", "target", "to be reached"),
    "an empty target": ({"target": ""}, "invalid_argument", "target", "at least 1"),
    "a misspelt field": (
        {"securtiy_group": "x"},
        "invalid_argument",
        "securtiy_group",
        "Known here",
    ),
    "a near miss": ({"sorce": "x"}, "invalid_argument", "sorce", "`source`"),
    "a port too high": ({"port": 70000}, "invalid_argument", "port", "such as 5432"),
    "port 0": ({"port": 0}, "invalid_argument", "port", "such as 5432"),
    "no port": ({"port": None}, "invalid_argument", "port", "Pass `port`"),
    "a port that is true": ({"port": True}, "invalid_argument", "port", "Correct"),
    "an unknown port name": ({"port": "shh"}, "invalid_argument", "port", '"ssh"'),
    "every port": ({"port": "all"}, "policy_denied", "port", "operator"),
    "ports for ICMP": ({"protocol": "icmp"}, "invalid_argument", "port", "Leave `port` out"),
    "a port for every protocol": ({"protocol": "all"}, "invalid_argument", "port", "Leave `port`"),
    "a type for TCP": ({"icmp_type": 8}, "invalid_argument", "icmp_type", "icmpv6"),
    "a code for TCP": ({"icmp_code": 0}, "invalid_argument", "icmp_code", "icmpv6"),
    "a code without a type": (
        {"protocol": "icmp", "port": None, "icmp_code": 0},
        "invalid_argument",
        "icmp_code",
        "`icmp_type`",
    ),
    "ICMP from IPv6": (
        {"protocol": "icmp", "port": None, "source": ["203.0.113.7", "2001:db8::7"]},
        "invalid_argument",
        "protocol",
        "`icmpv6` for IPv6 ones",
    ),
    "ICMPv6 from IPv4": (
        {"protocol": "icmpv6", "port": None, "source": "203.0.113.7"},
        "invalid_argument",
        "protocol",
        "`icmp` for IPv4 sources",
    ),
    "a type too high": ({"icmp_type": 256}, "invalid_argument", "icmp_type", "at most 255"),
    "no duration": ({"expires_in": "soon"}, "invalid_argument", "expires_in", "PT2H"),
    "no time at all": ({"expires_in": "0h"}, "invalid_argument", "expires_in", "PT2H"),
    "no end": ({"expires_in": "never"}, "policy_denied", "expires_in", "operator"),
    "too long": ({"expires_in": "8d"}, "policy_denied", "expires_in", "operator"),
    "no region": ({"region": "Ireland"}, "invalid_argument", "region", "eu-west-1"),
    "a region not enabled": ({"region": "ap-east-1"}, "security_group_not_found", "target", "reg"),
    "a profile not named": ({"profile": "dev"}, "policy_denied", "profile", "operator"),
    "a reason too long": ({"reason": "x" * 256}, "invalid_argument", "reason", "at most 255"),
    "too wide": ({"source": "203.0.0.0/16"}, "policy_denied", "source", "operator"),
}


@pytest.mark.requirement("TOOL-11")
@pytest.mark.parametrize(("arguments", "code", "field", "remedy"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_with_its_remedy_and_nothing_is_changed(
    shared_desk: Any, arguments: dict[str, Any], code: str, field: str, remedy: str
) -> None:
    before = shared_desk.rule_ids()
    given = {key: value for key, value in {**HOST, **arguments}.items() if value is not None}
    error = shared_desk.refuse("whitelist", **given)
    assert (error["code"], error["field"]) == (code, field)
    assert remedy in error["remedy"]
    assert shared_desk.rule_ids() == before


def test_a_description_with_an_emoji_is_cleaned_not_refused(desk: Any) -> None:
    answer = desk.do("whitelist", **HOST, description="deploy 🚀 now")
    assert answer["rules"][0]["description"] == "deploy now"


def test_a_name_that_several_groups_have_is_never_guessed(desk: Any) -> None:
    # Every VPC has a group of this name.
    error = desk.refuse("whitelist", **HOST | {"target": "default"})
    assert error["code"] == "ambiguous_target"
    ids = [candidate["id"] for candidate in error["candidates"]]
    assert len(ids) == len(set(ids)) == 3
    answer = desk.do("whitelist", **HOST | {"target": ids[1]})
    assert answer["rules"][0]["group_id"] == ids[1]


POLICIES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "read only": ({"read_only": True}, {}, "policy.read_only"),
    "a reason is required": ({"require_reason": True}, {}, "policy.require_reason"),
    "not for others": ({"act_for_others": False}, {"owner": "eve"}, "policy.act_for_others"),
    "a port denied": ({"ports": {"deny": ["20-25"]}}, {}, "policy.ports.deny"),
    "another account": ({"accounts": {"allow": ["999999999999"]}}, {}, "policy.accounts.allow"),
    "another region": ({"regions": {"deny": ["eu-*"]}}, {}, "policy.regions.deny"),
    "a group denied": ({"groups": {"deny": ["prod-*"]}}, {}, ""),
    "private sources": ({"allow_private": False}, {"source": "10.0.0.1"}, "policy.allow_private"),
}


@pytest.mark.requirement("TOOL-12")
@pytest.mark.parametrize(("policy", "arguments", "reason"), POLICIES.values(), ids=POLICIES)
def test_a_denial_names_the_setting_that_denies(
    make_desk: Any, policy: dict[str, Any], arguments: dict[str, Any], reason: str
) -> None:
    error = make_desk(policy=policy).refuse("whitelist", **{**HOST, **arguments})
    if reason:
        assert error["code"] == "policy_denied"
        assert reason in error["reasons"][0]
    else:  # a group that the policy hides is as good as absent
        assert error["code"] == "security_group_not_found"


def test_a_policy_that_cannot_be_read_lets_nothing_be_changed(make_desk: Any) -> None:
    desk = make_desk(policy={"read_onyl": True})
    before = desk.rule_ids()
    error = desk.refuse("whitelist", **HOST)
    assert error["code"] == "policy_denied"
    assert "read_onyl" in error["summary"]
    assert desk.rule_ids() == before


def test_me_is_refused_where_the_server_runs_for_somebody_else(make_desk: Any) -> None:
    desk = make_desk(server={"remote": True})
    error = desk.refuse("whitelist", target="prod-bastion", port=22)
    assert (error["code"], error["field"]) == ("me_is_the_server", "source")


def test_without_an_audit_log_nothing_is_changed(make_desk: Any, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    desk = make_desk(audit={"path": str(in_the_way / "audit.jsonl")})
    before = desk.rule_ids()
    assert desk.refuse("whitelist", **HOST)["code"] == "audit_unavailable"
    assert desk.rule_ids() == before


def test_a_full_group_says_how_to_make_room(desk: Any) -> None:
    # The default quota is 60 rules of a family, and one is there.
    for sources in (range(1, 31), range(31, 60)):
        desk.do("whitelist", **HOST | {"source": [f"203.0.113.{last}" for last in sources]})
    error = desk.refuse("whitelist", **HOST | {"source": "203.0.113.99"})
    assert error["code"] == "quota_exceeded"
    assert "Remove rules" in error["remedy"]
    assert error["done"] == [] and len(error["not_done"]) == 1


def test_a_profile_that_policy_does_not_name_is_refused_before_anything_is_read_of_it(
    configured: Any,
) -> None:
    tools = load_tools(configured(), Surroundings("tester", {}), sandbox=False)
    (listing,) = (tool for tool in tools if tool.name == "list_rules")
    with pytest.raises(PolicyDeniedError) as caught:
        listing.call({"target": "x", "profile": "no-such-profile"}, PlainContext("r-1"))
    assert caught.value.field == "profile"
