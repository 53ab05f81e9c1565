"""The requests that change security-group rules, as values. Pure: nothing here makes a call.

One :class:`Write` serves the change itself and the question whether the caller may make it
(EC2's DryRun), so that both are about the very same request.
Source: EC2 API reference, AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress,
ModifySecurityGroupRules, CreateTags, DeleteTags, UpdateSecurityGroupRuleDescriptionsIngress.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from awswhitelist.aws.ports import aws_protocol_and_ports, canonical
from awswhitelist.models import RuleSpec, SourceKind

_SOURCES = {
    SourceKind.IPV4: ("IpRanges", "CidrIp"),
    SourceKind.IPV6: ("Ipv6Ranges", "CidrIpv6"),
    SourceKind.GROUP: ("UserIdGroupPairs", "GroupId"),
    SourceKind.PREFIX_LIST: ("PrefixListIds", "PrefixListId"),
}
"""Where IpPermission keeps each kind of source. An IPv6 CIDR in IpRanges would be refused."""

_MODIFIED_SOURCES = {
    SourceKind.IPV4: "CidrIpv4",
    SourceKind.IPV6: "CidrIpv6",
    SourceKind.GROUP: "ReferencedGroupId",
    SourceKind.PREFIX_LIST: "PrefixListId",
}
"""Where SecurityGroupRuleRequest keeps each kind of source."""


class Write(NamedTuple):
    """A changing EC2 call: botocore's method, its parameters, and the group it is about."""

    method: str
    params: Mapping[str, Any]
    group_id: str = ""


def authorize(
    group_id: str, rules: Sequence[tuple[RuleSpec, str]], tags: Mapping[str, str]
) -> Write:
    """Add rules, each with its description, in one request; all get the same tags.

    ValueError for no rules, for half a port range, and for the same rule twice: AWS would refuse
    the whole request, and dropping one silently would leave its description unused.
    """
    if not rules:
        raise ValueError("no rules to authorize")
    if len({canonical(spec) for spec, _ in rules}) < len(rules):
        raise ValueError("the same rule was given twice")
    params = {"GroupId": group_id, "IpPermissions": _permissions(rules)}
    if tags:
        params["TagSpecifications"] = [
            {"ResourceType": "security-group-rule", "Tags": _tag_list(tags)}
        ]
    return Write("authorize_security_group_ingress", params, group_id)


def revoke(group_id: str, rule_ids: Sequence[str]) -> Write:
    """Remove rules by their ids, never by a whole permission: that would take others along."""
    return Write(
        "revoke_security_group_ingress",
        {"GroupId": group_id, "SecurityGroupRuleIds": _some(rule_ids)},
        group_id,
    )


def modify(group_id: str, rules: Mapping[str, tuple[RuleSpec, str]]) -> Write:
    """Change rules in place, in one request: rule id to what it becomes and its description.

    The description is always sent, empty ones too: AWS does not say what becomes of one that is
    left out. ValueError for no rules, for half a port range, and where two would become the same.
    """
    if len({canonical(spec) for spec, _ in rules.values()}) < len(rules):
        raise ValueError("two rules would become the same")
    updates = [
        {"SecurityGroupRuleId": rule_id, "SecurityGroupRule": _modified(*rules[rule_id])}
        for rule_id in _some(rules)
    ]
    return Write(
        "modify_security_group_rules",
        {"GroupId": group_id, "SecurityGroupRules": updates},
        group_id,
    )


def tag(rule_ids: Sequence[str], tags: Mapping[str, str]) -> Write:
    """Set tags on rules; other tags of theirs stay."""
    return Write("create_tags", {"Resources": _some(rule_ids), "Tags": _tag_list(tags)})


def untag(rule_ids: Sequence[str], keys: Sequence[str]) -> Write:
    """Remove tags from rules, whatever their values; other tags of theirs stay.

    ValueError for no keys: AWS would remove every tag.
    """
    if not keys:
        raise ValueError("no tags were named")
    tags = [{"Key": key} for key in keys]
    return Write("delete_tags", {"Resources": _some(rule_ids), "Tags": tags})


def describe(group_id: str, descriptions: Mapping[str, str]) -> Write:
    """Set the descriptions of rules: rule id to description."""
    return Write(
        "update_security_group_rule_descriptions_ingress",
        {
            "GroupId": group_id,
            "SecurityGroupRuleDescriptions": [
                {"SecurityGroupRuleId": rule_id, "Description": descriptions[rule_id]}
                for rule_id in _some(descriptions)
            ],
        },
        group_id,
    )


def _permissions(rules: Iterable[tuple[RuleSpec, str]]) -> list[dict[str, Any]]:
    """IpPermissions: one per protocol and ports, in the order they first come up."""
    grouped: dict[tuple[tuple[str, str | int], ...], dict[str, Any]] = {}
    for spec, description in rules:
        ports = aws_protocol_and_ports(spec)
        permission = grouped.setdefault(tuple(ports.items()), {**ports})
        field, key = _SOURCES[spec.source_kind]
        source = {key: spec.source} | ({"Description": description} if description else {})
        permission.setdefault(field, []).append(source)
    return list(grouped.values())


def _modified(spec: RuleSpec, description: str) -> dict[str, Any]:
    source = {_MODIFIED_SOURCES[spec.source_kind]: spec.source}
    return {**aws_protocol_and_ports(spec), **source, "Description": description}


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _some(rule_ids: Iterable[str]) -> list[str]:
    """The ids as a list; ValueError for none at all."""
    ids = list(rule_ids)
    if not ids:
        raise ValueError("no rules were named")
    return ids
