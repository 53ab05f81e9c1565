"""The executor where AWS's answer is lost, late, or not what is seen afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awswhitelist.access.job import PAUSES
from awswhitelist.access.marks.expiry import new_tags
from awswhitelist.exceptions import (
    AwsWhitelistError,
    CallCancelledError,
    CallTimeoutError,
    RuleExistsError,
    ThrottledError,
    UnavailableError,
)
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Grant,
    ReceiptStatus,
    Release,
    Remove,
    RuleSpec,
    SecurityGroupRule,
    SourceKind,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GRANT = Grant(owner="alice", lifetime=timedelta(hours=2))
LOST = UnavailableError("AWS gave no usable answer.")
DOUBTS = [LOST, ThrottledError("Slow."), CallTimeoutError("Late."), CallCancelledError()]
FIVE_SECONDS = pytest.approx(5.0)


def spec(last: int = 8) -> RuleSpec:
    return RuleSpec(
        protocol="tcp",
        from_port=22,
        to_port=22,
        source=f"8.8.8.{last}/32",
        source_kind=SourceKind.IPV4,
    )


ADD = Add(group_id="sg-1", spec=spec(), grant=GRANT)
ALSO = Add(group_id="sg-1", spec=spec(9), grant=GRANT)
RULE = SecurityGroupRule(
    rule_id="sgr-1",
    group_id="sg-1",
    spec=spec(1),
    tags=new_tags(Grant(owner="x", lifetime=timedelta(hours=1)), NOW, "u-0")
    | {"awswhitelist:owner": "bob carol"},
)
STRANGERS = SecurityGroupRule(rule_id="sgr-s", group_id="sg-1", spec=spec())
CHANGES: list[tuple[str, Change]] = [
    ("add", ADD),
    ("tag", Extend(rule=RULE, grant=GRANT)),
    ("tag", Release(rule=RULE, owner="bob")),
    ("revoke", Remove(rule=RULE)),
]


@pytest.mark.parametrize("problem", DOUBTS)
@pytest.mark.parametrize(("method", "change"), CHANGES)
def test_what_took_effect_is_done_although_its_answer_was_lost(
    bench: Any, method: str, change: Change, problem: AwsWhitelistError
) -> None:
    bench.groups.put(RULE)
    bench.groups.trouble(method, "after", problem)
    (receipt,) = bench.apply(change)
    assert (receipt.status, receipt.error) == (ReceiptStatus.DONE, None)
    assert bench.slept == []


@pytest.mark.parametrize("problem", DOUBTS)
@pytest.mark.parametrize(("method", "change"), CHANGES)
def test_what_is_not_to_be_seen_after_five_seconds_has_failed(
    bench: Any, method: str, change: Change, problem: AwsWhitelistError
) -> None:
    bench.groups.put(RULE)
    bench.groups.trouble(method, "before", problem)
    (receipt,) = bench.apply(change)
    assert (receipt.status, receipt.error) == (ReceiptStatus.FAILED, problem)
    assert sum(bench.slept) == FIVE_SECONDS


@pytest.mark.parametrize(("method", "change"), CHANGES)
def test_a_lost_answer_is_not_taken_for_a_failure_because_of_one_stale_read(
    bench: Any, method: str, change: Change
) -> None:
    bench.groups.put(RULE)
    bench.groups.trouble(method, "after", LOST)
    bench.groups.stale = 2
    (receipt,) = bench.apply(change)
    assert receipt.status is ReceiptStatus.DONE
    assert len(bench.slept) == 2


@pytest.mark.parametrize(("method", "change"), CHANGES)
def test_where_nothing_can_be_seen_nothing_is_known(
    bench: Any, method: str, change: Change
) -> None:
    bench.groups.put(RULE)
    bench.groups.trouble(method, "after", LOST)
    bench.groups.trouble("describe", "before", UnavailableError("AWS could not be reached."))
    (receipt,) = bench.apply(change)
    assert (receipt.status, receipt.error) == (ReceiptStatus.UNKNOWN, LOST)


@pytest.mark.parametrize(("_method", "change"), CHANGES)
def test_stale_reads_are_waited_out_with_growing_pauses(
    bench: Any, _method: str, change: Change
) -> None:
    bench.template = "{reason}"  # which leaves the description as it is: the tags are written last
    bench.groups.put(RULE)
    bench.groups.shown_in_answer = 0
    bench.groups.stale = 4
    (receipt,) = bench.apply(change)
    assert receipt.status is ReceiptStatus.DONE
    assert len(bench.slept) == 4 and bench.slept == sorted(bench.slept)


@pytest.mark.parametrize(("_method", "change"), CHANGES)
def test_after_five_seconds_of_stale_reads_the_change_is_unverified(
    bench: Any, _method: str, change: Change
) -> None:
    bench.template = "{reason}"  # which leaves the description as it is: the tags are written last
    bench.groups.put(RULE)
    bench.groups.shown_in_answer = 0
    bench.groups.stale = 1000
    (receipt,) = bench.apply(change)
    assert (receipt.status, receipt.error) == (ReceiptStatus.UNVERIFIED, None)
    assert sum(bench.slept) == FIVE_SECONDS


@pytest.mark.parametrize("is_blind", [False, True])
def test_who_came_to_share_a_rule_unseen_stays_when_the_next_one_does(
    bench: Any, is_blind: bool
) -> None:
    bench.template = "{reason}"
    bench.groups.put(RULE)
    if is_blind:
        bench.groups.trouble("describe", "before", UnavailableError("Down."))
    else:
        bench.groups.stale = 1 + len(PAUSES)
    names = ["dora", "emil"]
    grants = [GRANT.model_copy(update={"owner": name}) for name in names]
    receipts = bench.apply(*(Extend(rule=RULE, grant=grant) for grant in grants))
    assert receipts[1].status is ReceiptStatus.DONE
    owners = bench.groups.rules[RULE.rule_id].tags["awswhitelist:owner"].split()
    assert set(names) <= set(owners)


def test_a_repeated_request_that_meets_our_own_rule_is_done(bench: Any) -> None:
    bench.groups.trouble("add", "after", RuleExistsError("It is there."))
    (receipt,) = bench.apply(ADD)
    assert receipt.status is ReceiptStatus.DONE
    assert receipt.rule.tags["awswhitelist:change"] == "u-1"


def test_a_strangers_rule_in_the_way_is_a_clash_and_never_added(bench: Any) -> None:
    bench.groups.put(STRANGERS)
    receipts = bench.apply(ADD, ALSO)
    assert [receipt.status for receipt in receipts] == [ReceiptStatus.CLASHED] * 2
    assert [receipt.rule for receipt in receipts] == [None, None]
    assert bench.slept == [], "the rule that is in the way is there to be seen"


def test_a_rule_of_an_earlier_change_of_ours_is_a_clash_too(bench: Any) -> None:
    bench.groups.put(RULE.model_copy(update={"spec": spec()}))
    (receipt,) = bench.apply(ADD)
    assert receipt.status is ReceiptStatus.CLASHED


def test_a_duplicate_that_nobody_can_see_yet_is_waited_for(bench: Any) -> None:
    bench.groups.trouble("add", "after", RuleExistsError("It is there."))
    bench.groups.stale = 3
    (receipt,) = bench.apply(ADD)
    assert receipt.status is ReceiptStatus.DONE
    assert len(bench.slept) == 3


def test_of_a_batch_that_clashed_half_way_what_stands_with_our_mark_is_done(bench: Any) -> None:
    bench.groups.trouble("add", "after", RuleExistsError("It is there."))
    bench.apply(ADD)
    bench.ids = 0
    bench.groups.trouble("add", "before", RuleExistsError("It is there."))
    done, clashed = bench.apply(ADD, ALSO)
    assert (done.status, clashed.status) == (ReceiptStatus.DONE, ReceiptStatus.CLASHED)


def test_a_removal_of_several_is_told_for_each(bench: Any) -> None:
    also = RULE.model_copy(update={"rule_id": "sgr-2"})
    bench.groups.put(also)
    bench.groups.trouble("revoke", "before", LOST)
    gone, there = bench.apply(Remove(rule=RULE), Remove(rule=also))
    assert (gone.status, there.status) == (ReceiptStatus.DONE, ReceiptStatus.FAILED)
