"""From an outcome to an answer, for outcomes that a well-behaved AWS does not bring about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.calls import PlainContext
from awswhitelist.config import Config
from awswhitelist.exceptions import ThrottledError, UnavailableError
from awswhitelist.models import (
    Add,
    AwsScope,
    Caller,
    Grant,
    Observation,
    Plan,
    Receipt,
    ReceiptStatus,
    RuleSpec,
    SecurityGroup,
    SourceKind,
)
from awswhitelist.tools.changes import common_facts, common_warnings, raise_failures, undo_of
from awswhitelist.tools.outcome_views import overall
from awswhitelist.tools.results import RuleStatus, RuleView, WarningCode

GROUP = SecurityGroup(group_id="sg-0123456789abcdef0", name="web")


def add(address: str) -> Add:
    spec = RuleSpec(
        protocol="tcp", from_port=22, to_port=22, source=address, source_kind=SourceKind.IPV4
    )
    return Add(group_id=GROUP.group_id, spec=spec, grant=Grant(owner="mara", lifetime=None))


FIRST, SECOND = add("203.0.113.7/32"), add("203.0.113.8/32")


def outcome(*receipts: Receipt) -> Outcome:
    changes = tuple(receipt.change for receipt in receipts)
    plan = Plan(account="111122223333", region="eu-west-1", groups=(GROUP,), changes=changes)
    return Outcome(
        OutcomeState.APPLIED,
        AwsScope(profile=None, region="eu-west-1"),
        Caller(account="111122223333", arn="arn:aws:iam::111122223333:user/mara"),
        plan,
        observed=Observation(groups=(GROUP,), rules=(), at=datetime.now(UTC)),
        receipts=receipts,
    )


def test_a_failure_says_what_was_done_and_what_was_not() -> None:
    error = ThrottledError("AWS asks to slow down.")
    failed = Receipt(change=SECOND, status=ReceiptStatus.FAILED, error=error)
    done = Receipt(change=FIRST, status=ReceiptStatus.DONE)
    with pytest.raises(ThrottledError) as caught:
        raise_failures(outcome(done, failed))
    told = caught.value.to_object()
    assert [len(told["done"]), len(told["not_done"])] == [1, 1]
    assert "203.0.113.7/32" in told["done"][0]
    assert "203.0.113.8/32" in told["not_done"][0]
    assert told["remedy"] == ThrottledError.remedy


def test_a_failure_that_may_have_been_done_says_to_look() -> None:
    lost = UnavailableError("The answer was lost.")
    with pytest.raises(UnavailableError) as caught:
        raise_failures(outcome(Receipt(change=FIRST, status=ReceiptStatus.UNKNOWN, error=lost)))
    assert caught.value.remedy.startswith("It is not known whether AWS made the change")


def test_an_outcome_without_failures_raises_nothing() -> None:
    raise_failures(outcome(Receipt(change=FIRST, status=ReceiptStatus.DONE)))


@pytest.mark.parametrize("status", [ReceiptStatus.UNVERIFIED, ReceiptStatus.UNKNOWN])
def test_a_rule_that_aws_took_but_does_not_show_is_unverified_never_added(
    configured: Callable[..., Config], status: ReceiptStatus
) -> None:
    unseen = outcome(Receipt(change=FIRST, status=status, aws_request_id="aws-1"))
    facts: dict[str, Any] = common_facts(unseen, configured())
    (rule,) = facts["rules"]
    assert facts["status"] is RuleStatus.UNVERIFIED
    assert (rule.rule_id, rule.cidr, rule.group_name) == ("", "203.0.113.7/32", "web")
    assert facts["aws_request_ids"] == ("aws-1",)
    assert [note.code for note in common_warnings(unseen)] == [WarningCode.UNVERIFIED]


def test_a_gap_in_the_audit_log_is_warned_of() -> None:
    gap = outcome(Receipt(change=FIRST, status=ReceiptStatus.DONE))._replace(audit_has_gaps=True)
    assert [note.code for note in common_warnings(gap)] == [WarningCode.AUDIT_INCOMPLETE]


def test_a_call_whose_receipts_are_not_all_on_record_offers_no_undo() -> None:
    whole, ctx = outcome(Receipt(change=FIRST, status=ReceiptStatus.DONE)), PlainContext("ours-1")
    offered = undo_of(whole, ctx)
    assert offered is not None and offered.arguments == {"receipt": "ours-1"}
    assert undo_of(whole._replace(audit_has_gaps=True), ctx) is None
    assert undo_of(outcome(Receipt(change=FIRST, status=ReceiptStatus.UNVERIFIED)), ctx) is None


def test_of_several_statuses_the_one_that_needs_most_attention_is_the_calls() -> None:
    def rules(*statuses: RuleStatus) -> list[RuleView]:
        return [RuleView(rule_id="sgr-1", status=status) for status in statuses]

    assert overall(rules(RuleStatus.ADDED, RuleStatus.UNVERIFIED)) is RuleStatus.UNVERIFIED
    assert overall(rules(RuleStatus.ABSENT, RuleStatus.REVOKED)) is RuleStatus.REVOKED
    assert overall(rules(RuleStatus.ALREADY_ALLOWED, RuleStatus.ADDED)) is RuleStatus.ADDED
    assert overall([]) is RuleStatus.ABSENT
