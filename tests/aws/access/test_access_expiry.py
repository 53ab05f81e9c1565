"""Expiry from end to end on the sandbox: the enforcer's clock and the local one are both wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from awswhitelist.access.ending.enforcer import Enforcer
from awswhitelist.access.intents import Order, SweepIntent
from awswhitelist.access.outcomes import Outcome
from awswhitelist.access.ending.sweeper import sweeper
from awswhitelist.calls import PlainContext
from awswhitelist.exceptions import CallCancelledError, SecurityGroupNotFoundError
from awswhitelist.models import Receipt, ReceiptStatus
from awswhitelist.policy_config import PolicyConfig

CTX = PlainContext("r-1", client_name="tests")
GONE = "sg-0123456789abcdef0"


class Night:
    """An enforcer beside a pipeline; its clock runs as the test says, and nothing sleeps."""

    def __init__(self, world: Any) -> None:
        self.seconds = 0.0
        self.threads: list[Callable[[], None]] = []
        self.enforcer = Enforcer(
            sweeper(lambda: self.pipeline, 60.0),
            PolicyConfig(),
            clock=lambda: self.seconds,
            wait=self._wait,
            start=self._start,
        )
        self.pipeline = world.pipeline(afterwards=self.enforcer.follow)

    def _start(self, run: Callable[[], None]) -> Any:
        self.threads.append(run)
        return threading.Thread(target=int)

    def _wait(self, _changed: threading.Condition, _seconds: float | None) -> None:
        """Where there is nothing to do yet, the test goes on."""
        raise EndOfNight

    def pass_by(self, time: timedelta) -> None:
        """The thread, once so much time has passed on the clock of this machine."""
        self.seconds += time.total_seconds()
        with pytest.raises(EndOfNight):
            self.threads.pop()()


class EndOfNight(Exception):
    """Nothing is due now."""


def age(world: Any, rule_id: str) -> None:
    past = [{"Key": "awswhitelist:expires-at", "Value": "2020-01-01T00:00:00Z"}]
    world.ec2.create_tags(Resources=[rule_id], Tags=past)


def test_a_clock_that_is_wrong_changes_nothing_but_when_we_look(world: Any) -> None:
    # The local clock of this world stands in 2023, and AWS's does not: nothing here minds.
    night = Night(world)
    rule_id = night.pipeline.change(world.allow(hours=2), CTX).receipts[0].rule.rule_id
    night.pass_by(timedelta(hours=2))
    assert rule_id in world.rules()
    assert night.enforcer.state().watched == 1
    age(world, rule_id)
    night.pass_by(timedelta(hours=2))
    assert rule_id not in world.rules()
    assert night.enforcer.state().watched == 0


def test_the_sweep_of_a_process_passes_through_the_same_pipe(world: Any) -> None:
    night = Night(world)
    rule_id = night.pipeline.change(world.allow(hours=2), CTX).receipts[0].rule.rule_id
    age(world, rule_id)
    night.pass_by(timedelta(hours=2))
    swept = [line for line in world.audited() if line["operation"] == "sweep_expired"]
    assert [line["event"] for line in swept] == ["intent", "receipt", "outcome"]
    assert swept[0]["plan"][0].startswith(f"remove overdue {rule_id}")
    assert {line["client"] for line in swept} == {"awswhitelist"}
    assert "r-1" not in {line["request_id"] for line in swept}


def test_what_was_done_before_a_call_was_cancelled_is_followed_too(world: Any) -> None:
    followed: list[Outcome] = []
    pipeline = world.pipeline(afterwards=lambda _order, outcome: followed.append(outcome))

    def receipts_are_there() -> bool:
        return any(line["event"] == "receipt" for line in world.audited())

    gone = PlainContext("r-1", is_cancelled=receipts_are_there)
    first = pipeline.change(world.allow("8.8.8.1/32", hours=1), CTX).receipts[0]
    followed.clear()
    world.audit_path.unlink()
    # Two kinds of change take two calls: the second is not made any more.
    order = world.allow("8.8.8.1/32", "8.8.8.2/32", hours=5)
    with pytest.raises(CallCancelledError):
        pipeline.change(order, gone)
    (outcome,) = followed
    assert [receipt.status for receipt in outcome.receipts] == [ReceiptStatus.DONE]
    made: Receipt = outcome.receipts[0]
    assert made.rule is not None and made.rule.rule_id != first.rule.rule_id


def sweep(*group_ids: str, target: str | None = None) -> Order:
    intent = SweepIntent(group_ids=group_ids, target=target)
    return Order(operation="sweep_expired", intent=intent, arguments={})


def test_a_group_that_has_gone_meanwhile_is_passed_over(world: Any) -> None:
    pipeline = world.pipeline()
    rule_id = pipeline.change(world.allow(), CTX).receipts[0].rule.rule_id
    age(world, rule_id)
    (receipt,) = pipeline.change(sweep(GONE, world.group()), CTX).receipts
    assert receipt.status is ReceiptStatus.DONE
    assert rule_id not in world.rules()
    assert pipeline.change(sweep(GONE), CTX).receipts == ()


def test_a_group_that_was_named_must_be_there(world: Any) -> None:
    with pytest.raises(SecurityGroupNotFoundError):
        world.pipeline().change(sweep(target=GONE), CTX)
