"""Intent and observation in, changes out. Reads nothing, writes nothing, knows no clock.

There is one planner: whatever an operation wants of AWS becomes a list of changes here, in
:mod:`awswhitelist.access.drafting` and in :mod:`awswhitelist.access.undoing`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime, timedelta
from ipaddress import ip_network

from awswhitelist.access.marks.expiry import is_overdue, is_owner, owner_mark, read_marks
from awswhitelist.access.intents import AllowIntent, RevokeIntent, Selector
from awswhitelist.models import (
    Change,
    IpProtocol,
    Keep,
    KeepWhy,
    Release,
    Remove,
    RemoveWhy,
    RuleSpec,
    SecurityGroupRule,
    SourceKind,
)
from awswhitelist.validators import LAST_PORT

ICMP = (IpProtocol.ICMP, IpProtocol.ICMPV6)


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


def plan_revoke(intent: RevokeIntent, rules: Iterable[SecurityGroupRule]) -> tuple[Change, ...]:
    """What must change so that the rules picked are gone."""
    owner = intent.selector.owner
    picked = [rule for rule in rules if _is_picked(rule, intent)]
    return tuple(_revoke_one(rule, owner, intent.include_foreign) for rule in picked)


def plan_sweep(
    rules: Iterable[SecurityGroupRule],
    now: datetime,
    max_ttl: timedelta,
    untagged_in: Container[str] = (),
) -> tuple[Remove, ...]:
    """What must change so that none of our rules outlives its end; ``now`` is AWS's time.

    A rule that is ours by its description alone goes only in the groups of ``untagged_in``.
    """
    marked = ((rule, read_marks(rule)) for rule in rules)
    return tuple(
        Remove(rule=rule, why=RemoveWhy.EXPIRED)
        for rule, marks in marked
        if marks is not None
        and is_overdue(marks, now, max_ttl)
        and (not marks.by_description or rule.group_id in untagged_in)
    )


def matches(rule: SecurityGroupRule, selector: Selector) -> bool:
    """Whether a rule is one of those that the selector means."""
    spec, marks = rule.spec, read_marks(rule)
    owner = selector.owner
    return (
        (selector.sources is None or spec.source in selector.sources)
        and (selector.ports is None or _ports_of(spec) == selector.ports)
        and (selector.protocol is None or spec.protocol == selector.protocol)
        and (owner is None or (marks is not None and is_owner(marks, owner)))
    )


def _ports_of(spec: RuleSpec) -> tuple[int, int] | None:
    """The ports that a rule opens; None for ICMP, whose types and codes are none."""
    if spec.protocol in ICMP:
        return None
    if spec.from_port is None or spec.to_port is None:
        return (0, LAST_PORT) if spec.protocol == IpProtocol.ALL else None
    return spec.from_port, spec.to_port


def _is_picked(rule: SecurityGroupRule, intent: RevokeIntent) -> bool:
    if intent.rule_ids and rule.rule_id not in intent.rule_ids:
        return False
    return matches(rule, intent.selector)


def _revoke_one(rule: SecurityGroupRule, owner: str | None, include_foreign: bool) -> Change:
    marks = read_marks(rule)
    if marks is None:
        if include_foreign:
            return Remove(rule=rule)
        return Keep(rule=rule, why=KeepWhy.NOT_OURS)
    mark = None if owner is None else owner_mark(marks, owner)
    if mark is not None and any(name != mark for name in marks.owners):
        return Release(rule=rule, owner=mark)
    return Remove(rule=rule)
