"""SecurityGroupService against moto: what is written can be read back.

moto differs from AWS in details; those are covered with stubbed answers instead.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from awswhitelist.aws import writes
from awswhitelist.aws.security_groups import Revoked, SecurityGroupService
from awswhitelist.exceptions import RuleExistsError, SecurityGroupNotFoundError
from awswhitelist.models import RuleSpec, SourceKind

MISSING = "sg-0123456789abcdef0"
TAGS = {"awswhitelist:managed": "1", "awswhitelist:change": "u-1"}


def spec(protocol: str, first: int | None, last: int | None, source: str) -> RuleSpec:
    kind = SourceKind.IPV6 if ":" in source else SourceKind.IPV4
    return RuleSpec(
        protocol=protocol, from_port=first, to_port=last, source=source, source_kind=kind
    )


SSH = spec("tcp", 22, 22, "203.0.113.7/32")
EVERY_KIND = [
    SSH,
    spec("tcp", 0, 65535, "198.51.100.0/24"),
    spec("udp", 8000, 8100, "2001:db8::/64"),
    spec("icmp", 8, None, "203.0.113.7/32"),
    spec("icmpv6", None, None, "2001:db8::1/128"),
    spec("all", None, None, "203.0.113.9/32"),
]


def test_every_kind_of_rule_is_read_back_as_it_was_written(
    service: SecurityGroupService, group_id: str
) -> None:
    service.add_ingress_rules(group_id, [(each, "alice") for each in EVERY_KIND], tags=TAGS)
    rules, at = service.describe_rules([group_id])
    assert {rule.spec for rule in rules} == set(EVERY_KIND)
    assert {rule.description for rule in rules} == {"alice"}
    assert all(rule.tags == TAGS and rule.group_id == group_id for rule in rules)
    assert at.tzinfo is UTC


def test_group_and_prefix_list_sources_are_read_back(
    service: SecurityGroupService, group_id: str
) -> None:
    group = RuleSpec(
        protocol="tcp", from_port=1, to_port=2, source=group_id, source_kind=SourceKind.GROUP
    )
    listed = RuleSpec(
        protocol="tcp",
        from_port=1,
        to_port=2,
        source="pl-0123456789abcdef0",
        source_kind=SourceKind.PREFIX_LIST,
    )
    service.add_ingress_rules(group_id, [(group, ""), (listed, "")], tags={})
    assert service.check_existing_rule(group_id, group) is not None
    assert service.check_existing_rule(group_id, listed) is not None


def test_a_group_is_described(service: SecurityGroupService, group_id: str) -> None:
    group = service.describe_security_group(group_id)
    assert (group.group_id, group.name, group.description) == (group_id, "prod-db", "databases")
    assert group.vpc_id is not None and group.vpc_id.startswith("vpc-")
    assert (group.account, group.tags) == ("123456789012", {"team": "data"})


@pytest.mark.parametrize("name", [MISSING, "not an id", "*"])
def test_describing_a_missing_group_names_it_and_the_region(
    service: SecurityGroupService, group_id: str, name: str
) -> None:
    with pytest.raises(SecurityGroupNotFoundError) as raised:
        service.describe_security_group(name)
    expected = SecurityGroupNotFoundError(name, region="eu-west-1")
    assert raised.value.summary == expected.summary


def test_groups_of_the_same_name_are_all_found_in_order_of_their_ids(
    service: SecurityGroupService, client: Any, group_id: str
) -> None:
    vpc = client.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    other = client.create_security_group(GroupName="prod-db", Description="x", VpcId=vpc)
    found = service.find_security_groups("prod-db")
    assert [group.group_id for group in found] == sorted([group_id, other["GroupId"]])


def test_the_name_tag_is_asked_only_when_no_group_has_the_name(
    service: SecurityGroupService, client: Any, group_id: str
) -> None:
    client.create_tags(Resources=[group_id], Tags=[{"Key": "Name", "Value": "databases"}])
    assert [group.group_id for group in service.find_security_groups("databases")] == [group_id]
    vpc = service.describe_security_group(group_id).vpc_id
    named = client.create_security_group(GroupName="databases", Description="x", VpcId=vpc)
    found = service.find_security_groups("databases")
    assert [group.group_id for group in found] == [named["GroupId"]]


def test_names_are_case_sensitive(service: SecurityGroupService, group_id: str) -> None:
    assert service.find_security_groups("PROD-DB") == ()


def test_groups_are_observed_with_their_rules_each_once_and_in_the_order_asked(
    service: SecurityGroupService, client: Any, group_id: str
) -> None:
    vpc = service.describe_security_group(group_id).vpc_id
    other = client.create_security_group(GroupName="web", Description="x", VpcId=vpc)["GroupId"]
    service.add_ingress_rule(group_id, SSH, description="", tags=TAGS)
    observed = service.observe([other, group_id, other])
    assert [group.group_id for group in observed.groups] == [other, group_id]
    assert [rule.spec for rule in observed.rules_of(group_id)] == [SSH]
    assert observed.rules_of(other) == ()


def test_an_existing_rule_is_found_by_protocol_ports_and_source_alone(
    service: SecurityGroupService, group_id: str
) -> None:
    service.add_ingress_rule(group_id, SSH, description="alice", tags=TAGS)
    found = service.check_existing_rule(group_id, SSH.model_copy(update={"protocol": "6"}))
    assert found is not None
    assert (found.spec, found.description, found.tags) == (SSH, "alice", TAGS)
    nearly = SSH.model_copy(update={"to_port": 23})
    assert service.check_existing_rule(group_id, nearly) is None


def test_adding_a_rule_twice_says_that_it_exists(
    service: SecurityGroupService, group_id: str
) -> None:
    service.add_ingress_rule(group_id, SSH, description="", tags={})
    with pytest.raises(RuleExistsError):
        service.add_ingress_rule(group_id, SSH, description="other", tags={})


def test_revoking_removes_that_rule_and_no_other(
    service: SecurityGroupService, group_id: str
) -> None:
    colleague = SSH.model_copy(update={"source": "203.0.113.8/32"})
    service.add_ingress_rules(group_id, [(SSH, ""), (colleague, "")], tags={})
    mine = service.check_existing_rule(group_id, SSH)
    assert mine is not None
    assert not service.revoke_rules(group_id, [mine.rule_id]).unknown
    assert [rule.spec for rule in service.describe_rules([group_id])[0]] == [colleague]


def test_revoking_twice_is_unknown_the_second_time(
    service: SecurityGroupService, group_id: str
) -> None:
    (rule,) = service.add_ingress_rule(group_id, SSH, description="", tags={}).rules
    service.revoke_rules(group_id, [rule.rule_id])
    assert service.revoke_rules(group_id, [rule.rule_id]) == Revoked("request-id", unknown=True)


def test_tags_of_a_rule_are_added_and_replaced(
    service: SecurityGroupService, group_id: str
) -> None:
    (rule,) = service.add_ingress_rule(
        group_id, SSH, description="", tags={"a": "1", "b": "1"}
    ).rules
    service.send(writes.tag([rule.rule_id], {"b": "2", "c": "3"}))
    (after,), _ = service.describe_rules([group_id])
    assert after.tags == {"a": "1", "b": "2", "c": "3"}


def test_a_rehearsal_changes_nothing(service: SecurityGroupService, group_id: str) -> None:
    service.check_allowed(writes.authorize(group_id, [(SSH, "alice")], TAGS))
    assert service.describe_rules([group_id])[0] == ()
