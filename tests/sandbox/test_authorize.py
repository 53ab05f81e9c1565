"""AuthorizeSecurityGroupIngress as AWS does it, not as moto does."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

ADDRESS = "203.0.113.7/32"


def test_all_added_rules_are_answered_in_order_with_ids_tags_and_descriptions(
    ec2: Any, bastion: str, rules: Any
) -> None:
    added = ec2.authorize_security_group_ingress(
        GroupId=bastion,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "IpRanges": [
                    {"CidrIp": ADDRESS, "Description": "alice"},
                    {"CidrIp": "203.0.113.8/32"},
                ],
            },
            {
                "IpProtocol": "udp",
                "FromPort": 53,
                "ToPort": 54,
                "Ipv6Ranges": [{"CidrIpv6": "2001:db8::1/128", "Description": "bob"}],
            },
        ],
        TagSpecifications=[
            {
                "ResourceType": "security-group-rule",
                "Tags": [{"Key": "awswhitelist:change", "Value": "c1"}],
            }
        ],
    )["SecurityGroupRules"]

    told = [
        (r["IpProtocol"], r["FromPort"], r["ToPort"], r.get("CidrIpv4"), r.get("CidrIpv6"))
        for r in added
    ]
    assert told == [
        ("tcp", 22, 22, ADDRESS, None),
        ("tcp", 22, 22, "203.0.113.8/32", None),
        ("udp", 53, 54, None, "2001:db8::1/128"),
    ]
    assert [rule.get("Description") for rule in added] == ["alice", None, "bob"]
    assert all(r["Tags"] == [{"Key": "awswhitelist:change", "Value": "c1"}] for r in added)
    assert rules(bastion)[-3:] == added


def test_a_batch_with_one_duplicate_leaves_nothing_behind(
    ec2: Any, bastion: str, rules: Any, refusal: Any, tcp: Any
) -> None:
    before = rules(bastion)
    permissions = [tcp(2222, ADDRESS), tcp(22, "198.51.100.0/24")]

    code = refusal(ec2.authorize_security_group_ingress, GroupId=bastion, IpPermissions=permissions)

    assert code == "InvalidPermission.Duplicate"
    assert rules(bastion) == before


def test_cidrs_are_canonicalised_and_another_spelling_is_a_duplicate(
    ec2: Any, bastion: str, refusal: Any, tcp: Any
) -> None:
    wide = tcp(2222, "192.0.2.7/24")
    added = ec2.authorize_security_group_ingress(GroupId=bastion, IpPermissions=[wide])
    assert added["SecurityGroupRules"][0]["CidrIpv4"] == "192.0.2.0/24"

    spelled = {**tcp(22), "Ipv6Ranges": [{"CidrIpv6": "2001:0DB8:1:0::7/128"}]}
    for permission in (tcp(2222, "192.0.2.99/24"), spelled):
        code = refusal(
            ec2.authorize_security_group_ingress, GroupId=bastion, IpPermissions=[permission]
        )
        assert code == "InvalidPermission.Duplicate"


def test_the_same_permission_twice_in_one_request_is_an_invalid_value(
    ec2: Any, bastion: str, refusal: Any, tcp: Any
) -> None:
    code = refusal(
        ec2.authorize_security_group_ingress,
        GroupId=bastion,
        IpPermissions=[tcp(2222, ADDRESS), tcp(2222, ADDRESS)],
    )
    assert code == "InvalidParameterValue"


def test_a_description_of_every_allowed_character_at_full_length_is_kept(
    ec2: Any, bastion: str, tcp: Any
) -> None:
    text = "azAZ09. _-:/()#,@[]+=&;{}!$*".ljust(255, "x")
    permission = {**tcp(22), "IpRanges": [{"CidrIp": ADDRESS, "Description": text}]}
    added = ec2.authorize_security_group_ingress(GroupId=bastion, IpPermissions=[permission])
    assert added["SecurityGroupRules"][0]["Description"] == text


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"IpProtocol": "6", "FromPort": 1, "ToPort": 2}, ("tcp", 1, 2)),
        ({"IpProtocol": "UDP", "FromPort": 1, "ToPort": 2}, ("udp", 1, 2)),
        ({"IpProtocol": "-1", "FromPort": 22, "ToPort": 22}, ("-1", -1, -1)),
        ({"IpProtocol": "50"}, ("50", -1, -1)),
        ({"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1}, ("icmp", 8, -1)),
        ({"IpProtocol": "icmp"}, ("icmp", -1, -1)),
    ],
)
def test_protocols_and_ports_are_kept_in_awss_spelling(
    ec2: Any, bastion: str, sent: dict[str, Any], kept: tuple[str, int, int]
) -> None:
    permission = sent | {"IpRanges": [{"CidrIp": ADDRESS}]}
    answer = ec2.authorize_security_group_ingress(GroupId=bastion, IpPermissions=[permission])
    rule = answer["SecurityGroupRules"][0]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == kept


def test_ipv4_and_ipv6_rules_have_a_quota_of_sixty_each(
    ec2: Any, bastion: str, refusal: Any, tcp: Any
) -> None:
    fifty_nine = tcp(2222, *(f"203.0.113.{n}/32" for n in range(59)))
    six = [{"CidrIpv6": f"2001:db8::{n}/128"} for n in range(1, 60)]
    ec2.authorize_security_group_ingress(
        GroupId=bastion, IpPermissions=[fifty_nine | {"Ipv6Ranges": six}]
    )

    for one_more in (
        tcp(2222, "192.0.2.1/32"),
        {**tcp(2222), "Ipv6Ranges": [{"CidrIpv6": "2001:db8:2::/64"}]},
        {**tcp(2222), "UserIdGroupPairs": [{"GroupId": bastion}]},
    ):
        code = refusal(
            ec2.authorize_security_group_ingress, GroupId=bastion, IpPermissions=[one_more]
        )
        assert code == "RulesPerSecurityGroupLimitExceeded"


def test_a_prefix_list_counts_its_greatest_number_of_entries(
    ec2: Any, group_id: Callable[[str], str], refusal: Any, tcp: Any
) -> None:
    database = group_id("prod-db")  # one group reference and a list of at most five entries
    room = [f"203.0.113.{n}/32" for n in range(54)]
    ec2.authorize_security_group_ingress(GroupId=database, IpPermissions=[tcp(5432, *room)])
    code = refusal(
        ec2.authorize_security_group_ingress,
        GroupId=database,
        IpPermissions=[tcp(5432, "203.0.113.200/32")],
    )
    assert code == "RulesPerSecurityGroupLimitExceeded"


def test_a_group_is_found_by_name_in_the_default_vpc_only(
    ec2: Any, in_default_vpc: str, refusal: Any
) -> None:
    old_form = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": ADDRESS}
    added = ec2.authorize_security_group_ingress(GroupName="default", **old_form)
    assert added["SecurityGroupRules"][0]["GroupId"] == in_default_vpc
    code = refusal(ec2.authorize_security_group_ingress, GroupName="prod-db", **old_form)
    assert code == "InvalidGroup.NotFound"


def test_sixteen_threads_that_add_distinct_rules_lose_none(
    ec2: Any, bastion: str, rules: Any, tcp: Any
) -> None:
    cidrs = [f"203.0.113.{n}/32" for n in range(48)]

    def add(cidr: str) -> None:
        ec2.authorize_security_group_ingress(GroupId=bastion, IpPermissions=[tcp(2222, cidr)])

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add, cidrs))

    kept = [rule for rule in rules(bastion) if rule["FromPort"] == 2222]
    assert sorted(rule["CidrIpv4"] for rule in kept) == sorted(cidrs)
    assert len({rule["SecurityGroupRuleId"] for rule in kept}) == len(cidrs)
