"""``sweep_expired``: remove our rules that have outlived their end."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from awswhitelist.access.marks.expiry import end_of, end_unknown, read_marks
from awswhitelist.access.intents import Order, SweepIntent
from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.access.ending.sweeper import SWEEP_EXPIRED
from awswhitelist.access.wording import plan_words
from awswhitelist.calls import CallContext
from awswhitelist.config import Config
from awswhitelist.models import Remove, SecurityGroupRule
from awswhitelist.resources.references import read_resource_type
from awswhitelist.tools.arguments import AwsArguments, DryRun, Target, TypeOfResource
from awswhitelist.tools.changes import (
    common_warnings,
    raise_failures,
    rule_views,
    unapplied_summary,
)
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.outcome_views import Views, overall
from awswhitelist.tools.results import (
    OBJECT,
    OBJECTS,
    PLAIN,
    OperationResult,
    RuleStatus,
    RuleView,
    WarningCode,
    WarningNote,
    place,
)
from awswhitelist.tools.still_open import still_open
from awswhitelist.validators import format_duration

MOST_NAMED = 20
"""More rule ids than this are counted, not named, in a warning."""


class SweepExpiredRequest(AwsArguments):
    """Arguments of ``sweep_expired``; without a target, all of the region is swept."""

    target: Target | None = None
    resource_type: TypeOfResource | None = None
    dry_run: DryRun = False


class SweptRule(RuleView):
    """A rule past its end, and for how long it has been."""

    overdue_by: str | None = None


class SweepExpiredResponse(OperationResult):
    """What became of it."""

    status: Annotated[RuleStatus, PLAIN] | None = None
    rules: Annotated[
        tuple[SweptRule, ...] | None, OBJECTS, Field(description="With status and overdue_by.")
    ] = None
    totals: Annotated[dict[str, int], OBJECT] | None = None
    """How many rules there are of each status."""

    plan: tuple[str, ...] | None = None
    aws_request_ids: tuple[str, ...] | None = None

    def facts(self) -> tuple[str, ...]:
        """Plan and rules."""
        plan = [f"Plan: {line}" for line in self.plan or ()]
        rules = [f"{rule.words()}  overdue by {rule.overdue_by}" for rule in self.rules or ()]
        return (*plan, *rules)


class SweepExpiredHandler(Handler[SweepExpiredRequest, SweepExpiredResponse]):
    """Turns the arguments into an intent and the outcome into an answer."""

    def handle(self, request: SweepExpiredRequest, ctx: CallContext) -> SweepExpiredResponse:
        """See :class:`SweepExpiredRequest`. Raises what :meth:`AccessPipeline.change` raises; it
        needs no approval, and goes on without the audit log."""
        order = Order(
            operation=SWEEP_EXPIRED,
            intent=SweepIntent(
                target=request.target, resource_type=read_resource_type(request.resource_type)
            ),
            arguments={},
            profile=request.profile,
            credentials=request.credentials,
            region=request.checked_region(),
            dry_run=request.dry_run,
        )
        outcome = self.services.pipeline.change(order, ctx)
        raise_failures(outcome)
        return _response(outcome, self.services.config)


def _response(outcome: Outcome, config: Config) -> SweepExpiredResponse:
    is_planned = outcome.state is OutcomeState.PLANNED
    rules = _swept(outcome, config)
    request_ids = dict.fromkeys(each.aws_request_id for each in outcome.receipts)
    return SweepExpiredResponse(
        summary=unapplied_summary(outcome) if is_planned else _summary(rules),
        warnings=tuple(_warnings(outcome)) or None,
        status=RuleStatus.PLANNED if is_planned else overall(rules),
        rules=rules,
        totals=dict(Counter(str(rule.status) for rule in rules)),
        plan=plan_words(outcome.plan) if is_planned else None,
        aws_request_ids=tuple(each for each in request_ids if each) or None,
        **place(outcome.scope, outcome.caller.account),
    )


def _swept(outcome: Outcome, config: Config) -> tuple[SweptRule, ...]:
    """The rules that were removed, or would be; the longest overdue first."""
    ended = [change.rule for change in outcome.plan.writes if isinstance(change, Remove)]
    late = {rule.rule_id: _lateness(rule, outcome, config.policy.max_ttl) for rule in ended}
    if outcome.state is OutcomeState.PLANNED:
        views = Views(outcome, config)
        rules = [views.rule(rule, RuleStatus.PLANNED) for rule in ended]
    else:
        rules = list(rule_views(outcome, config))
    rules.sort(key=lambda rule: late[rule.rule_id], reverse=True)
    return tuple(
        SweptRule(**rule.model_dump(), overdue_by=format_duration(late[rule.rule_id]))
        for rule in rules
    )


def _lateness(rule: SecurityGroupRule, outcome: Outcome, max_ttl: timedelta) -> timedelta:
    """For how long a rule has been past its end, by AWS's time."""
    marks = read_marks(rule)
    end = end_of(marks, max_ttl) if marks else None
    assert end is not None and outcome.observed is not None, "only what has ended is swept"
    return outcome.observed.at - end


def _summary(rules: tuple[SweptRule, ...]) -> str:
    if not rules:
        return "Nothing of ours is past its end."
    gone = sum(rule.status is RuleStatus.REVOKED for rule in rules)
    more = f"; {len(rules) - gone} not seen to be gone yet" if gone < len(rules) else ""
    return f"{gone} rule(s) were removed that had ended, up to {rules[0].overdue_by} before{more}."


def _warnings(outcome: Outcome) -> list[WarningNote]:
    notes = [*common_warnings(outcome), *still_open(outcome)]
    rules = outcome.observed.rules if outcome.observed else ()
    marked = ((rule.rule_id, read_marks(rule)) for rule in rules)
    unknown = [rule_id for rule_id, marks in marked if marks and end_unknown(marks)]
    if unknown:
        more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
        message = (
            f"Nobody can tell when these rules should end, so they stay: "
            f"{', '.join(unknown[:MOST_NAMED])}{more}. Revoke by `rule_ids` what is not needed."
        )
        notes.append(WarningNote(code=WarningCode.EXPIRY_UNKNOWN, message=message))
    return notes
