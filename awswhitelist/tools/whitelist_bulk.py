"""``whitelist_bulk``: many wishes in one call, each with an answer of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from awswhitelist.access.intents import AllowIntent, BulkIntent
from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.access.receipts import in_part
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.models import ReceiptStatus
from awswhitelist.tools.bulk_items import (
    FAILURES,
    BulkItem,
    Seen,
    bulk_items,
    counted,
    placed,
    totals,
)
from awswhitelist.tools.bulk_wishes import Asked, BulkWhitelistRequest, asked_for, read_wish
from awswhitelist.tools.changes import (
    ApprovalView,
    Undo,
    common_warnings,
    order_of,
    unapplied_facts,
    unapplied_summary,
    undo_of,
)
from awswhitelist.tools.endings import ending_warnings, enforcers_of
from awswhitelist.tools.grant_warnings import Granted, grant_warnings
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.outcome_views import Views
from awswhitelist.tools.results import (
    OBJECT,
    OBJECTS,
    PLAIN,
    OperationResult,
    RuleStatus,
    place,
)
from awswhitelist.tools.sources import OwnCidr

MOST_SHOWN = 20
"""Failures, lines of a plan and warnings: an excerpt has room for so many of each."""


class BulkWhitelistResponse(OperationResult):
    """What became of the entries. ``status`` is given only where nothing was carried out."""

    status: Annotated[RuleStatus, PLAIN] | None = None
    totals: Annotated[dict[str, int] | None, OBJECT, Field(description="Entries by status.")] = None
    items: Annotated[tuple[BulkItem, ...] | None, OBJECTS] = None
    failures: Annotated[tuple[BulkItem, ...] | None, OBJECTS] = None
    result_uri: Annotated[str | None, Field(description="Resource with all items.")] = None
    plan: tuple[str, ...] | None = None
    reasons: tuple[str, ...] | None = None
    approval: Annotated[ApprovalView | None, OBJECT] = None
    undo: Annotated[Undo | None, OBJECT] = None
    expires_enforced_by: tuple[str, ...] | None = None

    def in_sandbox(self) -> dict[str, Any]:
        """What waits for approval, waits in the sandbox."""
        return {"approval": self.approval and self.approval.in_sandbox()}

    def facts(self) -> tuple[str, ...]:
        """Plan, failures, where to read on, and how to go on."""
        plan = [f"Plan: {line}" for line in self.plan or ()]
        failures = [each.words() for each in self.failures or ()]
        where = [f"All entries: {self.result_uri}"] if self.result_uri else []
        return (*plan, *failures, *where, *(self.approval.words() if self.approval else ()))

    def excerpt(self, uri: str) -> BulkWhitelistResponse:
        """Without the list of all entries, and with no more than a few of anything."""
        failures = [each for each in self.items or () if each.status in FAILURES]
        return self.model_copy(
            update={
                "items": None,
                "failures": tuple(failures[:MOST_SHOWN]) or None,
                "result_uri": uri,
                "plan": self.plan and _first_of(self.plan),
                "warnings": self.warnings and self.warnings[:MOST_SHOWN],
            }
        )


class BulkWhitelistHandler(Handler[BulkWhitelistRequest, BulkWhitelistResponse]):
    """Reads the entries, has the good ones carried out as one order, and answers for each."""

    def handle(self, request: BulkWhitelistRequest, ctx: CallContext) -> BulkWhitelistResponse:
        """See :class:`BulkWhitelistRequest`.

        Raises InvalidArgumentError for a fault in the call as a whole, what
        :meth:`AccessPipeline.change` raises, and of an atomic call the failure of any entry before
        the first write.
        """
        config = self.services.config
        asked, terms = asked_for(request, config.policy.max_bulk_entries), request.terms()
        read = partial(read_wish, terms=terms, config=config, me=OwnCidr(self.services))
        wishes = [read(each) for each in asked]
        if request.atomic:
            _raise_first(wishes, asked, request)
        errors = [each for each in wishes if isinstance(each, AwsWhitelistError)]
        if len(errors) == len(wishes):
            items = bulk_items(asked, errors, terms)
            return BulkWhitelistResponse(
                summary=f"{counted(items)}.", totals=totals(items), items=items
            )
        outcome = self._change(request, wishes, asked, ctx)
        views = Views(outcome, config)
        seen = [Seen(entry, views.entry(entry)) for entry in outcome.entries]
        rest = iter(seen)
        found = [each if isinstance(each, AwsWhitelistError) else next(rest) for each in wishes]
        return self._answer(request, outcome, seen, bulk_items(asked, found, terms), ctx)

    def _change(
        self,
        request: BulkWhitelistRequest,
        wishes: Sequence[AllowIntent | AwsWhitelistError],
        asked: Sequence[Asked],
        ctx: CallContext,
    ) -> Outcome:
        """Have the wishes that could be read carried out."""
        good = tuple(each for each in wishes if isinstance(each, AllowIntent))
        intent = BulkIntent(entries=good, atomic=request.atomic)
        order = order_of("whitelist_bulk", intent, request)
        try:
            return self.services.pipeline.change(order, ctx)
        except AwsWhitelistError as exc:
            index = exc.details.get("entry")
            if index is None:
                raise
            # Only of an atomic call, of which every entry could be read.
            raise placed(exc, asked[index], request.terms()) from exc.__cause__

    def _answer(
        self,
        request: BulkWhitelistRequest,
        outcome: Outcome,
        seen: Sequence[Seen],
        items: tuple[BulkItem, ...],
        ctx: CallContext,
    ) -> BulkWhitelistResponse:
        services = self.services
        enforcers = enforcers_of(outcome, services, own_keys=request.credentials is not None)
        granted = [
            Granted(entry.intent, rules)
            for entry, rules in seen
            if isinstance(entry.intent, AllowIntent)
        ]
        warnings = (
            *common_warnings(outcome),
            *grant_warnings(outcome, granted),
            *ending_warnings(enforcers, outcome, services.config.policy),
        )
        unapplied = {} if outcome.state is OutcomeState.APPLIED else unapplied_facts(outcome)
        return BulkWhitelistResponse(
            summary=_summary(outcome, items),
            totals=totals(items),
            items=items,
            warnings=warnings or None,
            undo=undo_of(outcome, ctx),
            expires_enforced_by=enforcers,
            **place(outcome.scope, outcome.caller.account),
            **unapplied,
        )


def _raise_first(
    wishes: Sequence[AllowIntent | AwsWhitelistError],
    asked: Sequence[Asked],
    request: BulkWhitelistRequest,
) -> None:
    """Raise the failure of the first entry that could not be read."""
    for index, wish in enumerate(wishes):
        if isinstance(wish, AwsWhitelistError):
            wish.details["entry"] = index
            raise placed(wish, asked[index], request.terms())


def _summary(outcome: Outcome, items: Sequence[BulkItem]) -> str:
    if outcome.state is not OutcomeState.APPLIED:
        return f"{unapplied_summary(outcome).rstrip('.')} ({counted(items)})."
    statuses = {each.status for each in outcome.receipts}
    # What is done and has an error all the same could not be taken back.
    stays = any(each.status is ReceiptStatus.DONE and each.error for each in outcome.receipts)
    if ReceiptStatus.ROLLED_BACK not in statuses and not stays:
        return f"{counted(items)}."
    left = statuses - {ReceiptStatus.ROLLED_BACK, ReceiptStatus.FAILED, ReceiptStatus.SKIPPED}
    half = any(in_part(each.status, each.change, each.rule) for each in outcome.receipts)
    how = "could not wholly be taken back" if left or half else "was taken back"
    return f"An entry failed, and what was done {how}: {counted(items)}."


def _first_of(lines: Sequence[str]) -> tuple[str, ...]:
    """A few lines, and how many more there are."""
    more = len(lines) - MOST_SHOWN
    return tuple(lines) if more <= 0 else (*lines[:MOST_SHOWN], f"… and {more} more")
