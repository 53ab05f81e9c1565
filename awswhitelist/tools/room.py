"""How many more rules fit into the groups that a call has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from awswhitelist.access.counting import RuleCount, count_rules
from awswhitelist.access.outcomes import Outcome
from awswhitelist.calls import CallContext
from awswhitelist.constants import DEFAULT_RULES_PER_GROUP
from awswhitelist.models import (
    Add,
    Receipt,
    ReceiptStatus,
    Remove,
    Restore,
    SecurityGroupRule,
    SourceKind,
)

if TYPE_CHECKING:
    from awswhitelist.aws.gateway import AwsGateway

NEARLY_FULL = 45
"""From so many rules of a family on, AWS is asked how many the account may have."""


def room_left(outcome: Outcome, gateway: AwsGateway, ctx: CallContext) -> dict[str, int] | None:
    """At least so many more rules of the changed address family fit, by group; None for no group.

    Measured against AWS's usual quota, which an account may have had raised; near to that, AWS is
    asked (once an hour, see :meth:`AwsGateway.rules_per_group`). A group with a prefix list whose
    size is not known is left out. Raises CallCancelledError.
    """
    used = used_after(outcome)
    limit = DEFAULT_RULES_PER_GROUP
    if any(count >= NEARLY_FULL for count in used.values()):
        limit = gateway.rules_per_group(outcome.scope, ctx).limit
    return {group_id: max(limit - count, 0) for group_id, count in used.items()} or None


def used_after(outcome: Outcome) -> Mapping[str, int]:
    """The rules of the fullest address family that a call has changed, by group, as they count
    against the quota afterwards."""
    changed: dict[str, list[Receipt]] = {}
    for receipt in outcome.receipts:
        if receipt.status is ReceiptStatus.DONE:
            changed.setdefault(receipt.change.group_id, []).append(receipt)
    if outcome.observed is None or not changed:
        return {}
    before: dict[str, list[SecurityGroupRule]] = {}
    for rule in outcome.observed.rules:
        before.setdefault(rule.group_id, []).append(rule)
    counted = {
        group_id: _used(count_rules(_after(before.get(group_id, ()), done), {}), done)
        for group_id, done in changed.items()
    }
    return {group_id: count for group_id, count in counted.items() if count is not None}


def _after(
    rules: Iterable[SecurityGroupRule], done: Iterable[Receipt]
) -> Iterable[SecurityGroupRule]:
    """The rules of a group once changes were made; what only changed still counts as one."""
    there = {rule.rule_id: rule for rule in rules}
    for receipt in done:
        match receipt.change:
            case Add() | Restore() if receipt.rule is not None:
                there[receipt.rule.rule_id] = receipt.rule
            case Remove(rule=rule):
                there.pop(rule.rule_id, None)
    return there.values()


def _used(count: RuleCount, done: Iterable[Receipt]) -> int | None:
    if count.unweighed:
        return None
    kinds = {receipt.change.spec.source_kind for receipt in done}
    of_family = {SourceKind.IPV4: count.ipv4, SourceKind.IPV6: count.ipv6}
    fullest = max(count.ipv4, count.ipv6)
    return max(of_family.get(kind, fullest) for kind in kinds)
