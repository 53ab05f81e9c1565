"""``health``: whether this server could do its work now, and what to do if not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from awswhitelist.access.expiry import Marks, is_overdue, read_marks
from awswhitelist.access.policy import is_visible
from awswhitelist.aws.breaker import BreakerState
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import (
    AwsWhitelistError,
    BreakerOpenError,
    CallCancelledError,
    ConfigurationError,
    OverdueRulesError,
)
from awswhitelist.models import AwsScope, SecurityGroupRule
from awswhitelist.tools.arguments import AwsArguments
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.results import OperationResult, Result

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
    remedy: str | None = None


class HealthResponse(OperationResult):
    """The worst of the checks is the status."""

    status: HealthStatus | None = None
    checks: tuple[HealthCheck, ...] | None = None
    aws_latency_ms: Annotated[float | None, Field(description="One read of rules.")] = None

    def facts(self) -> tuple[str, ...]:
        """A line for each check."""
        lines = (f"{each.name}: {each.status.value}, {each.detail}" for each in self.checks or ())
        return tuple(lines)


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


class HealthHandler(Handler[HealthRequest, HealthResponse]):
    """Tries everything that a change would need; changes nothing."""

    def handle(self, request: HealthRequest, ctx: CallContext) -> HealthResponse:
        """Raises InvalidArgumentError, PolicyDeniedError, RegionMissingError and
        CallCancelledError; all else is told, not raised.
        """
        scope = self.services.pipeline.admit_read(
            request.profile, request.checked_region(), ctx, request.credentials
        )
        aws = _Aws()
        checks = (
            _check("policy", self._policy, HealthStatus.DOWN),
            _check("state", self._state, HealthStatus.DOWN),
            _check("audit", self._audit, HealthStatus.DOWN),
            _check("credentials", lambda: self._credentials(scope, ctx, aws), HealthStatus.DOWN),
            _check("expiry", lambda: self._expiry(scope, ctx, aws), HealthStatus.DEGRADED),
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

    def _expiry(self, scope: AwsScope, ctx: CallContext, aws: _Aws) -> str:
        """Raises OverdueRulesError where rules of ours have outlived their end."""
        began = self.services.clock()
        groups = self.services.gateway.security_groups(scope, ctx)
        found, now = groups.find_managed_rules()
        aws.latency_ms = round((self.services.clock() - began) * 1000, 1)
        max_ttl = self.services.config.policy.max_ttl
        rules = self._visible(found, groups)
        marked = [(rule, marks) for rule in rules if (marks := read_marks(rule))]
        overdue = [rule.rule_id for rule, marks in marked if is_overdue(marks, now, max_ttl)]
        unknown = [rule.rule_id for rule, marks in marked if end_unknown(marks)]
        if overdue or unknown:
            raise OverdueRulesError(overdue, unknown)
        return f"none of our {len(rules)} rule(s) in {scope.region} is overdue"

    def _visible(
        self, rules: tuple[SecurityGroupRule, ...], groups: SecurityGroupService
    ) -> tuple[SecurityGroupRule, ...]:
        """Those in groups that the policy lets a caller know of."""
        policy = self.services.config.policy
        if not rules or (policy.groups.allow is None and not policy.groups.deny):
            return rules
        ids = sorted({rule.group_id for rule in rules})
        known = groups.describe_security_groups(ids)
        shown = {group.group_id for group in known if is_visible(group, policy)}
        return tuple(rule for rule in rules if rule.group_id in shown)


def end_unknown(marks: Marks) -> bool:
    """Whether nobody can tell when the rule should end."""
    return not marks.expiry_known and marks.created_at is None


def _check(name: str, look: Callable[[], str], if_bad: HealthStatus) -> HealthCheck:
    try:
        return HealthCheck(name=name, status=HealthStatus.OK, detail=look())
    except CallCancelledError:
        raise
    except AwsWhitelistError as exc:
        return HealthCheck(name=name, status=if_bad, detail=exc.summary, remedy=exc.remedy)


def _summary(status: HealthStatus, checks: tuple[HealthCheck, ...]) -> str:
    names = ", ".join(each.name for each in checks if each.status is not HealthStatus.OK)
    return SUMMARIES[status].format(names=names)
