"""One region of the sandbox: what was recorded of it, and its ingress rules."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

from awswhitelist.aws.prefix_lists import weight_of
from awswhitelist.constants import DEFAULT_RULES_PER_GROUP
from awswhitelist.models import SourceKind
from awswhitelist.sandbox.answers import Answer, Params, Refusal
from awswhitelist.sandbox.permissions import Permission, Rule
from awswhitelist.sandbox.recording import Listed


@dataclass(frozen=True, slots=True)
class Group:
    """What the rules of a group depend on."""

    group_id: str
    name: str
    in_default_vpc: bool


@dataclass
class Region:
    """What is in a region. Not thread-safe: :class:`Cloud` lets in one call at a time."""

    name: str
    account: str
    listed: Listed
    rules: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    drawn: int = 0
    rules_per_group: int = DEFAULT_RULES_PER_GROUP

    def all(self, service: str, operation: str) -> list[Answer]:
        """What an operation lists when nothing narrows it down."""
        return list(self.listed[f"{service}:{operation}"])

    def groups(self) -> list[Answer]:
        """Every security group of the region, without its ingress rules."""
        return self.all("ec2", "DescribeSecurityGroups")

    def group(self, params: Params) -> Group:
        """The group that a request names by ``GroupId``, or by ``GroupName`` in the default VPC."""
        for group in self._known_groups:
            by_name = group.in_default_vpc and group.name == params.get("GroupName")
            if group.group_id == params.get("GroupId") or by_name:
                return group
        named = params.get("GroupId") or params.get("GroupName")
        raise Refusal("InvalidGroup.NotFound", f"The security group '{named}' does not exist")

    def rules_of(self, group_id: str) -> tuple[Rule, ...]:
        """The ingress rules of one group, oldest first."""
        return self.rules.get(group_id, ())

    def all_rules(self) -> Iterable[Rule]:
        """The ingress rules of every group of the region."""
        return (rule for rules in self.rules.values() for rule in rules)

    def rule(self, rule_id: str) -> Rule:
        """The ingress rule with that id. Raises Refusal if there is none."""
        for rule in self.all_rules():
            if rule.rule_id == rule_id:
                return rule
        raise no_such_rule(rule_id)

    def keep(self, changed: Iterable[Rule]) -> None:
        """Put each rule in the place of the one with its id."""
        for new in changed:
            rules = self.rules_of(new.group_id)
            self.rules[new.group_id] = tuple(
                new if old.rule_id == new.rule_id else old for old in rules
            )

    def resource(self, resource_id: str) -> Answer:
        """What can be tagged under that id, rules apart. Raises Refusal if there is nothing."""
        reservations = self.all("ec2", "DescribeInstances")
        instances = (each for reserved in reservations for each in reserved["Instances"])
        named = ((item["InstanceId"], item) for item in instances)
        others = ((i[key], i) for operation, key in _TAGGED for i in self.all("ec2", operation))
        found: dict[str, Answer] = dict(chain(named, others))
        if resource_id in found:
            return found[resource_id]
        raise Refusal("InvalidID", f"The ID '{resource_id}' is not valid")

    def new_rule_id(self, group_id: str) -> str:
        """A rule id that no rule has had; the same sequence at every start."""
        self.drawn += 1
        return "sgr-0" + hashlib.sha256(f"{group_id}/{self.drawn}".encode()).hexdigest()[:16]

    def room_taken(self, permissions: Iterable[Permission]) -> tuple[int, int]:
        """What permissions count towards the quota of IPv4 rules and of IPv6 rules.

        A reference to a group counts once in both; a prefix list counts its MaxEntries or, if it
        is AWS's, its weight in its own family (VPC user guide, "Amazon VPC quotas").
        """
        weights = [self._weight(permission) for permission in permissions]
        return sum(four for four, _ in weights), sum(six for _, six in weights)

    def prefix_lists(self) -> list[Answer]:
        """Every managed prefix list of the region, one's own and AWS's."""
        return self.all("ec2", "DescribeManagedPrefixLists")

    def prefix_list(self, prefix_list_id: str) -> Answer:
        """The prefix list with that id. Raises Refusal if there is none."""
        for prefix_list in self.prefix_lists():
            if prefix_list["PrefixListId"] == prefix_list_id:
                return prefix_list
        raise Refusal(
            "InvalidPrefixListID.NotFound", f"The prefix list ID '{prefix_list_id}' does not exist"
        )

    def must_know(self, permissions: Iterable[Permission]) -> None:
        """Raises Refusal if a group that a permission refers to is not there."""
        referred = {p.source for p in permissions if p.kind is SourceKind.GROUP}
        for group_id in sorted(referred):
            self.group({"GroupId": group_id})

    @functools.cached_property
    def _known_groups(self) -> tuple[Group, ...]:
        """Read once: no operation of the sandbox makes, renames or deletes a group."""
        vpcs = self.all("ec2", "DescribeVpcs")
        default_vpcs = {vpc["VpcId"] for vpc in vpcs if vpc["IsDefault"]}
        return tuple(
            Group(group["GroupId"], group["GroupName"], group["VpcId"] in default_vpcs)
            for group in self.groups()
        )

    def _weight(self, permission: Permission) -> tuple[int, int]:
        if permission.kind is not SourceKind.PREFIX_LIST:
            return _WEIGHTS[permission.kind]
        prefix_list = self.prefix_list(permission.source)
        entries = weight_of(prefix_list) or 0
        return (entries, 0) if prefix_list["AddressFamily"] == "IPv4" else (0, entries)


def no_such_rule(rule_id: str) -> Refusal:
    """The refusal for a rule id that no rule has."""
    return Refusal(
        "InvalidSecurityGroupRuleId.NotFound",
        f"The security group rule ID '{rule_id}' does not exist",
    )


_TAGGED = (
    ("DescribeSecurityGroups", "GroupId"),
    ("DescribeNetworkInterfaces", "NetworkInterfaceId"),
    ("DescribeManagedPrefixLists", "PrefixListId"),
    ("DescribeVpcs", "VpcId"),
)

_WEIGHTS = {SourceKind.IPV4: (1, 0), SourceKind.IPV6: (0, 1), SourceKind.GROUP: (1, 1)}
