"""From an allowed plan to its outcome: the intent on record, the writes, and what came of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from awswhitelist.access.approval.approvals import Spent
from awswhitelist.access.drafting import Key, key_of
from awswhitelist.access.entries import Entry
from awswhitelist.access.executor import Executor, Job, Record
from awswhitelist.access.intents import (
    BulkIntent,
    Order,
    RevokeIntent,
    SweepIntent,
    UndoIntent,
)
from awswhitelist.access.job import LOOK_AGAIN_SECONDS
from awswhitelist.access.audit.journal import Journal
from awswhitelist.access.judged import Judged, changes_of, entry_outcomes
from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.access.policy import Allowed
from awswhitelist.access.rates import RateLimits
from awswhitelist.access.receipts import in_part
from awswhitelist.access.wording import change_words
from awswhitelist.aws.inventory import Inventory
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.calls import CallContext, PlainContext
from awswhitelist.exceptions import (
    AuditUnavailableError,
    AwsWhitelistError,
    CallCancelledError,
    ConflictError,
    SkippedError,
)
from awswhitelist.models import AwsScope, Change, Plan, Receipt, ReceiptStatus

MAY_HAVE_CHANGED = (ReceiptStatus.DONE, ReceiptStatus.UNVERIFIED, ReceiptStatus.UNKNOWN)

CHANGED_MEANWHILE = "The rules of the group changed while they were being changed."

Place = tuple[str, object]
"""A group and what is let in there."""


@dataclass(frozen=True, slots=True)
class Call:
    """One order under way."""

    order: Order
    scope: AwsScope
    ctx: CallContext
    inventory: Inventory
    journal: Journal
    changed: set[str] = field(default_factory=set)
    """Groups that have been changed, and of which nobody has been told."""

    made: list[Receipt] = field(default_factory=list)
    """What became of the changes so far, in whatever order that became known."""

    unfinished: list[Outcome] = field(default_factory=list)
    """What had been done when a failure of the call itself put an end to it."""

    @property
    def groups(self) -> SecurityGroupService:
        """The security groups of the scope."""
        return self.inventory.groups

    @property
    def is_atomic(self) -> bool:
        """Whether all of it must hold, or none."""
        return isinstance(self.order.intent, BulkIntent) and self.order.intent.atomic

    @property
    def is_sweep(self) -> bool:
        """Whether it does nothing but remove what is past its end."""
        return isinstance(self.order.intent, SweepIntent)

    @property
    def takes_what_is_there(self) -> bool:
        """Whether a group that has gone in the meantime is no failure: nobody named it."""
        intent = self.order.intent
        return isinstance(intent, SweepIntent | RevokeIntent | UndoIntent) and intent.target is None


class Applying:
    """Carries judged plans out, with the group locks held by the caller."""

    def __init__(self, executor: Executor, rates: RateLimits) -> None:
        self._executor = executor
        self._rates = rates

    def apply(
        self,
        call: Call,
        judged: Judged,
        spent: Spent | None,
        judge_again: Callable[[], Judged],
    ) -> Outcome:
        """Write what the plan says. Raises AuditUnavailableError and RateLimitedError before."""
        if not call.is_sweep:
            self._rates.take(judged.caller.account, len(judged.plan.writes))
        if not judged.plan.writes:
            if call.is_sweep:
                call.journal.outcome(ReceiptStatus.DONE.value)
            done = judged.outcome(OutcomeState.APPLIED, call.scope)
            return done._replace(audit_has_gaps=call.journal.has_gaps)
        _intend(call, judged.plan, spent)
        try:
            course = _Course(judged, self._execute(call, judged, judged.plan.writes))
            if course.redo:
                course = self._again(call, course, judge_again)
        except AwsWhitelistError:
            self._cut_off(call, judged)
            raise
        receipts = course.settled
        if call.is_atomic and any(each.status is not ReceiptStatus.DONE for each in receipts):
            receipts = self._roll_back(call, judged, receipts)
        call.journal.outcome(in_one_word(receipts))
        return _outcome(call, course, receipts)

    def rehearse(self, call: Call, judged: Judged) -> Outcome:
        """A dry run: EC2 says whether the caller may do it; nothing is changed."""
        self._executor.rehearse(judged.plan.writes, self.job(call, judged))
        return judged.outcome(OutcomeState.PLANNED, call.scope)

    def check_room(self, judged: Judged) -> None:
        """Raise RateLimitedError where there is no room for the plan."""
        self._rates.check(judged.caller.account, len(judged.plan.writes))

    def job(self, call: Call, judged: Judged, record: Record = lambda _receipts: None) -> Job:
        """What the executor needs; without ``record`` it leaves no receipts."""
        observer = call.groups.on_behalf_of(_patient(call))
        at, tags_needed = judged.observed.at, judged.tags_needed
        return Job(call.groups, observer, call.ctx, at, record, tags_needed)

    def _roll_back(
        self, call: Call, judged: Judged, receipts: Sequence[Receipt]
    ) -> tuple[Receipt, ...]:
        """Take back what was done, also where the caller has cancelled or its time is up: else a
        half of it would stay."""
        patient = _patient(call)
        groups = call.groups.on_behalf_of(patient)
        job = Job(groups, groups, patient, judged.observed.at, lambda _receipts: None)
        taken_back = self._executor.roll_back(receipts, job)
        call.journal.receipts(taken_back)
        return taken_back

    def _cut_off(self, call: Call, judged: Judged) -> None:
        """The call itself has failed: what it leaves is looked after, or taken back."""
        made = tuple(call.made)
        left = self._roll_back(call, judged, made) if call.is_atomic else made
        cut_off = judged.outcome(OutcomeState.APPLIED, call.scope)
        call.unfinished.append(cut_off._replace(receipts=left))

    def _again(self, call: Call, course: _Course, judge_again: Callable[[], Judged]) -> _Course:
        """Somebody else's rule was in the way: what it concerns is planned once more, and only
        once. Where that would need approval, or meets another, it is a conflict."""
        try:
            second = judge_again()
            writes = course.to_redo(second)
            if not isinstance(second.verdict, Allowed):
                return course.given_up(ConflictError(CHANGED_MEANWHILE))
            if writes:
                _intend(call, second.plan.model_copy(update={"changes": writes}), None)
        except CallCancelledError:
            raise
        except AwsWhitelistError as exc:
            return course.given_up(exc)
        return course.redone(second, self._execute(call, second, writes))

    def _execute(self, call: Call, judged: Judged, writes: Sequence[Change]) -> tuple[Receipt, ...]:
        total, counted, alone = len(writes), count(1), threading.Lock()

        def record(receipts: Sequence[Receipt]) -> None:
            with alone:
                call.made.extend(receipts)
                call.journal.receipts(receipts)
                for receipt in receipts:
                    call.ctx.progress(next(counted), total, change_words(receipt.change))
                    if _may_have_changed(receipt):
                        call.changed.add(receipt.change.group_id)

        return self._executor.apply(writes, self.job(call, judged, record), stops=call.is_atomic)


@dataclass(frozen=True, slots=True)
class _Course:
    """A plan carried out, and again in part where strangers' rules were in the way."""

    judged: Judged
    receipts: tuple[Receipt, ...]
    second: Judged | None = None
    again: tuple[Receipt, ...] = ()

    @property
    def redo(self) -> tuple[Receipt, ...]:
        """What is to be planned anew: what has clashed, and what was left because of it."""
        clashed = [each for each in self.receipts if each.status is ReceiptStatus.CLASHED]
        if not clashed or any(each.status is ReceiptStatus.FAILED for each in self.receipts):
            return tuple(clashed)
        return tuple(
            each
            for each in self.receipts
            if each in clashed or isinstance(each.error, SkippedError)
        )

    @property
    def kept(self) -> tuple[Receipt, ...]:
        """The receipts of the first time that stand."""
        redo = {key_of(each.change) for each in self.redo}
        return tuple(each for each in self.receipts if key_of(each.change) not in redo)

    @property
    def settled(self) -> tuple[Receipt, ...]:
        """All receipts that stand."""
        return (*self.kept, *self.again)

    def to_redo(self, second: Judged) -> tuple[Change, ...]:
        """The writes of a second plan that stand for what is to be done again."""
        groups = {each.change.group_id for each in self.redo}
        settled = {_place(each.change) for each in self.kept}
        writes = (each for each in second.plan.writes if each.group_id in groups)
        return tuple(each for each in writes if _place(each) not in settled)

    def given_up(self, problem: AwsWhitelistError) -> _Course:
        """Nothing is done again: what clashed has failed."""
        failed = (_failed(each, problem) for each in self.redo)
        return replace(self, receipts=(*self.kept, *failed))

    def redone(self, second: Judged, receipts: tuple[Receipt, ...]) -> _Course:
        """What clashes once more has failed."""
        problem = ConflictError("The rules of the group keep changing.")
        settled = (
            _failed(each, problem) if each.status is ReceiptStatus.CLASHED else each
            for each in receipts
        )
        return replace(self, second=second, again=tuple(settled))

    def entries(self) -> tuple[Entry, ...]:
        """The entries, with the steps that stand."""
        if self.second is None:
            return self.judged.entries
        redo = {key_of(each.change) for each in self.redo}
        plans = changes_of(self.judged.plan), changes_of(self.second.plan)
        pairs = zip(self.judged.entries, self.second.entries, strict=True)
        return tuple(_joined(first, second, redo, *plans) for first, second in pairs)


def _joined(
    first: Entry,
    second: Entry,
    redo: set[Key],
    plan: Mapping[Key, Change],
    plan_again: Mapping[Key, Change],
) -> Entry:
    """An entry with the steps of the first time that stand, and those that stand for the others."""
    stand = tuple(step for step in first.steps if step.key not in redo)
    if len(stand) == len(first.steps):
        return first
    settled = {_place(plan[step.key]) for step in stand if step.key in plan}
    anew = (step for step in second.steps if step.key in plan_again)
    more = tuple(step for step in anew if _place(plan_again[step.key]) not in settled)
    return replace(first, steps=(*stand, *more), error=second.error)


def _outcome(call: Call, course: _Course, receipts: tuple[Receipt, ...]) -> Outcome:
    judged = course.second or course.judged
    changes = {**changes_of(course.judged.plan), **changes_of(judged.plan)}
    by_key = {key_of(each.change): each for each in receipts}
    return judged.outcome(OutcomeState.APPLIED, call.scope)._replace(
        receipts=receipts,
        audit_has_gaps=call.journal.has_gaps,
        entries=entry_outcomes(course.entries(), changes, by_key),
    )


def _intend(call: Call, plan: Plan, spent: Spent | None) -> None:
    """Put on record what is about to be done. Raises AuditUnavailableError.

    That our own rules end when they should does not depend on the log.
    """
    try:
        call.journal.intent(plan, "approved" if spent else "allowed", spent)
    except AuditUnavailableError as exc:
        if not call.is_sweep:
            raise
        call.journal.gap(exc)


def _patient(call: Call) -> PlainContext:
    """For what is to be finished even where the call was cancelled or has no time left."""
    return PlainContext(
        call.ctx.request_id, time_left=lambda: call.ctx.remaining() + LOOK_AGAIN_SECONDS
    )


def _place(change: Change) -> Place:
    return change.group_id, change.spec


def _may_have_changed(receipt: Receipt) -> bool:
    """Whether the group may not be as it was before."""
    return receipt.status in MAY_HAVE_CHANGED or in_part(
        receipt.status, receipt.change, receipt.rule
    )


def _failed(receipt: Receipt, problem: AwsWhitelistError) -> Receipt:
    return receipt.model_copy(update={"status": ReceiptStatus.FAILED, "error": problem})


def in_one_word(receipts: Sequence[Receipt]) -> str:
    """How the whole went, for the audit log: ``done``, or the first status that is not."""
    other = (each.status for each in receipts if each.status is not ReceiptStatus.DONE)
    return next(other, ReceiptStatus.DONE).value
