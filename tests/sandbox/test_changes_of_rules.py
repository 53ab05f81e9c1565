"""Revoke, modify, descriptions, tags and dry runs as AWS does them, not as moto does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

HEAD_OFFICE = "198.51.100.0/24"
UNKNOWN_RULE = "sgr-00000000000000000"


def test_a_rule_is_revoked_by_id_and_told(ec2: Any, bastion: str, rules: Any) -> None:
    four, six = rules(bastion)
    answer = ec2.revoke_security_group_ingress(
        GroupId=bastion, SecurityGroupRuleIds=[four["SecurityGroupRuleId"]]
    )
    assert answer["RevokedSecurityGroupRules"] == [
        {
            "SecurityGroupRuleId": four["SecurityGroupRuleId"],
            "GroupId": bastion,
            "IsEgress": False,
            "IpProtocol": "tcp",
            "FromPort": 22,
            "ToPort": 22,
            "CidrIpv4": HEAD_OFFICE,
            "Description": "Head office",
        }
    ]
    assert (answer["UnknownIpPermissions"], rules(bastion)) == ([], [six])


def test_revoking_an_unknown_rule_id_removes_nothing(
    ec2: Any, bastion: str, rules: Any, refusal: Any
) -> None:
    before = rules(bastion)
    code = refusal(
        ec2.revoke_security_group_ingress,
        GroupId=bastion,
        SecurityGroupRuleIds=[before[0]["SecurityGroupRuleId"], UNKNOWN_RULE],
    )
    assert (code, rules(bastion)) == ("InvalidSecurityGroupRuleId.NotFound", before)


def test_revoking_an_unknown_permission_fails_outside_a_default_vpc(
    ec2: Any, bastion: str, rules: Any, refusal: Any, tcp: Any
) -> None:
    before = rules(bastion)
    permissions = [tcp(22, HEAD_OFFICE), tcp(23, HEAD_OFFICE)]
    code = refusal(ec2.revoke_security_group_ingress, GroupId=bastion, IpPermissions=permissions)
    assert (code, rules(bastion)) == ("InvalidPermission.NotFound", before)


def test_revoking_an_unknown_permission_in_a_default_vpc_lists_it_and_removes_the_known(
    ec2: Any, in_default_vpc: str, rules: Any, tcp: Any
) -> None:
    known, unknown = tcp(22, "203.0.113.7/32"), tcp(23, "203.0.113.7/32")
    ec2.authorize_security_group_ingress(GroupId=in_default_vpc, IpPermissions=[known])

    answer = ec2.revoke_security_group_ingress(
        GroupId=in_default_vpc, IpPermissions=[known, unknown]
    )

    assert answer["Return"] is True
    assert [rule["FromPort"] for rule in answer["RevokedSecurityGroupRules"]] == [22]
    assert answer["UnknownIpPermissions"] == [
        {**unknown, "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}
    ]
    assert rules(in_default_vpc) == []


def test_a_permission_is_revoked_whatever_spelling_its_cidr_has(
    ec2: Any, bastion: str, rules: Any, tcp: Any
) -> None:
    ec2.revoke_security_group_ingress(GroupId=bastion, IpPermissions=[tcp(22, "198.51.100.9/24")])
    assert [rule.get("CidrIpv6") for rule in rules(bastion)] == ["2001:db8:1::7/128"]


def test_a_modified_rule_keeps_its_id_and_its_tags(ec2: Any, bastion: str, rules: Any) -> None:
    four, six = rules(bastion)
    ec2.create_tags(
        Resources=[four["SecurityGroupRuleId"]], Tags=[{"Key": "owner", "Value": "alice"}]
    )
    ec2.modify_security_group_rules(
        GroupId=bastion,
        SecurityGroupRules=[
            {
                "SecurityGroupRuleId": four["SecurityGroupRuleId"],
                "SecurityGroupRule": {
                    "IpProtocol": "tcp",
                    "FromPort": 22,
                    "ToPort": 22,
                    "CidrIpv4": "203.0.113.9/32",
                    "Description": "moved",
                },
            },
            {
                "SecurityGroupRuleId": six["SecurityGroupRuleId"],
                "SecurityGroupRule": {"IpProtocol": "-1", "CidrIpv6": "2001:db8::5/128"},
            },
        ],
    )
    moved, opened = rules(bastion)
    assert moved == four | {
        "CidrIpv4": "203.0.113.9/32",
        "Description": "moved",
        "Tags": [{"Key": "owner", "Value": "alice"}],
    }
    assert (opened["IpProtocol"], opened["FromPort"]) == ("-1", -1)
    assert (opened["CidrIpv6"], opened.get("Description")) == ("2001:db8::5/128", None)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"CidrIpv6": "2001:db8::9/128"}, "InvalidParameterValue"),
        ({"CidrIpv4": "203.0.113.9/32", "Description": "\n"}, "InvalidParameterValue"),
        ({"CidrIpv4": "203.0.113.9/32", "ToPort": 21}, "InvalidParameterValue"),
        ({"CidrIpv4": "192.0.2.1/32"}, "InvalidPermission.Duplicate"),
        ({"CidrIpv4": "192.0.2.9/32", "PrefixListId": "pl-0"}, "InvalidParameterCombination"),
        ({}, "InvalidParameterCombination"),
    ],
)
def test_a_modification_that_aws_refuses_changes_nothing(
    ec2: Any,
    bastion: str,
    rules: Any,
    refusal: Any,
    tcp: Any,
    wanted: dict[str, Any],
    expected: str,
) -> None:
    ec2.authorize_security_group_ingress(GroupId=bastion, IpPermissions=[tcp(22, "192.0.2.1/32")])
    before = rules(bastion)
    request = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22} | wanted
    updates = [
        {"SecurityGroupRuleId": before[0]["SecurityGroupRuleId"], "SecurityGroupRule": request}
    ]
    code = refusal(ec2.modify_security_group_rules, GroupId=bastion, SecurityGroupRules=updates)
    assert (code, rules(bastion)) == (expected, before)


def test_a_rule_of_another_group_cannot_be_modified(
    ec2: Any, bastion: str, group_id: Callable[[str], str], rules: Any, refusal: Any
) -> None:
    stranger = rules(group_id("staging-db"))[0]["SecurityGroupRuleId"]
    code = refusal(
        ec2.modify_security_group_rules,
        GroupId=bastion,
        SecurityGroupRules=[{"SecurityGroupRuleId": stranger, "SecurityGroupRule": {}}],
    )
    assert code == "InvalidSecurityGroupRuleId.NotFound"


def test_rules_are_described_anew_by_id_and_by_permission(
    ec2: Any, bastion: str, rules: Any
) -> None:
    four, _ = rules(bastion)
    by_permission = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "Ipv6Ranges": [{"CidrIpv6": "2001:db8:1::7/128", "Description": "by permission"}],
    }
    ec2.update_security_group_rule_descriptions_ingress(
        GroupId=bastion,
        SecurityGroupRuleDescriptions=[
            {"SecurityGroupRuleId": four["SecurityGroupRuleId"], "Description": "by id"}
        ],
    )
    ec2.update_security_group_rule_descriptions_ingress(
        GroupId=bastion, IpPermissions=[by_permission]
    )
    assert [rule["Description"] for rule in rules(bastion)] == ["by id", "by permission"]


def test_describing_a_rule_that_is_not_there_is_refused(
    ec2: Any, bastion: str, refusal: Any, tcp: Any
) -> None:
    update = ec2.update_security_group_rule_descriptions_ingress
    unknown = [{"SecurityGroupRuleId": UNKNOWN_RULE, "Description": "x"}]
    by_id = refusal(update, GroupId=bastion, SecurityGroupRuleDescriptions=unknown)
    by_permission = refusal(update, GroupId=bastion, IpPermissions=[tcp(23, HEAD_OFFICE)])
    assert by_id == "InvalidSecurityGroupRuleId.NotFound"
    assert by_permission == "InvalidPermission.NotFound"


def test_rules_and_other_resources_are_tagged_and_untagged_together(
    ec2: Any, bastion: str, rules: Any
) -> None:
    rule_id = rules(bastion)[0]["SecurityGroupRuleId"]
    resources = [rule_id, bastion]

    def tags() -> tuple[dict[str, str], dict[str, str]]:
        group = ec2.describe_security_groups(GroupIds=[bastion])["SecurityGroups"][0]
        both = rules(bastion)[0]["Tags"], group["Tags"]
        of_rule, of_group = ({tag["Key"]: tag["Value"] for tag in some} for some in both)
        return of_rule, of_group

    ec2.create_tags(
        Resources=resources, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    )
    ec2.create_tags(Resources=[rule_id], Tags=[{"Key": "c", "Value": "3"}])
    assert tags() == (
        {"a": "1", "b": "2", "c": "3"},
        {"Name": "prod-bastion", "a": "1", "b": "2"},
    )

    ec2.delete_tags(Resources=resources, Tags=[{"Key": "a"}])
    ec2.delete_tags(Resources=[rule_id], Tags=[{"Key": "b", "Value": "other"}])
    assert tags() == ({"b": "2", "c": "3"}, {"Name": "prod-bastion", "b": "2"})

    ec2.delete_tags(Resources=[rule_id])
    assert tags()[0] == {}


def test_tagging_an_unknown_rule_is_refused_and_tags_nothing(
    ec2: Any, bastion: str, refusal: Any
) -> None:
    code = refusal(
        ec2.create_tags, Resources=[bastion, UNKNOWN_RULE], Tags=[{"Key": "a", "Value": "1"}]
    )
    group = ec2.describe_security_groups(GroupIds=[bastion])["SecurityGroups"][0]
    assert code == "InvalidSecurityGroupRuleId.NotFound"
    assert group["Tags"] == [{"Key": "Name", "Value": "prod-bastion"}]


def test_a_dry_run_of_any_call_says_so_and_changes_nothing(
    ec2: Any, bastion: str, rules: Any, refusal: Any, tcp: Any
) -> None:
    before = rules(bastion)
    rule_ids = [before[0]["SecurityGroupRuleId"]]
    calls: list[tuple[Any, dict[str, Any]]] = [
        (ec2.describe_security_groups, {}),
        (ec2.describe_security_group_rules, {}),
        (ec2.describe_instances, {}),
        (
            ec2.authorize_security_group_ingress,
            {"GroupId": bastion, "IpPermissions": [tcp(23, HEAD_OFFICE)]},
        ),
        (
            ec2.revoke_security_group_ingress,
            {"GroupId": bastion, "SecurityGroupRuleIds": rule_ids},
        ),
        (ec2.delete_tags, {"Resources": rule_ids}),
    ]
    codes = {refusal(call, DryRun=True, **params) for call, params in calls}
    assert codes == {"DryRunOperation"}
    assert rules(bastion) == before


def test_a_dry_run_answers_with_http_status_412(ec2: Any) -> None:
    with pytest.raises(ec2.exceptions.ClientError) as caught:
        ec2.describe_vpcs(DryRun=True)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
