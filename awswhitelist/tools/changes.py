"""What the changing operations answer: statuses, plans, approvals, receipts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.access.wording import change_words, plan_words, reason_words
from awswhitelist.config import Config
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Keep,
    KeepWhy,
    Receipt,
    ReceiptStatus,
    Release,
    Remove,
    ResourceType,
    SecurityGroup,
    SecurityGroupRule,
)
from awswhitelist.resources.interface import ResolvedTarget
from awswhitelist.text import printable
from awswhitelist.tools.arguments import AwsArguments
from awswhitelist.tools.results import (
    OperationResult,
    Result,
    RuleStatus,
    RuleView,
    WarningCode,
    WarningNote,
    place,
    view,
)
from awswhitelist.validators import format_time

DONE: dict[type[Any], RuleStatus] = {
    Add: RuleStatus.ADDED,
    Extend: RuleStatus.EXTENDED,
    Remove: RuleStatus.REVOKED,
    Release: RuleStatus.RELEASED,
}
KEPT: dict[KeepWhy, RuleStatus] = {
    KeepWhy.ALREADY_ALLOWED: RuleStatus.ALREADY_ALLOWED,
    KeepWhy.COVERED: RuleStatus.COVERED,
    KeepWhy.NOT_OURS: RuleStatus.NOT_OURS,
}
WEIGHT = (
    RuleStatus.UNVERIFIED,
    RuleStatus.ADDED,
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

NOT_SEEN = (ReceiptStatus.UNVERIFIED, ReceiptStatus.UNKNOWN)
"""The write was accepted, but its effect could not be seen."""

ENDED: dict[OutcomeState, RuleStatus] = {
    OutcomeState.PLANNED: RuleStatus.PLANNED,
    OutcomeState.APPROVAL_REQUIRED: RuleStatus.APPROVAL_REQUIRED,
    OutcomeState.DECLINED: RuleStatus.DECLINED,
}


ENFORCERS: tuple[str, ...] = ()
"""What ends access by itself: nothing does yet, so an end must be seen to by whoever asked."""


class ApprovalView(Result):
    """What the repeated call carries as ``approval``, and until when."""

    token: str
    expires_at: str


class Undo(Result):
    """The call that takes this one back."""

    operation: str
    arguments: dict[str, Any]


class ResourceView(Result):
    """What the target turned out to be, where it is more than a security group."""

    resource_type: str
    id: str
    name: str | None = None
    endpoint: str | None = None
    why: str


class ChangeResult(OperationResult):
    """Base of the results of changing operations."""

    status: RuleStatus | None = None
    rules: tuple[RuleView, ...] | None = None
    resource: ResourceView | None = None
    plan: Annotated[tuple[str, ...] | None, Field(description="What would change.")] = None
    reasons: Annotated[tuple[str, ...] | None, Field(description="Why approval is needed.")] = None
    approval: ApprovalView | None = None
    undo: Undo | None = None
    expires_enforced_by: tuple[str, ...] | None = None
    aws_request_ids: tuple[str, ...] | None = None

    def facts(self) -> tuple[str, ...]:
        """Plan, rules, and how to go on."""
        rules = [rule.words() for rule in self.rules or ()]
        plan = [f"Plan: {line}" for line in self.plan or ()]
        how = []
        if self.approval:
            how = [
                "To go ahead, repeat the call with the same arguments and "
                f"`approval`: {self.approval.token} (until {self.approval.expires_at})."
            ]
        return (*plan, *rules, *how)


def undo_place(request: AwsArguments, region: str) -> dict[str, str | None]:
    """Where an undo must be made: a call that names neither goes to the usual place, and finds
    nothing there."""
    return {"region": region, "profile": request.profile}


def raise_failures(outcome: Outcome) -> None:
    """Raise the first failure among the receipts, with what was and what was not done."""
    bad = [each for each in outcome.receipts if each.error is not None]
    if not bad:
        return
    done = [each for each in outcome.receipts if each.status is ReceiptStatus.DONE]
    error: AwsWhitelistError = bad[0].error or AwsWhitelistError("A change failed.")
    error.details["not_done"] = [change_words(each.change) for each in bad]
    error.details["done"] = [change_words(each.change) for each in done]
    if any(each.status is ReceiptStatus.UNKNOWN for each in bad):
        error.remedy = (
            f"It is not known whether AWS made the change: list the rules. {error.remedy}"
        )
    raise error


def common_facts(outcome: Outcome, config: Config) -> dict[str, Any]:
    """The fields that every result of a changing operation has, but for its summary."""
    facts: dict[str, Any] = place(outcome.scope, outcome.caller.account)
    facts["resource"] = resource_view(outcome.resource)
    if outcome.state is not OutcomeState.APPLIED:
        return facts | _unapplied(outcome)
    rules = rule_views(outcome, config)
    request_ids = dict.fromkeys(each.aws_request_id for each in outcome.receipts)
    return facts | {
        "status": overall(rules),
        "rules": rules,
        "aws_request_ids": tuple(each for each in request_ids if each) or None,
    }


def resource_view(resolved: ResolvedTarget | None) -> ResourceView | None:
    """The resource of a call; None where a security group was named, or only rules."""
    if resolved is None or resolved.resource_type is ResourceType.SECURITY_GROUP:
        return None
    return ResourceView(
        resource_type=resolved.resource_type.value,
        id=resolved.resource_id,
        name=printable(resolved.found.name) or None,
        endpoint=resolved.endpoint,
        why=resolved.why,
    )


def _unapplied(outcome: Outcome) -> dict[str, Any]:
    approval = outcome.approval
    return {
        "status": ENDED[outcome.state],
        "plan": plan_words(outcome.plan),
        "reasons": reason_words(outcome.reasons) or None,
        "approval": approval
        and ApprovalView(token=approval.token, expires_at=format_time(approval.expires_at)),
    }


def rule_views(outcome: Outcome, config: Config) -> tuple[RuleView, ...]:
    """Every rule that the call was about, with what became of it: written ones, then kept ones."""
    written = [_written(receipt, outcome, config) for receipt in outcome.receipts]
    seen = {each.rule_id for each in written}
    kept = [
        _view(change.rule, outcome, config, KEPT[change.why])
        for change in outcome.plan.changes
        if isinstance(change, Keep) and change.rule.rule_id not in seen
    ]
    return (*written, *{each.rule_id: each for each in kept}.values())


def _written(receipt: Receipt, outcome: Outcome, config: Config) -> RuleView:
    is_done = receipt.status is ReceiptStatus.DONE
    status = DONE[type(receipt.change)] if is_done else RuleStatus.UNVERIFIED
    rule = receipt.rule or _unseen(receipt.change)
    return _view(rule, outcome, config, status)


def _unseen(change: Change) -> SecurityGroupRule:
    """A rule that AWS said it made but does not show yet: known by what was asked for."""
    return SecurityGroupRule(rule_id="", group_id=change.group_id, spec=change.spec)


def _view(
    rule: SecurityGroupRule, outcome: Outcome, config: Config, status: RuleStatus
) -> RuleView:
    assert outcome.observed is not None, "rules come from an observation"
    groups: dict[str, SecurityGroup] = {each.group_id: each for each in outcome.observed.groups}
    now, max_ttl = outcome.observed.at, config.policy.max_ttl
    return view(rule, groups.get(rule.group_id), now, max_ttl, status)


def unpicked_views(
    rule_ids: Iterable[str], rules: Iterable[RuleView], outcome: Outcome, config: Config
) -> list[RuleView]:
    """Rules that were named by id and are there, but that the rest of the call does not mean."""
    left = set(rule_ids) - {each.rule_id for each in rules}
    there = outcome.observed.rules if outcome.observed else ()
    return [
        _view(rule, outcome, config, RuleStatus.NOT_PICKED)
        for rule in there
        if rule.rule_id in left
    ]


def overall(rules: Iterable[RuleView]) -> RuleStatus:
    """The status of a call from those of its rules; without any, there was nothing there."""
    present = {rule.status for rule in rules}
    return next((status for status in WEIGHT if status in present), RuleStatus.ABSENT)


def common_warnings(outcome: Outcome) -> list[WarningNote]:
    """Warnings that any change may bring."""
    notes = []
    if outcome.refusal is not None:
        message = f"The approval that was given does not count: {outcome.refusal.value}."
        notes.append(WarningNote(code=WarningCode.APPROVAL_NOT_ACCEPTED, message=message))
    if outcome.audit_has_gaps:
        message = "The change was made, but not all of it could be written to the audit log."
        notes.append(WarningNote(code=WarningCode.AUDIT_INCOMPLETE, message=message))
    if any(each.status in NOT_SEEN for each in outcome.receipts):
        message = "AWS accepted the change but does not show it yet: list the rules again."
        notes.append(WarningNote(code=WarningCode.UNVERIFIED, message=message))
    return notes


UNAPPLIED_SUMMARIES: dict[OutcomeState, str] = {
    OutcomeState.PLANNED: "Nothing was changed (dry run); {count} change(s) would be made{more}.",
    OutcomeState.APPROVAL_REQUIRED: "Nothing was changed yet: {count} change(s) need approval.",
    OutcomeState.DECLINED: "Nothing was changed: the approval was declined.",
}


def unapplied_summary(outcome: Outcome) -> str:
    """One sentence for an outcome in which nothing was written."""
    more = ", after approval" if outcome.reasons else ""
    text = UNAPPLIED_SUMMARIES[outcome.state]
    return text.format(count=len(outcome.plan.writes), more=more)
