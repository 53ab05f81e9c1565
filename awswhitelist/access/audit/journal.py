"""What one call leaves in the audit log: its intent, each receipt, its outcome."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from awswhitelist.access.approval.approvals import Spent, plan_digest
from awswhitelist.access.audit.log import AuditLog
from awswhitelist.access.intents import Order, SweepIntent
from awswhitelist.access.wording import change_words
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import (
    AuditUnavailableError,
    AwsWhitelistError,
    CallCancelledError,
)
from awswhitelist.models import AwsScope, Caller, Plan, Receipt

log = logging.getLogger(__name__)


class Journal:
    """Writes the records of one call. Only the intent may stop the call."""

    def __init__(
        self,
        audit: AuditLog,
        order: Order,
        scope: AwsScope,
        caller: Caller | None,
        ctx: CallContext,
    ) -> None:
        """``caller`` is None where it is not known yet; see :meth:`identify`."""
        self._audit = audit
        self._order = order
        self._base: dict[str, Any] = {
            "request_id": ctx.request_id,
            "trace_id": ctx.trace_id,
            "client": ctx.client_name,
            "operation": order.operation,
            "profile": scope.profile,
            "region": scope.region,
            "account": caller.account if caller else None,
            "caller_arn": caller.arn if caller else None,
        }
        if isinstance(order.intent, SweepIntent):
            self._base["everywhere"] = order.intent.target is None and not order.intent.group_ids
        self._intended = False
        self.has_gaps = False

    def identify(self, caller: Caller) -> None:
        """The account and the AWS identity are known from now on."""
        self._base |= {"account": caller.account, "caller_arn": caller.arn}

    def intent(self, plan: Plan, verdict: str, spent: Spent | None) -> None:
        """Record what is about to be done. Raises AuditUnavailableError: then nothing may be."""
        record = {
            "intent": self._order.intent.model_dump(mode="json"),
            "plan_digest": plan_digest(plan),
            "plan": [change_words(change) for change in plan.writes],
            "verdict": verdict,
            # Not `approval`: the redactor takes a field of that name for the token itself.
            "approval_nonce_hash": spent.nonce_hash if spent else None,
        }
        self._audit.append("intent", {**self._base, **record})
        self._intended = True

    def receipts(self, receipts: Sequence[Receipt]) -> None:
        """Record what became of changes, together."""
        if receipts:
            self._note("receipt", [_receipt_record(each) for each in receipts])

    def gap(self, error: AuditUnavailableError) -> None:
        """Something that should be on record is not: say so where people look."""
        self.has_gaps = True
        log.error("audit.gap", extra={"request_id": self._base["request_id"], "code": error.code})

    def outcome(self, outcome: str) -> None:
        """Record how the call ended; without this line the plan counts as interrupted."""
        self._note("outcome", [{"outcome": outcome}])

    def failure(self, error: AwsWhitelistError) -> None:
        """Record that the call failed, if it had an intent.

        A change that was cancelled before is recorded too: nobody answers it, so nothing else
        tells that it was not made.
        """
        was_dropped = isinstance(error, CallCancelledError) and not self._order.dry_run
        if self._intended or was_dropped:
            self.outcome(error.code)

    def _note(self, event: str, records: Sequence[Mapping[str, Any]]) -> None:
        """AWS has been changed already: a log that fails now must not hide that from the caller.

        The log flushes it to the disk on its own time: where the machine dies before that, the
        intent is there, and the plan counts as interrupted.
        """
        whole = [{**self._base, **record} for record in records]
        try:
            self._audit.append_all(event, whole, durable=False)
        except AuditUnavailableError as exc:
            self.gap(exc)


def _receipt_record(receipt: Receipt) -> dict[str, Any]:
    return {
        "status": receipt.status,
        "change": receipt.change.model_dump(mode="json"),
        "rule": receipt.rule.model_dump(mode="json") if receipt.rule else None,
        "aws_request_id": receipt.aws_request_id,
        "error": receipt.error.to_object() if receipt.error else None,
    }
