"""One way from a request to a write: the same states for every operation and every door.

::

    admit -> resolve -> lock the groups -> read, plan, judge
          -> allowed:        audit the intent -> write -> observe -> audit the receipts -> unlock
          -> denied:         unlock
          -> needs approval: unlock -> ask -> lock -> read, plan, judge again -> same digest?
                             -> spend the approval -> audit the intent -> write ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count

from awswhitelist.access.approval import Approvals, Binding, Refusal, Spent, binding_of
from awswhitelist.access.audit import AuditLog
from awswhitelist.access.choosing import MOST_QUESTIONS
from awswhitelist.access.executor import Executor, Job, Record
from awswhitelist.access.intents import Order
from awswhitelist.access.journal import Journal
from awswhitelist.access.judged import Judged, admission_of
from awswhitelist.access.locating import Locator
from awswhitelist.access.locks import GroupLocks
from awswhitelist.access.outcomes import Outcome, OutcomeState, Sight
from awswhitelist.access.planning import Located, Planning
from awswhitelist.access.policy import (
    Admission,
    Allowed,
    Denied,
    NeedsApproval,
    admit,
    admit_account,
    check_groups,
    check_profile,
    for_persons,
    judge,
    names_accounts,
    raise_denials,
)
from awswhitelist.access.rates import RateLimits
from awswhitelist.access.reach import only, reach_facts
from awswhitelist.access.wording import APPROVE, change_words, question, reason_words
from awswhitelist.aws.gateway import AwsGateway
from awswhitelist.aws.inventory import Inventory
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.calls import AnswerKind, CallContext, PlainContext
from awswhitelist.exceptions import (
    ApprovalUnavailableError,
    AwsWhitelistError,
    CallCancelledError,
    ConflictError,
)
from awswhitelist.models import AwsCredentials, AwsScope, Plan, Receipt, ReceiptStatus, ResourceType
from awswhitelist.parallel import run_side_by_side
from awswhitelist.policy_config import PolicyConfig
from awswhitelist.resources.references import Reference, read_reference, region_of

LOOK_AGAIN_SECONDS = 20.0
"""What a call may spend on looking at its own write after its own time is up."""

_MAY_HAVE_CHANGED = (ReceiptStatus.DONE, ReceiptStatus.UNVERIFIED, ReceiptStatus.UNKNOWN)


def _nobody(_scope: AwsScope, _group_id: str) -> None:
    """Nobody wants to hear of changes."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One order under way."""

    order: Order
    scope: AwsScope
    ctx: CallContext
    inventory: Inventory
    journal: Journal
    changed: set[str] = field(default_factory=set)
    """Groups that have been changed, and of which nobody has been told."""

    @property
    def groups(self) -> SecurityGroupService:
        """The security groups of the scope."""
        return self.inventory.groups


class AccessPipeline:
    """Carries orders through every state; the only way to a write."""

    def __init__(
        self,
        gateway: AwsGateway,
        planning: Planning,
        policy: PolicyConfig,
        approvals: Approvals,
        audit: AuditLog,
        executor: Executor,
        rates: RateLimits,
        *,
        principal: str,
        policy_error: str | None,
        on_change: Callable[[AwsScope, str], None] = _nobody,
    ) -> None:
        """``principal`` is the local user on whose behalf this process acts; ``policy_error`` says
        why the policy could not be read: then nothing is changed. ``on_change`` is told of each
        group that a call has changed (its id), when the group is no longer locked.
        """
        self._gateway = gateway
        self._planning = planning
        self._locator = Locator(planning, gateway)
        self._policy = policy
        self._approvals = approvals
        self._audit = audit
        self._executor = executor
        self._rates = rates
        self._principal = principal
        self._policy_error = policy_error
        self._on_change = on_change
        self._locks = GroupLocks()

    def admit_read(
        self,
        profile: str | None,
        region: str | None,
        ctx: CallContext,
        credentials: AwsCredentials | None = None,
    ) -> AwsScope:
        """Where a read may go. Raises PolicyDeniedError, RegionMissingError."""
        is_configured = self._gateway.is_configured(profile)
        check_profile(profile, self._policy, is_configured=is_configured)
        scope = self._gateway.scope(profile, region, credentials)
        asked = Admission(
            changes=False,
            region=scope.region,
            named_profile=profile,
            is_configured=is_configured,
            brings_credentials=credentials is not None,
        )
        self._admit(asked, scope, ctx)
        return scope

    def read(
        self,
        target: str,
        profile: str | None,
        region: str | None,
        ctx: CallContext,
        resource_type: ResourceType | None = None,
        credentials: AwsCredentials | None = None,
    ) -> Sight:
        """The groups of a target and all of their rules, as far as policy lets them be seen."""
        reference = read_reference(target, resource_type, self._gateway)
        scope = self.admit_read(profile, region_of(reference, region), ctx, credentials)
        inventory = self._gateway.inventory(scope, ctx)
        located = self._locator.for_reading(reference, inventory, ctx)
        observed = inventory.groups.observe(located.group_ids)
        check_groups(observed.groups, self._policy)
        located.check_account(observed)
        return Sight(scope, observed, located.resource, reach_facts(located, observed))

    def change(self, order: Order, ctx: CallContext) -> Outcome:
        """Carry an order out, or say why not yet.

        Raises PolicyDeniedError, whatever AWS answers, AuditUnavailableError and
        StateUnavailableError (nothing was changed), ConflictError, ApprovalUnavailableError.
        """
        reference = self._locator.reference(order.intent)
        region = region_of(reference, order.region) if reference else order.region
        is_configured = self._gateway.is_configured(order.profile)
        check_profile(order.profile, self._policy, is_configured=is_configured)
        scope = self._gateway.scope(order.profile, region, order.credentials)
        journal = Journal(self._audit, order, scope, None, ctx)
        inventory = self._gateway.inventory(scope, ctx)
        try:
            admission = admission_of(order, scope.region, is_configured=is_configured)
            self._admit(admission, scope, ctx)
            call = _Call(order, scope, ctx, inventory, journal)
            return self._carry_out(call, reference)
        except AwsWhitelistError as exc:
            journal.failure(exc)
            raise

    def _carry_out(self, call: _Call, reference: Reference | None) -> Outcome:
        located = self._locator.for_change(call.order.intent, reference, call.inventory, call.ctx)
        outcome = self._round(call, located, call.order.approval)
        questions = 0
        while outcome.approval is not None:
            if questions == MOST_QUESTIONS:
                raise ConflictError("The rules kept changing while the change was being approved.")
            questions += 1
            token = outcome.approval.token
            asked = question(outcome.plan, outcome.reasons, token, outcome.refusal)
            answer = call.ctx.ask(asked)
            if answer.kind is AnswerKind.UNAVAILABLE:
                return self._without_elicitation(outcome)
            if answer.kind is AnswerKind.DECLINED or answer.value != APPROVE:
                return replace(outcome, state=OutcomeState.DECLINED, approval=None)
            outcome = self._round(call, located, answer.state, by_person=True)
        return outcome

    def _admit(self, admission: Admission, scope: AwsScope, ctx: CallContext) -> None:
        """The first gate; the account too, where policy has a word on accounts."""
        admit(admission, self._policy, self._policy_error)
        if names_accounts(self._policy):
            admit_account(self._gateway.caller(scope, ctx).account, self._policy)

    def _round(
        self, call: _Call, located: Located, approval: str | None, *, by_person: bool = False
    ) -> Outcome:
        """One pass under the locks: read, plan, judge and, where allowed, apply. An approval that
        is not ``by_person`` counts only where policy lets it stand in for one."""
        if not located.group_ids:
            return self._nothing(call)
        region, group_ids = call.scope.region, located.group_ids
        with self._telling(call), self._locks.hold(region, group_ids, call.ctx):
            judged = self._judge(call, located)
            call.journal.identify(judged.caller)
            if isinstance(judged.verdict, Denied):
                raise_denials(judged.verdict.denials)
            if call.ctx.cancelled():
                raise CallCancelledError
            if call.order.dry_run:
                return self._rehearse(call, judged)
            if not isinstance(judged.verdict, NeedsApproval):
                return self._apply(call, located, judged, None)
            if not by_person and for_persons(judged.verdict.reasons, self._policy):
                approval = None
            if approval is None:
                return self._ask_first(call, judged, None)
            spent = self._spend(call, judged, approval)
            if isinstance(spent, Refusal):
                return self._ask_first(call, judged, spent)
            return self._apply(call, located, judged, spent)

    def _judge(self, call: _Call, located: Located) -> Judged:
        everything, caller = run_side_by_side(
            lambda: call.groups.observe(located.every_group),
            lambda: self._gateway.caller(call.scope, call.ctx),
        )
        observed = only(everything, located.group_ids)
        plan = self._planning.plan(call.order.intent, located, observed, caller, call.scope.region)
        verdict, facts = judge(plan, self._policy, caller), reach_facts(located, everything)
        return Judged(plan, verdict, observed, caller, located, facts)

    def _rehearse(self, call: _Call, judged: Judged) -> Outcome:
        """A dry run: EC2 says whether the caller may do it; nothing is changed."""
        self._executor.rehearse(judged.plan.writes, self._job(call, judged, _ignore))
        return judged.outcome(OutcomeState.PLANNED, call.scope)

    def _spend(self, call: _Call, judged: Judged, token: str) -> Spent | Refusal:
        """Use the approval up; not while there is no room for the change that it is for."""
        self._rates.check(judged.caller.account, len(judged.plan.writes))
        return self._approvals.spend(token, self._binding(call, judged))

    def _ask_first(self, call: _Call, judged: Judged, refusal: Refusal | None) -> Outcome:
        approval = self._approvals.issue(self._binding(call, judged))
        asked = judged.outcome(OutcomeState.APPROVAL_REQUIRED, call.scope)
        return replace(asked, approval=approval, refusal=refusal)

    def _binding(self, call: _Call, judged: Judged) -> Binding:
        order = call.order
        return binding_of(
            order.operation, order.arguments, judged.plan, judged.caller, self._principal
        )

    def _without_elicitation(self, outcome: Outcome) -> Outcome:
        """Nobody can be asked: the token stands in, unless policy says that nothing may."""
        refused = for_persons(outcome.reasons, self._policy)
        if refused:
            raise ApprovalUnavailableError(reason_words(refused))
        return outcome

    def _apply(self, call: _Call, located: Located, judged: Judged, spent: Spent | None) -> Outcome:
        self._rates.take(judged.caller.account, len(judged.plan.writes))
        if not judged.plan.writes:
            return judged.outcome(OutcomeState.APPLIED, call.scope)
        journal = call.journal
        verdict = "approved" if spent else "allowed"
        journal.intent(judged.plan, verdict, spent)
        receipts = self._execute(call, judged)
        if any(each.status is ReceiptStatus.CLASHED for each in receipts):
            judged, receipts = self._apply_again(call, located, receipts)
        journal.outcome(_in_one_word(receipts))
        done = judged.outcome(OutcomeState.APPLIED, call.scope)
        return replace(done, receipts=receipts, audit_has_gaps=journal.has_gaps)

    def _apply_again(
        self, call: _Call, located: Located, first: tuple[Receipt, ...]
    ) -> tuple[Judged, tuple[Receipt, ...]]:
        """Somebody else's rule was in the way: read, plan and judge once more, and only once."""
        judged = self._judge(call, located)
        if not isinstance(judged.verdict, Allowed):
            raise ConflictError("The rules of the group changed while they were being changed.")
        call.journal.intent(judged.plan, "allowed", None)
        second = self._execute(call, judged)
        if any(each.status is ReceiptStatus.CLASHED for each in second):
            raise ConflictError("The rules of the group keep changing.")
        kept = tuple(each for each in first if each.status is not ReceiptStatus.CLASHED)
        return judged, (*kept, *second)

    def _execute(self, call: _Call, judged: Judged) -> tuple[Receipt, ...]:
        total, counted = len(judged.plan.writes), count(1)

        def record(receipt: Receipt) -> None:
            call.journal.receipt(receipt)
            call.ctx.progress(next(counted), total, change_words(receipt.change))
            if receipt.status in _MAY_HAVE_CHANGED:
                call.changed.add(receipt.change.group_id)

        return self._executor.apply(judged.plan.writes, self._job(call, judged, record))

    @contextmanager
    def _telling(self, call: _Call) -> Iterator[None]:
        """Afterwards say which groups were changed, whatever else became of the call."""
        try:
            yield
        finally:
            while call.changed:
                self._on_change(call.scope, call.changed.pop())

    def _job(self, call: _Call, judged: Judged, record: Record) -> Job:
        patient = PlainContext(
            call.ctx.request_id, time_left=lambda: call.ctx.remaining() + LOOK_AGAIN_SECONDS
        )
        observer = self._gateway.security_groups(call.scope, patient)
        target = getattr(call.order.intent, "target", None) or ""
        return Job(call.groups, observer, call.ctx, target, judged.observed.at, record)

    def _nothing(self, call: _Call) -> Outcome:
        """None of the rules named is there, so there is no group to lock, and nothing to do."""
        caller = self._gateway.caller(call.scope, call.ctx)
        plan = Plan(account=caller.account, region=call.scope.region, groups=(), changes=())
        state = OutcomeState.PLANNED if call.order.dry_run else OutcomeState.APPLIED
        return Outcome(state, call.scope, caller, plan)


def _in_one_word(receipts: tuple[Receipt, ...]) -> str:
    """How the whole went, for the audit log: ``done``, or the first status that is not."""
    other = (each.status for each in receipts if each.status is not ReceiptStatus.DONE)
    return next(other, ReceiptStatus.DONE).value


def _ignore(_receipt: Receipt) -> None:
    """A dry run leaves no receipts."""
