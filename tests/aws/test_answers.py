"""Reading AWS's answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from awswhitelist.aws import answers
from awswhitelist.exceptions import UnavailableError
from awswhitelist.models import Caller, RuleSpec, SecurityGroup, SecurityGroupRule, SourceKind

PLAIN = {
    "SecurityGroupRuleId": "sgr-1",
    "GroupId": "sg-1",
    "IsEgress": False,
    "IpProtocol": "tcp",
    "FromPort": 22,
    "ToPort": 22,
    "CidrIpv4": "203.0.113.7/32",
}


def rule_with(**changes: Any) -> dict[str, Any]:
    """An answer with one rule; a change to None takes the field out."""
    rule = {key: value for key, value in (PLAIN | changes).items() if value is not None}
    return {"SecurityGroupRules": [rule]}


def test_a_rule_is_read_whole() -> None:
    answer = rule_with(Description="alice", Tags=[{"Key": "k", "Value": "v"}])
    assert answers.ingress_rules(answer) == (
        SecurityGroupRule(
            rule_id="sgr-1",
            group_id="sg-1",
            spec=RuleSpec(
                protocol="tcp",
                from_port=22,
                to_port=22,
                source="203.0.113.7/32",
                source_kind=SourceKind.IPV4,
            ),
            description="alice",
            tags={"k": "v"},
        ),
    )


def test_egress_rules_are_left_out() -> None:
    assert answers.ingress_rules(rule_with(IsEgress=True)) == ()


@pytest.mark.parametrize(
    ("changes", "kind", "source"),
    [
        ({"CidrIpv4": "198.51.100.7/24"}, SourceKind.IPV4, "198.51.100.0/24"),
        (
            {"CidrIpv4": None, "CidrIpv6": "2001:0DB8:0:0::/64"},
            SourceKind.IPV6,
            "2001:db8::/64",
        ),
        ({"CidrIpv4": None, "PrefixListId": "pl-1"}, SourceKind.PREFIX_LIST, "pl-1"),
        (
            {"CidrIpv4": None, "ReferencedGroupInfo": {"GroupId": "sg-2", "UserId": "1"}},
            SourceKind.GROUP,
            "sg-2",
        ),
    ],
)
def test_every_kind_of_source_is_read_in_its_canonical_form(
    changes: dict[str, Any], kind: SourceKind, source: str
) -> None:
    (rule,) = answers.ingress_rules(rule_with(**changes))
    assert (rule.spec.source_kind, rule.spec.source) == (kind, source)


def test_protocol_numbers_and_missing_ports_are_read_as_ours() -> None:
    (rule,) = answers.ingress_rules(rule_with(IpProtocol="-1", FromPort=None, ToPort=None))
    assert (rule.spec.protocol, rule.spec.from_port, rule.spec.to_port) == ("all", None, None)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        rule_with(SecurityGroupRuleId=None),
        rule_with(CidrIpv4=None),
        rule_with(CidrIpv4="not a network"),
        {"SecurityGroupRules": None},
    ],
)
def test_an_answer_that_is_not_as_documented_is_unavailable(answer: dict[str, Any]) -> None:
    with pytest.raises(UnavailableError):
        answers.ingress_rules(answer)


def test_a_group_is_read_whole() -> None:
    group = {
        "GroupId": "sg-1",
        "GroupName": "prod-db",
        "Description": "databases",
        "VpcId": "vpc-1",
        "OwnerId": "123456789012",
        "Tags": [{"Key": "team", "Value": "data"}],
    }
    assert answers.security_groups({"SecurityGroups": [group]}) == (
        SecurityGroup(
            group_id="sg-1",
            name="prod-db",
            description="databases",
            vpc_id="vpc-1",
            account="123456789012",
            tags={"team": "data"},
        ),
    )


def test_the_time_of_an_answer_is_its_date_header_in_utc() -> None:
    answer = {"ResponseMetadata": {"HTTPHeaders": {"date": "Sun, 22 Nov 2026 14:15:06 +0100"}}}
    moment = answers.answered_at(answer)
    assert moment == datetime(2026, 11, 22, 13, 15, 6, tzinfo=UTC)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize("headers", [{}, {"date": "yesterday"}])
def test_an_answer_without_a_readable_date_is_unavailable(headers: dict[str, str]) -> None:
    with pytest.raises(UnavailableError):
        answers.answered_at({"ResponseMetadata": {"HTTPHeaders": headers}})


def test_the_caller_is_read_from_sts() -> None:
    answer = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/al", "UserId": "A"}
    expected = Caller(account="123456789012", arn="arn:aws:iam::123456789012:user/al")
    assert answers.caller(answer) == expected
