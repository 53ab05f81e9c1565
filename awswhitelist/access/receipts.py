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
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Move,
    Receipt,
    ReceiptStatus,
    Release,
    Remove,
    Reset,
    Restore,
    SecurityGroupRule,
)

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
    """One receipt for each change, all with the same end and error."""
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
    """A receipt; the problem is kept where the change was not done all the same."""
    failed = problem is not None and status is not ReceiptStatus.DONE
    error = problem if failed else None
    return Receipt(change=change, status=status, rule=rule, aws_request_id=request_id, error=error)


def opened(
    change: Add | Restore,
    found: Rules | None,
    request_id: str | None,
    problem: AwsWhitelistError | None,
) -> Receipt:
    """What stands with our uuid is done, whatever the answer was; a stranger's rule is not ours."""
    if found is None:
        return receipt(change, ReceiptStatus.UNKNOWN, None, request_id, problem)
    rule = next((each for each in found if each.spec == change.spec), None)
    status = clashing(status_of(rule is not None, problem), problem)
    return receipt(change, status, rule, request_id, problem)


def clashing(status: ReceiptStatus, problem: AwsWhitelistError | None) -> ReceiptStatus:
    """A write that failed because such a rule is there already has met somebody else's."""
    met = status is ReceiptStatus.FAILED and isinstance(problem, RuleExistsError)
    return ReceiptStatus.CLASHED if met else status


def removed(
    change: Remove,
    rules: Rules | None,
    request_id: str | None,
    problem: AwsWhitelistError | None,
) -> Receipt:
    """What is gone is done, whatever the answer was."""
    is_gone = None if rules is None else change.rule.rule_id not in ids(rules)
    return receipt(change, status_of(is_gone, problem), change.rule, request_id, problem)


def in_part(status: ReceiptStatus, change: Change, rule: SecurityGroupRule | None) -> bool:
    """Whether a change that did not succeed was made in part: of its several writes, some.

    ``rule`` is the rule as it stands afterwards.
    """
    return (
        status in (ReceiptStatus.FAILED, ReceiptStatus.CLASHED)
        and isinstance(change, Extend | Move | Release | Reset)
        and rule is not None
        and (rule.spec, rule.tags) != (change.rule.spec, change.rule.tags)
    )


def ids(rules: Iterable[SecurityGroupRule]) -> frozenset[str]:
    """The ids of rules."""
    return frozenset(rule.rule_id for rule in rules)
