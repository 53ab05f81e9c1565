"""A plan with the policy's word on it, and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from awswhitelist.access.drafting import Key, Step, key_of
from awswhitelist.access.entries import Entry, Manner
from awswhitelist.access.intents import AllowIntent, Intent, Order
from awswhitelist.access.outcomes import EntryOutcome, Outcome, OutcomeState, Part
from awswhitelist.access.planner import specs_of
from awswhitelist.access.policy import Admission, NeedsApproval, Verdict
from awswhitelist.exceptions import SecurityGroupNotFoundError
from awswhitelist.models import AwsScope, Caller, Change, Observation, Plan, Receipt
from awswhitelist.policy_config import ApprovalReason
from awswhitelist.resources.reach import ReachFact


class Judged(NamedTuple):
    """A plan made under the locks, with what it was made from and what policy says of it.

    ``tags_needed`` are the groups in which nothing that policy counts on ends an untagged rule.
    """

    plan: Plan
    verdict: Verdict
    observed: Observation
    caller: Caller
    entries: tuple[Entry, ...]
    facts: tuple[ReachFact, ...]
    tags_needed: frozenset[str] = frozenset()

    @property
    def reasons(self) -> tuple[ApprovalReason, ...]:
        """Why approval is needed; none where it is not."""
        return self.verdict.reasons if isinstance(self.verdict, NeedsApproval) else ()

    def outcome(self, state: OutcomeState, scope: AwsScope) -> Outcome:
        """What the order has come to; receipts and approvals are not known here."""
        first = self.entries[0]
        return Outcome(
            state,
            scope,
            self.caller,
            self.plan,
            observed=self.observed,
            reasons=self.reasons,
            resource=first.located.resource if first.located else None,
            facts=self.facts,
            entries=entry_outcomes(self.entries, changes_of(self.plan), {}),
        )


def changes_of(plan: Plan) -> dict[Key, Change]:
    """The changes of a plan by their keys."""
    return {key_of(change): change for change in plan.changes}


def entry_outcomes(
    entries: tuple[Entry, ...], changes: Mapping[Key, Change], receipts: Mapping[Key, Receipt]
) -> tuple[EntryOutcome, ...]:
    """What became of each entry."""

    def part(step: Step) -> Part:
        return Part(changes[step.key], receipts.get(step.key), step.is_own)

    return tuple(
        EntryOutcome(
            entry.intent,
            # A key that is gone stood for a change that a later entry made needless.
            tuple(part(step) for step in entry.steps if step.key in changes),
            entry.error,
            entry.located.resource if entry.located else None,
        )
        for entry in entries
    )


def admission_of(order: Order, region: str, *, is_configured: bool) -> Admission:
    """What the first gate is told of an order; ``is_configured`` is about its profile.

    The entries of a bulk come to it one by one (:func:`entry_admission`).
    """
    request = Admission(
        changes=True,
        region=region,
        named_profile=order.profile,
        is_configured=is_configured,
        brings_credentials=order.credentials is not None,
    )
    return entry_admission(order.intent, request)


def entry_admission(intent: Intent, request: Admission) -> Admission:
    """What the first gate is told of a single wish, beside what holds for the whole call."""
    if not isinstance(intent, AllowIntent):
        return request
    return request._replace(
        specs=specs_of(intent, intent.ports),
        grants=True,
        lifetime=intent.grant.lifetime,
        reason=intent.grant.reason,
    )


def those_there(
    entries: tuple[Entry, ...], observed: Observation, manner: Manner, region: str
) -> tuple[Entry, ...]:
    """The entries, each with the failure where its group is not there."""
    there = {group.group_id for group in observed.groups}

    def check(entry: Entry) -> Entry:
        for group_id in entry.group_ids:
            if group_id not in there:
                raise SecurityGroupNotFoundError(group_id, region=region)
        return entry

    return tuple(manner.go(entry, check) for entry in entries)
