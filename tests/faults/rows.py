"""Rows of the table, and how to write many that are alike: one for each call that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.faults import effects
from tests.faults.effects import READS, Effect, refuse
from tests.faults.proxy import Strike

IMPATIENT = 0.5
"""The read timeout, in seconds, where being too slow is the fault."""


class Stands(StrEnum):
    """What stands in AWS afterwards, of the rule that a call was about."""

    NOTHING = "no rule"
    OURS = "the rule, once"
    THEIRS = "the stranger's rule alone"
    AS_BEFORE = "the rule as before"
    LONGER = "the rule with its new end"
    GONE = "the rule is gone"


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
    def starts_with_rule(self) -> bool:
        """Whether the rule under test is there before."""
        return self.operation != "whitelist"

    @property
    def id(self) -> str:
        """For the test."""
        return f"{self.operation}: {self.fault}"


WRITES = {
    "whitelist": "AuthorizeSecurityGroupIngress",
    "extend": "CreateTags",
    "revoke": "RevokeSecurityGroupIngress",
}
GOOD = {
    "whitelist": ("added", Stands.OURS),
    "extend": ("extended", Stands.LONGER),
    "revoke": ("revoked", Stands.GONE),
}
UNTOUCHED = {
    "whitelist": Stands.NOTHING,
    "extend": Stands.AS_BEFORE,
    "revoke": Stands.AS_BEFORE,
}
LOOK = "DescribeSecurityGroupRules"
AFTER_THE_PLAN = tuple(range(2, 100))
"""The calls of LOOK that come after the one that the plan is made from."""


def recovers(fault: str, effect: Effect, *, sent: int, slow: bool = False) -> list[Row]:
    """The first try of the write is hit, and all is well in the end."""
    return [
        Row(
            fault,
            operation,
            (Strike(write, effect, (1,)),),
            GOOD[operation][0],
            None,
            GOOD[operation][1],
            ("done",),
            sent,
            read_timeout=IMPATIENT if slow else 20.0,
        )
        for operation, write in WRITES.items()
    ]


def fails(fault: str, effect: Effect, code: str, *, retryable: bool, sent: int) -> list[Row]:
    """Every try of the write is hit; nothing is done, and we know it."""
    return [
        Row(
            fault,
            operation,
            (Strike(write, effect),),
            code,
            retryable,
            UNTOUCHED[operation],
            ("failed",),
            sent,
        )
        for operation, write in WRITES.items()
    ]


def blind(fault: str, effect: Effect, code: str, *, retryable: bool) -> list[Row]:
    """Every read is hit: there is no plan, and nothing is sent."""
    strikes = tuple(Strike(action, effect) for action in READS)
    return [
        Row(fault, operation, strikes, code, retryable, UNTOUCHED[operation], (), 0)
        for operation in WRITES
    ]


def unseen(fault: str, strike: Callable[[str], Sequence[Strike]], *, sent: int) -> list[Row]:
    """Done, but nobody can look: that is what we say, and no more."""
    return [
        Row(
            fault,
            operation,
            tuple(strike(WRITES[operation])),
            "unverified",
            None,
            GOOD[operation][1],
            ("unknown",),
            sent,
        )
        for operation in ("extend", "revoke")
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
            first_lost_then(effect)(write),
            GOOD[operation][0],
            None,
            GOOD[operation][1],
            ("done",),
            sent,
        )
        for operation, write in WRITES.items()
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
    return Strike(WRITES[operation], effect, calls)


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
