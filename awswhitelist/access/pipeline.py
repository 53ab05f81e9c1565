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
from datetime import datetime

from awswhitelist.access.applying import Applying, Call
from awswhitelist.access.approval.approvals import Approvals, Binding, Refusal, Spent, binding_of
from awswhitelist.access.audit.log import AuditLog
from awswhitelist.access.choosing import MOST_QUESTIONS
from awswhitelist.access.entries import Entry, Manner, groups_of, manner_of, seen_by
from awswhitelist.access.executor import Executor
from awswhitelist.access.gate import Gate
from awswhitelist.access.intents import Order, RevokeIntent
from awswhitelist.access.audit.journal import Journal
from awswhitelist.access.judged import (
    Judged,
    admission_of,
    entry_outcomes,
    those_there,
)
from awswhitelist.access.locating import Locator, in_region
from awswhitelist.access.locks import GroupLocks
from awswhitelist.access.outcomes import Outcome, OutcomeState, Sight
from awswhitelist.access.planning import Drawn, Planning
from awswhitelist.access.policy import (
    Denied,
    NeedsApproval,
    Verdict,
    check_groups,
    for_persons,
    for_terminals,
    judge,
    needs_tags,
    raise_denials,
)
from awswhitelist.access.rates import RateLimits
from awswhitelist.access.reach import facts_of, only, reach_facts
from awswhitelist.access.superseding import standing
from awswhitelist.access.wording import APPROVE, question, reason_words
from awswhitelist.aws.gateway import AwsGateway
from awswhitelist.calls import AnswerKind, CallContext, Question
from awswhitelist.exceptions import (
    ApprovalUnavailableError,
    AwsWhitelistError,
    CallCancelledError,
    ConflictError,
)
from awswhitelist.models import AwsCredentials, AwsScope, Caller, Observation, Plan, ResourceType
from awswhitelist.parallel import run_side_by_side
from awswhitelist.policy_config import PolicyConfig
from awswhitelist.resources.references import read_reference, region_of

Entries = tuple[Entry, ...]


def _nobody(*_news: object) -> None:
    """Nobody wants to hear of it."""


def _no_sweeper(_account: str, _region: str) -> bool:
    """Nothing is known to end access."""
    return False


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
        afterwards: Callable[[Order, Outcome], None] = _nobody,
        has_sweeper: Callable[[str, str], bool] = _no_sweeper,
        width: int = 1,
        pause: Callable[[], None] = _nobody,
    ) -> None:
        """``principal`` is the local user on whose behalf this process acts; ``policy_error`` says
        why the policy could not be read: then nothing is changed. ``on_change`` is told of each
        group that a call has changed (its id), when the group is no longer locked, and
        ``afterwards`` of each order that was carried out, if only in part. ``has_sweeper`` says
        whether a sweep besides this process ends access in an account and region. ``width`` is how
        many targets of a bulk are looked for at once; ``pause`` waits before a second look for a
        rule that was not found.
        """
        self._gateway = gateway
        self._planning = planning
        self._locator = Locator(planning, gateway, width)
        self._policy = policy
        self._approvals = approvals
        self._audit = audit
        self._applying = Applying(executor, rates)
        self._principal = principal
        self.gate = Gate(gateway, policy, policy_error)
        self._on_change = on_change
        self._afterwards = afterwards
        self._has_sweeper = has_sweeper
        self._pause = pause
        self._locks = GroupLocks()

    def admit_read(
        self,
        profile: str | None,
        region: str | None,
        ctx: CallContext,
        credentials: AwsCredentials | None = None,
    ) -> AwsScope:
        """Where a read may go. Raises PolicyDeniedError, RegionMissingError, and what asking AWS
        for the account raises, where policy has a word on accounts."""
        scope = self.gate.admit_place(profile, region, credentials)
        self.gate.admit_account(scope, ctx)
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
        facts = reach_facts(located, observed, self._gateway.limit(scope, ctx))
        return Sight(scope, observed, located.resource, facts)

    def change(self, order: Order, ctx: CallContext) -> Outcome:
        """Carry an order out, or say why not yet.

        Raises PolicyDeniedError, whatever AWS answers, AuditUnavailableError and
        StateUnavailableError (nothing was changed), ConflictError, ApprovalUnavailableError.
        """
        manner = manner_of(order.intent)
        region, entries = in_region(self._locator.read(order.intent), order.region, manner)
        is_configured = self.gate.check_profile(order.profile, order.credentials)
        scope = self._gateway.scope(order.profile, region, order.credentials)
        journal = Journal(self._audit, order, scope, None, ctx)
        call = Call(order, scope, ctx, self._gateway.inventory(scope, ctx), journal)
        try:
            admission = admission_of(order, scope.region, is_configured=is_configured)
            self.gate.admit(admission)
            self.gate.admit_account(scope, ctx)
            outcome = self._carry_out(call, self.gate.admit_each(entries, admission, manner))
        except AwsWhitelistError as exc:
            journal.failure(exc)
            for cut_off in call.unfinished:
                self._afterwards(order, cut_off)
            raise
        self._afterwards(order, outcome)
        return outcome

    def _carry_out(self, call: Call, entries: Entries) -> Outcome:
        located = self._locator.locate(call.order.intent, entries, call.inventory, call.ctx)
        outcome = self._round(call, located, call.order.approval)
        if _found_nothing(call, outcome):
            # AWS's reads are eventually consistent: a rule that was made just now may not show.
            self._pause()
            if not groups_of(located):
                located = self._locator.locate(call.order.intent, entries, call.inventory, call.ctx)
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
                return self._without_elicitation(outcome, asked)
            if answer.kind is AnswerKind.DECLINED or answer.value != APPROVE:
                return outcome._replace(state=OutcomeState.DECLINED, approval=None)
            outcome = self._round(call, located, answer.state, by_person=True)
        return outcome

    def _round(
        self, call: Call, entries: Entries, approval: str | None, *, by_person: bool = False
    ) -> Outcome:
        """One pass under the locks: read, plan, judge and, where allowed, apply. An approval that
        is not ``by_person`` counts only where policy lets it stand in for one."""
        group_ids = groups_of(entries)
        if not group_ids:
            return self._nothing(call, entries)
        with self._telling(call), self._locks.hold(call.scope.region, group_ids, call.ctx):
            judged = self._judge(call, entries)
            call.journal.identify(judged.caller)
            if isinstance(judged.verdict, Denied):
                raise_denials(judged.verdict.denials)
            if call.ctx.cancelled():
                raise CallCancelledError
            if call.order.dry_run:
                return self._applying.rehearse(call, judged)
            if not isinstance(judged.verdict, NeedsApproval):
                return self._apply(call, entries, judged, None)
            if not by_person and for_persons(judged.verdict.reasons, self._policy):
                approval = None
            if approval is None:
                return self._ask_first(call, judged, None)
            spent = self._spend(call, judged, approval, by_person=by_person)
            if isinstance(spent, Refusal):
                return self._ask_first(call, judged, spent)
            return self._apply(call, entries, judged, spent)

    def _apply(self, call: Call, entries: Entries, judged: Judged, spent: Spent | None) -> Outcome:
        return self._applying.apply(call, judged, spent, lambda: self._judge(call, entries))

    def _judge(self, call: Call, entries: Entries) -> Judged:
        """Read, plan, judge. In a bulk, what fails or is denied by itself stays with its entry."""
        manner = manner_of(call.order.intent)
        is_strict = manner.raises and not call.takes_what_is_there
        look = call.groups.observe if is_strict else call.groups.observe_those_there
        caller, everything = run_side_by_side(
            lambda: self._gateway.caller(call.scope, call.ctx),
            lambda: look(seen_by(entries)),
        )
        if not call.takes_what_is_there:
            entries = those_there(entries, everything, manner, call.scope.region)
        drawn = self._draw(call, entries, everything, caller)
        if not manner.raises:
            screened = self._screened(drawn, everything, caller)
            if screened != drawn.entries:
                drawn = self._draw(call, screened, everything, caller)
        if manner.has_many:
            check = standing(drawn.plan.changes)
            kept = tuple(manner.go(entry, check) for entry in drawn.entries)
            if kept != drawn.entries:
                drawn = self._draw(call, kept, everything, caller)
        verdict = self._verdict(drawn.plan, caller, everything.at)
        observed = only(everything, groups_of(drawn.entries))
        facts = facts_of(drawn.entries, everything, self._gateway.limit(call.scope, call.ctx))
        tagged = frozenset(
            each.group_id for each in observed.groups if needs_tags(each, self._policy)
        )
        return Judged(drawn.plan, verdict, observed, caller, drawn.entries, facts, tagged)

    def _draw(self, call: Call, entries: Entries, everything: Observation, caller: Caller) -> Drawn:
        observed = only(everything, groups_of(entries))
        manner = manner_of(call.order.intent)
        return self._planning.plan(entries, observed, caller, call.scope.region, manner)

    def _screened(self, drawn: Drawn, everything: Observation, caller: Caller) -> Entries:
        """The entries, each with the denial that its part of the plan meets by itself."""
        part = drawn.part_of(everything)

        def check(entry: Entry) -> Entry:
            verdict = self._verdict(part(entry), caller, everything.at)
            if isinstance(verdict, Denied):
                raise_denials(verdict.denials)
            return entry

        return tuple(Manner(raises=False).go(entry, check) for entry in drawn.entries)

    def _verdict(self, plan: Plan, caller: Caller, now: datetime) -> Verdict:
        """The second gate. Whether anything ends access is looked up where policy asks for it."""
        has_sweeper = not self._policy.require_enforcer or self._has_sweeper(
            plan.account, plan.region
        )
        return judge(plan, self._policy, caller, now=now, has_sweeper=has_sweeper)

    def _spend(self, call: Call, judged: Judged, token: str, *, by_person: bool) -> Spent | Refusal:
        """Use the approval up; not while there is no room for the change that it is for, nor
        before a person has approved on a terminal, where policy wants that."""
        self._applying.check_room(judged)
        binding, reasons = self._binding(call, judged), judged.reasons
        confirmed_apart = not by_person and for_terminals(reasons, self._policy)
        if confirmed_apart and not self._approvals.is_confirmed(binding):
            return Refusal.NOT_CONFIRMED
        spent = self._approvals.spend(token, binding)
        if confirmed_apart and isinstance(spent, Spent):
            return spent if self._approvals.use_confirmation(binding) else Refusal.NOT_CONFIRMED
        return spent

    def _ask_first(self, call: Call, judged: Judged, refusal: Refusal | None) -> Outcome:
        approval = self._approvals.issue(self._binding(call, judged))
        asked = judged.outcome(OutcomeState.APPROVAL_REQUIRED, call.scope)
        return asked._replace(approval=approval, refusal=refusal)

    def _binding(self, call: Call, judged: Judged) -> Binding:
        order = call.order
        return binding_of(
            order.operation, order.arguments, judged.plan, judged.caller, self._principal
        )

    def _without_elicitation(self, outcome: Outcome, asked: Question) -> Outcome:
        """Nobody can be asked: the token stands in, or a person at a terminal, unless policy says
        that nothing may."""
        refused = for_persons(outcome.reasons, self._policy)
        if refused:
            raise ApprovalUnavailableError(reason_words(refused))
        if outcome.approval is None or not for_terminals(outcome.reasons, self._policy):
            return outcome
        waiting = self._approvals.wait_for_terminal(outcome.approval, asked.message)
        return outcome._replace(approval=waiting)

    @contextmanager
    def _telling(self, call: Call) -> Iterator[None]:
        """Afterwards say which groups were changed, whatever else became of the call."""
        try:
            yield
        finally:
            while call.changed:
                self._on_change(call.scope, call.changed.pop())

    def _nothing(self, call: Call, entries: Entries) -> Outcome:
        """There is no group to lock, and nothing to do."""
        caller = self._gateway.caller(call.scope, call.ctx)
        plan = Plan(account=caller.account, region=call.scope.region, groups=(), changes=())
        state = OutcomeState.PLANNED if call.order.dry_run else OutcomeState.APPLIED
        if call.is_sweep and not call.order.dry_run:
            call.journal.identify(caller)
            call.journal.outcome("done")
        found, has_gaps = entry_outcomes(entries, {}, {}), call.journal.has_gaps
        return Outcome(state, call.scope, caller, plan, audit_has_gaps=has_gaps, entries=found)


def _found_nothing(call: Call, outcome: Outcome) -> bool:
    """Whether a revoke is about to say that there is no such rule."""
    return isinstance(call.order.intent, RevokeIntent) and not outcome.plan.changes
