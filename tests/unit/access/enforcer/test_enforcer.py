"""What the enforcer follows, and when it looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from awswhitelist.access.ending.deadlines import Site
from awswhitelist.access.ending.enforcer import LONGEST_WAIT
from awswhitelist.access.marks.expiry import new_tags
from awswhitelist.access.intents import SweepIntent
from awswhitelist.access.outcomes import OutcomeState
from awswhitelist.models import (
    AwsCredentials,
    Change,
    Extend,
    Grant,
    Move,
    Receipt,
    ReceiptStatus,
    Release,
    Remove,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
GRANT = Grant(owner="alice", lifetime=2 * HOUR)
HERE = Site(None, "eu-west-1")


def test_a_rule_is_removed_when_it_ends_and_not_before(world: Any) -> None:
    world.follow(world.open(lifetime=2 * HOUR))
    world.run()
    assert world.lasted() == [2 * HOUR]
    assert world.rules == {}
    assert world.enforcer.state().watched == 0


def test_nothing_runs_before_there_is_something_to_wait_for(world: Any) -> None:
    world.follow()
    assert world.started == []
    world.follow(world.open())
    world.follow(world.open("sgr-2"))
    assert len(world.started) == 1


def test_the_clock_is_read_again_every_minute_for_the_machine_may_have_slept(world: Any) -> None:
    world.follow(world.open(lifetime=3 * MINUTE))
    asleep = [lambda: setattr(world, "seconds", world.seconds + 3600)]
    world.meanwhile = asleep
    world.run()
    assert world.waited == [LONGEST_WAIT, None]
    assert world.lasted() == [HOUR + MINUTE]


def test_rules_that_end_together_are_swept_together(world: Any) -> None:
    world.follow(world.open("sgr-1"), world.open("sgr-2"), world.open("sgr-3", "sg-2"))
    world.run()
    assert [(site, groups) for _, site, groups in world.sweeps] == [(HERE, ("sg-1", "sg-2"))]
    assert world.rules == {}


def test_profiles_are_swept_apart(world: Any) -> None:
    world.follow(world.open("sgr-1"))
    world.follow(world.open("sgr-2", "sg-2"), profile="prod")
    world.run()
    assert [site.profile for _, site, _ in world.sweeps] == [None, "prod"]


def test_a_rule_that_was_extended_elsewhere_is_left_until_its_new_end(world: Any) -> None:
    receipt = world.open()
    world.follow(receipt)
    assert receipt.rule is not None
    longer = new_tags(GRANT.model_copy(update={"lifetime": 5 * HOUR}), world.now, "u-2")
    world.rules["sgr-1"] = receipt.rule.model_copy(update={"tags": longer})
    world.run()
    assert world.lasted() == [2 * HOUR, 5 * HOUR]
    assert world.rules == {}


@pytest.mark.parametrize("kind", [Extend, Move])
def test_a_rule_that_is_changed_here_is_looked_at_when_it_ends_anew(
    world: Any, kind: Callable[..., Change]
) -> None:
    first = world.open(lifetime=HOUR)
    world.follow(first)
    again = world.open(lifetime=3 * HOUR)
    change = kind(
        rule=first.rule, grant=GRANT, **({"to": first.change.spec} if kind is Move else {})
    )
    world.follow(again.model_copy(update={"change": change}))
    world.run()
    assert world.lasted() == [3 * HOUR]


def test_a_rule_that_is_revoked_here_is_forgotten(world: Any) -> None:
    receipt = world.open()
    world.follow(receipt)
    gone = Receipt(change=Remove(rule=receipt.rule), status=ReceiptStatus.DONE, rule=receipt.rule)
    world.follow(gone)
    assert world.enforcer.state().watched == 0


def test_a_rule_that_somebody_else_has_removed_is_forgotten(world: Any) -> None:
    world.follow(world.open())
    world.rules.clear()
    world.run()
    assert world.lasted() == [2 * HOUR]
    assert world.enforcer.state().watched == 0


def test_a_rule_that_was_made_never_ending_meanwhile_is_forgotten(world: Any) -> None:
    receipt = world.open()
    world.follow(receipt)
    assert receipt.rule is not None
    tags = {**receipt.rule.tags, "awswhitelist:expires-at": "never"}
    world.rules["sgr-1"] = receipt.rule.model_copy(update={"tags": tags})
    world.run()
    assert world.enforcer.state().watched == 0
    assert set(world.rules) == {"sgr-1"}


def test_a_rule_that_aws_does_not_show_yet_is_looked_for_at_its_end(world: Any) -> None:
    receipt = world.open()
    world.follow(receipt.model_copy(update={"rule": None, "status": ReceiptStatus.UNKNOWN}))
    world.run()
    assert world.lasted() == [2 * HOUR]
    assert world.rules == {} and world.enforcer.state().watched == 0


def test_an_unseen_rule_that_cannot_be_removed_is_tried_again(world: Any) -> None:
    receipt = world.open()
    world.stubborn = {"sgr-1"}
    world.meanwhile = [lambda: None] * 120 + [world.stubborn.clear]
    world.follow(receipt.model_copy(update={"rule": None, "status": ReceiptStatus.UNVERIFIED}))
    world.run()
    assert world.lasted() == [2 * HOUR, 2 * HOUR + timedelta(seconds=5)]


NOT_FOLLOWED: dict[str, dict[str, Any]] = {
    "keys of the call": {
        "credentials": AwsCredentials(
            access_key_id=SecretStr("AKIA"), secret_access_key=SecretStr("s")
        )
    },
    "a dry run": {"dry_run": True},
    "a sweep": {"intent": SweepIntent()},
}


@pytest.mark.parametrize("more", NOT_FOLLOWED.values(), ids=NOT_FOLLOWED)
def test_some_orders_are_not_followed(world: Any, more: dict[str, Any]) -> None:
    world.follow(world.open(), **more)
    assert world.started == []


def test_an_order_that_was_not_carried_out_is_not_followed(world: Any) -> None:
    declined = world.outcome(world.now, (), world.open(), state=OutcomeState.DECLINED)
    world.enforcer.follow(world.order(), declined)
    assert world.started == []


@pytest.mark.parametrize(
    "status", [ReceiptStatus.FAILED, ReceiptStatus.ROLLED_BACK, ReceiptStatus.SKIPPED]
)
def test_what_was_not_made_is_not_watched(world: Any, status: ReceiptStatus) -> None:
    world.follow(world.open().model_copy(update={"status": status}))
    assert world.started == []


def test_access_without_an_end_is_not_watched(world: Any) -> None:
    receipt = world.open()
    assert receipt.rule is not None
    tags = {**receipt.rule.tags, "awswhitelist:expires-at": "never"}
    world.follow(
        receipt.model_copy(update={"rule": receipt.rule.model_copy(update={"tags": tags})})
    )
    assert world.started == []


def test_an_owner_who_leaves_a_shared_rule_changes_nothing_of_its_end(world: Any) -> None:
    receipt = world.open()
    assert receipt.rule is not None
    world.follow(receipt.model_copy(update={"change": Release(rule=receipt.rule, owner="bob")}))
    assert world.started == []
