"""EC2's describe calls: all that the region has, then ids, filters and pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from awswhitelist.sandbox.answers import Answer, Params, Refusal
from awswhitelist.sandbox.listing import Paths, filtered, page, values_at
from awswhitelist.sandbox.permissions import ip_permissions
from awswhitelist.sandbox.region import Region, no_such_rule
from awswhitelist.sandbox.shapes import shown_rule

_GROUP_FILTERS = {
    "description": "Description",
    "group-id": "GroupId",
    "group-name": "GroupName",
    "ip-permission.cidr": "IpPermissions.IpRanges.CidrIp",
    "ip-permission.from-port": "IpPermissions.FromPort",
    "ip-permission.group-id": "IpPermissions.UserIdGroupPairs.GroupId",
    "ip-permission.ipv6-cidr": "IpPermissions.Ipv6Ranges.CidrIpv6",
    "ip-permission.prefix-list-id": "IpPermissions.PrefixListIds.PrefixListId",
    "ip-permission.protocol": "IpPermissions.IpProtocol",
    "ip-permission.to-port": "IpPermissions.ToPort",
    "owner-id": "OwnerId",
    "tag-key": "Tags.Key",
    "vpc-id": "VpcId",
}
_RULE_FILTERS = {"group-id": "GroupId", "security-group-rule-id": "SecurityGroupRuleId"}
_INSTANCE_FILTERS = {
    "dns-name": "Instances.PublicDnsName",
    "instance-id": "Instances.InstanceId",
    "instance-state-name": "Instances.State.Name",
    "instance.group-id": "Instances.SecurityGroups.GroupId",
    "instance.group-name": "Instances.SecurityGroups.GroupName",
    "ip-address": "Instances.PublicIpAddress",
    "network-interface.network-interface-id": "Instances.NetworkInterfaces.NetworkInterfaceId",
    "private-dns-name": "Instances.PrivateDnsName",
    "private-ip-address": "Instances.PrivateIpAddress",
    "subnet-id": "Instances.SubnetId",
    "tag-key": "Instances.Tags.Key",
    "vpc-id": "Instances.VpcId",
}
_VPC_FILTERS = {
    "cidr": "CidrBlock",
    "is-default": "IsDefault",
    "owner-id": "OwnerId",
    "state": "State",
    "tag-key": "Tags.Key",
    "vpc-id": "VpcId",
}
_INTERFACE_FILTERS = {
    "addresses.association.public-ip": "Association.PublicIp",
    "addresses.private-ip-address": "PrivateIpAddresses.PrivateIpAddress",
    "association.public-ip": "Association.PublicIp",
    "attachment.instance-id": "Attachment.InstanceId",
    "description": "Description",
    "group-id": "Groups.GroupId",
    "interface-type": "InterfaceType",
    "network-interface-id": "NetworkInterfaceId",
    "private-ip-address": "PrivateIpAddress",
    "requester-id": "RequesterId",
    "status": "Status",
    "subnet-id": "SubnetId",
    "tag-key": "TagSet.Key",
    "vpc-id": "VpcId",
}


def describe_groups(region: Region, params: Params) -> Answer:
    """DescribeSecurityGroups, with the ingress rules that are kept in the region."""
    groups = [_with_rules(region, group) for group in region.groups()]
    groups = _named(groups, "GroupId", params.get("GroupIds", ()), _no_such_group)
    groups = _named(groups, "GroupName", params.get("GroupNames", ()), _no_such_group)
    found = filtered(groups, params.get("Filters", ()), _GROUP_FILTERS)
    shown, more = page(found, params)
    return {"SecurityGroups": shown} | more


def describe_rules(region: Region, params: Params) -> Answer:
    """DescribeSecurityGroupRules: ingress as kept in the region, egress as recorded."""
    rules = region.all("ec2", "DescribeSecurityGroupRules")
    rules += [shown_rule(rule, region.account, region.name) for rule in region.all_rules()]
    named = _named(
        rules, "SecurityGroupRuleId", params.get("SecurityGroupRuleIds", ()), no_such_rule
    )
    found = filtered(named, params.get("Filters", ()), _RULE_FILTERS)
    shown, more = page(found, params)
    return {"SecurityGroupRules": shown} | more


def _listed(
    operation: str,
    member: str,
    ids: str,
    filters: Paths,
    named: str,
    no_such: Callable[[str], Refusal],
) -> Callable[[Region, Params], Answer]:
    """``ids`` is the parameter, and ``named`` the filter, that want resources by their ids."""

    def describe(region: Region, params: Params) -> Answer:
        if ids in params and "MaxResults" in params:
            raise Refusal(
                "InvalidParameterCombination", f"MaxResults cannot be used together with {ids}."
            )
        items = region.all("ec2", operation)
        if wanted := params.get(ids):
            known = set(values_at(items, filters[named]))
            for each in wanted:
                if each not in known:
                    raise no_such(each)
            items = filtered(items, [{"Name": named, "Values": wanted}], filters)
        shown, more = page(filtered(items, params.get("Filters", ()), filters), params)
        return {member: shown} | more

    return describe


def _no_such(code: str, what: str) -> Callable[[str], Refusal]:
    return lambda name: Refusal(code, f"The {what} ID '{name}' does not exist")


describe_instances = _listed(
    "DescribeInstances",
    "Reservations",
    "InstanceIds",
    _INSTANCE_FILTERS,
    "instance-id",
    _no_such("InvalidInstanceID.NotFound", "instance"),
)
describe_vpcs = _listed(
    "DescribeVpcs",
    "Vpcs",
    "VpcIds",
    _VPC_FILTERS,
    "vpc-id",
    _no_such("InvalidVpcID.NotFound", "vpc"),
)
describe_interfaces = _listed(
    "DescribeNetworkInterfaces",
    "NetworkInterfaces",
    "NetworkInterfaceIds",
    _INTERFACE_FILTERS,
    "network-interface-id",
    _no_such("InvalidNetworkInterfaceID.NotFound", "networkInterface"),
)


def _with_rules(region: Region, group: Answer) -> Answer:
    rules = region.rules_of(group["GroupId"])
    pairs = [(rule.permission, rule.description) for rule in rules]
    return group | {"IpPermissions": ip_permissions(pairs, region.account)}


def _named(
    items: list[Answer], field: str, names: Sequence[str], refusal: Callable[[str], Refusal]
) -> list[Answer]:
    known = {item[field] for item in items}
    for name in names:
        if name not in known:
            raise refusal(name)
    return [item for item in items if item[field] in names] if names else items


def _no_such_group(name: str) -> Refusal:
    return Refusal("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
