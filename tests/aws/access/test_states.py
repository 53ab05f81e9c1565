"""What may go wrong between a request and a write, and is none of anybody's wishes.

Other states of that way are held elsewhere: a rule that changed between question and answer, in
test_access_approval; stale reads and lost answers, in tests/faults; one token in two processes,
in test_concurrency.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from awswhitelist.access.intents import Order, SweepIntent
from awswhitelist.access.outcomes import Outcome
from awswhitelist.access.pipeline import AccessPipeline
from awswhitelist.aws.clients import AwsClientFactory
from awswhitelist.calls import PlainContext
from awswhitelist.exceptions import AuditUnavailableError
from awswhitelist.models import Keep, KeepWhy, Receipt
from awswhitelist.sandbox import Sandbox
from tests.aws.access.clock import Clock

CTX = PlainContext("r-1")
ADD = "AuthorizeSecurityGroupIngress"
DAY = timedelta(days=1)
END, MADE, MANAGED = (f"awswhitelist:{name}" for name in ("expires-at", "created-at", "managed"))

full_disk = pytest.mark.skipif(
    not os.path.exists("/dev/full"), reason="needs a device that is always full"
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(sandbox: Sandbox, tap: Any, world: Any, clock: Clock) -> AccessPipeline:
    """A pipeline whose AWS has that clock."""
    factory = AwsClientFactory(
        lambda profile: clock.listen(tap.listen(sandbox.new_session(profile)))
    )
    made: AccessPipeline = type(world)(factory, tap, world.ec2, world.folder).pipeline()
    return made


def sweep(pipeline: AccessPipeline, world: Any) -> Outcome:
    intent = SweepIntent(target=world.group())
    return pipeline.change(Order(operation="sweep_expired", intent=intent, arguments={}), CTX)


def added(pipeline: AccessPipeline, world: Any) -> str:
    """A rule of ours for two hours; its id."""
    (receipt,) = pipeline.change(world.allow(), CTX).receipts
    assert receipt.rule is not None
    return receipt.rule.rule_id


def take_tags(world: Any, rule_id: str, *keys: str) -> None:
    """A stranger takes tags off a rule."""
    world.ec2.delete_tags(Resources=[rule_id], Tags=[{"Key": key} for key in keys])


def set_tag(world: Any, rule_id: str, key: str, value: str) -> None:
    world.ec2.create_tags(Resources=[rule_id], Tags=[{"Key": key, "Value": value}])


def fill_disk(world: Any) -> None:
    """From now on, nothing more can be written to the audit log."""
    world.audit_path.parent.mkdir(parents=True, exist_ok=True)
    world.audit_path.unlink(missing_ok=True)
    world.audit_path.symlink_to("/dev/full")


@pytest.mark.parametrize("years", [-10, 10])
def test_a_machine_whose_clock_is_wrong_ends_access_when_aws_says_so(
    world: Any, timed: AccessPipeline, clock: Clock, years: int
) -> None:
    world.now += years * 365 * DAY.total_seconds()
    rule_id = added(timed, world)
    clock.ahead = timedelta(minutes=119)
    assert sweep(timed, world).receipts == () and rule_id in world.rules()
    clock.ahead = timedelta(minutes=121)
    sweep(timed, world)
    assert rule_id not in world.rules()


GARBLED: dict[str, Callable[[Any, str], None]] = {
    "gone": lambda world, rule_id: take_tags(world, rule_id, END),
    "garbled": lambda world, rule_id: set_tag(world, rule_id, END, "soon"),
}


@pytest.mark.parametrize("garble", GARBLED.values(), ids=GARBLED)
def test_a_rule_whose_end_is_lost_goes_when_the_longest_time_permitted_is_over(
    world: Any, timed: AccessPipeline, clock: Clock, garble: Callable[[Any, str], None]
) -> None:
    rule_id = added(timed, world)
    garble(world, rule_id)
    clock.ahead = 6 * DAY
    assert sweep(timed, world).receipts == () and rule_id in world.rules()
    clock.ahead = 8 * DAY
    sweep(timed, world)
    assert rule_id not in world.rules()


def test_a_rule_that_says_neither_when_it_ends_nor_when_it_began_goes_only_when_asked(
    world: Any, timed: AccessPipeline, clock: Clock
) -> None:
    rule_id = added(timed, world)
    take_tags(world, rule_id, END, MADE)
    clock.ahead = 400 * DAY
    assert sweep(timed, world).receipts == () and rule_id in world.rules()
    timed.change(world.revoke(rule_id), CTX)
    assert rule_id not in world.rules()


def test_a_rule_that_lost_our_mark_is_somebody_elses(
    world: Any, timed: AccessPipeline, clock: Clock
) -> None:
    rule_id = added(timed, world)
    take_tags(world, rule_id, MANAGED)
    clock.ahead = 400 * DAY
    assert sweep(timed, world).receipts == ()
    (kept,) = timed.change(world.revoke(rule_id), CTX).plan.changes
    assert isinstance(kept, Keep) and kept.why is KeepWhy.NOT_OURS
    assert rule_id in world.rules()


def test_a_strangers_rule_that_meets_a_lost_answer_is_never_taken_for_ours(world: Any) -> None:
    # We add it, the answer is lost, a stranger puts their own in its place; then we try again.
    before = world.rules()

    def replace() -> None:
        world.remove(*(world.rules().keys() - before.keys()))
        world.let_in()

    world.tap.lose[ADD] = [ConnectionClosedError(endpoint_url="https://ec2.invalid")]
    world.tap.do[ADD] = [lambda: None, replace]
    outcome = world.pipeline().change(world.allow(), CTX)
    (kept,) = outcome.plan.changes
    assert isinstance(kept, Keep) and kept.why is KeepWhy.ALREADY_ALLOWED
    assert outcome.receipts == ()
    (left,) = world.rules().keys() - before.keys()
    assert world.rules()[left]["Description"] == "theirs"


@full_disk
def test_where_the_disk_is_full_nothing_is_opened(world: Any) -> None:
    before = world.rules()
    fill_disk(world)
    with pytest.raises(AuditUnavailableError):
        world.pipeline().change(world.allow(), CTX)
    assert world.rules() == before


@full_disk
def test_a_disk_that_is_full_after_the_intent_hides_no_change(world: Any) -> None:
    world.tap.do[ADD] = [lambda: fill_disk(world)]
    outcome = world.pipeline().change(world.allow(), CTX)
    (receipt,) = outcome.receipts
    assert outcome.audit_has_gaps and _stands(receipt, world)


@full_disk
def test_what_has_ended_goes_although_the_disk_is_full(
    world: Any, timed: AccessPipeline, clock: Clock
) -> None:
    rule_id = added(timed, world)
    clock.ahead = DAY
    fill_disk(world)
    outcome = sweep(timed, world)
    assert outcome.audit_has_gaps and rule_id not in world.rules()


def _stands(receipt: Receipt, world: Any) -> bool:
    return receipt.rule is not None and receipt.rule.rule_id in world.rules()
