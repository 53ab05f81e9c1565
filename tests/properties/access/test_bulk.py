"""A bulk does what its entries would do one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.access.marks.expiry import read_marks
from awswhitelist.access.intents import AllowIntent, BulkIntent, Intent
from awswhitelist.exceptions import AmbiguousRuleError
from awswhitelist.models import ReceiptStatus, RuleSpec
from tests.properties.access.cloud import Cloud, Rules
from tests.properties.access.states import NOW, draw_plan, rules, wishes

Standing = dict[tuple[str, RuleSpec], tuple[frozenset[str], datetime | None]]


def carry_out(intent: Intent, cloud: Cloud) -> None:
    receipts = cloud.apply(draw_plan(intent, cloud.observed()).plan.writes)
    assert {each.status for each in receipts} <= {ReceiptStatus.DONE}


def one_by_one(entries: Sequence[AllowIntent], cloud: Cloud) -> None:
    for entry in entries:
        try:
            carry_out(entry, cloud)
        except AmbiguousRuleError:
            continue  # this entry's own failure


def standing(cloud: Cloud) -> Standing:
    """What is let in, for whom, and until when; not under which ids."""
    return {
        (rule.group_id, rule.spec): (
            frozenset(marks.owners if marks else ()),
            marks.expires_at if marks else None,
        )
        for rule, marks in ((rule, read_marks(rule)) for rule in cloud.rules.values())
    }


def carried_out(before: Rules, entries: list[AllowIntent]) -> tuple[Standing, Standing]:
    """What stands after the bulk, and after its entries one by one."""
    together, apart = Cloud(before, NOW), Cloud(before, NOW)
    carry_out(BulkIntent(entries=tuple(entries)), together)
    one_by_one(entries, apart)
    return standing(together), standing(apart)


PLAIN = wishes().map(lambda wish: wish.model_copy(update={"replace_previous": False}))


@given(rules(), st.lists(PLAIN, min_size=1, max_size=5))
def test_a_bulk_ends_as_its_entries_would_one_by_one(
    before: Rules, entries: list[AllowIntent]
) -> None:
    together, apart = carried_out(before, entries)
    assert together == apart


@given(rules(), st.lists(wishes(), min_size=1, max_size=5))
def test_with_moves_too_a_bulk_lets_in_what_its_entries_would_one_by_one(
    before: Rules, entries: list[AllowIntent]
) -> None:
    """But for whom and until when: who leaves a rule that another entry wants, leaves it its end,
    while one by one it may be gone for a moment and come back with another."""
    together, apart = carried_out(before, entries)
    assert together.keys() == apart.keys()
