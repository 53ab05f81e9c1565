"""Intent and observation in, changes out. Reads nothing, writes nothing, knows no clock.

There is one planner: whatever an operation wants of AWS becomes a list of changes here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network

from awswhitelist.access.containment import covers
from awswhitelist.access.expiry import (
    Marks,
    end_of,
    is_overdue,
    owner_token,
    read_marks,
    worth_extending,
)
from awswhitelist.access.intents import AllowIntent, RevokeIntent, Selector
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Grant,
    IpProtocol,
    Keep,
    KeepWhy,
    Observation,
    Release,
    Remove,
    RuleSpec,
    SecurityGroupRule,
    SourceKind,
)

ICMP = (IpProtocol.ICMP, IpProtocol.ICMPV6)


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """The limits that shape a plan: how long a rule may last, at once and in all."""

    max_ttl: timedelta
    max_total: timedelta


def specs_of(intent: AllowIntent, ports: tuple[int, int] | None) -> tuple[RuleSpec, ...]:
    """The rules that an intent asks for, in the order asked, each once."""
    if intent.protocol in ICMP:
        first, last = intent.icmp_type, intent.icmp_code
    else:
        first, last = ports or (None, None)
    specs = (
        RuleSpec(
            protocol=intent.protocol,
            from_port=first,
            to_port=last,
            source=source,
            source_kind=SourceKind.IPV4 if ip_network(source).version == 4 else SourceKind.IPV6,
        )
        for source in dict.fromkeys(intent.sources)
    )
    return tuple(specs)


def plan_allow(
    specs: Sequence[RuleSpec],
    group_ids: Sequence[str],
    grant: Grant,
    observed: Observation,
    lifetimes: Lifetimes,
    *,
    force: bool = False,
) -> tuple[Change, ...]:
    """What must change so that every spec holds in every group."""
    return tuple(
        _allow_one(spec, group_id, grant, observed, lifetimes, force)
        for group_id in group_ids
        for spec in specs
    )


def plan_revoke(intent: RevokeIntent, rules: Iterable[SecurityGroupRule]) -> tuple[Change, ...]:
    """What must change so that the rules picked are gone."""
    owner = None if intent.selector.owner is None else owner_token(intent.selector.owner)
    picked = [rule for rule in rules if _is_picked(rule, intent)]
    return tuple(_revoke_one(rule, owner, intent.include_foreign) for rule in picked)


def matches(rule: SecurityGroupRule, selector: Selector) -> bool:
    """Whether a rule is one of those that the selector means."""
    spec, marks = rule.spec, read_marks(rule)
    owners = marks.owners if marks else ()
    return (
        (selector.sources is None or spec.source in selector.sources)
        and (selector.ports is None or (spec.from_port, spec.to_port) == selector.ports)
        and (selector.protocol is None or spec.protocol == selector.protocol)
        and (selector.owner is None or owner_token(selector.owner) in owners)
    )


def _is_picked(rule: SecurityGroupRule, intent: RevokeIntent) -> bool:
    if intent.rule_ids and rule.rule_id not in intent.rule_ids:
        return False
    return matches(rule, intent.selector)


def _allow_one(
    spec: RuleSpec,
    group_id: str,
    grant: Grant,
    observed: Observation,
    lifetimes: Lifetimes,
    force: bool,
) -> Change:
    rules = observed.rules_of(group_id)
    same = next((rule for rule in rules if rule.spec == spec), None)
    if same is not None:
        return _allow_again(same, grant, observed.at, lifetimes)
    if not force:
        cover = _lasting_cover(rules, spec, grant, observed.at, lifetimes)
        if cover is not None:
            return Keep(rule=cover, why=KeepWhy.COVERED)
    return Add(group_id=group_id, spec=spec, grant=grant)


def _allow_again(
    rule: SecurityGroupRule, grant: Grant, now: datetime, lifetimes: Lifetimes
) -> Change:
    marks = read_marks(rule)
    if marks is None:
        return Keep(rule=rule, why=KeepWhy.ALREADY_ALLOWED)
    longer = worth_extending(marks, grant.lifetime, now, lifetimes.max_total)
    if not longer and is_overdue(marks, now, lifetimes.max_ttl):
        return Keep(rule=rule, why=KeepWhy.USED_UP)
    if not longer and owner_token(grant.owner) in marks.owners:
        return Keep(rule=rule, why=KeepWhy.ALREADY_ALLOWED)
    return Extend(rule=rule, grant=grant)


def _lasting_cover(
    rules: Iterable[SecurityGroupRule],
    spec: RuleSpec,
    grant: Grant,
    now: datetime,
    lifetimes: Lifetimes,
) -> SecurityGroupRule | None:
    """A wider rule that is there for at least as long as the access asked for."""
    end = None if grant.lifetime is None else now + grant.lifetime
    for rule in rules:
        if covers(rule.spec, spec) and _lasts_until(read_marks(rule), end, lifetimes):
            return rule
    return None


def _lasts_until(marks: Marks | None, end: datetime | None, lifetimes: Lifetimes) -> bool:
    if marks is None or (marks.expiry_known and marks.expires_at is None):
        return True
    rule_end = end_of(marks, lifetimes.max_ttl)
    return rule_end is not None and end is not None and rule_end >= end


def _revoke_one(rule: SecurityGroupRule, owner: str | None, include_foreign: bool) -> Change:
    marks = read_marks(rule)
    if marks is None:
        if include_foreign:
            return Remove(rule=rule)
        return Keep(rule=rule, why=KeepWhy.NOT_OURS)
    if owner is not None and any(name != owner for name in marks.owners):
        return Release(rule=rule, owner=owner)
    return Remove(rule=rule)
