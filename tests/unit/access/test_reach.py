"""What rules and tags say about reaching a resource."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from awswhitelist.access.entries import Located
from awswhitelist.access.reach import keeper_of, mergeable, only, reach_facts
from awswhitelist.models import (
    Observation,
    RuleSpec,
    SecurityGroup,
    SecurityGroupRule,
    SourceKind,
)
from awswhitelist.resources.reach import ReachCode
from awswhitelist.tools.results import WarningCode

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OWN = SecurityGroup(group_id="sg-1", name="own")
BESIDE = SecurityGroup(group_id="sg-2", name="beside")


def spec(
    source: str, first: int | None = 443, last: int | None = 443, protocol: str = "tcp"
) -> RuleSpec:
    kind = SourceKind.GROUP
    if not source.startswith("sg-"):
        kind = SourceKind.IPV4 if ip_network(source).version == 4 else SourceKind.IPV6
    return RuleSpec(
        protocol=protocol, from_port=first, to_port=last, source=source, source_kind=kind
    )


def rule(number: int, group_id: str, what: RuleSpec) -> SecurityGroupRule:
    return SecurityGroupRule(rule_id=f"sgr-{number}", group_id=group_id, spec=what)


def seen(*rules: SecurityGroupRule, own: SecurityGroup = OWN) -> Observation:
    return Observation(groups=(own, BESIDE), rules=rules, at=NOW)


def codes(observed: Observation, asked: RuleSpec | None = None) -> list[ReachCode]:
    located = Located("x", ("sg-1",), (asked or spec("8.8.8.8/32"),), None, ("sg-2",))
    return [fact.code for fact in reach_facts(located, observed)]


KEEPERS = [
    ({"aws:cloudformation:stack-name": "s"}, "CloudFormation"),
    ({"aws-cdk:subnet-name": "s"}, "the AWS CDK"),
    ({"kubernetes.io/cluster/prod": "owned"}, "a Kubernetes cluster"),
    ({"elbv2.k8s.aws/cluster": "prod"}, "the AWS Load Balancer Controller"),
    ({"aws:eks:cluster-name": "prod"}, "EKS"),
    ({"Terraform": "true"}, "Terraform"),
    ({"terraform-module": "x"}, "Terraform"),
    ({"managed-by": "terraform"}, "Terraform"),
    ({"ManagedBy": "Pulumi"}, "Pulumi"),
    ({"managed_by": "chef"}, "another tool"),
    ({"managed-by": " "}, None),
    ({"Name": "web"}, None),
    ({}, None),
]


@pytest.mark.parametrize(("tags", "keeper"), KEEPERS)
def test_tags_tell_who_else_keeps_a_group(tags: dict[str, str], keeper: str | None) -> None:
    group = OWN.model_copy(update={"tags": tags})
    assert keeper_of(group) == keeper
    assert codes(seen(own=group)) == ([ReachCode.KEPT_BY_OTHERS] if keeper else [])


OPEN = [
    (spec("0.0.0.0/0"), True),
    (spec("0.0.0.0/0", 400, 500), True),
    (spec("0.0.0.0/0", None, None, "all"), True),
    (spec("0.0.0.0/0", 80, 80), False),
    (spec("0.0.0.0/0", 443, 443, "udp"), False),
    (spec("::/0"), False),
    (spec("8.0.0.0/8"), False),
]


@pytest.mark.parametrize(("beside", "is_open"), OPEN)
def test_a_door_that_another_group_holds_open_is_told(beside: RuleSpec, is_open: bool) -> None:
    expected = [ReachCode.OPEN_BESIDE] if is_open else []
    assert codes(seen(rule(1, "sg-2", beside))) == expected


def test_the_group_itself_is_the_planners_business() -> None:
    assert codes(seen(rule(1, "sg-1", spec("0.0.0.0/0")))) == []


def test_everything_open_is_open_to_echo_requests_too() -> None:
    asked = spec("8.8.8.8/32", None, None, "icmp")
    wide = rule(1, "sg-2", spec("0.0.0.0/0", None, None, "all"))
    assert codes(seen(wide), asked) == [ReachCode.OPEN_BESIDE]


def full(count: int) -> list[SecurityGroupRule]:
    return [rule(n, "sg-1", spec(f"10.0.{n}.0/24")) for n in range(count)]


def test_a_group_is_full_at_the_usual_limit_of_one_family() -> None:
    v6 = [rule(n + 100, "sg-1", spec(f"2001:db8:{n:x}::/64")) for n in range(59)]
    assert codes(seen(*full(59), *v6)) == []
    assert codes(seen(*full(60))) == [ReachCode.GROUP_FULL]
    assert codes(seen(*full(59), rule(99, "sg-1", spec("sg-9")))) == [ReachCode.GROUP_FULL]


def test_a_full_group_says_how_many_rules_could_be_merged() -> None:
    located = Located("x", ("sg-1",), (spec("8.8.8.8/32"),))
    (fact,) = reach_facts(located, seen(*full(64)))
    assert "63 of them could be merged" in fact.message


def test_only_rules_of_the_same_ports_and_family_merge() -> None:
    rules = [
        rule(1, "sg-1", spec("10.0.0.0/25")),
        rule(2, "sg-1", spec("10.0.0.128/25")),
        rule(3, "sg-1", spec("10.0.1.0/24", 80, 80)),
        rule(4, "sg-1", spec("2001:db8::/65")),
        rule(5, "sg-1", spec("2001:db8:0:0:8000::/65")),
        rule(6, "sg-1", spec("sg-9")),
    ]
    assert mergeable(rules) == 2


def test_what_was_seen_of_other_groups_can_be_left_out() -> None:
    own, beside = rule(1, "sg-1", spec("8.8.8.8/32")), rule(2, "sg-2", spec("0.0.0.0/0"))
    kept = only(seen(own, beside), ["sg-1"])
    assert (kept.groups, kept.rules, kept.at) == ((OWN,), (own,), NOW)


def test_every_fact_has_a_warning_of_its_name() -> None:
    assert {code.value for code in ReachCode} <= set(WarningCode)
