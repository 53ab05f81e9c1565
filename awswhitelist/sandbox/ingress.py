"""The writes to ingress rules, as EC2 does them: all of a request, or nothing.

Each function takes a region and the parameters of the API call, and answers as EC2 answers. It
computes the new rules of the group first and stores them last, so a Refusal leaves no trace.
Source: EC2 API reference, AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress,
ModifySecurityGroupRules, UpdateSecurityGroupRuleDescriptionsIngress.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from awswhitelist.models import SourceKind
from awswhitelist.sandbox.answers import Answer, Params, Refusal, invalid
from awswhitelist.sandbox.permissions import (
    Described,
    Permission,
    Rule,
    described,
    ip_permissions,
    permission_of,
    requested,
)
from awswhitelist.sandbox.region import Region, no_such_rule
from awswhitelist.sandbox.shapes import revoked_rule, shown_rule
from awswhitelist.sandbox.tags import checked, tags_of

_MODIFIABLE: tuple[tuple[SourceKind, str], ...] = (
    (SourceKind.IPV4, "CidrIpv4"),
    (SourceKind.IPV6, "CidrIpv6"),
    (SourceKind.PREFIX_LIST, "PrefixListId"),
    (SourceKind.GROUP, "ReferencedGroupId"),
)


def authorize(region: Region, params: Params) -> Answer:
    """Add rules; answers all of them in the order asked for."""
    group = region.group(params)
    wanted, tags = requested(params), _rule_tags(params)
    _refuse_repeats(wanted)
    present = region.rules_of(group.group_id)
    region.must_know(permission for permission, _ in wanted)
    added = tuple(
        Rule(region.new_rule_id(group.group_id), group.group_id, permission, text, tags)
        for permission, text in wanted
    )
    _refuse_duplicates(present + added)
    _refuse_too_many(region, present + added)
    region.rules[group.group_id] = present + added
    return {
        "Return": True,
        "SecurityGroupRules": [shown_rule(rule, region.account, region.name) for rule in added],
    }


def revoke(region: Region, params: Params) -> Answer:
    """Remove rules, by id or by permission.

    In a default VPC a permission that no rule has is no error: it is listed as unknown.
    """
    group = region.group(params)
    present = region.rules_of(group.group_id)
    unknown: list[Described] = []
    if ids := params.get("SecurityGroupRuleIds"):
        gone = [_by_id(present, rule_id) for rule_id in ids]
    else:
        wanted = requested(params)
        gone = [rule for permission, _ in wanted if (rule := _matching(present, permission))]
        unknown = [asked for asked in wanted if _matching(present, asked[0]) is None]
    if unknown and not group.in_default_vpc:
        raise _no_such_permission()
    region.rules[group.group_id] = tuple(rule for rule in present if rule not in gone)
    return {
        "Return": True,
        "UnknownIpPermissions": ip_permissions(unknown, region.account),
        "RevokedSecurityGroupRules": [revoked_rule(rule) for rule in gone],
    }


def modify(region: Region, params: Params) -> Answer:
    """Change rules in place; ids and tags stay, the kind of source cannot change.

    A description that is left out is cleared: AWS does not document what it does, and this is the
    outcome that a caller must be ready for.
    """
    group = region.group(params)
    changed = {rule.rule_id: rule for rule in region.rules_of(group.group_id)}
    for update in params["SecurityGroupRules"]:
        old = _by_id(changed.values(), update["SecurityGroupRuleId"])
        changed[old.rule_id] = _modified(old, update.get("SecurityGroupRule", {}))
    after = tuple(changed.values())
    region.must_know(rule.permission for rule in after)
    _refuse_duplicates(after)
    _refuse_too_many(region, after)
    region.rules[group.group_id] = after
    return {"Return": True}


def update_descriptions(region: Region, params: Params) -> Answer:
    """Describe rules anew, by id or by permission; a description left out is cleared."""
    group = region.group(params)
    changed = {rule.rule_id: rule for rule in region.rules_of(group.group_id)}
    for rule, text in _redescribed(tuple(changed.values()), params):
        changed[rule.rule_id] = replace(rule, description=text)
    region.rules[group.group_id] = tuple(changed.values())
    return {"Return": True}


def _redescribed(present: Sequence[Rule], params: Params) -> Iterable[tuple[Rule, str | None]]:
    for item in params.get("SecurityGroupRuleDescriptions", ()):
        rule = _by_id(present, item.get("SecurityGroupRuleId", ""))
        yield rule, described(item.get("Description"))
    for permission, text in requested(params) if params.get("IpPermissions") else ():
        found = _matching(present, permission)
        if found is None:
            raise _no_such_permission()
        yield found, text


def _modified(old: Rule, request: Params) -> Rule:
    given = [(kind, request[name]) for kind, name in _MODIFIABLE if name in request]
    if len(given) != 1:
        raise Refusal("InvalidParameterCombination", "Exactly one source must be specified.")
    kind, source = given[0]
    if kind is not old.permission.kind:
        raise invalid(f"Invalid rule type for security group rule '{old.rule_id}'.")
    permission = permission_of(
        request.get("IpProtocol", ""), request.get("FromPort"), request.get("ToPort"), kind, source
    )
    return replace(old, permission=permission, description=described(request.get("Description")))


def _rule_tags(params: Params) -> Mapping[str, str]:
    specifications = params.get("TagSpecifications", ())
    if any(spec.get("ResourceType") != "security-group-rule" for spec in specifications):
        raise invalid("Only resource type 'security-group-rule' can be tagged on authorize.")
    return checked(tags_of(tag for spec in specifications for tag in spec.get("Tags", ())))


def _by_id(rules: Iterable[Rule], rule_id: str) -> Rule:
    for rule in rules:
        if rule.rule_id == rule_id:
            return rule
    raise no_such_rule(rule_id)


def _matching(rules: Iterable[Rule], permission: Permission) -> Rule | None:
    return next((rule for rule in rules if rule.permission == permission), None)


def _no_such_permission() -> Refusal:
    return Refusal(
        "InvalidPermission.NotFound",
        "The specified rule does not exist in this security group.",
    )


def _refuse_repeats(wanted: Sequence[Described]) -> None:
    if len({permission for permission, _ in wanted}) < len(wanted):
        raise invalid("The same permission must not appear multiple times")


def _refuse_duplicates(rules: Sequence[Rule]) -> None:
    seen: set[Permission] = set()
    for rule in rules:
        if rule.permission in seen:
            raise Refusal(
                "InvalidPermission.Duplicate",
                f'the specified rule "peer: {rule.permission.source}, '
                f"{rule.permission.protocol.upper()}, from port: {rule.permission.from_port}, "
                f'to port: {rule.permission.to_port}, ALLOW" already exists',
            )
        seen.add(rule.permission)


def _refuse_too_many(region: Region, rules: Sequence[Rule]) -> None:
    if max(region.room_taken(rule.permission for rule in rules)) > region.rules_per_group:
        raise Refusal(
            "RulesPerSecurityGroupLimitExceeded",
            "The maximum number of rules per security group has been reached.",
        )
