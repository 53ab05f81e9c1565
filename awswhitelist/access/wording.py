"""Plans in words: for people who must decide, for dry runs, for summaries. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from awswhitelist.access.approval import Refusal
from awswhitelist.access.descriptions import describe_ports
from awswhitelist.calls import Choice, Question
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Grant,
    Keep,
    KeepWhy,
    Plan,
    Release,
    Remove,
    RuleSpec,
)
from awswhitelist.policy_config import ApprovalReason
from awswhitelist.text import printable
from awswhitelist.validators import format_duration

APPROVAL = "approval"
"""The key of the question whether a plan may be carried out."""

APPROVE = "approve"
REJECT = "reject"
CHOICES = (Choice(REJECT, "Reject: change nothing"), Choice(APPROVE, "Approve this change"))

REASONS: dict[ApprovalReason, str] = {
    ApprovalReason.ALWAYS: "the policy asks for approval of every change",
    ApprovalReason.WIDER_THAN_HOST: "it lets in more than one address",
    ApprovalReason.SENSITIVE_PORTS: "it opens a port that the policy calls sensitive",
    ApprovalReason.FOREIGN_RULES: "it removes a rule that awswhitelist did not make",
    ApprovalReason.PROTECTED_GROUPS: "the security group is protected",
}

KEEPS: dict[KeepWhy, str] = {
    KeepWhy.ALREADY_ALLOWED: "is there already",
    KeepWhy.COVERED: "lets this through already",
    KeepWhy.NOT_OURS: "was not made by awswhitelist and stays",
    KeepWhy.USED_UP: "is past its end and may not be extended further",
}


def spec_words(spec: RuleSpec) -> str:
    """A rule in words: ``tcp 22 from 203.0.113.7/32``."""
    return f"{spec.protocol} {describe_ports(spec)} from {spec.source}"


def grant_words(grant: Grant) -> str:
    """For how long and for whom."""
    how_long = (
        "without an end" if grant.lifetime is None else f"for {format_duration(grant.lifetime)}"
    )
    return f"{how_long}, owner {printable(grant.owner)}"


def change_words(change: Change) -> str:
    """One change as one line; ids, addresses and ports first."""
    spec = spec_words(change.spec)
    match change:
        case Add():
            return f"add to {change.group_id}: {spec} {grant_words(change.grant)}"
        case Extend():
            return f"extend {change.rule.rule_id}: {spec} {grant_words(change.grant)}"
        case Remove():
            return f"remove {change.rule.rule_id} from {change.rule.group_id}: {spec}"
        case Release():
            owner = printable(change.owner)
            return f"take owner {owner} off {change.rule.rule_id}: {spec}"
        case Keep():
            return f"keep {change.rule.rule_id}: {spec} {KEEPS[change.why]}"


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
        *plan_words(plan),
        "Asked because " + "; ".join(reason_words(reasons)) + ".",
    ]
    if refusal is not None:
        lines.append(f"Asked again because the approval given does not count: {refusal.value}.")
    for group in plan.groups:
        lines.append(f"Name of {group.group_id} (text from AWS): {printable(group.name)}")
    for reason in dict.fromkeys(_reasons_given(plan)):
        lines.append(f"Reason (text from the caller): {printable(reason)}")
    return Question(APPROVAL, "\n".join(lines), CHOICES, state)


def _reasons_given(plan: Plan) -> list[str]:
    grants = (change.grant for change in plan.changes if isinstance(change, Add | Extend))
    return [grant.reason for grant in grants if grant.reason]
