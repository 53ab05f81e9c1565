"""Filters, ids and pages of EC2's describe calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from awswhitelist.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def named(name: str, *values: str) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": list(values)}]


def group_names(ec2: Any, filters: list[dict[str, Any]]) -> list[str]:
    answer = ec2.describe_security_groups(Filters=filters)
    return [group["GroupName"] for group in answer["SecurityGroups"]]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (named("group-name", "prod-db"), ["prod-db"]),
        (named("group-name", "prod-*b"), ["prod-web", "prod-db"]),
        (named("group-name", "prod-d?", "staging-d?"), ["prod-db", "staging-db"]),
        (named("group-name", "[p]rod-db"), []),
        (named("group-name", r"prod-\*", r"prod\-db", "prod-db\\"), ["prod-db"]),
        (named("tag:managed-by", "terraform"), ["staging-db"]),
        (named("tag-key", "terraform-module"), ["staging-db"]),
        (named("ip-permission.cidr", "0.0.0.0/0"), ["prod-web"]),
        (named("ip-permission.ipv6-cidr", "2001:db8:1::7/128"), ["prod-bastion"]),
        (named("ip-permission.to-port", "8100"), ["staging-app"]),
        (named("ip-permission.protocol", "icmp", "-1"), ["staging-app"]),
        (named("group-name", "prod-*") + named("ip-permission.from-port", "6379"), ["prod-cache"]),
    ],
)
def test_groups_are_filtered(ec2: Any, filters: list[dict[str, Any]], expected: list[str]) -> None:
    assert group_names(ec2, filters) == expected


def test_instances_interfaces_and_vpcs_are_filtered(ec2: Any, bastion: str) -> None:
    reservations = ec2.describe_instances(Filters=named("tag:Name", "bastion"))["Reservations"]
    [instance] = reservations[0]["Instances"]
    address = instance["PublicIpAddress"]
    by_address = ec2.describe_instances(Filters=named("ip-address", address))["Reservations"]
    interfaces = ec2.describe_network_interfaces(Filters=named("group-id", bastion))
    vpcs = ec2.describe_vpcs(Filters=named("is-default", "false"))["Vpcs"]

    assert by_address == reservations
    assert [i["PrivateIpAddress"] for i in interfaces["NetworkInterfaces"]] == ["10.20.1.10"]
    assert [vpc["CidrBlock"] for vpc in vpcs] == ["10.20.0.0/16", "10.30.0.0/16"]


@pytest.mark.parametrize(
    "operation",
    [
        "describe_security_groups",
        "describe_security_group_rules",
        "describe_instances",
        "describe_vpcs",
        "describe_network_interfaces",
    ],
)
def test_an_unknown_filter_is_refused(ec2: Any, refusal: Any, operation: str) -> None:
    code = refusal(getattr(ec2, operation), Filters=named("colour", "red"))
    assert code == "InvalidParameterValue"


def test_rules_are_paged_without_loss_or_repetition(ec2: Any) -> None:
    whole = ec2.describe_security_group_rules()["SecurityGroupRules"]
    pages = list(
        ec2.get_paginator("describe_security_group_rules").paginate(
            PaginationConfig={"PageSize": 5}
        )
    )
    assert [rule for page in pages for rule in page["SecurityGroupRules"]] == whole
    assert [len(page["SecurityGroupRules"]) for page in pages[:-1]] == [5] * (len(pages) - 1)
    assert "NextToken" not in pages[-1]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"MaxResults": 1001}, "InvalidParameterValue"),
        ({"NextToken": "not a token"}, "InvalidNextToken"),
    ],
)
def test_bad_pages_are_refused(
    ec2: Any, refusal: Any, params: dict[str, Any], expected: str
) -> None:
    assert refusal(ec2.describe_security_groups, **params) == expected


def test_instance_ids_and_pages_do_not_go_together(ec2: Any, refusal: Any) -> None:
    code = refusal(ec2.describe_instances, InstanceIds=["i-00000000000000000"], MaxResults=5)
    assert code == "InvalidParameterCombination"


def test_things_are_found_by_id_and_unknown_ids_are_refused(
    ec2: Any, bastion: str, rules: Any, refusal: Any
) -> None:
    rule = rules(bastion)[0]
    groups = ec2.describe_security_groups(GroupIds=[bastion])["SecurityGroups"]
    found = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])

    assert [group["GroupName"] for group in groups] == ["prod-bastion"]
    assert found["SecurityGroupRules"] == [rule]
    unknown = "00000000000000000"
    assert (
        refusal(ec2.describe_security_groups, GroupIds=[bastion, f"sg-{unknown}"])
        == "InvalidGroup.NotFound"
    )
    assert (
        refusal(ec2.describe_security_group_rules, SecurityGroupRuleIds=[f"sgr-{unknown}"])
        == "InvalidSecurityGroupRuleId.NotFound"
    )
    assert (
        refusal(ec2.describe_instances, InstanceIds=[f"i-{unknown}"])
        == "InvalidInstanceID.NotFound"
    )


def test_instances_vpcs_and_interfaces_are_found_by_id(ec2: Any) -> None:
    [reservation] = ec2.describe_instances(Filters=named("tag:Name", "bastion"))["Reservations"]
    [instance] = reservation["Instances"]
    [interface] = instance["NetworkInterfaces"]
    by_id = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"]
    ids = [interface["NetworkInterfaceId"]]
    interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"]
    [vpc] = ec2.describe_vpcs(VpcIds=[instance["VpcId"]])["Vpcs"]

    assert by_id == [reservation]
    assert [each["PrivateIpAddress"] for each in interfaces] == [instance["PrivateIpAddress"]]
    assert vpc["CidrBlock"] == "10.20.0.0/16"


def test_everything_of_ec2_can_be_tagged_and_nothing_that_is_not_there(
    ec2: Any, bastion: str, refusal: Any
) -> None:
    mark = [{"Key": "seen", "Value": "yes"}]
    [interface] = ec2.describe_network_interfaces(Filters=named("group-id", bastion))[
        "NetworkInterfaces"
    ]
    resources = [interface["NetworkInterfaceId"], interface["Attachment"]["InstanceId"]]
    ec2.create_tags(Resources=[*resources, interface["VpcId"]], Tags=mark)
    tagged = named("tag:seen", "yes")
    assert len(ec2.describe_network_interfaces(Filters=tagged)["NetworkInterfaces"]) == 1
    assert len(ec2.describe_instances(Filters=tagged)["Reservations"]) == 1
    assert len(ec2.describe_vpcs(Filters=tagged)["Vpcs"]) == 1
    assert refusal(ec2.create_tags, Resources=["subnet-0123456789"], Tags=mark) == "InvalidID"


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("ec2", "describe_instances", {"MaxResults": 5, "IncludeManagedResources": True}),
        ("ec2", "get_managed_prefix_list_entries", {"PrefixListId": "pl-1", "TargetVersion": 1}),
        ("rds", "describe_db_instances", {"MaxRecords": 20}),
        ("rds", "describe_db_proxies", {"Filters": [{"Name": "a", "Values": ["b"]}]}),
        ("elasticache", "describe_cache_clusters", {"MaxRecords": 20}),
        ("elasticache", "describe_serverless_caches", {"MaxResults": 20}),
        ("elbv2", "describe_listeners", {"ListenerArns": ["arn:aws:x"]}),
        ("elbv2", "describe_target_groups", {"Names": ["nope"]}),
        ("elb", "describe_load_balancers", {"PageSize": 20}),
    ],
)
def test_a_parameter_that_is_not_served_is_refused_and_not_passed_over(
    sandbox: Sandbox, refusal: Any, service: str, operation: str, params: dict[str, Any]
) -> None:
    client: Any = sandbox.new_session(None).create_client(service)
    assert refusal(getattr(client, operation), **params) == "SandboxParameterNotSupported"


def test_listeners_of_a_load_balancer_that_is_not_there_are_refused(
    sandbox: Sandbox, refusal: Any
) -> None:
    elbv2: Any = sandbox.new_session(None).create_client("elbv2")
    code = refusal(elbv2.describe_listeners, LoadBalancerArn="arn:aws:x")
    assert code == "LoadBalancerNotFound"


def test_an_answer_is_its_callers_to_change(ec2: Any) -> None:
    ec2.describe_vpcs()["Vpcs"][0]["CidrBlock"] = "changed"
    assert "changed" not in str(ec2.describe_vpcs())


def test_members_of_a_cluster_are_found_by_its_name(sandbox: Sandbox, refusal: Any) -> None:
    rds: Any = sandbox.new_session(None).create_client("rds")
    strange = named("engine", "mysql")
    assert refusal(rds.describe_db_instances, Filters=strange) == "InvalidParameterValue"
    members = rds.describe_db_instances(Filters=named("db-cluster-id", "billing"))["DBInstances"]
    assert [each["DBInstanceIdentifier"] for each in members] == ["billing-1"]


def test_rules_are_found_by_tag(ec2: Any, group_id: Callable[[str], str], rules: Any) -> None:
    rule = rules(group_id("staging-db"))[0]["SecurityGroupRuleId"]
    ec2.create_tags(Resources=[rule], Tags=[{"Key": "awswhitelist:managed", "Value": "1"}])
    found = ec2.describe_security_group_rules(Filters=named("tag:awswhitelist:managed", "1"))
    assert [r["SecurityGroupRuleId"] for r in found["SecurityGroupRules"]] == [rule]
