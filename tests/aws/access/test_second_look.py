"""A revoke that finds nothing looks once more: a rule that was made just now may not show yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from awswhitelist.access.intents import Order, RevokeIntent, Selector
from awswhitelist.access.outcomes import OutcomeState
from awswhitelist.calls import PlainContext
from awswhitelist.models import Remove

CTX = PlainContext("r-1")
ABSENT = "sgr-0123456789abcdef0"


def of_source(world: Any, *, everywhere: bool = False, **more: Any) -> Order:
    """An order to end the access of the usual host."""
    intent = RevokeIntent(
        target=None if everywhere else world.group(),
        selector=Selector(sources=("8.8.8.8/32",)),
    )
    return Order(operation="revoke", intent=intent, arguments={}, **more)


ORDERS: dict[str, Callable[[Any], Order]] = {
    "at a target": of_source,
    "in the region": lambda world: of_source(world, everywhere=True),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_a_rule_that_shows_late_is_found_and_removed(
    world: Any, order: Callable[[Any], Order]
) -> None:
    pipeline, before = world.pipeline(), world.rules()
    world.in_a_pause = [lambda: pipeline.change(world.allow(), CTX)]
    outcome = pipeline.change(order(world), CTX)
    assert [type(each.change) for each in outcome.receipts] == [Remove]
    assert world.slept == [0.5]
    assert world.rules() == before


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_what_does_not_show_the_second_time_either_is_not_there(
    world: Any, order: Callable[[Any], Order]
) -> None:
    outcome = world.pipeline().change(order(world), CTX)
    assert (outcome.state, outcome.plan.changes) == (OutcomeState.APPLIED, ())
    assert world.slept == [0.5]


def test_an_id_that_is_not_there_is_looked_for_twice_and_no_more(world: Any) -> None:
    outcome = world.pipeline().change(world.revoke(ABSENT), CTX)
    assert outcome.receipts == ()
    looks = [each for each in world.tap.heard if each == "DescribeSecurityGroupRules"]
    assert len(looks) == 2


def test_what_is_found_at_once_is_not_looked_for_again(world: Any) -> None:
    pipeline = world.pipeline()
    pipeline.change(world.allow(), CTX)
    pipeline.change(of_source(world), CTX)
    assert world.slept == []
