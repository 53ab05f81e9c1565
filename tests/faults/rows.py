"""Rows of the table, and how to write many that are alike: one for each call that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tests.faults import effects
from tests.faults.effects import READS, Effect, refuse
from tests.faults.kinds import COMMON, KINDS, READERS, Stands
from tests.faults.proxy import Strike

IMPATIENT = 0.5
"""The read timeout, in seconds, where being too slow is the fault."""


@dataclass(frozen=True, slots=True)
class Row:
    """One call with one thing going wrong.

    ``says`` is a status or an error's code; ``retryable`` is None for a status. ``receipts`` are
    those of the audit log, ``sent`` is how many writes reached the proxy.
    """

    fault: str
    operation: str
    strikes: tuple[Strike, ...]
    says: str
    retryable: bool | None
    stands: Stands
    receipts: tuple[str, ...]
    sent: int
    read_timeout: float = 20.0

    @property
    def id(self) -> str:
        """For the test."""
        return f"{self.operation}: {self.fault}"


LOOK = "DescribeSecurityGroupRules"
AFTER_THE_PLAN = tuple(range(2, 100))
"""The calls of LOOK that come after the one that the plan is made from."""


def recovers(fault: str, effect: Effect, *, sent: int, slow: bool = False) -> list[Row]:
    """The first try of the write is hit, and all is well in the end."""
    return [
        Row(
            fault,
            operation,
            (Strike(kind.write, effect, (1,)),),
            kind.says,
            None,
            kind.stands,
            ("done",),
            sent + kind.more,
            read_timeout=IMPATIENT if slow else 20.0,
        )
        for operation, kind in COMMON.items()
    ]


def fails(fault: str, effect: Effect, code: str, *, retryable: bool, sent: int) -> list[Row]:
    """Every try of the write is hit; nothing is done, and we know it."""
    return [
        Row(
            fault,
            operation,
            (Strike(kind.write, effect),),
            code,
            retryable,
            kind.untouched,
            ("failed",),
            sent,
        )
        for operation, kind in COMMON.items()
    ]


def blind(fault: str, effect: Effect, code: str, *, retryable: bool) -> list[Row]:
    """Every read is hit: there is no plan, and nothing is sent."""
    strikes = tuple(Strike(action, effect) for action in READS)
    return [
        Row(fault, operation, strikes, code, retryable, KINDS[operation].untouched, (), 0)
        for operation in READERS
    ]


def unseen(fault: str, effect: Effect, receipt: str, *, but: Sequence[str]) -> list[Row]:
    """Done, but nobody can see it: that is what we say, and no more."""
    return [
        Row(
            fault,
            operation,
            (look(effect),),
            "unverified",
            None,
            kind.stands,
            (receipt,),
            1 + kind.more,
        )
        for operation, kind in COMMON.items()
        if operation not in but
    ]


def first_lost_then(effect: Effect) -> Callable[[str], tuple[Strike, ...]]:
    """A write whose first answer is lost; the effect is what later tries meet."""
    return lambda write: (
        Strike(write, effects.cut_after, (1,)),
        Strike(write, effect, AFTER_THE_PLAN),
    )


def lost_and_refused(fault: str, effect: Effect, *, sent: int = 2) -> list[Row]:
    """Done, but the answer is lost, and the next try is refused: what stands decides."""
    return [
        Row(
            fault,
            operation,
            first_lost_then(effect)(kind.write),
            kind.says,
            None,
            kind.stands,
            ("done",),
            sent + kind.more,
        )
        for operation, kind in COMMON.items()
    ]


def one(
    fault: str,
    operation: str,
    strikes: Sequence[Strike],
    says: str,
    stands: Stands,
    receipts: Iterable[str] = ("done",),
    *,
    sent: int = 1,
    retryable: bool | None = None,
) -> Row:
    """A row that is like no other."""
    strikes = tuple(strikes)
    return Row(fault, operation, strikes, says, retryable, stands, tuple(receipts), sent)


def at(operation: str, effect: Effect, *calls: int) -> Strike:
    """At the write of an operation; without numbers, at every try."""
    return Strike(KINDS[operation].write, effect, calls)


def look(effect: Effect, *calls: int) -> Strike:
    """At those reads of the rules; without numbers, at all after the plan was made."""
    return Strike(LOOK, effect, calls or AFTER_THE_PLAN)


THROTTLED = refuse("RequestLimitExceeded", 503)
BROKEN = refuse("InternalError", 500)
DOWN = refuse("Unavailable", 503)
DENIED = refuse("UnauthorizedOperation", 403)
NO_TAGS = refuse(
    "UnauthorizedOperation", 403, "User is not authorized to perform: ec2:CreateTags on resource x"
)
FULL = refuse("RulesPerSecurityGroupLimitExceeded")
SKEWED = refuse("RequestTimeTooSkewed", 403)
UNKNOWN_KEYS = refuse("AuthFailure", 401)
NOT_ENABLED = refuse("OptInRequired", 401)
