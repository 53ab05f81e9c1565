"""``undo``: take back what a call did, as its receipts in the audit log say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from awswhitelist.access.intents import Order, UndoIntent
from awswhitelist.access.outcomes import Outcome
from awswhitelist.access.recalling import Deed, recall
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.models import Change, Keep, KeepWhy, Remove, Reset, Restore
from awswhitelist.redaction import BLANK
from awswhitelist.text import printable
from awswhitelist.tools.arguments import ChangeArguments, Text
from awswhitelist.tools.changes import (
    ChangeResult,
    common_facts,
    common_warnings,
    connections_survive,
    ends_summary,
    raise_failures,
    undo_of,
)
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.results import RuleStatus, WarningCode, WarningNote
from awswhitelist.tools.room import room_left
from awswhitelist.tools.still_open import still_open


class UndoRequest(ChangeArguments):
    """Arguments of ``undo``. ``profile`` and ``region`` are those of the call, if left out."""

    receipt: Annotated[
        str, Field(min_length=1, max_length=255, description="`request_id` of the call to undo.")
    ]
    reason: Text | None = None


class UndoResponse(ChangeResult):
    """What became of it."""


class UndoHandler(Handler[UndoRequest, UndoResponse]):
    """Reads the receipts, and turns them into an intent and the outcome into an answer."""

    def handle(self, request: UndoRequest, ctx: CallContext) -> UndoResponse:
        """See :class:`UndoRequest`. Raises ReceiptNotFoundError, ReceiptForgedError,
        InvalidArgumentError where the call was made elsewhere, and what
        :meth:`AccessPipeline.change` raises."""
        receipts = self.services.audit_reader.receipts_of(request.receipt)
        deed = recall(receipts, self.services.principal)
        order = self._order(request, deed)
        self._check_account(order, deed, ctx)
        outcome = self.services.pipeline.change(order, ctx)
        raise_failures(outcome)
        facts = common_facts(outcome, self.services.config)
        return UndoResponse(
            summary=ends_summary(outcome, facts.get("rules", ()), WORDS, NOTHING),
            warnings=tuple(_warnings(outcome, deed)) or None,
            undo=undo_of(outcome, ctx),
            room_left=room_left(outcome, self.services.gateway, ctx),
            **facts,
        )

    def _order(self, request: UndoRequest, deed: Deed) -> Order:
        region = request.checked_region()
        if region not in (None, deed.region):
            raise InvalidArgumentError(
                f"That call was made in {printable(deed.region)}.",
                field="region",
                remedy="Leave `region` out.",
            )
        return Order(
            operation="undo",
            intent=UndoIntent(
                receipt=request.receipt, steps=deed.steps, reason=request.reason or ""
            ),
            arguments=request.bound_arguments(),
            profile=self._profile(request, deed),
            credentials=request.credentials,
            region=deed.region,
            dry_run=request.dry_run,
            approval=request.approval,
        )

    def _profile(self, request: UndoRequest, deed: Deed) -> str | None:
        """The profile to name: none where it is the usual one, which needs no permission."""
        if request.profile is not None or request.credentials is not None:
            return request.profile
        usual = self.services.gateway.scope(None, deed.region).profile
        return None if deed.profile == usual else deed.profile

    def _check_account(self, order: Order, deed: Deed, ctx: CallContext) -> None:
        """In another account nothing of the call would be found, as if it had been undone."""
        scope = self.services.pipeline.admit_read(
            order.profile, order.region, ctx, order.credentials
        )
        account = self.services.gateway.caller(scope, ctx).account
        if account != deed.account:
            raise InvalidArgumentError(
                f"That call was made in account {deed.account}, and these credentials are for "
                f"{account}.",
                field="profile",
                remedy=f"Pass the `profile` (or the credentials) for {deed.account}.",
            )


NOTHING = "Nothing of that call was left to undo."
WORDS: dict[RuleStatus, str] = {
    RuleStatus.REVOKED: "revoked and seen to be gone",
    RuleStatus.RESTORED: "restored as before",
    RuleStatus.UNVERIFIED: "changed but not seen to be so",
    RuleStatus.UNDO_CONFLICT: "changed since by somebody and left alone",
    RuleStatus.ALREADY_ALLOWED: "as before already",
    RuleStatus.ABSENT: "no longer there, and left so",
}


def _warnings(outcome: Outcome, deed: Deed) -> Iterator[WarningNote]:
    yield from common_warnings(outcome)
    changes = outcome.plan.changes
    if any(isinstance(each, Keep) and each.why is KeepWhy.ENDED for each in changes):
        message = "Access that would have ended by now is not restored."
        yield WarningNote(code=WarningCode.ENDED_MEANWHILE, message=message)
    if any(map(_is_redacted, outcome.plan.writes)):
        message = (
            "What looked like a secret in a description or tag is in no receipt, so that "
            f"{BLANK} stands there instead."
        )
        yield WarningNote(code=WarningCode.REDACTED, message=message)
    if any(isinstance(each, Remove) for each in outcome.plan.writes):
        yield connections_survive()
    yield from still_open(outcome)
    if deed.in_doubt:
        message = (
            f"{deed.in_doubt} change(s) of that call may have been made, or not, and are not "
            "undone: list the rules."
        )
        yield WarningNote(code=WarningCode.UNVERIFIED, message=message)


def _is_redacted(change: Change) -> bool:
    """Whether a rule gets words back that the audit log has blanked."""
    if not isinstance(change, Restore | Reset):
        return False
    rule = change.to if isinstance(change, Reset) else change.rule
    return any(BLANK in text for text in (rule.description, *rule.tags.values()))
