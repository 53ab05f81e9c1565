"""The requests that change rules, as values."""

from __future__ import annotations

import pytest

from awswhitelist.aws import writes
from awswhitelist.aws.writes import Write
from awswhitelist.models import RuleSpec, SourceKind

GROUP = "sg-0123456789abcdef0"
RULE = "sgr-0123456789abcdef0"


def spec(
    source: str, kind: SourceKind = SourceKind.IPV4, *, protocol: str = "tcp", port: int = 22
) -> RuleSpec:
    return RuleSpec(
        protocol=protocol, from_port=port, to_port=port, source=source, source_kind=kind
    )


def test_rules_of_one_protocol_and_port_share_a_permission_in_the_order_given() -> None:
    write = writes.authorize(
        GROUP,
        [
            (spec("203.0.113.7/32"), "alice"),
            (spec("203.0.113.7/32", port=443), "web"),
            (spec("2001:db8::1/128", SourceKind.IPV6), "alice at home"),
            (spec("198.51.100.0/24"), ""),
        ],
        {"awswhitelist:managed": "1"},
    )
    assert write == Write(
        "authorize_security_group_ingress",
        {
            "GroupId": GROUP,
            "IpPermissions": [
                {
                    "IpProtocol": "tcp",
                    "FromPort": 22,
                    "ToPort": 22,
                    "IpRanges": [
                        {"CidrIp": "203.0.113.7/32", "Description": "alice"},
                        {"CidrIp": "198.51.100.0/24"},
                    ],
                    "Ipv6Ranges": [{"CidrIpv6": "2001:db8::1/128", "Description": "alice at home"}],
                },
                {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "IpRanges": [{"CidrIp": "203.0.113.7/32", "Description": "web"}],
                },
            ],
            "TagSpecifications": [
                {
                    "ResourceType": "security-group-rule",
                    "Tags": [{"Key": "awswhitelist:managed", "Value": "1"}],
                }
            ],
        },
        GROUP,
    )


def test_groups_and_prefix_lists_go_where_aws_keeps_them() -> None:
    rules = [(spec("sg-1", SourceKind.GROUP), "a"), (spec("pl-1", SourceKind.PREFIX_LIST), "b")]
    assert writes.authorize(GROUP, rules, {}).params == {
        "GroupId": GROUP,
        "IpPermissions": [
            {
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "UserIdGroupPairs": [{"GroupId": "sg-1", "Description": "a"}],
                "PrefixListIds": [{"PrefixListId": "pl-1", "Description": "b"}],
            }
        ],
    }


def test_the_same_rule_twice_is_refused_even_in_two_spellings() -> None:
    twice = [(spec("203.0.113.7/32"), "a"), (spec("203.0.113.7/32", protocol="6"), "b")]
    with pytest.raises(ValueError):
        writes.authorize(GROUP, twice, {})


def test_a_write_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError):
        writes.authorize(GROUP, [], {})
    with pytest.raises(ValueError):
        writes.revoke(GROUP, [])
    with pytest.raises(ValueError):
        writes.tag([], {"a": "b"})
    with pytest.raises(ValueError):
        writes.describe(GROUP, {})
    with pytest.raises(ValueError):
        writes.modify(GROUP, {})
    with pytest.raises(ValueError):
        writes.untag([], ["k"])


def test_rules_are_revoked_by_their_ids() -> None:
    assert writes.revoke(GROUP, [RULE]) == Write(
        "revoke_security_group_ingress", {"GroupId": GROUP, "SecurityGroupRuleIds": [RULE]}, GROUP
    )


def test_tags_are_set_on_the_rules_themselves() -> None:
    assert writes.tag([RULE], {"k": "v"}) == Write(
        "create_tags", {"Resources": [RULE], "Tags": [{"Key": "k", "Value": "v"}]}
    )


def test_descriptions_are_set_by_rule_id() -> None:
    assert writes.describe(GROUP, {RULE: "new"}) == Write(
        "update_security_group_rule_descriptions_ingress",
        {
            "GroupId": GROUP,
            "SecurityGroupRuleDescriptions": [{"SecurityGroupRuleId": RULE, "Description": "new"}],
        },
        GROUP,
    )


def test_rules_are_changed_by_id_each_with_its_description_empty_ones_too() -> None:
    every_port = RuleSpec(protocol="all", source="2001:db8::/64", source_kind=SourceKind.IPV6)
    write = writes.modify(
        GROUP,
        {
            "sgr-4": (spec("203.0.113.7/32"), "alice"),
            "sgr-6": (every_port, ""),
            "sgr-g": (spec("sg-1", SourceKind.GROUP), "web"),
            "sgr-p": (spec("pl-1", SourceKind.PREFIX_LIST), "offices"),
        },
    )
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    requests = {
        "sgr-4": {**ssh, "CidrIpv4": "203.0.113.7/32", "Description": "alice"},
        "sgr-6": {"IpProtocol": "-1", "CidrIpv6": "2001:db8::/64", "Description": ""},
        "sgr-g": {**ssh, "ReferencedGroupId": "sg-1", "Description": "web"},
        "sgr-p": {**ssh, "PrefixListId": "pl-1", "Description": "offices"},
    }
    assert write == Write(
        "modify_security_group_rules",
        {
            "GroupId": GROUP,
            "SecurityGroupRules": [
                {"SecurityGroupRuleId": rule_id, "SecurityGroupRule": request}
                for rule_id, request in requests.items()
            ],
        },
        GROUP,
    )


def test_two_rules_that_would_become_the_same_are_refused() -> None:
    same = {"sgr-1": (spec("203.0.113.7/32"), "a"), "sgr-2": (spec("203.0.113.7/32"), "b")}
    with pytest.raises(ValueError):
        writes.modify(GROUP, same)


def test_tags_are_removed_by_key_whatever_their_value() -> None:
    assert writes.untag([RULE], ["k", "l"]) == Write(
        "delete_tags", {"Resources": [RULE], "Tags": [{"Key": "k"}, {"Key": "l"}]}
    )


def test_removing_no_tags_never_means_all_of_them() -> None:
    with pytest.raises(ValueError):
        writes.untag([RULE], [])
