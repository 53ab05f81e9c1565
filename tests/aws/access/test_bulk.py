"""A bulk on its way through the pipe: what it asks of AWS, and what a crash leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from awswhitelist.access.intents import AllowIntent, BulkIntent, Order
from awswhitelist.calls import PlainContext
from awswhitelist.models import ReceiptStatus

CTX = PlainContext("r-1", client_name="tests")
READS = {"DescribeSecurityGroups", "DescribeSecurityGroupRules", "GetCallerIdentity"}
ADD = "AuthorizeSecurityGroupIngress"


@pytest.fixture(autouse=True)
def tidy(world: Any) -> Iterator[None]:
    """The world itself looks after prod-cache alone."""
    before = world.rules("prod-bastion")
    yield
    left = [rule_id for rule_id in world.rules("prod-bastion") if rule_id not in before]
    if left:
        world.remove(*left, group="prod-bastion")


def bulk(world: Any, *more: AllowIntent) -> Order:
    """Five hosts into each of two groups."""
    groups = [world.group("prod-cache"), world.group("prod-bastion")]
    orders = [
        world.allow(f"8.8.{place}.{number}/32", target=group)
        for number in range(5)
        for place, group in enumerate(groups)
    ]
    entries = (*(order.intent for order in orders), *more)
    return Order(
        operation="whitelist_bulk",
        intent=BulkIntent(entries=entries),
        arguments={"n": len(entries)},
    )


def test_all_groups_are_read_together_and_each_is_written_to_once(world: Any) -> None:
    outcome = world.pipeline().change(bulk(world), CTX)
    # The sandbox's answer is whole, so nothing need be looked at again.
    assert sorted(world.tap.heard) == sorted([*READS, ADD, ADD])
    assert [each.status for each in outcome.receipts] == [ReceiptStatus.DONE] * 10
    assert [len(entry.parts) for entry in outcome.entries] == [1] * 10


def test_what_became_of_the_rules_of_one_call_is_written_down_together(world: Any) -> None:
    seen: list[int] = []

    def count() -> None:
        seen.append(sum(each["event"] == "receipt" for each in world.audited()))

    world.tap.do[ADD] = [count, count]
    world.pipeline().change(bulk(world), CTX)
    count()
    assert seen == [0, 5, 10]


def test_a_missing_group_is_the_failure_of_its_entry_alone(world: Any) -> None:
    gone = world.allow(target="sg-0000000000000000f").intent
    outcome = world.pipeline().change(bulk(world, gone), CTX)
    *there, missing = outcome.entries
    assert missing.error.code == "security_group_not_found"
    assert all(entry.error is None for entry in there)


def test_the_same_bulk_completes_what_a_crash_has_cut_off_and_makes_nothing_twice(
    world: Any,
) -> None:
    def crash() -> None:
        raise KeyboardInterrupt

    world.tap.do[ADD] = [lambda: None, crash]
    with pytest.raises(KeyboardInterrupt):
        world.pipeline().change(bulk(world), CTX)
    assert [each["event"] for each in world.audited()] == ["intent", *["receipt"] * 5]

    again = world.pipeline().change(bulk(world), PlainContext("r-2"))
    kinds = [entry.parts[0].change.kind for entry in again.entries]
    assert kinds == ["keep", "add"] * 5
    rules = [*world.rules().values(), *world.rules("prod-bastion").values()]
    ours = [rule["CidrIpv4"] for rule in rules if rule.get("CidrIpv4", "").startswith("8.8.")]
    assert len(ours) == len(set(ours)) == 10
