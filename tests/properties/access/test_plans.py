"""Plans over groups in any state: what they come to once they are carried out, and taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from hypothesis import assume, event, given
from hypothesis import strategies as st

from awswhitelist import constants
from awswhitelist.access.containment import covers
from awswhitelist.access.drafting import key_of
from awswhitelist.access.marks.expiry import end_of, is_overdue, is_owner, read_marks
from awswhitelist.access.intents import (
    AllowIntent,
    BulkIntent,
    Intent,
    RevokeIntent,
    SweepIntent,
    UndoStep,
)
from awswhitelist.access.planner import matches
from awswhitelist.access.planning import Drawn
from awswhitelist.access.undoing import plan_undo
from awswhitelist.exceptions import AmbiguousRuleError
from awswhitelist.models import (
    Keep,
    KeepWhy,
    Receipt,
    ReceiptStatus,
    RuleSpec,
    SecurityGroupRule,
)
from tests.properties.access.cloud import MAX_TOTAL, Cloud
from tests.properties.access.states import INTENTS, NOW, OWNERS, draw_plan, located, rules, wishes

MAX_TTL = timedelta(days=7)
NOT_WORTH = timedelta(minutes=1), 0.05
"""What an end may fall short of what was asked: an extension by less is not made."""

Rules = tuple[SecurityGroupRule, ...]


def drawn(intent: Intent, cloud: Cloud) -> Drawn:
    """The plan; a single wish that may mean several earlier rules is none."""
    try:
        return draw_plan(intent, cloud.observed())
    except AmbiguousRuleError:
        event("ambiguous")
        assume(False)
        raise


def carried_out(intent: Intent, cloud: Cloud) -> tuple[Drawn, tuple[Receipt, ...]]:
    """The plan for an intent, and its receipts; all of it must succeed."""
    plan = drawn(intent, cloud)
    receipts = cloud.apply(plan.plan.writes)
    assert [each for each in receipts if each.status is not ReceiptStatus.DONE] == []
    for each in receipts:
        event(each.change.kind)
    return plan, receipts


def wishes_of(intent: Intent) -> tuple[AllowIntent, ...]:
    """The wishes for access of an intent."""
    if isinstance(intent, BulkIntent):
        return intent.entries
    return (intent,) if isinstance(intent, AllowIntent) else ()


def failing(plan: Drawn) -> set[int]:
    """The entries that came to nothing: an error, or a rule that may last no longer."""
    used_up = {
        ("keep", change.rule.rule_id, change.why)
        for change in plan.plan.changes
        if isinstance(change, Keep) and change.why is KeepWhy.USED_UP
    }
    return {
        entry.index
        for entry in plan.entries
        if entry.error or any(step.key in used_up for step in entry.steps)
    }


def has_covered(plan: Drawn) -> bool:
    """Whether a wider rule, there or planned, lets a wish through."""
    specs = {key_of(change): change.spec for change in plan.plan.changes}
    return any(
        {specs[step.key] for step in entry.steps if step.key in specs}
        != set(located(entry.intent).specs)
        for entry in plan.entries
    )


def is_superseded(index: int, every: tuple[AllowIntent, ...]) -> bool:
    """Whether a later wish may end what this one has come to: its owner moves elsewhere, or
    somebody moves the wider rule away that let it through already."""
    return any(other.replace_previous for other in every[index + 1 :])


def lets_in(rule: SecurityGroupRule, what: RuleSpec, wish: AllowIntent) -> bool:
    """Whether the rule gives a wish its access, for long enough; a stranger's has no end."""
    marks = read_marks(rule)
    if marks is None:
        return covers(rule.spec, what)
    if rule.spec == what and not is_owner(marks, wish.grant.owner):
        return False
    end, lifetime = end_of(marks, MAX_TTL), wish.grant.lifetime
    assert lifetime is not None
    wanted = NOW + lifetime - max(NOT_WORTH[0], lifetime * NOT_WORTH[1])
    if marks.created_at is not None:
        wanted = min(wanted, marks.created_at + MAX_TOTAL)
    return covers(rule.spec, what) and (end is None or end >= wanted)


def check_wish(wish: AllowIntent, found: Iterable[SecurityGroupRule]) -> None:
    there = [rule for rule in found if rule.group_id == wish.target]
    for what in located(wish).specs:
        assert any(lets_in(rule, what, wish) for rule in there), what
        if wish.force:
            assert any(rule.spec == what for rule in there)


def check_ended(intent: RevokeIntent, found: Iterable[SecurityGroupRule]) -> None:
    left = [rule for rule in found if matches(rule, intent.selector)]
    if intent.include_foreign:
        assert left == []
    assert [rule for rule in left if read_marks(rule) is not None] == []


def check_swept(found: Iterable[SecurityGroupRule]) -> None:
    tagged = (rule for rule in found if constants.TAG_MANAGED in rule.tags)
    marked = [marks for rule in tagged if (marks := read_marks(rule))]
    assert not any(is_overdue(marks, NOW, MAX_TTL) for marks in marked if not marks.by_description)


def state(found: Iterable[SecurityGroupRule]) -> Counter[object]:
    """What a group holds, but for ids of rules and of changes."""
    return Counter(
        (
            rule.group_id,
            rule.spec,
            rule.description,
            frozenset(item for item in rule.tags.items() if item[0] != constants.TAG_CHANGE),
        )
        for rule in found
    )


def ended(found: Iterable[SecurityGroupRule]) -> Rules:
    """Those past their end: what touches them is not taken back."""
    return tuple(
        rule for rule in found if (marks := read_marks(rule)) and is_overdue(marks, NOW, MAX_TTL)
    )


def undone(receipts: Iterable[Receipt], cloud: Cloud) -> tuple[Receipt, ...]:
    """Take back what was done, which nobody has touched since; the receipts of that."""
    steps = [UndoStep(change=each.change, rule=each.rule) for each in receipts]
    changes = plan_undo(steps, cloud.observed(), MAX_TTL)
    kept = [each for each in changes if isinstance(each, Keep)]
    assert {each.why for each in kept} <= {KeepWhy.ENDED}
    taken_back = cloud.apply([each for each in changes if not isinstance(each, Keep)])
    assert {each.status for each in taken_back} <= {ReceiptStatus.DONE}
    return taken_back


@given(rules(), INTENTS)
def test_a_plan_that_is_carried_out_fulfils_every_wish(before: Rules, intent: Intent) -> None:
    cloud = Cloud(before, NOW)
    plan, _ = carried_out(intent, cloud)
    found, every = tuple(cloud.rules.values()), wishes_of(intent)
    for index, wish in enumerate(every):
        if index not in failing(plan) and not is_superseded(index, every):
            check_wish(wish, found)
    if isinstance(intent, RevokeIntent):
        check_ended(intent, found)
    if isinstance(intent, SweepIntent):
        check_swept(found)


@given(rules(), INTENTS)
def test_a_plan_changes_nothing_of_anybody_elses(before: Rules, intent: Intent) -> None:
    cloud = Cloud(before, NOW)
    carried_out(intent, cloud)
    takes_foreign = isinstance(intent, RevokeIntent) and intent.include_foreign
    for rule in before:
        if read_marks(rule) is None and not takes_foreign:
            assert cloud.rules[rule.rule_id] == rule


@given(rules(), st.lists(wishes(), min_size=1, max_size=4))
def test_who_asks_for_access_takes_none_from_another_owner(
    before: Rules, every: list[AllowIntent]
) -> None:
    cloud = Cloud(before, NOW)
    carried_out(BulkIntent(entries=tuple(every)), cloud)
    asking = {wish.grant.owner for wish in every}
    for rule in before:
        others = [owner for owner in OWNERS if owner not in asking and belongs_to(rule, owner)]
        for owner in others:
            left = cloud.rules[rule.rule_id]
            assert left.spec == rule.spec and belongs_to(left, owner)
            assert not ends_sooner(rule, left)


def belongs_to(rule: SecurityGroupRule, owner: str) -> bool:
    marks = read_marks(rule)
    return marks is not None and is_owner(marks, owner)


def ends_sooner(before: SecurityGroupRule, after: SecurityGroupRule) -> bool:
    """Whether the end that a rule had is nearer now; one that nobody can read is nobody's."""
    old, new = read_marks(before), read_marks(after)
    assert old is not None and new is not None
    if not old.expiry_known or new.expires_at is None:
        return False
    return old.expires_at is None or new.expires_at < old.expires_at


@given(rules(), INTENTS)
def test_a_second_plan_has_nothing_to_do(before: Rules, intent: Intent) -> None:
    cloud = Cloud(before, NOW)
    plan, _ = carried_out(intent, cloud)
    every = wishes_of(intent)
    # One after the other, an owner may move to and fro each time, and who was let through by a
    # wider rule joins the one that was made for another.
    assume(len(every) < 2 or not any(wish.replace_previous for wish in every))
    assume(len(every) < 2 or not has_covered(plan))
    assume(not failing(plan))
    assert drawn(intent, cloud).plan.writes == ()


@given(rules(), INTENTS)
def test_undo_restores_what_was(before: Rules, intent: Intent) -> None:
    cloud = Cloud(before, NOW)
    _, receipts = carried_out(intent, cloud)
    undone(receipts, cloud)
    missing = state(before) - state(cloud.rules.values())
    assert missing - state(ended(before)) == Counter()
    assert state(cloud.rules.values()) - state(before) == Counter()


@given(rules(), INTENTS)
def test_undo_of_an_undo_does_again_what_was_done(before: Rules, intent: Intent) -> None:
    assume(not ended(before))
    cloud = Cloud(before, NOW)
    _, receipts = carried_out(intent, cloud)
    after = state(cloud.rules.values())
    undone(undone(receipts, cloud), cloud)
    assert state(cloud.rules.values()) == after


@given(rules(), st.lists(wishes(), min_size=2, max_size=4))
def test_rolling_back_restores_what_was(before: Rules, every: list[AllowIntent]) -> None:
    cloud = Cloud(before, NOW)
    plan, receipts = carried_out(BulkIntent(entries=tuple(every)), cloud)
    order = {key_of(change): index for index, change in enumerate(plan.plan.changes)}
    taken_back = cloud.roll_back(sorted(receipts, key=lambda each: order[key_of(each.change)]))
    assert {each.status for each in taken_back} <= {ReceiptStatus.ROLLED_BACK}
    assert state(cloud.rules.values()) == state(before)
