"""A plan with the policy's word on it, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from awswhitelist.access.intents import AllowIntent, Order
from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.access.planner import specs_of
from awswhitelist.access.planning import Located
from awswhitelist.access.policy import Admission, NeedsApproval, Verdict
from awswhitelist.models import AwsScope, Caller, Observation, Plan
from awswhitelist.resources.reach import ReachFact


@dataclass(frozen=True, slots=True)
class Judged:
    """A plan made under the locks, with what it was made from and what policy says of it."""

    plan: Plan
    verdict: Verdict
    observed: Observation
    caller: Caller
    located: Located
    facts: tuple[ReachFact, ...]

    def outcome(self, state: OutcomeState, scope: AwsScope) -> Outcome:
        """What the order has come to; receipts and approvals are not known here."""
        verdict = self.verdict
        return Outcome(
            state,
            scope,
            self.caller,
            self.plan,
            observed=self.observed,
            reasons=verdict.reasons if isinstance(verdict, NeedsApproval) else (),
            resource=self.located.resource,
            facts=self.facts,
        )


def admission_of(order: Order, region: str, *, is_configured: bool) -> Admission:
    """What the first gate is told of an order; ``is_configured`` is about its profile."""
    request = Admission(
        changes=True,
        region=region,
        named_profile=order.profile,
        is_configured=is_configured,
        brings_credentials=order.credentials is not None,
    )
    intent = order.intent
    if not isinstance(intent, AllowIntent):
        return request
    return replace(
        request,
        specs=specs_of(intent, intent.ports),
        grants=True,
        lifetime=intent.grant.lifetime,
        reason=intent.grant.reason,
    )
