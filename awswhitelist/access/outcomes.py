"""What became of an order, or what a read found: the pipeline's answers, before any rendering."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from awswhitelist.access.approval.approvals import Approval, Refusal
from awswhitelist.access.intents import Intent
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.models import AwsScope, Caller, Change, Observation, Plan, Receipt
from awswhitelist.policy_config import ApprovalReason
from awswhitelist.resources.interface import ResolvedTarget
from awswhitelist.resources.reach import ReachFact


class OutcomeState(StrEnum):
    """How a change ended."""

    APPLIED = "applied"
    PLANNED = "planned"
    APPROVAL_REQUIRED = "approval_required"
    DECLINED = "declined"


class Part(NamedTuple):
    """A change that serves an entry; no ``receipt`` where nothing was written for it.

    ``is_own`` is False where an earlier entry of the same call wanted the same.
    """

    change: Change
    receipt: Receipt | None
    is_own: bool


class EntryOutcome(NamedTuple):
    """What became of one wish: its parts, or the error that ended its way before any write."""

    intent: Intent
    parts: tuple[Part, ...] = ()
    error: AwsWhitelistError | None = None
    resource: ResolvedTarget | None = None


class Outcome(NamedTuple):
    """What became of an order.

    ``receipts`` are those of the writes, in order; ``observed`` is what the plan was made against
    (None where there was no group to look at). ``refusal`` says why an approval that was given did
    not count. ``resource`` is what the target turned out to be, ``facts`` what may keep people
    from reaching it all the same.
    """

    state: OutcomeState
    scope: AwsScope
    caller: Caller
    plan: Plan
    observed: Observation | None = None
    receipts: tuple[Receipt, ...] = ()
    reasons: tuple[ApprovalReason, ...] = ()
    approval: Approval | None = None
    refusal: Refusal | None = None
    audit_has_gaps: bool = False
    resource: ResolvedTarget | None = None
    facts: tuple[ReachFact, ...] = ()
    entries: tuple[EntryOutcome, ...] = ()


class Sight(NamedTuple):
    """What a read found: the groups of a target with their rules."""

    scope: AwsScope
    observed: Observation
    resource: ResolvedTarget | None = None
    facts: tuple[ReachFact, ...] = ()
