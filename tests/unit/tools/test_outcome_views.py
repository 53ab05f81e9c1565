"""What became of each wish of a bulk, and of its rules, in words that callers know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awswhitelist.access.intents import AllowIntent
from awswhitelist.access.outcomes import EntryOutcome, Outcome, OutcomeState, Part
from awswhitelist.config import Config
from awswhitelist.exceptions import (
    InvalidArgumentError,
    QuotaExceededError,
    SkippedError,
    UnavailableError,
)
from awswhitelist.models import (
    Add,
    AwsScope,
    Caller,
    Change,
    Extend,
    Grant,
    IpProtocol,
    Keep,
    KeepWhy,
    Move,
    Observation,
    Plan,
    Receipt,
    ReceiptStatus,
    Release,
    Remove,
    RemoveWhy,
    Reset,
    Restore,
    RuleSpec,
    SecurityGroup,
    SecurityGroupRule,
    SourceKind,
)
from awswhitelist.tools.outcome_views import Views, all_parts, error_of_entry, status_of_entry
from awswhitelist.tools.results import RuleStatus

GROUP = SecurityGroup(group_id="sg-0123456789abcdef0", name="web")
GRANT = Grant(owner="mara", lifetime=timedelta(hours=2))
LOST = UnavailableError("The answer was lost.")


def spec(host: int, port: int = 22, last: int | None = None) -> RuleSpec:
    return RuleSpec(
        protocol="tcp",
        from_port=port,
        to_port=last or port,
        source=f"203.0.113.{host}/32",
        source_kind=SourceKind.IPV4,
    )


def rule(host: int = 7) -> SecurityGroupRule:
    return SecurityGroupRule(rule_id=f"sgr-{host}", group_id=GROUP.group_id, spec=spec(host))


ADD = Add(group_id=GROUP.group_id, spec=spec(7), grant=GRANT)
MOVE = Move(rule=rule(6), to=spec(7), grant=GRANT)


def wish(port: tuple[int, int] | None = (22, 22)) -> AllowIntent:
    sources = ("203.0.113.7/32",)
    return AllowIntent(
        target="web", sources=sources, protocol=IpProtocol.TCP, ports=port, grant=GRANT
    )


def outcome(
    *changes: Change,
    receipts: tuple[Receipt, ...] = (),
    state: OutcomeState = OutcomeState.APPLIED,
) -> Outcome:
    return Outcome(
        state,
        AwsScope(profile=None, region="eu-west-1"),
        Caller(account="111122223333", arn="arn:aws:iam::111122223333:user/mara"),
        Plan(account="111122223333", region="eu-west-1", groups=(GROUP,), changes=changes),
        observed=Observation(groups=(GROUP,), rules=(), at=datetime.now(UTC)),
        receipts=receipts,
    )


@pytest.fixture
def views(configured: Callable[..., Config]) -> Views:
    return Views(outcome(), configured())


def entry(*parts: Part, **more: Any) -> EntryOutcome:
    return EntryOutcome(wish(), parts, **more)


def part(
    change: Change,
    status: ReceiptStatus = ReceiptStatus.DONE,
    *,
    is_own: bool = True,
    **more: Any,
) -> Part:
    return Part(change, Receipt(change=change, status=status, **more), is_own)


DONE: dict[RuleStatus, Change] = {
    RuleStatus.ADDED: ADD,
    RuleStatus.EXTENDED: Extend(rule=rule(), grant=GRANT),
    RuleStatus.MOVED: MOVE,
    RuleStatus.REVOKED: Remove(rule=rule()),
    RuleStatus.RELEASED: Release(rule=rule(), owner="mara"),
    RuleStatus.RESTORED: Restore(rule=rule()),
}


@pytest.mark.parametrize(("status", "change"), DONE.items(), ids=DONE)
def test_what_was_done_is_called_by_its_name(
    views: Views, status: RuleStatus, change: Change
) -> None:
    assert views.part(part(change, rule=rule())).status is status


def test_a_rule_that_is_set_back_is_restored(views: Views) -> None:
    reset = Reset(rule=rule(8), to=rule(7))
    assert views.part(part(reset, rule=rule(7))).status is RuleStatus.RESTORED


KEPT: dict[KeepWhy, RuleStatus] = {
    KeepWhy.ALREADY_ALLOWED: RuleStatus.ALREADY_ALLOWED,
    KeepWhy.COVERED: RuleStatus.COVERED,
    KeepWhy.NOT_OURS: RuleStatus.NOT_OURS,
    KeepWhy.CHANGED_SINCE: RuleStatus.UNDO_CONFLICT,
    KeepWhy.GONE: RuleStatus.ABSENT,
    KeepWhy.ENDED: RuleStatus.ABSENT,
}


@pytest.mark.parametrize(("why", "status"), KEPT.items(), ids=KEPT)
def test_what_was_left_alone_says_why(views: Views, why: KeepWhy, status: RuleStatus) -> None:
    shown = views.part(Part(Keep(rule=rule(), why=why), None, is_own=True))
    assert (shown.status, shown.rule_id) == (status, "sgr-7")


FAILED: dict[RuleStatus, tuple[ReceiptStatus, Any]] = {
    RuleStatus.FAILED: (ReceiptStatus.FAILED, QuotaExceededError("No room.")),
    RuleStatus.SKIPPED: (ReceiptStatus.SKIPPED, SkippedError()),
    RuleStatus.ROLLED_BACK: (ReceiptStatus.ROLLED_BACK, None),
    RuleStatus.UNKNOWN: (ReceiptStatus.UNKNOWN, LOST),
    RuleStatus.UNVERIFIED: (ReceiptStatus.UNVERIFIED, None),
}


@pytest.mark.parametrize("status", FAILED)
def test_an_entry_whose_change_was_not_made_says_so_with_its_error(
    views: Views, status: RuleStatus
) -> None:
    receipt_status, error = FAILED[status]
    wanted = entry(part(ADD, receipt_status, error=error))
    (shown,) = views.entry(wanted)
    assert (shown.status, status_of_entry(wanted, [shown])) == (status, status)
    assert (shown.rule_id, shown.cidr, shown.managed) == ("", "203.0.113.7/32", None)
    assert error_of_entry(wanted) is error


def test_a_write_that_was_accepted_but_could_not_be_looked_at_is_unverified(views: Views) -> None:
    assert views.part(part(ADD, ReceiptStatus.UNKNOWN)).status is RuleStatus.UNVERIFIED


def test_a_move_that_nobody_saw_is_shown_as_it_was_asked_for(views: Views) -> None:
    shown = views.part(part(MOVE, ReceiptStatus.UNVERIFIED))
    assert (shown.rule_id, shown.cidr) == ("sgr-6", "203.0.113.7/32")


def test_an_entry_that_ended_before_any_write_has_failed(views: Views) -> None:
    error = InvalidArgumentError("No such port.")
    wanted = entry(part(ADD), error=error)
    assert views.entry(wanted) == ()
    assert status_of_entry(wanted, ()) is RuleStatus.FAILED
    assert error_of_entry(wanted) is error


def test_an_entry_that_repeats_an_earlier_one_is_allowed_already(views: Views) -> None:
    (shown,) = views.entry(entry(part(ADD, is_own=False, rule=rule())))
    assert (shown.status, shown.rule_id) == (RuleStatus.ALREADY_ALLOWED, "sgr-7")


def test_an_entry_that_a_wider_one_before_it_covers_is_covered(views: Views) -> None:
    wider = Add(group_id=GROUP.group_id, spec=spec(7, 20, 30), grant=GRANT)
    (shown,) = views.entry(entry(part(wider, is_own=False, rule=rule())))
    assert shown.status is RuleStatus.COVERED


def test_an_entry_that_repeats_one_that_failed_has_failed_too(views: Views) -> None:
    wanted = entry(part(ADD, ReceiptStatus.FAILED, is_own=False, error=LOST))
    assert status_of_entry(wanted, views.entry(wanted)) is RuleStatus.FAILED
    assert error_of_entry(wanted) is LOST


def test_who_leaves_an_earlier_rule_has_moved(views: Views) -> None:
    there = Part(Keep(rule=rule(), why=KeepWhy.ALREADY_ALLOWED), None, is_own=True)
    left = part(Remove(rule=rule(6), why=RemoveWhy.REPLACED), rule=rule(6))
    wanted = entry(there, left)
    assert status_of_entry(wanted, views.entry(wanted)) is RuleStatus.MOVED


def test_a_move_that_is_half_done_is_not_called_one(views: Views) -> None:
    wanted = entry(
        part(Remove(rule=rule(6)), rule=rule(6)), part(ADD, ReceiptStatus.FAILED, error=LOST)
    )
    assert status_of_entry(wanted, views.entry(wanted)) is RuleStatus.FAILED


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (OutcomeState.PLANNED, RuleStatus.PLANNED),
        (OutcomeState.APPROVAL_REQUIRED, RuleStatus.APPROVAL_REQUIRED),
        (OutcomeState.DECLINED, RuleStatus.DECLINED),
    ],
)
def test_what_was_not_begun_has_the_status_of_the_call(
    configured: Callable[..., Config], state: OutcomeState, status: RuleStatus
) -> None:
    views = Views(outcome(state=state), configured())
    assert views.part(Part(ADD, None, is_own=True)).status is status


def test_a_rule_is_told_of_once_and_what_was_written_comes_first() -> None:
    keep = Keep(rule=rule(8), why=KeepWhy.COVERED)
    again = Keep(rule=rule(8), why=KeepWhy.ALREADY_ALLOWED)
    same = Keep(rule=rule(7), why=KeepWhy.ALREADY_ALLOWED)
    done = Receipt(change=ADD, status=ReceiptStatus.DONE, rule=rule(7))
    parts = all_parts(outcome(keep, again, same, ADD, receipts=(done,)))
    assert [each.change for each in parts] == [ADD, again]
