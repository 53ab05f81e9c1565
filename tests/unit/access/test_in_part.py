"""Changes that take several writes, of which only some were made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awswhitelist.access.marks.expiry import new_tags
from awswhitelist.access.intents import UndoStep
from awswhitelist.access.receipts import in_part
from awswhitelist.access.undoing import plan_undo
from awswhitelist.constants import TAG_EXPIRES_AT
from awswhitelist.exceptions import PermissionMissingError, ThrottledError, UnavailableError
from awswhitelist.models import (
    Change,
    Extend,
    Grant,
    Keep,
    KeepWhy,
    Move,
    Observation,
    Receipt,
    ReceiptStatus,
    Reset,
    RuleSpec,
    SecurityGroup,
    SecurityGroupRule,
    SourceKind,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONGER = Grant(owner="bob", reason="deploy", lifetime=2 * HOUR)
SHORTER = Grant(owner="bob", reason="deploy", lifetime=HOUR / 2)
DENIED, THROTTLED = PermissionMissingError("No."), ThrottledError("Later.")


def spec(last: int) -> RuleSpec:
    return RuleSpec(
        protocol="tcp",
        from_port=22,
        to_port=22,
        source=f"8.8.8.{last}/32",
        source_kind=SourceKind.IPV4,
    )


def ours() -> SecurityGroupRule:
    tags = new_tags(Grant(owner="bob", reason="first", ticket="T-1", lifetime=HOUR), NOW, "u-0")
    return SecurityGroupRule(rule_id="sgr-1", group_id="sg-1", spec=spec(1), tags=tags)


@pytest.fixture
def rule(bench: Any) -> SecurityGroupRule:
    bench.groups.put(ours())
    return ours()


def move(rule: SecurityGroupRule, grant: Grant) -> Move:
    return Move(rule=rule, to=spec(2), grant=grant)


def part_of(receipt: Receipt) -> bool:
    return in_part(receipt.status, receipt.change, receipt.rule)


@pytest.mark.parametrize("problem", [DENIED, THROTTLED])
@pytest.mark.parametrize(
    ("grant", "method", "writes"),
    [
        pytest.param(LONGER, "tag", ["modify", "tag"], id="rule first"),
        pytest.param(SHORTER, "modify", ["tag", "modify"], id="tags first"),
        pytest.param(LONGER, "untag", ["modify", "tag", "untag"], id="tags of before last"),
    ],
)
def test_a_move_that_is_refused_half_way_has_failed_and_shows_how_far_it_got(
    grant: Grant, method: str, writes: list[str], problem: Any, rule: Any, bench: Any
) -> None:
    bench.groups.trouble(method, "before", problem)
    (receipt,) = bench.apply(move(rule, grant))
    assert (receipt.status, receipt.error, part_of(receipt)) == ("failed", problem, True)
    assert receipt.rule == bench.groups.rules["sgr-1"] != rule
    assert [name for name in bench.groups.names() if name != "describe"] == writes


def test_a_move_that_is_refused_at_once_is_not_made_in_part(rule: Any, bench: Any) -> None:
    bench.groups.trouble("modify", "before", DENIED)
    (receipt,) = bench.apply(move(rule, LONGER))
    assert (receipt.status, part_of(receipt)) == (ReceiptStatus.FAILED, False)
    assert bench.groups.rules == {"sgr-1": rule}


@pytest.mark.parametrize("method", ["modify", "tag", "untag"])
def test_after_a_lost_answer_what_took_effect_is_gone_on_with(
    method: str, rule: Any, bench: Any
) -> None:
    bench.groups.trouble(method, "after", UnavailableError("Lost."))
    (receipt,) = bench.apply(move(rule, LONGER))
    assert (receipt.status, receipt.error) == (ReceiptStatus.DONE, None)
    assert [name for name in bench.groups.names() if name != "describe"] == [
        "modify",
        "tag",
        "untag",
    ]
    assert bench.slept == []


def test_after_a_lost_answer_nothing_more_is_written_where_nobody_can_look(
    rule: Any, bench: Any
) -> None:
    lost = UnavailableError("Lost.")
    bench.groups.trouble("modify", "after", lost)
    bench.groups.trouble("describe", "before", UnavailableError("Down."))
    (receipt,) = bench.apply(move(rule, LONGER))
    assert (receipt.status, receipt.error) == (ReceiptStatus.UNKNOWN, lost)
    assert bench.groups.names() == ["modify", "describe"]


def test_rolling_back_takes_back_what_was_made_in_part(rule: Any, bench: Any) -> None:
    bench.groups.trouble("tag", "before", DENIED)
    receipts = bench.apply(move(rule, LONGER))
    (left,) = bench.executor().roll_back(receipts, bench.job())
    assert (left.status, left.error, part_of(left)) == (ReceiptStatus.FAILED, DENIED, False)
    stands = bench.groups.rules["sgr-1"]
    assert (stands.spec, stands.tags) == (rule.spec, rule.tags)


def test_what_was_rolled_back_in_part_is_shown_as_it_stands(rule: Any, bench: Any) -> None:
    receipts = bench.apply(move(rule, LONGER))
    bench.groups.trouble("modify", "before", DENIED)
    (left,) = bench.executor().roll_back(receipts, bench.job())
    assert (left.status, left.error) == (ReceiptStatus.DONE, DENIED)
    assert left.rule == bench.groups.rules["sgr-1"]
    assert left.rule.tags[TAG_EXPIRES_AT] == rule.tags[TAG_EXPIRES_AT]


def test_a_roll_back_that_nobody_can_see_is_unknown_and_says_so(rule: Any, bench: Any) -> None:
    receipts = bench.apply(Extend(rule=rule, grant=LONGER))
    bench.groups.trouble("describe", "before", UnavailableError("Down."))
    (left,) = bench.executor().roll_back(receipts, bench.job())
    assert left.status is ReceiptStatus.UNKNOWN
    assert isinstance(left.error, UnavailableError)


def undo(change: Change, after: SecurityGroupRule, now: SecurityGroupRule) -> Change:
    observed = Observation(
        groups=(SecurityGroup(group_id="sg-1", name="web"),), rules=(now,), at=NOW
    )
    (planned,) = plan_undo([UndoStep(change=change, rule=after)], observed, timedelta(days=7))
    return planned


def test_what_was_taken_back_in_part_can_be_taken_back_wholly() -> None:
    before, change = ours(), move(ours(), LONGER)
    after = before.model_copy(
        update={"spec": change.to, "tags": new_tags(change.grant, NOW, "u-1")}
    )
    half = after.model_copy(update={"tags": before.tags})
    assert undo(change, after, half) == Reset(rule=half, to=before)


def test_a_rule_that_somebody_has_changed_is_not_taken_for_one_taken_back_in_part() -> None:
    before, change = ours(), move(ours(), LONGER)
    after = before.model_copy(
        update={"spec": change.to, "tags": new_tags(change.grant, NOW, "u-1")}
    )
    theirs = after.model_copy(update={"tags": {**before.tags, "awswhitelist:owner": "eve"}})
    assert undo(change, after, theirs) == Keep(rule=theirs, why=KeepWhy.CHANGED_SINCE)
