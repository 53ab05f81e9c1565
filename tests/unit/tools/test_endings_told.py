"""What is said of the end of access: a process in trouble, and rules that nobody has seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from awswhitelist.access.ending.enforcer import Enforcer, EnforcerState
from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.access.rates import CallPace
from awswhitelist.access.ending.sweeper import sweeper
from awswhitelist.application import Surroundings, sandbox_cloud
from awswhitelist.calls import PlainContext
from awswhitelist.models import (
    Add,
    AwsScope,
    Caller,
    Grant,
    Plan,
    Receipt,
    ReceiptStatus,
    RuleSpec,
    SourceKind,
)
from awswhitelist.tools.endings import ending_warnings, enforcers_of
from awswhitelist.tools.health import HealthHandler, HealthRequest
from awswhitelist.tools.services import Services
from awswhitelist.wiring import enforcement_of, wired

HOST = {"target": "prod-bastion", "source": "203.0.113.7", "port": "ssh", "expires_in": "2h"}


class Stuck(Enforcer):
    """An enforcer that could not end two rules."""

    def state(self) -> EnforcerState:
        return EnforcerState(3, ("sgr-1", "sgr-2"))


def test_rules_that_this_process_could_not_end_degrade_its_health(
    configured: Callable[..., Any],
) -> None:
    config, surroundings = configured(), Surroundings("tester", {}, stays=True)
    cloud, enforcement = sandbox_cloud(config), enforcement_of(config, surroundings)
    made = wired(config, surroundings, cloud, lambda _scope, _group_id: None, enforcement)
    stuck = Stuck(sweeper(lambda: made.pipeline, 1.0), config.policy, clock=lambda: 0.0)
    services = Services(
        config,
        operation_names=(),
        pace=CallPace(100, clock=lambda: 0.0),
        clock=lambda: 0.0,
        enforcement=lambda: enforcement,
        wire=lambda: made._replace(enforcer=stuck),
        principal="tester",
    )
    answer = HealthHandler(services).handle(HealthRequest(), PlainContext("ours-1"))
    (bad,) = (check for check in answer.checks or () if check.status != "ok")
    assert (answer.status, bad.name) == ("degraded", "enforcer")
    assert "2 rule(s)" in bad.detail and "sgr-1, sgr-2" in bad.detail


def outcome_of(*receipts: Receipt) -> Outcome:
    caller = Caller(account="111122223333", arn="arn:aws:iam::111122223333:user/mara")
    plan = Plan(account=caller.account, region="eu-west-1", groups=(), changes=())
    scope = AwsScope(profile=None, region="eu-west-1")
    return Outcome(OutcomeState.APPLIED, scope, caller, plan, receipts=receipts)


def added(status: ReceiptStatus, lifetime: timedelta | None) -> Receipt:
    spec = RuleSpec(protocol="all", source="8.8.8.8/32", source_kind=SourceKind.IPV4)
    change = Add(group_id="sg-1", spec=spec, grant=Grant(owner="mara", lifetime=lifetime))
    return Receipt(change=change, status=status)


@pytest.mark.parametrize(
    ("status", "lifetime", "expected"),
    [
        (ReceiptStatus.UNVERIFIED, timedelta(hours=1), ["expiry_needs_a_sweeper"]),
        (ReceiptStatus.UNVERIFIED, None, []),
        (ReceiptStatus.ROLLED_BACK, timedelta(hours=1), []),
        (ReceiptStatus.FAILED, timedelta(hours=1), []),
    ],
)
def test_a_rule_that_is_not_seen_yet_ends_as_it_was_asked_to(
    configured: Callable[..., Any],
    status: ReceiptStatus,
    lifetime: timedelta | None,
    expected: list[str],
) -> None:
    config, outcome = configured(), outcome_of(added(status, lifetime))
    enforcement = enforcement_of(config, Surroundings("tester", {}))
    services = Services(
        config,
        operation_names=(),
        pace=CallPace(100, clock=lambda: 0.0),
        clock=lambda: 0.0,
        enforcement=lambda: enforcement,
        wire=lambda: pytest.fail("AWS is not needed"),
        principal="tester",
    )
    enforcers = enforcers_of(outcome, services)
    assert enforcers == (() if expected else None)
    notes = ending_warnings(enforcers, outcome, config.policy)
    assert [note.code for note in notes] == expected
