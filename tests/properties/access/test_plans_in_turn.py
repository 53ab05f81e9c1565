"""Wishes of one call that meet on one rule: the cases that the properties have brought up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from awswhitelist import constants
from awswhitelist.access.marks.expiry import new_suffix, new_tags, read_marks
from awswhitelist.access.intents import AllowIntent, BulkIntent, UndoStep
from awswhitelist.access.undoing import plan_undo
from awswhitelist.models import (
    Grant,
    IpProtocol,
    Keep,
    KeepWhy,
    Receipt,
    ReceiptStatus,
    SecurityGroupRule,
)
from tests.properties.access.cloud import Cloud
from tests.properties.access.states import HOUR, NOW, draw_plan, spec

X, Y, Z = "8.8.8.8/32", "8.8.8.9/32", "9.9.9.9/32"
WEEK = timedelta(days=7)


def standing(source: str, *owners: str, rule_id: str = "sgr-0") -> SecurityGroupRule:
    """A rule of ours with an hour to go."""
    first, *others = owners
    grant = Grant(owner=first, sharers=tuple(others), lifetime=HOUR)
    return SecurityGroupRule(
        rule_id=rule_id,
        group_id="sg-1",
        spec=spec(source, (22, 22)),
        tags=new_tags(grant, NOW, "u-0"),
    )


def stays(owner: str, source: str, hours: int = 1, **more: Any) -> AllowIntent:
    return AllowIntent(
        target="sg-1",
        sources=(source,),
        protocol=IpProtocol.TCP,
        ports=(22, 22),
        grant=Grant(owner=owner, lifetime=hours * HOUR),
        **more,
    )


def moves(owner: str, source: str) -> AllowIntent:
    return stays(owner, source, replace_previous=True)


def made(cloud: Cloud, *every: AllowIntent) -> tuple[Receipt, ...]:
    plan = draw_plan(BulkIntent(entries=every), cloud.observed()).plan
    receipts = cloud.apply(plan.writes)
    assert {each.status for each in receipts} <= {ReceiptStatus.DONE}
    return receipts


def undone(cloud: Cloud, receipts: tuple[Receipt, ...]) -> tuple[Receipt, ...]:
    steps = [UndoStep(change=each.change, rule=each.rule) for each in receipts]
    taken_back = cloud.apply(plan_undo(steps, cloud.observed(), WEEK))
    assert {each.status for each in taken_back} == {ReceiptStatus.DONE}
    return taken_back


def holders(cloud: Cloud) -> dict[str, list[str]]:
    marks = {rule.spec.source: read_marks(rule) for rule in cloud.rules.values()}
    return {source: sorted(each.owners) for source, each in marks.items() if each}


def test_who_joins_a_rule_keeps_it_when_its_owner_moves_on() -> None:
    cloud = Cloud([standing(X, "alice")], NOW)
    made(cloud, stays("bob", X), moves("alice", Y))
    assert holders(cloud) == {X: ["bob"], Y: ["alice"]}


def test_who_leaves_a_shared_rule_and_comes_back_has_it() -> None:
    cloud = Cloud([standing(X, "alice", "bob")], NOW)
    made(cloud, moves("alice", Y), stays("alice", X))
    assert holders(cloud) == {X: ["alice", "bob"], Y: ["alice"]}


def test_the_last_owner_of_a_rule_takes_it_along_so_that_it_is_never_nobodys() -> None:
    cloud = Cloud([standing(X, "alice", "bob")], NOW)
    made(cloud, moves("bob", Y), moves("alice", Z))
    assert holders(cloud) == {Y: ["bob"], Z: ["alice"]}


def test_who_moves_twice_ends_at_the_second_address_alone() -> None:
    cloud = Cloud([standing(X, "alice")], NOW)
    made(cloud, moves("alice", Y), moves("alice", Z))
    assert holders(cloud) == {Z: ["alice"]}
    assert "sgr-0" in cloud.rules


def test_what_was_only_planned_is_replaced_too() -> None:
    cloud = Cloud([], NOW)
    made(cloud, stays("alice", X), stays("bob", X), moves("alice", Y))
    assert holders(cloud) == {X: ["bob"], Y: ["alice"]}


def test_an_extension_of_what_is_replaced_does_not_pass_to_the_new_address() -> None:
    cloud = Cloud([standing(X, "alice")], NOW)
    made(cloud, stays("alice", X, hours=8), moves("alice", Y))
    (rule,) = cloud.rules.values()
    marks = read_marks(rule)
    assert marks is not None and marks.expires_at == NOW + HOUR


def test_whose_rule_was_replaced_does_not_keep_it_because_another_wants_it() -> None:
    cloud = Cloud([standing(X, "alice"), standing(Y, "alice", "bob", rule_id="sgr-1")], NOW)
    made(cloud, moves("alice", Y), stays("carol", X))
    assert holders(cloud) == {X: ["carol"], Y: ["alice", "bob"]}


def test_an_address_that_changed_hands_within_a_call_changes_back_and_forth() -> None:
    cloud = Cloud([standing(X, "alice")], NOW)
    receipts = made(cloud, moves("alice", Y), stays("bob", X))
    after = holders(cloud)
    assert after == {X: ["bob"], Y: ["alice"]}
    again = undone(cloud, receipts)
    assert holders(cloud) == {X: ["alice"]}
    undone(cloud, again)
    assert holders(cloud) == after


def test_two_changes_of_one_rule_are_rolled_back_as_one() -> None:
    before = standing(X, "alice")
    cloud = Cloud([before], NOW)
    receipts = made(cloud, stays("bob", X), stays("carol", X, hours=8))
    taken_back = cloud.roll_back(receipts)
    assert [each.status for each in taken_back] == [ReceiptStatus.ROLLED_BACK] * 2
    assert dict(cloud.rules["sgr-0"].tags) == dict(before.tags)


def test_a_place_that_another_rule_has_taken_since_is_left_to_it() -> None:
    cloud = Cloud([standing(X, "alice")], NOW)
    (receipt,) = made(cloud, moves("alice", Y))
    made(cloud, stays("bob", X))
    step = UndoStep(change=receipt.change, rule=receipt.rule)
    (kept,) = plan_undo([step], cloud.observed(), WEEK)
    assert isinstance(kept, Keep) and kept.why is KeepWhy.CHANGED_SINCE


def test_a_described_rule_with_tags_of_others_is_known_by_its_description() -> None:
    suffix = new_suffix(Grant(owner="alice", lifetime=HOUR), NOW)
    tags = {"Name": "x", constants.TAG_MANAGED: "no"}
    told = {"tags": tags, "description": f"deploy{suffix.text()}"}
    before = standing(X, "alice").model_copy(update=told)
    cloud = Cloud([before], NOW)
    receipts = made(cloud, stays("bob", X, hours=8))
    assert cloud.rules["sgr-0"] != before
    undone(cloud, receipts)
    assert cloud.rules["sgr-0"] == before
