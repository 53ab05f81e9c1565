"""Plans in words: for people who must decide, for dry runs, for summaries. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from awswhitelist.access.approval.approvals import Refusal
from awswhitelist.access.marks.descriptions import describe_door
from awswhitelist.access.marks.expiry import owner_token, read_marks
from awswhitelist.calls import Choice, Question
from awswhitelist.constants import NEVER
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Grant,
    Keep,
    KeepWhy,
    Move,
    Plan,
    Release,
    Remove,
    RemoveWhy,
    Reset,
    Restore,
    RuleSpec,
    SecurityGroupRule,
)
from awswhitelist.policy_config import ApprovalReason
from awswhitelist.text import printable
from awswhitelist.validators import format_duration, format_time

APPROVAL = "approval"
"""The key of the question whether a plan may be carried out."""

MOST_LINES = 40
"""More lines of one kind are no question for a person; the dry run shows them all."""

APPROVE = "approve"
REJECT = "reject"
CHOICES = (Choice(REJECT, "Reject: change nothing"), Choice(APPROVE, "Approve this change"))

REASONS: dict[ApprovalReason, str] = {
    ApprovalReason.ALWAYS: "the policy asks for approval of every change",
    ApprovalReason.WIDER_THAN_HOST: "it lets in more than one address",
    ApprovalReason.SENSITIVE_PORTS: "it opens a port that the policy calls sensitive",
    ApprovalReason.FOREIGN_RULES: "it removes a rule that awswhitelist did not make",
    ApprovalReason.PROTECTED_GROUPS: "the security group is protected",
    ApprovalReason.RESTORES_ACCESS: "it gives access back that was taken away",
}

KEEPS: dict[KeepWhy, str] = {
    KeepWhy.ALREADY_ALLOWED: "is there already",
    KeepWhy.COVERED: "lets this through already",
    KeepWhy.NOT_OURS: "was not made by awswhitelist and stays",
    KeepWhy.USED_UP: "is past its end and may not be extended further",
    KeepWhy.CHANGED_SINCE: "has been changed since and stays as it is",
    KeepWhy.GONE: "is not there any more",
    KeepWhy.ENDED: "would have ended by now and is not restored",
}


REMOVES: dict[RemoveWhy, str] = {
    RemoveWhy.ASKED: "remove",
    RemoveWhy.EXPIRED: "remove overdue",
    RemoveWhy.REPLACED: "remove replaced",
}


def spec_words(spec: RuleSpec) -> str:
    """A rule in words: ``tcp 22 from 203.0.113.7/32``."""
    return f"{describe_door(spec)} from {spec.source}"


def grant_words(grant: Grant) -> str:
    """For how long and for whom."""
    how_long = (
        "without an end" if grant.lifetime is None else f"for {format_duration(grant.lifetime)}"
    )
    return f"{how_long}, owner {_owner_words(grant.owners)}"


def _owner_words(owners: Iterable[str]) -> str:
    """Owners as their tag has them, each one word: a name must not read like a sentence of ours."""
    return printable(" ".join(map(owner_token, owners)))


def change_words(change: Change) -> str:
    """One change as one line; ids, addresses and ports first."""
    spec = spec_words(change.spec)
    match change:
        case Add():
            return f"add to {change.group_id}: {spec} {grant_words(change.grant)}"
        case Extend():
            return f"extend {change.rule.rule_id}: {spec} {grant_words(change.grant)}"
        case Move():
            before, grant = spec_words(change.rule.spec), grant_words(change.grant)
            return f"move {change.rule.rule_id} in {change.group_id}: {before} to {spec} {grant}"
        case Remove():
            return f"{REMOVES[change.why]} {change.rule.rule_id} from {change.group_id}: {spec}"
        case Restore():
            return f"restore to {change.group_id}: {spec}{_restored_words(change.rule)}"
        case Reset():
            back = _restored_words(change.to)
            return f"set {change.rule.rule_id} in {change.group_id} back to: {spec}{back}"
        case Release():
            owner = _owner_words([change.owner])
            return f"take owner {owner} off {change.rule.rule_id}: {spec}"
        case Keep():
            return f"keep {change.rule.rule_id}: {spec} {KEEPS[change.why]}"


def _restored_words(rule: SecurityGroupRule) -> str:
    """Whose the access was, and until when; nothing where the rule was not ours."""
    marks = read_marks(rule)
    if marks is None:
        return ""
    end = format_time(marks.expires_at) if marks.expires_at else NEVER
    return f" until {end}, owner {printable(' '.join(marks.owners))}"


def plan_words(plan: Plan) -> tuple[str, ...]:
    """A plan as lines."""
    return tuple(change_words(change) for change in plan.changes)


def reason_words(reasons: Sequence[ApprovalReason]) -> tuple[str, ...]:
    """Why approval is needed, as sentences without a capital."""
    return tuple(REASONS[reason] for reason in reasons)


def question(
    plan: Plan,
    reasons: Sequence[ApprovalReason],
    state: str,
    refusal: Refusal | None = None,
) -> Question:
    """What a person is asked before the plan is carried out.

    ``refusal`` is why an approval that was given does not count: then they are asked again.

    Built from ids, addresses and ports first; texts of AWS or of the caller come after, one line
    each, labelled and cut: a group's name must not talk anybody into approval.
    """
    lines = [
        f"Change {len(plan.writes)} rule(s) in account {plan.account}, region {plan.region}?",
        *_some(plan_words(plan)),
        "Asked because " + "; ".join(reason_words(reasons)) + ".",
    ]
    if refusal is not None:
        lines.append(f"Asked again because the approval given does not count: {refusal.value}.")
    names = (
        f"Name of {group.group_id} (text from AWS): {printable(group.name)}"
        for group in plan.groups
    )
    given = dict.fromkeys(_reasons_given(plan))
    lines += _some(names)
    lines += _some(f"Reason (text from the caller): {printable(reason)}" for reason in given)
    return Question(APPROVAL, "\n".join(lines), CHOICES, state)


def _some(lines: Iterable[str]) -> list[str]:
    """As many lines as a person can take in, and how many more there are."""
    whole = list(lines)
    more = len(whole) - MOST_LINES
    return whole if more <= 0 else [*whole[:MOST_LINES], f"... and {more} more like these"]


def _reasons_given(plan: Plan) -> list[str]:
    grants = (change.grant for change in plan.changes if isinstance(change, Add | Extend | Move))
    return [grant.reason for grant in grants if grant.reason]
