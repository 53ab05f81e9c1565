"""What a call did, read from the records that it left in the audit log."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from awswhitelist.access.recalling import recall
from awswhitelist.exceptions import ReceiptNotFoundError
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Grant,
    Receipt,
    ReceiptStatus,
    Remove,
    RuleSpec,
    SecurityGroupRule,
    SourceKind,
)

GRANT = Grant(owner="mara", reason="a test", lifetime=timedelta(minutes=90))


def rule(host: int) -> SecurityGroupRule:
    spec = RuleSpec(
        protocol="tcp",
        from_port=22,
        to_port=22,
        source=f"203.0.113.{host}/32",
        source_kind=SourceKind.IPV4,
    )
    tags = {"awswhitelist:managed": "1"}
    return SecurityGroupRule(rule_id=f"sgr-{host}", group_id="sg-1", spec=spec, tags=tags)


def add(host: int) -> Add:
    return Add(group_id="sg-1", spec=rule(host).spec, grant=GRANT)


def record(
    change: Change,
    status: ReceiptStatus = ReceiptStatus.DONE,
    after: SecurityGroupRule | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A record as it comes back from the log: through JSON."""
    receipt = Receipt(change=change, status=status, rule=after)
    told = receipt.model_dump(mode="json", include={"change", "status", "rule"})
    place = {"principal": "mara", "account": "111122223333", "region": "eu-west-1", "profile": None}
    return dict(json.loads(json.dumps(told | place | more)))


def test_the_changes_come_back_as_they_were_made() -> None:
    changes: list[Change] = [add(7), Extend(rule=rule(8), grant=GRANT), Remove(rule=rule(9))]
    records = [record(change, after=rule(index)) for index, change in enumerate(changes)]
    deed = recall(records, "mara")
    assert [step.change for step in deed.steps] == changes
    assert [step.rule for step in deed.steps] == [rule(0), rule(1), rule(2)]
    assert (deed.account, deed.region, deed.profile) == ("111122223333", "eu-west-1", None)
    assert deed.in_doubt == 0


def test_of_several_records_of_one_change_the_last_one_counts() -> None:
    records = [
        record(add(7), after=rule(7)),
        record(add(8), ReceiptStatus.CLASHED),
        record(add(7), ReceiptStatus.ROLLED_BACK, after=rule(7)),
        record(add(8), after=rule(8)),
    ]
    assert [step.change for step in recall(records, "mara").steps] == [add(8)]


def test_the_order_is_that_of_the_records_that_count() -> None:
    records = [
        record(add(7), ReceiptStatus.CLASHED),
        record(add(8), after=rule(8)),
        record(add(7), after=rule(7)),
    ]
    assert [step.change for step in recall(records, "mara").steps] == [add(8), add(7)]


@pytest.mark.parametrize("status", [ReceiptStatus.UNKNOWN, ReceiptStatus.UNVERIFIED])
def test_what_nobody_saw_is_no_step_but_counted(status: ReceiptStatus) -> None:
    deed = recall([record(add(7), status), record(add(8), ReceiptStatus.FAILED)], "mara")
    assert (deed.steps, deed.in_doubt) == ((), 1)


def test_what_others_did_is_not_told() -> None:
    records = [record(add(7), after=rule(7)), record(add(8), after=rule(8), principal="tom")]
    assert [step.change for step in recall(records, "mara").steps] == [add(7)]
    with pytest.raises(ReceiptNotFoundError):
        recall(records, "eve")


UNREADABLE: dict[str, dict[str, Any]] = {
    "a change of another version": {"change": {"kind": "paint", "rule": {}}},
    "a status of another version": {"status": "painted"},
    "no change": {"change": None},
}


@pytest.mark.parametrize("odd", UNREADABLE.values(), ids=UNREADABLE)
def test_records_that_this_version_cannot_read_are_none(odd: dict[str, Any]) -> None:
    with pytest.raises(ReceiptNotFoundError):
        recall([record(add(7)) | odd], "mara")


def test_a_record_without_its_parts_is_none() -> None:
    with pytest.raises(ReceiptNotFoundError):
        recall([{"principal": "mara"}], "mara")
