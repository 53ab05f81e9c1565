"""What an order leaves to be watched: when its rules end, and what has ended already. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from awswhitelist.access.ending.deadlines import Watch
from awswhitelist.access.marks.expiry import end_of, read_marks
from awswhitelist.access.intents import Order, SweepIntent
from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.access.planner import plan_sweep
from awswhitelist.access.policy import trusts_descriptions
from awswhitelist.access.receipts import in_part
from awswhitelist.access.wording import spec_words
from awswhitelist.models import (
    Add,
    Extend,
    Move,
    Receipt,
    ReceiptStatus,
    Remove,
    Reset,
    Restore,
    SecurityGroupRule,
)
from awswhitelist.policy_config import PolicyConfig

HOUSEKEEPING_DELAY = timedelta(seconds=1)
"""The answer goes out first, and a caller who goes on at once finds the groups unlocked."""

SHORTEST = timedelta(seconds=1)
"""AWS tells its time in whole seconds."""

UNSEEN = "unseen: "
"""Begins what stands for the id of a rule that AWS has not shown yet."""

OPENS = (Add, Extend, Move, Restore, Reset)
MAY_STAND = (ReceiptStatus.DONE, ReceiptStatus.UNVERIFIED, ReceiptStatus.UNKNOWN)


class Look(NamedTuple):
    """A rule to be looked at after a time; never again where ``after`` is None."""

    group_id: str
    rule_id: str
    after: timedelta | None


def is_followed(order: Order, outcome: Outcome) -> bool:
    """Whether this process sees to what an order leaves: not with keys that came with the call,
    for they are not kept; and sweeps look after themselves."""
    return (
        outcome.state is OutcomeState.APPLIED
        and outcome.observed is not None
        and order.credentials is None
        and not order.dry_run
        and not isinstance(order.intent, SweepIntent)
    )


def looks_after(outcome: Outcome, policy: PolicyConfig) -> Iterator[Look]:
    """What is to be looked at after a change: the rules that it made or changed, when they end,
    and at once those that it saw to be overdue in the same groups."""
    observed = outcome.observed
    assert observed is not None, "what was changed was seen before"
    for receipt in outcome.receipts:
        yield from _look_at(receipt, observed.at, policy.max_ttl)
    touched = {each.change.group_id for each in outcome.receipts}
    written = {_rule_id(each) for each in outcome.receipts}
    rules = [rule for rule in observed.rules if rule.group_id in touched]
    trusted = {each.group_id for each in observed.groups if trusts_descriptions(each, policy)}
    for overdue in plan_sweep(rules, observed.at, policy.max_ttl, trusted):
        if overdue.rule.rule_id not in written:
            yield Look(overdue.group_id, overdue.rule.rule_id, HOUSEKEEPING_DELAY)


def next_look(watch: Watch, swept: Outcome, policy: PolicyConfig) -> Look | None:
    """When a rule is to be looked at again after a sweep; None where the sweep has failed it.

    The rule may have been extended elsewhere: the sweep saw the end that counts.
    """
    never = Look(watch.group_id, watch.rule_id, None)
    for receipt in swept.receipts:
        if _is_about(receipt, watch) and receipt.status is not ReceiptStatus.DONE:
            return None
    removed = {_rule_id(each) for each in swept.receipts}
    if watch.rule_id in removed or swept.observed is None:
        return never
    rules = {rule.rule_id: rule for rule in swept.observed.rules}
    rule = rules.get(watch.rule_id)
    if rule is None:
        return never
    left = _left(rule, swept.observed.at, policy.max_ttl)
    return never if left is None or left <= timedelta(0) else _look(rule, left)


def groups_of(watches: Collection[Watch]) -> tuple[str, ...]:
    """The groups that the watches are about, each once."""
    return tuple(sorted({watch.group_id for watch in watches}))


def _look_at(receipt: Receipt, now: datetime, max_ttl: timedelta) -> Iterator[Look]:
    change = receipt.change
    if isinstance(change, Remove):
        if receipt.status is ReceiptStatus.DONE:
            yield Look(change.group_id, change.rule.rule_id, None)
    elif isinstance(change, OPENS) and _may_stand(receipt):
        if receipt.rule is not None:
            yield _look(receipt.rule, _left(receipt.rule, now, max_ttl))
        elif isinstance(change, Add) and change.grant.lifetime is not None:
            yield Look(change.group_id, UNSEEN + spec_words(change.spec), change.grant.lifetime)


def _may_stand(receipt: Receipt) -> bool:
    return receipt.status in MAY_STAND or in_part(receipt.status, receipt.change, receipt.rule)


def _look(rule: SecurityGroupRule, left: timedelta | None) -> Look:
    after = None if left is None else max(left, SHORTEST)
    return Look(rule.group_id, rule.rule_id, after)


def _left(rule: SecurityGroupRule, now: datetime, max_ttl: timedelta) -> timedelta | None:
    """How long a rule of ours has left at ``now``, AWS's time; None for never, or unknown."""
    marks = read_marks(rule)
    end = end_of(marks, max_ttl) if marks else None
    return None if end is None else end - now


def _is_about(receipt: Receipt, watch: Watch) -> bool:
    if watch.rule_id.startswith(UNSEEN):
        return receipt.change.group_id == watch.group_id
    return _rule_id(receipt) == watch.rule_id


def _rule_id(receipt: Receipt) -> str | None:
    rule = receipt.rule or getattr(receipt.change, "rule", None)
    return rule.rule_id if rule else None
