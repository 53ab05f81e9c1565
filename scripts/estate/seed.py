"""Puts the estate into a fresh moto, one service at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from awswhitelist.sandbox.answers import Answer
from awswhitelist.sandbox.estate import (
    BALANCERS,
    CLASSIC,
    DATABASES,
    GROUPS,
    INSTANCES,
    NETWORKS,
    OFFICE_ENTRIES,
    OFFICE_MOST_ENTRIES,
    OFFICES,
    Balancer,
    Database,
    Instance,
    Network,
    SeedGroup,
)
from awswhitelist.sandbox.shapes import tag_list
from scripts.estate.recorder import Region, draw_ids_from

_SUBNETS = "main"
_PASSWORD = "sandbox-only"
"""moto wants one; it opens nothing."""


def seed_ec2(region: Region) -> None:
    """Networks, prefix list, groups, instances. Rules are the sandbox's own."""
    vpcs = {network.name: _network(region, network) for network in NETWORKS}
    _prefix_list(region)
    ids = {group.name: _group(region, group, vpcs[group.network]) for group in GROUPS}
    for instance in INSTANCES:
        _instance(region, instance, ids)


def seed_rds(region: Region) -> None:
    """The databases."""
    subnet_group = {"DBSubnetGroupName": _SUBNETS, "DBSubnetGroupDescription": "Both zones"}
    region.ask("rds", "CreateDBSubnetGroup", subnet_group | {"SubnetIds": _subnets(region)})
    ids = _group_ids(region)
    for database in DATABASES:
        draw_ids_from(database.name)
        _database(region, database, [ids[name] for name in database.groups])


def seed_elbv2(region: Region) -> None:
    """The load balancers of the newer API."""
    ids = _group_ids(region)
    for balancer in BALANCERS:
        if balancer.kind != CLASSIC:
            draw_ids_from(balancer.name)
            _balancer(region, balancer, [ids[name] for name in balancer.groups])


def seed_elb(region: Region) -> None:
    """The classic load balancers."""
    ids = _group_ids(region)
    for balancer in BALANCERS:
        if balancer.kind == CLASSIC:
            draw_ids_from(balancer.name)
            _classic_balancer(region, balancer, [ids[name] for name in balancer.groups])


SEEDS: Mapping[str, Callable[[Region], None]] = {
    "ec2": seed_ec2,
    "rds": seed_rds,
    "elbv2": seed_elbv2,
    "elb": seed_elb,
}


def _network(region: Region, network: Network) -> str:
    draw_ids_from(network.name)
    vpc = {"CidrBlock": network.cidr, "AmazonProvidedIpv6CidrBlock": True}
    created = region.ask("ec2", "CreateVpc", vpc | _tagged("vpc", {"Name": network.name}))
    vpc_id: str = created["Vpc"]["VpcId"]
    for zone, cidr in zip("ab", network.subnets, strict=True):
        draw_ids_from(cidr)
        subnet = region.ask(
            "ec2",
            "CreateSubnet",
            {"VpcId": vpc_id, "CidrBlock": cidr, "AvailabilityZone": region.name + zone}
            | _tagged("subnet", {"Name": f"{network.name}-{zone}"}),
        )["Subnet"]
        region.ask(
            "ec2",
            "ModifySubnetAttribute",
            {"SubnetId": subnet["SubnetId"], "MapPublicIpOnLaunch": {"Value": network.public}},
        )
    return vpc_id


def _prefix_list(region: Region) -> None:
    draw_ids_from(OFFICES)
    region.ask(
        "ec2",
        "CreateManagedPrefixList",
        {
            "PrefixListName": OFFICES,
            "AddressFamily": "IPv4",
            "MaxEntries": OFFICE_MOST_ENTRIES,
            "Entries": [{"Cidr": cidr} for cidr in OFFICE_ENTRIES],
        },
    )


def _group(region: Region, group: SeedGroup, vpc_id: str) -> str:
    draw_ids_from(group.name)
    request = {"GroupName": group.name, "Description": group.description, "VpcId": vpc_id}
    tags = _tagged("security-group", {"Name": group.name, **dict(group.tags)})
    return str(region.ask("ec2", "CreateSecurityGroup", request | tags)["GroupId"])


def _instance(region: Region, instance: Instance, ids: Mapping[str, str]) -> None:
    draw_ids_from(f"{instance.name}/{instance.address}")
    region.ask(
        "ec2",
        "RunInstances",
        {
            "ImageId": "ami-0123456789abcdef0",
            "InstanceType": "t3.micro",
            "ClientToken": f"{instance.name}-{instance.address}",
            "MinCount": 1,
            "MaxCount": 1,
            "SubnetId": _subnets(region, instance.network)[0],
            "PrivateIpAddress": instance.address,
            "SecurityGroupIds": [ids[name] for name in instance.groups],
        }
        | _tagged("instance", {"Name": instance.name}),
    )


def _database(region: Region, database: Database, group_ids: list[str]) -> None:
    engine = {"Engine": database.engine, "EngineVersion": database.version}
    owner = {"MasterUsername": "sandbox", "MasterUserPassword": _PASSWORD}
    place = {
        "DBSubnetGroupName": _SUBNETS,
        "VpcSecurityGroupIds": group_ids,
        "Port": database.port,
    }
    instance: Answer = {
        "DBInstanceIdentifier": database.name,
        "DBInstanceClass": "db.t3.medium",
        "PubliclyAccessible": database.public,
    }
    if database.cluster:
        cluster = {"DBClusterIdentifier": database.name}
        region.ask("rds", "CreateDBCluster", cluster | engine | owner | place)
        member = cluster | {"DBInstanceIdentifier": f"{database.name}-1"}
        region.ask("rds", "CreateDBInstance", instance | member | engine)
    else:
        storage = {"AllocatedStorage": 20}
        region.ask("rds", "CreateDBInstance", instance | storage | engine | owner | place)


def _balancer(region: Region, balancer: Balancer, group_ids: list[str]) -> None:
    request: dict[str, Any] = {
        "Name": balancer.name,
        "Type": balancer.kind,
        "Scheme": balancer.scheme,
        "Subnets": _subnets(region),
    }
    groups = {"SecurityGroups": group_ids} if group_ids else {}
    created = region.ask("elbv2", "CreateLoadBalancer", request | groups)
    arn = created["LoadBalancers"][0]["LoadBalancerArn"]
    for protocol, port in balancer.listeners:
        certificates = {"Certificates": [_certificate(region)]} if protocol == "HTTPS" else {}
        region.ask(
            "elbv2",
            "CreateListener",
            {
                "LoadBalancerArn": arn,
                "Protocol": protocol,
                "Port": port,
                "DefaultActions": [
                    {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
                ],
            }
            | certificates,
        )


def _classic_balancer(region: Region, balancer: Balancer, group_ids: list[str]) -> None:
    listeners = [
        {"Protocol": protocol, "LoadBalancerPort": port, "InstancePort": 8080}
        for protocol, port in balancer.listeners
    ]
    region.ask(
        "elb",
        "CreateLoadBalancer",
        {
            "LoadBalancerName": balancer.name,
            "Listeners": listeners,
            "Subnets": _subnets(region),
            "SecurityGroups": group_ids,
            "Scheme": balancer.scheme,
        },
    )


def _certificate(region: Region) -> Answer:
    return region.ask("acm", "RequestCertificate", {"DomainName": "storefront.example.com"})


def _subnets(region: Region, network: str = "prod") -> list[str]:
    subnets = region.ask("ec2", "DescribeSubnets", {})["Subnets"]
    found = {subnet["CidrBlock"]: subnet["SubnetId"] for subnet in subnets}
    return [found[cidr] for known in NETWORKS if known.name == network for cidr in known.subnets]


def _group_ids(region: Region) -> dict[str, str]:
    return {group["GroupName"]: group["GroupId"] for group in region.groups()}


def _tagged(resource: str, tags: Mapping[str, str]) -> Answer:
    return {"TagSpecifications": [{"ResourceType": resource, "Tags": tag_list(tags)}]}
