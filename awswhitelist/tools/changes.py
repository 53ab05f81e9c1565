"""What the changing operations share: the order they give, and what they answer of its outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from awswhitelist.access.intents import Intent, Order
from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.access.receipts import in_part
from awswhitelist.access.wording import change_words, plan_words, reason_words
from awswhitelist.calls import CallContext
from awswhitelist.config import Config
from awswhitelist.constants import PRODUCT
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.models import ReceiptStatus, ResourceType
from awswhitelist.resources.interface import ResolvedTarget
from awswhitelist.text import printable
from awswhitelist.tools.arguments import ChangeArguments
from awswhitelist.tools.outcome_views import ENDED, Views, all_parts, failure_of, overall
from awswhitelist.tools.results import (
    OBJECT,
    OBJECTS,
    PLAIN,
    OperationResult,
    Result,
    RuleStatus,
    RuleView,
    WarningCode,
    WarningNote,
    place,
)
from awswhitelist.validators import format_time

NOT_SEEN = (ReceiptStatus.UNVERIFIED, ReceiptStatus.UNKNOWN)
"""The write was accepted, but its effect could not be seen."""


class ApprovalView(Result):
    """What the repeated call carries as ``approval``, and until when; ``command`` is what a person
    must run on a terminal before."""

    token: str
    expires_at: str
    command: str | None = None

    def in_sandbox(self) -> ApprovalView:
        """The same, where it waits in the sandbox: that has a state directory of its own."""
        approve = f"{PRODUCT} approve "
        command = self.command and self.command.replace(approve, f"{approve}--sandbox ", 1)
        return self.model_copy(update={"command": command})

    def words(self) -> tuple[str, ...]:
        """How to go on, line by line."""
        first = [f"A person must first run `{self.command}` on a terminal."] if self.command else []
        return (
            *first,
            "To go ahead, repeat the call with the same arguments and "
            f"`approval`: {self.token} (until {self.expires_at}).",
        )


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

    status: Annotated[RuleStatus, PLAIN] | None = None
    rules: Annotated[
        tuple[RuleView, ...] | None, OBJECTS, Field(description="As in list_rules, with status.")
    ] = None
    resource: Annotated[ResourceView, OBJECT] | None = None
    plan: Annotated[tuple[str, ...] | None, Field(description="What would change.")] = None
    reasons: Annotated[tuple[str, ...] | None, Field(description="Why approval is needed.")] = None
    approval: Annotated[ApprovalView, OBJECT] | None = None
    undo: Annotated[Undo, OBJECT] | None = None
    expires_enforced_by: tuple[str, ...] | None = None
    room_left: Annotated[
        dict[str, int] | None, OBJECT, Field(description="By group: room for at least so many.")
    ] = None
    aws_request_ids: tuple[str, ...] | None = None

    def in_sandbox(self) -> dict[str, Any]:
        """What waits for approval, waits in the sandbox."""
        return {"approval": self.approval and self.approval.in_sandbox()}

    def facts(self) -> tuple[str, ...]:
        """Plan, rules, and how to go on."""
        rules = [rule.words() for rule in self.rules or ()]
        plan = [f"Plan: {line}" for line in self.plan or ()]
        return (*plan, *rules, *(self.approval.words() if self.approval else ()))


def order_of(operation: str, intent: Intent, request: ChangeArguments) -> Order:
    """What the pipe is to do for a request. InvalidArgumentError for what is no region."""
    return Order(
        operation=operation,
        intent=intent,
        arguments=request.bound_arguments(),
        profile=request.profile,
        credentials=request.credentials,
        region=request.checked_region(),
        dry_run=request.dry_run,
        approval=request.approval,
    )


def undo_of(outcome: Outcome, ctx: CallContext) -> Undo | None:
    """The call that takes this one back; None where nothing was changed, or where the receipts
    that it needs are not all on record."""
    changed = any(
        each.status is ReceiptStatus.DONE or in_part(each.status, each.change, each.rule)
        for each in outcome.receipts
    )
    if not changed or outcome.audit_has_gaps:
        return None
    return Undo(operation="undo", arguments={"receipt": ctx.request_id})


def raise_failures(outcome: Outcome) -> None:
    """Raise the first failure among the receipts, with what was and what was not done."""
    bad = [each for each in outcome.receipts if each.error is not None]
    if not bad:
        return
    done = [each for each in outcome.receipts if each.status is ReceiptStatus.DONE]
    error: AwsWhitelistError = failure_of(bad[0]) or AwsWhitelistError("A change failed.")
    part = [each for each in bad if in_part(each.status, each.change, each.rule)]
    error.details["not_done"] = [change_words(each.change) for each in bad if each not in part]
    if part:
        error.details["done_in_part"] = [change_words(each.change) for each in part]
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
        return facts | unapplied_facts(outcome)
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


def unapplied_facts(outcome: Outcome) -> dict[str, Any]:
    """What is said of an outcome in which nothing was written."""
    approval = outcome.approval
    return {
        "status": ENDED[outcome.state],
        "plan": plan_words(outcome.plan),
        "reasons": reason_words(outcome.reasons) or None,
        "approval": approval
        and ApprovalView(
            token=approval.token,
            expires_at=format_time(approval.expires_at),
            command=approval.terminal_id and f"{PRODUCT} approve {approval.terminal_id}",
        ),
    }


def rule_views(outcome: Outcome, config: Config) -> tuple[RuleView, ...]:
    """Every rule that the call was about, with what became of it: written ones, then kept ones."""
    views = Views(outcome, config)
    return tuple(map(views.part, all_parts(outcome)))


def unpicked_views(
    rule_ids: Iterable[str], rules: Iterable[RuleView], outcome: Outcome, config: Config
) -> list[RuleView]:
    """Rules that were named by id and are there, but that the rest of the call does not mean."""
    left = set(rule_ids) - {each.rule_id for each in rules}
    there = outcome.observed.rules if outcome.observed else ()
    views = Views(outcome, config)
    return [views.rule(rule, RuleStatus.NOT_PICKED) for rule in there if rule.rule_id in left]


def common_warnings(outcome: Outcome) -> list[WarningNote]:
    """Warnings that any change may bring."""
    notes = []
    if outcome.refusal is not None:
        message = f"The approval that was given does not count: {outcome.refusal.value}."
        notes.append(WarningNote(code=WarningCode.APPROVAL_NOT_ACCEPTED, message=message))
    if outcome.audit_has_gaps:
        message = "Not all that was done could be written to the audit log."
        notes.append(WarningNote(code=WarningCode.AUDIT_INCOMPLETE, message=message))
    if any(each.status in NOT_SEEN for each in outcome.receipts):
        message = "AWS accepted the change but does not show it yet: list the rules again."
        notes.append(WarningNote(code=WarningCode.UNVERIFIED, message=message))
    return notes


def connections_survive() -> WarningNote:
    """What to know of every rule that was taken away."""
    message = "Connections that are open now stay open: security groups are stateful."
    return WarningNote(code=WarningCode.CONNECTIONS_SURVIVE, message=message)


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


def ends_summary(
    outcome: Outcome, rules: Iterable[RuleView], words: Mapping[RuleStatus, str], nothing: str
) -> str:
    """How many rules came to which end, as a sentence; ``nothing`` where there are none to speak
    of, and what else there is to say of an outcome in which nothing was written."""
    if outcome.state is not OutcomeState.APPLIED:
        return unapplied_summary(outcome)
    counts = Counter(rule.status for rule in rules)
    said = [f"{counts[status]} {text}" for status, text in words.items() if counts[status]]
    return f"Rules: {', '.join(said)}." if said else nothing
