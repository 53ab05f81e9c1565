"""What a call leaves in the audit log, and what happens when the log fails half-way."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.access.approval.approvals import Spent, digest, plan_digest
from awswhitelist.access.audit.log import AuditLog
from awswhitelist.access.intents import AllowIntent, Order
from awswhitelist.access.audit.journal import Journal
from awswhitelist.calls import PlainContext
from awswhitelist.exceptions import AuditUnavailableError, ThrottledError
from awswhitelist.models import (
    Add,
    AwsScope,
    Caller,
    Grant,
    IpProtocol,
    Plan,
    Receipt,
    ReceiptStatus,
    RuleSpec,
    SecurityGroupRule,
    SourceKind,
)
from awswhitelist.redaction import redact

SSH = RuleSpec(
    protocol="tcp", from_port=22, to_port=22, source="8.8.8.8/32", source_kind=SourceKind.IPV4
)
GRANT = Grant(owner="alice", reason="uses AKIAIOSFODNN7EXAMPLE", lifetime=timedelta(hours=1))
ADD = Add(group_id="sg-1", spec=SSH, grant=GRANT)
PLAN = Plan(account="1", region="eu-west-1", groups=(), changes=(ADD,))
ORDER = Order(
    operation="whitelist",
    intent=AllowIntent(
        target="db",
        sources=("8.8.8.8/32",),
        protocol=IpProtocol.TCP,
        ports=(22, 22),
        grant=GRANT,
    ),
    arguments={"target": "db"},
    approval="the-token-itself",
)
BASE = {
    "time": "2026-11-22T12:00:00Z",
    "principal": "alice",
    "request_id": "r-1",
    "trace_id": "00-trace",
    "client": "editor",
    "operation": "whitelist",
    "profile": "dev",
    "region": "eu-west-1",
    "account": "1",
    "caller_arn": "arn:aws:iam::1:user/alice",
}


def journal(path: Path) -> Journal:
    log = AuditLog(
        path,
        max_bytes=10_000,
        now=lambda: datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
        stamp={"principal": "alice"},
        redact=redact,
        sign=lambda message: message[:32],
    )
    ctx = PlainContext("r-1", client_name="editor", trace_id="00-trace")
    scope = AwsScope(profile="dev", region="eu-west-1")
    return Journal(log, ORDER, scope, Caller(account="1", arn="arn:aws:iam::1:user/alice"), ctx)


def records(path: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert all(record.pop("mac") for record in found)
    return found


def test_the_intent_tells_who_wants_what_and_why_it_may_be(tmp_path: Path) -> None:
    nonce_hash = digest("nonce")
    journal(tmp_path / "log").intent(PLAN, "approved", Spent(nonce_hash))
    (record,) = records(tmp_path / "log")
    intent = record.pop("intent")
    assert (intent["target"], intent["sources"]) == ("db", ["8.8.8.8/32"])
    assert intent["grant"]["reason"] == "uses [redacted]"
    assert record == BASE | {
        "event": "intent",
        "plan": ["add to sg-1: tcp 22 from 8.8.8.8/32 for 1 h, owner alice"],
        "plan_digest": plan_digest(PLAN),
        "verdict": "approved",
        "approval_nonce_hash": nonce_hash,
    }


def test_an_approval_is_known_by_its_nonce_never_by_its_token(tmp_path: Path) -> None:
    journal(tmp_path / "log").intent(PLAN, "allowed", None)
    (record,) = records(tmp_path / "log")
    assert record["approval_nonce_hash"] is None
    assert "the-token-itself" not in (tmp_path / "log").read_text()


def test_a_receipt_tells_what_became_of_a_change(tmp_path: Path) -> None:
    made = SecurityGroupRule(rule_id="sgr-1", group_id="sg-1", spec=SSH)
    notes = journal(tmp_path / "log")
    notes.receipts(
        [Receipt(change=ADD, status=ReceiptStatus.DONE, rule=made, aws_request_id="aws-1")]
    )
    notes.receipts(
        [Receipt(change=ADD, status=ReceiptStatus.FAILED, error=ThrottledError("Slow."))]
    )
    notes.outcome("failed")
    done, failed, outcome = records(tmp_path / "log")
    assert done["change"]["kind"] == "add"
    assert (done["status"], done["rule"]["rule_id"], done["error"]) == ("done", "sgr-1", None)
    assert done["aws_request_id"] == "aws-1"
    assert (failed["status"], failed["rule"], failed["error"]["code"]) == (
        "failed",
        None,
        "throttled",
    )
    assert outcome == BASE | {"event": "outcome", "outcome": "failed"}
    assert not notes.has_gaps


def test_without_a_log_there_is_no_intent(tmp_path: Path) -> None:
    with pytest.raises(AuditUnavailableError):
        journal(tmp_path).intent(PLAN, "allowed", None)


def test_a_log_that_fails_after_the_write_hides_nothing_from_the_caller(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    notes = journal(tmp_path)
    notes.receipts([Receipt(change=ADD, status=ReceiptStatus.DONE)])
    assert notes.has_gaps
    assert [record.getMessage() for record in caplog.records] == ["audit.gap"]
