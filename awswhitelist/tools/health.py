"""``health``: whether this server could do its work now, and what to do if not."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from awswhitelist.access.audit import processes
from awswhitelist.access.audit.reading import Interrupted
from awswhitelist.access.marks.expiry import end_unknown, is_overdue, read_marks
from awswhitelist.access.policy import hides_groups, is_visible
from awswhitelist.aws.breaker import BreakerState
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import (
    AwsError,
    AwsWhitelistError,
    BreakerOpenError,
    CallCancelledError,
    ConfigurationError,
    InterruptedPlansError,
    OverdueRulesError,
)
from awswhitelist.models import AwsScope, SecurityGroupRule
from awswhitelist.text import printable
from awswhitelist.tools.arguments import AwsArguments
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.results import OperationResult, Result
from awswhitelist.validators import format_duration

if TYPE_CHECKING:
    from awswhitelist.aws.security_groups import SecurityGroupService


class HealthStatus(StrEnum):
    """``down``: no change could be made now; ``degraded``: something needs attention."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


class HealthRequest(AwsArguments):
    """Arguments of ``health``."""


class HealthCheck(Result):
    """One thing that was looked at."""

    name: str
    status: HealthStatus
    detail: str
    code: str | None = None
    remedy: str | None = None


class BreakerView(Result):
    """A service that is watched for failures; ``whose`` is an account or a profile."""

    service: str
    region: str
    whose: str
    state: BreakerState


class HealthResponse(OperationResult):
    """The worst of the checks is the status."""

    status: HealthStatus | None = None
    checks: tuple[HealthCheck, ...] | None = None
    aws_latency_ms: Annotated[float | None, Field(description="One read of rules.")] = None
    overdue_rules: int | None = None
    breakers: tuple[BreakerView, ...] | None = None

    def facts(self) -> tuple[str, ...]:
        """A line for each check."""
        lines = (f"{each.name}: {each.status.value}, {each.detail}" for each in self.checks or ())
        return tuple(lines)


LOOK_BACK = timedelta(days=7)
"""How long a change that was cut off is told of. Nothing marks it as seen to."""

MOST_PLAN_LINES = 3
LONGEST_TEXT = 500

SEVERITY = (HealthStatus.DOWN, HealthStatus.DEGRADED, HealthStatus.OK)
SUMMARIES = {
    HealthStatus.OK: "All is well.",
    HealthStatus.DEGRADED: "Changes can be made, but something needs attention: {names}.",
    HealthStatus.DOWN: "No change can be made now: {names}.",
}


@dataclass(slots=True)
class _Aws:
    """What is learnt of AWS along the way."""

    account: str | None = None
    latency_ms: float | None = None
    overdue: int | None = None


class HealthHandler(Handler[HealthRequest, HealthResponse]):
    """Tries everything that a change would need; changes nothing."""

    def handle(self, request: HealthRequest, ctx: CallContext) -> HealthResponse:
        """Raises InvalidArgumentError, PolicyDeniedError, RegionMissingError and
        CallCancelledError; all else is told, not raised.
        """
        gate = self.services.pipeline.gate
        scope = gate.admit_place(request.profile, request.checked_region(), request.credentials)
        trouble = _trouble(lambda: gate.admit_account(scope, ctx))
        aws = _Aws()
        checks = (
            _check("policy", self._policy, HealthStatus.DOWN),
            _check("state", self._state, HealthStatus.DOWN),
            _check("audit", self._audit, HealthStatus.DOWN),
            _check("interrupted", self._interrupted, HealthStatus.DEGRADED),
            _check("credentials", lambda: self._credentials(scope, ctx, aws), HealthStatus.DOWN),
            _check("expiry", lambda: self._expiry(scope, ctx, aws, trouble), HealthStatus.DEGRADED),
            _check("enforcer", self._enforcer, HealthStatus.DEGRADED),
            _check("breakers", self._breakers, HealthStatus.DEGRADED),
        )
        status = next(each for each in SEVERITY if any(one.status is each for one in checks))
        return HealthResponse(
            summary=_summary(status, checks),
            status=status,
            checks=checks,
            account=aws.account,
            region=scope.region,
            profile=scope.profile,
            aws_latency_ms=aws.latency_ms,
            overdue_rules=aws.overdue,
            breakers=self._breaker_views(),
        )

    def _policy(self) -> str:
        problem = self.services.config.policy_error
        if problem:
            raise ConfigurationError(f"The policy cannot be read: {problem}")
        return "it can be read"

    def _state(self) -> str:
        self.services.state.check()
        return "the state directory can be used"

    def _audit(self) -> str:
        self.services.audit.check()
        return "the audit log can be written"

    def _interrupted(self) -> str:
        """Raises InterruptedPlansError where calls were cut off between intent and outcome."""
        reader, since = self.services.audit_reader, datetime.now(UTC) - LOOK_BACK
        found = reader.interrupted(processes.is_alive, platform.node(), since=since)
        if found:
            raise InterruptedPlansError([_in_words(each) for each in found])
        return f"no change was cut off in the last {format_duration(LOOK_BACK)}"

    def _credentials(self, scope: AwsScope, ctx: CallContext, aws: _Aws) -> str:
        caller = self.services.gateway.caller(scope, ctx)
        aws.account = caller.account
        return f"AWS knows us as {caller.arn}"

    def _breakers(self) -> str:
        """Raises BreakerOpenError where a service is being left alone."""
        states = self.services.gateway.breakers()
        shut = [
            f"{key.service} in {key.region} for {key.whose} ({state.value})"
            for key, state in states.items()
            if state is not BreakerState.CLOSED
        ]
        if shut:
            raise BreakerOpenError(f"Left alone after repeated failures: {', '.join(shut)}.")
        return f"none of {len(states)} is open"

    def _breaker_views(self) -> tuple[BreakerView, ...]:
        """Each breaker's state, for whoever keeps watch."""
        return tuple(
            BreakerView(service=key.service, region=key.region, whose=key.whose, state=state)
            for key, state in self.services.gateway.breakers().items()
        )

    def _expiry(
        self, scope: AwsScope, ctx: CallContext, aws: _Aws, trouble: AwsError | None
    ) -> str:
        """Raises OverdueRulesError where rules of ours have outlived their end. Looks at nothing
        where ``trouble`` has kept the account from being admitted."""
        if trouble is not None:
            raise trouble
        began = self.services.clock()
        groups = self.services.gateway.security_groups(scope, ctx)
        found, now = groups.find_managed_rules()
        aws.latency_ms = round((self.services.clock() - began) * 1000, 1)
        max_ttl = self.services.config.policy.max_ttl
        rules = self._visible(found, groups)
        marked = [(rule, marks) for rule in rules if (marks := read_marks(rule))]
        overdue = [rule.rule_id for rule, marks in marked if is_overdue(marks, now, max_ttl)]
        unknown = [rule.rule_id for rule, marks in marked if end_unknown(marks)]
        aws.overdue = len(overdue)
        if overdue or unknown:
            raise OverdueRulesError(overdue, unknown)
        return f"none of our {len(rules)} rule(s) in {scope.region} is overdue"

    def _enforcer(self) -> str:
        """Raises OverdueRulesError where this process could not end what it should."""
        enforcer = self.services.enforcer
        if enforcer is None:
            return "this process does not stay to end access"
        state = enforcer.state()
        if state.stuck:
            raise OverdueRulesError(state.stuck, ())
        return f"this process watches {state.watched} rule(s) for their end"

    def _visible(
        self, rules: tuple[SecurityGroupRule, ...], groups: SecurityGroupService
    ) -> tuple[SecurityGroupRule, ...]:
        """Those in groups that the policy lets a caller know of."""
        policy = self.services.config.policy
        if not rules or not hides_groups(policy):
            return rules
        ids = sorted({rule.group_id for rule in rules})
        known = groups.describe_security_groups(ids)
        shown = {group.group_id for group in known if is_visible(group, policy)}
        return tuple(rule for rule in rules if rule.group_id in shown)


def _in_words(call: Interrupted) -> str:
    plan = "; ".join(call.plan[:MOST_PLAN_LINES])
    more = "; ..." if len(call.plan) > MOST_PLAN_LINES else ""
    head = f"{call.operation} of {call.time}, request {call.request_id}"
    return printable(f"{head}: {plan}{more}", LONGEST_TEXT)


def _trouble(admit: Callable[[], None]) -> AwsError | None:
    """What keeps AWS from telling the account; what policy says of it is raised."""
    try:
        admit()
    except AwsError as exc:
        return exc
    return None


def _check(name: str, look: Callable[[], str], if_bad: HealthStatus) -> HealthCheck:
    try:
        return HealthCheck(name=name, status=HealthStatus.OK, detail=look())
    except CallCancelledError:
        raise
    except AwsWhitelistError as exc:
        return HealthCheck(
            name=name, status=if_bad, detail=exc.summary, code=exc.code, remedy=exc.remedy
        )


def _summary(status: HealthStatus, checks: tuple[HealthCheck, ...]) -> str:
    names = ", ".join(each.name for each in checks if each.status is not HealthStatus.OK)
    return SUMMARIES[status].format(names=names)
