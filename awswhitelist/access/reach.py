"""What the rules and tags of groups say about reaching a resource, beside the rules asked for.

Pure. What the resource itself says is in :mod:`awswhitelist.resources.reach`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from awswhitelist.access.containment import is_open_to_world, network_of, ports_overlap
from awswhitelist.access.counting import count_rules
from awswhitelist.access.entries import Entry, Located
from awswhitelist.constants import DEFAULT_RULES_PER_GROUP
from awswhitelist.models import (
    Observation,
    RuleSpec,
    SecurityGroup,
    SecurityGroupRule,
    SourceKind,
)
from awswhitelist.resources.reach import ReachCode, ReachFact

_KEEPERS: tuple[tuple[str, str], ...] = (
    ("aws:cloudformation:", "CloudFormation"),
    ("aws-cdk:", "the AWS CDK"),
    ("aws:eks:", "EKS"),
    ("eks:", "EKS"),
    ("kubernetes.io/cluster/", "a Kubernetes cluster"),
    ("elbv2.k8s.aws/", "the AWS Load Balancer Controller"),
    ("ingress.k8s.aws/", "the AWS Load Balancer Controller"),
    ("service.k8s.aws/", "the AWS Load Balancer Controller"),
    ("karpenter.sh/", "Karpenter"),
    ("terraform", "Terraform"),
    ("pulumi", "Pulumi"),
)
"""How the keys of tags begin, by which tools mark the groups that they keep."""

_MANAGED_BY = frozenset({"managed-by", "managed_by", "managedby"})
"""Keys by convention; the value is the tool's name."""


def usual_limit() -> int:
    """How many rules of a family AWS lets a group have, unless the account has another quota."""
    return DEFAULT_RULES_PER_GROUP


def reach_facts(
    located: Located, observed: Observation, limit: Callable[[], int] = usual_limit
) -> tuple[ReachFact, ...]:
    """All that is known to matter, of the resource and of its groups as observed.

    ``limit`` is asked, where a group has so many rules that it may be full, how many it may have.
    """
    own = located.resource.facts if located.resource else ()
    changed = [group for group in observed.groups if group.group_id in located.group_ids]
    return (
        *own,
        *(fact for group in changed for fact in _kept_by_others(group)),
        *(fact for group in changed for fact in _full(group, observed, limit)),
        *_open_beside(located, observed),
    )


def facts_of(
    entries: Iterable[Entry], observed: Observation, limit: Callable[[], int] = usual_limit
) -> tuple[ReachFact, ...]:
    """What matters to any of the entries, each fact once; see :func:`reach_facts`."""
    places = (entry.located for entry in entries if entry.located and not entry.error)
    # What was asked for matters only beside other groups; a bulk asks much of the same place.
    distinct = {(place.every_group, place.specs if place.beside else ()): place for place in places}
    return tuple(
        dict.fromkeys(
            fact for place in distinct.values() for fact in reach_facts(place, observed, limit)
        )
    )


def only(observed: Observation, group_ids: Sequence[str]) -> Observation:
    """What was observed of some of the groups."""
    groups = tuple(group for group in observed.groups if group.group_id in group_ids)
    rules = tuple(rule for rule in observed.rules if rule.group_id in group_ids)
    return observed.model_copy(update={"groups": groups, "rules": rules})


def keeper_of(group: SecurityGroup) -> str | None:
    """Who else changes this group, by its tags; None where no tag says so."""
    tags = {key.lower(): value for key, value in group.tags.items()}
    for start, keeper in _KEEPERS:
        if any(key.startswith(start) for key in tags):
            return keeper
    named = next((tags[key] for key in sorted(_MANAGED_BY & tags.keys())), "")
    known = {keeper.lower(): keeper for _, keeper in _KEEPERS}
    return known.get(named.strip().lower(), "another tool") if named.strip() else None


def mergeable(rules: Iterable[SecurityGroupRule]) -> int:
    """How many rules fewer would let in the very same addresses."""
    alike: dict[RuleSpec, list[str]] = {}
    for rule in rules:
        if network_of(rule.spec) is not None:
            alike.setdefault(rule.spec.model_copy(update={"source": ""}), []).append(
                rule.spec.source
            )
    return sum(len(each) - _fewest(spec, each) for spec, each in alike.items())


def _fewest(spec: RuleSpec, cidrs: Sequence[str]) -> int:
    """How many networks hold just these addresses of one family."""
    if spec.source_kind is SourceKind.IPV4:
        return len(list(collapse_addresses(map(IPv4Network, cidrs))))
    return len(list(collapse_addresses(map(IPv6Network, cidrs))))


def _kept_by_others(group: SecurityGroup) -> Iterator[ReachFact]:
    keeper = keeper_of(group)
    if keeper is not None:
        yield ReachFact(
            code=ReachCode.KEPT_BY_OTHERS,
            message=f"By its tags {group.group_id} is kept by {keeper}, which may take the rule "
            "away again.",
        )


def _full(
    group: SecurityGroup, observed: Observation, limit: Callable[[], int]
) -> Iterator[ReachFact]:
    rules = observed.rules_of(group.group_id)
    count = count_rules(rules, {})
    most = max(count.ipv4, count.ipv6)
    if most < DEFAULT_RULES_PER_GROUP or most < limit():
        return
    fewer = mergeable(rules)
    merge = f" {fewer} of them could be merged into others." if fewer else ""
    yield ReachFact(
        code=ReachCode.GROUP_FULL,
        message=f"{group.group_id} has {most} rules of one address family, and {limit()} are what "
        f"AWS lets it have.{merge}",
    )


def _open_beside(located: Located, observed: Observation) -> Iterator[ReachFact]:
    """Rules of the resource's other groups that let in everybody where access was asked for."""
    open_ids = [
        rule.rule_id
        for rule in observed.rules
        if rule.group_id in located.beside
        and is_open_to_world(rule.spec)
        and any(_same_door(rule.spec, spec) for spec in located.specs)
    ]
    if open_ids:
        yield ReachFact(
            code=ReachCode.OPEN_BESIDE,
            message="Another security group of the resource lets everybody in here already: "
            f"{', '.join(open_ids[:5])}.",
        )


def _same_door(wide: RuleSpec, asked: RuleSpec) -> bool:
    if wide.source_kind is not asked.source_kind or wide.protocol not in ("all", asked.protocol):
        return False
    if asked.from_port is None or asked.to_port is None:
        return True
    return ports_overlap(wide, asked.from_port, asked.to_port)
