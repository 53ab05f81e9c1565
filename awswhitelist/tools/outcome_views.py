"""What became of rules: an outcome's parts as callers see them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from awswhitelist.access.intents import AllowIntent
from awswhitelist.access.outcomes import EntryOutcome, Outcome, OutcomeState, Part
from awswhitelist.access.receipts import in_part
from awswhitelist.config import Config
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Keep,
    KeepWhy,
    Move,
    Receipt,
    ReceiptStatus,
    Release,
    Remove,
    Reset,
    Restore,
    SecurityGroupRule,
)
from awswhitelist.tools.results import RuleStatus, RuleView, view

DONE: dict[type[Any], RuleStatus] = {
    Add: RuleStatus.ADDED,
    Extend: RuleStatus.EXTENDED,
    Move: RuleStatus.MOVED,
    Remove: RuleStatus.REVOKED,
    Release: RuleStatus.RELEASED,
    Restore: RuleStatus.RESTORED,
    Reset: RuleStatus.RESTORED,
}
KEPT: dict[KeepWhy, RuleStatus] = {
    KeepWhy.ALREADY_ALLOWED: RuleStatus.ALREADY_ALLOWED,
    KeepWhy.COVERED: RuleStatus.COVERED,
    KeepWhy.NOT_OURS: RuleStatus.NOT_OURS,
    KeepWhy.CHANGED_SINCE: RuleStatus.UNDO_CONFLICT,
    KeepWhy.GONE: RuleStatus.ABSENT,
    KeepWhy.ENDED: RuleStatus.ABSENT,
}
NOT_DONE: dict[ReceiptStatus, RuleStatus] = {
    ReceiptStatus.UNVERIFIED: RuleStatus.UNVERIFIED,
    ReceiptStatus.UNKNOWN: RuleStatus.UNKNOWN,
    ReceiptStatus.FAILED: RuleStatus.FAILED,
    ReceiptStatus.SKIPPED: RuleStatus.SKIPPED,
    ReceiptStatus.ROLLED_BACK: RuleStatus.ROLLED_BACK,
}
ENDED: dict[OutcomeState, RuleStatus] = {
    OutcomeState.PLANNED: RuleStatus.PLANNED,
    OutcomeState.APPROVAL_REQUIRED: RuleStatus.APPROVAL_REQUIRED,
    OutcomeState.DECLINED: RuleStatus.DECLINED,
}
WEIGHT = (
    RuleStatus.FAILED,
    RuleStatus.UNKNOWN,
    RuleStatus.UNVERIFIED,
    RuleStatus.SKIPPED,
    RuleStatus.ROLLED_BACK,
    RuleStatus.DECLINED,
    RuleStatus.APPROVAL_REQUIRED,
    RuleStatus.PLANNED,
    RuleStatus.UNDO_CONFLICT,
    RuleStatus.MOVED,
    RuleStatus.ADDED,
    RuleStatus.RESTORED,
    RuleStatus.EXTENDED,
    RuleStatus.REVOKED,
    RuleStatus.RELEASED,
    RuleStatus.NOT_OURS,
    RuleStatus.NOT_PICKED,
    RuleStatus.COVERED,
    RuleStatus.ALREADY_ALLOWED,
    RuleStatus.ABSENT,
)
"""Of several rules' statuses, the first of these is the call's."""

IN_PART = "AWS made a part of the change; call again to have all of it."

LEFT = (RuleStatus.REVOKED, RuleStatus.RELEASED)
"""What becomes of an earlier rule whose owner has another one instead."""

TROUBLE = WEIGHT[: WEIGHT.index(RuleStatus.UNDO_CONFLICT)]


class Views:
    """Makes views of the rules of one outcome."""

    def __init__(self, outcome: Outcome, config: Config) -> None:
        self._state = outcome.state
        self._observed = outcome.observed
        groups = outcome.observed.groups if outcome.observed else ()
        self._groups = {group.group_id: group for group in groups}
        self._max_ttl = config.policy.max_ttl

    def rule(self, rule: SecurityGroupRule, status: RuleStatus) -> RuleView:
        """A rule with what became of it."""
        assert self._observed is not None, "rules come from an observation"
        group = self._groups.get(rule.group_id)
        return view(rule, group, self._observed.at, self._max_ttl, status)

    def part(self, part: Part, intent: AllowIntent | None = None) -> RuleView:
        """The rule of one change as it stands, or as it was asked for where nobody has seen it.

        ``intent`` is the wish of a bulk that the part serves: where an earlier one made the
        change already, this one has found it there.
        """
        status = _status(part, self._state)
        if intent is not None and not part.is_own and status in DONE.values():
            status = _found_there(part.change, intent)
        if part.receipt is not None and part.receipt.rule is not None:
            return self.rule(part.receipt.rule, status)
        if isinstance(part.change, Keep):
            return self.rule(part.change.rule, status)
        # Whose it is, or until when, is not known of a rule that nobody has seen.
        return self.rule(_as_asked(part.change), status).model_copy(update={"managed": None})

    def entry(self, entry: EntryOutcome) -> tuple[RuleView, ...]:
        """The rules of one wish of a bulk, each with its status."""
        if entry.error is not None:
            return ()
        intent = entry.intent if isinstance(entry.intent, AllowIntent) else None
        return tuple(self.part(part, intent) for part in entry.parts)


def status_of_entry(entry: EntryOutcome, rules: Iterable[RuleView]) -> RuleStatus:
    """What became of one wish of a bulk; ``rules`` are :meth:`Views.entry` of it."""
    return RuleStatus.FAILED if entry.error is not None else allowed(rules)


def error_of_entry(entry: EntryOutcome) -> AwsWhitelistError | None:
    """Why a wish did not come true, or not wholly."""
    failures = (failure_of(part.receipt) for part in entry.parts if part.receipt)
    return entry.error or next((error for error in failures if error is not None), None)


def failure_of(receipt: Receipt) -> AwsWhitelistError | None:
    """Why a change is not done; where it was made in part, its remedy says so."""
    error = receipt.error
    if error is not None and in_part(receipt.status, receipt.change, receipt.rule):
        error.remedy = f"{IN_PART} {error.remedy.removeprefix(IN_PART).lstrip()}"
    return error


def overall(rules: Iterable[RuleView]) -> RuleStatus:
    """The status of a call from those of its rules; without any, there was nothing there."""
    present = {rule.status for rule in rules}
    return next((status for status in WEIGHT if status in present), RuleStatus.ABSENT)


def allowed(rules: Iterable[RuleView]) -> RuleStatus:
    """As :func:`overall`, for a wish that gives access: whoever leaves an earlier rule has moved,
    whether the rule for the new address is a new one or was there already."""
    known = tuple(rules)
    status = overall(known)
    has_left = any(rule.status in LEFT for rule in known)
    return RuleStatus.MOVED if has_left and status not in TROUBLE else status


def all_parts(outcome: Outcome) -> tuple[Part, ...]:
    """Everything that a call was about: what was written, then what was left as it is."""
    written = tuple(Part(receipt.change, receipt, is_own=True) for receipt in outcome.receipts)
    seen = {part.receipt.rule.rule_id for part in written if part.receipt and part.receipt.rule}
    kept = {
        change.rule.rule_id: Part(change, None, is_own=True)
        for change in outcome.plan.changes
        if isinstance(change, Keep) and change.rule.rule_id not in seen
    }
    return (*written, *kept.values())


def _status(part: Part, state: OutcomeState) -> RuleStatus:
    if isinstance(part.change, Keep):
        return KEPT[part.change.why]
    if part.receipt is None:
        return ENDED[state]
    if part.receipt.status is ReceiptStatus.DONE:
        return DONE[type(part.change)]
    if _was_accepted(part.receipt):
        return RuleStatus.UNVERIFIED
    return NOT_DONE[part.receipt.status]


def _was_accepted(receipt: Receipt) -> bool:
    """Whether AWS said yes and only the look afterwards failed."""
    return receipt.status is ReceiptStatus.UNKNOWN and receipt.error is None


def _found_there(change: Change, intent: AllowIntent) -> RuleStatus:
    """How a wish finds a rule that an earlier one has just made: as its own, or a wider one."""
    spec = change.spec
    is_same = spec.source in intent.sources and intent.ports in (
        None,
        (spec.from_port, spec.to_port),
    )
    return RuleStatus.ALREADY_ALLOWED if is_same else RuleStatus.COVERED


def _as_asked(change: Change) -> SecurityGroupRule:
    """A rule of which only what was asked for is known; without an id where it would be new."""
    group_id, spec = change.group_id, change.spec
    if isinstance(change, Add | Restore):
        return SecurityGroupRule(rule_id="", group_id=group_id, spec=spec)
    rule, description = change.rule, change.rule.description
    return SecurityGroupRule(
        rule_id=rule.rule_id, group_id=group_id, spec=spec, description=description
    )
