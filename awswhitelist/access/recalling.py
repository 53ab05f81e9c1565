"""What a call did, from its receipts in the audit log. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from awswhitelist.access.drafting import Key, key_of
from awswhitelist.access.intents import UndoStep
from awswhitelist.access.receipts import in_part
from awswhitelist.exceptions import ReceiptNotFoundError
from awswhitelist.models import ReceiptStatus

NOBODY_KNOWS = (ReceiptStatus.UNVERIFIED, ReceiptStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Deed:
    """What one call did, and where: ``profile`` is None for AWS's standard chain, or where keys
    came with the call.

    ``steps`` are the changes that stand, in the order they were made; ``in_doubt`` is how many
    more AWS may have made.
    """

    account: str
    region: str
    profile: str | None
    steps: tuple[UndoStep, ...]
    in_doubt: int


def recall(records: Iterable[Mapping[str, Any]], principal: str) -> Deed:
    """The deed that receipts of one call tell of, as far as ``principal`` is who did it.

    ``records`` are genuine and in the order in which they were written. Of several about one
    change the last one counts: it may have been taken back. ReceiptNotFoundError where there are
    none, or none that this version can read.
    """
    own = [record for record in records if record.get("principal") == principal]
    if not own:
        raise ReceiptNotFoundError()
    latest: dict[Key, tuple[ReceiptStatus, UndoStep]] = {}
    for status, step in map(_read, own):
        key = key_of(step.change)
        latest.pop(key, None)
        latest[key] = status, step
    last = own[-1]
    return Deed(
        account=str(last.get("account")),
        region=str(last.get("region")),
        profile=last.get("profile"),
        steps=tuple(step for status, step in latest.values() if _stands(status, step)),
        in_doubt=sum(status in NOBODY_KNOWS for status, _ in latest.values()),
    )


def _stands(status: ReceiptStatus, step: UndoStep) -> bool:
    """Whether there is something to take back: all of the change, or a part."""
    return status is ReceiptStatus.DONE or in_part(status, step.change, step.rule)


def _read(record: Mapping[str, Any]) -> tuple[ReceiptStatus, UndoStep]:
    try:
        return _adapter().validate_python((record["status"], _step(record)))
    except (KeyError, ValidationError):
        raise ReceiptNotFoundError() from None


def _step(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"change": record["change"], "rule": record["rule"]}


@cache
def _adapter() -> TypeAdapter[tuple[ReceiptStatus, UndoStep]]:
    return TypeAdapter(tuple[ReceiptStatus, UndoStep])
