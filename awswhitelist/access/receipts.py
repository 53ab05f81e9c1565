"""What to say of a write, from AWS's answer and from what was seen afterwards. Pure but for
:func:`attempt`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from awswhitelist.exceptions import (
    AwsError,
    AwsWhitelistError,
    CallCancelledError,
    CallTimeoutError,
    RuleExistsError,
    ThrottledError,
    UnavailableError,
)
from awswhitelist.models import Add, Change, Receipt, ReceiptStatus, Remove, SecurityGroupRule

Rules = tuple[SecurityGroupRule, ...]
T = TypeVar("T")

OPEN_PROBLEMS = (
    RuleExistsError,
    UnavailableError,
    ThrottledError,
    CallTimeoutError,
    CallCancelledError,
)
"""Each may follow upon an attempt of the same write that took effect but whose answer was lost."""


def same_for_all(
    batch: Iterable[Change], status: ReceiptStatus, error: AwsWhitelistError
) -> list[Receipt]:
    return [Receipt(change=each, status=status, error=error) for each in batch]


@dataclass(frozen=True, slots=True)
class Attempt(Generic[T]):
    """A write that was sent: AWS's answer, or what came instead of one."""

    answer: T | None
    problem: AwsWhitelistError | None


def attempt(write: Callable[[], T]) -> Attempt[T]:
    """Send a write. Failures after which it may have been done all the same are kept, not raised:
    the caller looks again before it says anything.
    """
    try:
        return Attempt(write(), None)
    except OPEN_PROBLEMS as exc:
        return Attempt(None, exc)
    except AwsError as exc:
        if not exc.is_in_doubt:
            raise
        return Attempt(None, exc)


def status_of(holds: bool | None, problem: AwsWhitelistError | None) -> ReceiptStatus:
    """What to say of a write, from what was seen afterwards (None: nothing could be seen)."""
    if holds:
        return ReceiptStatus.DONE
    if holds is None:
        return ReceiptStatus.UNKNOWN
    return ReceiptStatus.UNVERIFIED if problem is None else ReceiptStatus.FAILED


def receipt(
    change: Change,
    status: ReceiptStatus,
    rule: SecurityGroupRule | None,
    request_id: str | None,
    problem: AwsWhitelistError | None,
) -> Receipt:
    failed = problem is not None and status is not ReceiptStatus.DONE
    error = problem if failed else None
    return Receipt(change=change, status=status, rule=rule, aws_request_id=request_id, error=error)


def added(
    change: Add,
    found: Rules | None,
    request_id: str | None,
    problem: AwsWhitelistError | None,
) -> Receipt:
    """What stands with our uuid is done, whatever the answer was; a stranger's rule is not ours."""
    if found is None:
        return receipt(change, ReceiptStatus.UNKNOWN, None, request_id, problem)
    rule = next((each for each in found if each.spec == change.spec), None)
    status = status_of(rule is not None, problem)
    if status is ReceiptStatus.FAILED and isinstance(problem, RuleExistsError):
        status = ReceiptStatus.CLASHED
    return receipt(change, status, rule, request_id, problem)


def removed(
    change: Remove,
    rules: Rules | None,
    request_id: str | None,
    problem: AwsWhitelistError | None,
) -> Receipt:
    """What is gone is done, whatever the answer was."""
    is_gone = None if rules is None else change.rule.rule_id not in ids(rules)
    return receipt(change, status_of(is_gone, problem), change.rule, request_id, problem)


def ids(rules: Iterable[SecurityGroupRule]) -> frozenset[str]:
    return frozenset(rule.rule_id for rule in rules)
