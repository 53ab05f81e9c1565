"""What became of each entry of a bulk call, and how that is summed up. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from awswhitelist.access.outcomes import EntryOutcome
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.tools.bulk_wishes import Asked, Values
from awswhitelist.tools.outcome_views import WEIGHT, error_of_entry, status_of_entry
from awswhitelist.tools.results import ErrorObject, Result, RuleStatus, RuleView

FAILURES = (
    RuleStatus.FAILED,
    RuleStatus.SKIPPED,
    RuleStatus.ROLLED_BACK,
    RuleStatus.UNKNOWN,
    RuleStatus.UNVERIFIED,
)
"""The entry does not hold, or nobody can tell."""


class BulkItem(Result):
    """What became of one entry: its rules, or why it failed."""

    index: int
    target: str | None = None
    source: str | None = None
    port: str | None = None
    status: RuleStatus
    rules: tuple[RuleView, ...] | None = None
    error: ErrorObject | None = None

    def words(self) -> str:
        """The entry on one line."""
        asked = " ".join(filter(None, (self.target, self.source, self.port)))
        why = f": {self.error.summary} {self.error.remedy}" if self.error else ""
        return f"[{self.index}] {asked} {self.status.value}{why}"


class Seen(NamedTuple):
    """An entry that went through the pipe, and its rules as callers see them."""

    entry: EntryOutcome
    rules: tuple[RuleView, ...]


def bulk_items(
    asked: Sequence[Asked], found: Sequence[Seen | AwsWhitelistError], terms: Values
) -> tuple[BulkItem, ...]:
    """One item for each entry, in their order; an error is of an entry that could not be read."""
    pairs = zip(asked, found, strict=True)
    return tuple(_item(index, one, came, terms) for index, (one, came) in enumerate(pairs))


def placed(error: AwsWhitelistError, asked: Asked, terms: Values) -> AwsWhitelistError:
    """The failure of an entry as that of the whole call: its field is where it stands there."""
    error.field = asked.place(error.field, terms)
    return error


def totals(items: Sequence[BulkItem]) -> dict[str, int]:
    """How many entries have which status, the gravest first."""
    counts = Counter(item.status for item in items)
    return {status.value: counts[status] for status in WEIGHT if counts[status]}


def counted(items: Sequence[BulkItem]) -> str:
    """The totals in words: ``3 entries: 1 failed, 2 added``."""
    count = len(items)
    each = (f"{number} {name.replace('_', ' ')}" for name, number in totals(items).items())
    return f"{count} {'entry' if count == 1 else 'entries'}: {', '.join(each)}"


def _item(index: int, asked: Asked, came: Seen | AwsWhitelistError, terms: Values) -> BulkItem:
    status, rules, error = _came_to(came)
    return BulkItem(
        index=index,
        target=asked.target,
        source=asked.words("source"),
        port=asked.words("port"),
        status=status,
        rules=rules or None,
        error=None if error is None else _error_object(error, asked, terms),
    )


def _came_to(
    came: Seen | AwsWhitelistError,
) -> tuple[RuleStatus, tuple[RuleView, ...], AwsWhitelistError | None]:
    if isinstance(came, AwsWhitelistError):
        return RuleStatus.FAILED, (), came
    return status_of_entry(came.entry, came.rules), came.rules, error_of_entry(came.entry)


def _error_object(error: AwsWhitelistError, asked: Asked, terms: Values) -> ErrorObject:
    """The error, whose field is named by where it stands in the call."""
    place = asked.place(error.field, terms)
    return ErrorObject(**error.to_object() | ({} if place is None else {"field": place}))
