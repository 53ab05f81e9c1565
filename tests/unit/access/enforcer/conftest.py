"""AWS and a clock of our own around the enforcer: nobody sleeps, and no thread is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awswhitelist.access.ending.deadlines import Site
from awswhitelist.access.ending.enforcer import Enforcer
from awswhitelist.access.marks.expiry import new_tags
from awswhitelist.access.intents import AllowIntent, Order
from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.access.planner import plan_sweep
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.models import (
    Add,
    AwsScope,
    Caller,
    Grant,
    IpProtocol,
    Observation,
    Plan,
    Receipt,
    ReceiptStatus,
    RuleSpec,
    SecurityGroup,
    SecurityGroupRule,
    SourceKind,
)
from awswhitelist.policy_config import PolicyConfig

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
GRANT = Grant(owner="alice", lifetime=2 * HOUR)
CALLER = Caller(account="111122223333", arn="arn:aws:iam::111122223333:user/alice")
HERE = Site(None, "eu-west-1")


class World:
    """AWS with its own time, and the enforcer's clock, which starts anywhere.

    ``wait`` lets time pass. It ends the enforcer once nothing is left to wait for, or at ``until``.
    """

    def __init__(self, **policy: Any) -> None:
        self.seconds = 5_000.0
        self.rules: dict[str, SecurityGroupRule] = {}
        self.sweeps: list[tuple[float, Site, tuple[str, ...]]] = []
        self.troubles: list[AwsWhitelistError | type[BaseException]] = []
        self.stubborn: set[str] = set()
        self.started: list[Callable[[], None]] = []
        self.joined: list[float | None] = []
        self.waited: list[float | None] = []
        self.until: float | None = None
        self.meanwhile: list[Callable[[], None]] = []
        self.while_joined: Callable[[], None] = lambda: None
        self.policy = PolicyConfig.model_validate(policy)
        self.enforcer = Enforcer(
            self.sweep, self.policy, clock=lambda: self.seconds, wait=self.wait, start=self.start
        )

    @property
    def now(self) -> datetime:
        """AWS's time."""
        return EPOCH + timedelta(seconds=self.seconds)

    def start(self, run: Callable[[], None]) -> Any:
        self.started.append(run)
        return self

    def join(self, timeout: float | None = None) -> None:
        """Stands for the thread."""
        self.joined.append(timeout)
        self.while_joined()

    def wait(self, changed: threading.Condition, seconds: float | None) -> None:
        self.waited.append(seconds)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        if seconds is None or (self.until is not None and self.seconds + seconds > self.until):
            self.enforcer.close(1.0)
        else:
            self.seconds += seconds

    def sweep(
        self, site: Site, group_ids: tuple[str, ...], is_cancelled: Callable[[], bool]
    ) -> Outcome:
        self.sweeps.append((self.seconds, site, group_ids))
        assert not is_cancelled()
        if self.troubles:
            trouble = self.troubles.pop(0)
            raise trouble
        rules = tuple(rule for rule in self.rules.values() if rule.group_id in group_ids)
        changes = plan_sweep(rules, self.now, self.policy.max_ttl)
        receipts = []
        for change in changes:
            gone = change.rule.rule_id not in self.stubborn
            status = ReceiptStatus.DONE if gone else ReceiptStatus.UNVERIFIED
            receipts.append(Receipt(change=change, status=status, rule=change.rule))
            if gone:
                del self.rules[change.rule.rule_id]
        return outcome(self.now, rules, *receipts)

    def open(
        self, rule_id: str = "sgr-1", group_id: str = "sg-1", lifetime: timedelta = 2 * HOUR
    ) -> Receipt:
        """A rule that was just made."""
        grant = GRANT.model_copy(update={"lifetime": lifetime})
        rule = SecurityGroupRule(
            rule_id=rule_id, group_id=group_id, spec=spec(), tags=new_tags(grant, self.now, "u-1")
        )
        self.rules[rule_id] = rule
        change = Add(group_id=group_id, spec=spec(), grant=grant)
        return Receipt(change=change, status=ReceiptStatus.DONE, rule=rule)

    def follow(self, *receipts: Receipt, **of_order: Any) -> None:
        self.enforcer.follow(order(**of_order), outcome(self.now, self.rules.values(), *receipts))

    def order(self, **more: Any) -> Order:
        return order(**more)

    def outcome(self, now: datetime, rules: Any, *receipts: Receipt, **more: Any) -> Outcome:
        return outcome(now, rules, *receipts, **more)

    def run(self) -> None:
        """What the thread does, until nothing is left."""
        self.started.pop(0)()

    def lasted(self) -> list[timedelta]:
        """When it was swept, from the beginning."""
        return [timedelta(seconds=at - 5_000.0) for at, _, _ in self.sweeps]


def spec() -> RuleSpec:
    return RuleSpec(
        protocol="tcp", from_port=22, to_port=22, source="8.8.8.8/32", source_kind=SourceKind.IPV4
    )


def order(**more: Any) -> Order:
    intent = AllowIntent(
        target="sg-1", sources=("8.8.8.8/32",), protocol=IpProtocol.TCP, ports=None, grant=GRANT
    )
    return Order(**{"operation": "whitelist", "intent": intent, "arguments": {}} | more)


def outcome(
    now: datetime, rules: Any, *receipts: Receipt, state: OutcomeState = OutcomeState.APPLIED
) -> Outcome:
    rules = tuple(rules)
    ids = dict.fromkeys(rule.group_id for rule in rules)
    groups = tuple(SecurityGroup(group_id=each, name=f"name-{each}") for each in ids)
    changes = tuple(receipt.change for receipt in receipts)
    plan = Plan(account=CALLER.account, region=HERE.region, groups=groups, changes=changes)
    observed = Observation(groups=groups, rules=rules, at=now)
    scope = AwsScope(profile=None, region=HERE.region)
    return Outcome(state, scope, CALLER, plan, observed=observed, receipts=receipts)


@pytest.fixture
def world() -> Any:
    """A :class:`World`; tests name its type as Any, for a conftest cannot be imported."""
    return World()
