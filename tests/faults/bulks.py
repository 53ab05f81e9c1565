"""What may go wrong with some of many: four entries over three groups, and what becomes of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults import effects
from tests.faults.effects import refuse
from tests.faults.kinds import AUTHORIZE, MODIFY, REVOKE, TAG
from tests.faults.proxy import Strike
from tests.faults.rows import AFTER_THE_PLAN, DENIED, DOWN, FULL, LOOK, THROTTLED

FIRST, SECOND, THIRD = "{first}", "{second}", "{third}"
"""The groups, in the strikes of a row: the first one has two of the entries."""

ALL_WELL = ("added",) * 4


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One bulk call with something going wrong.

    ``items`` are the statuses of the entries in order, ``stands`` whether the rule of each is
    there afterwards, and ``codes`` the errors that are named. ``in_turn``: one group after the
    other, so that it is known which of them comes first. ``moves``: the rule of the third group is
    there already, at another address.
    """

    fault: str
    strikes: tuple[Strike, ...]
    items: tuple[str, ...]
    stands: tuple[bool, ...]
    codes: frozenset[str] = frozenset()
    atomic: bool = False
    in_turn: bool = False
    moves: bool = False

    @property
    def id(self) -> str:
        """For the test."""
        return f"{self.operation}: {self.fault}"

    @property
    def operation(self) -> str:
        """What kind of call it is, in words."""
        return f"{'atomic ' if self.atomic else ''}whitelist_bulk{', moving' * self.moves}"


def _some(
    fault: str,
    strikes: Sequence[Strike],
    items: Sequence[str] = ALL_WELL,
    code: str | None = None,
    *,
    in_turn: bool = False,
    moves: bool = False,
) -> BulkRow:
    """Each entry for itself: what is reported as added or moved stands, and nothing else does."""
    codes = frozenset([code] if code else ())
    stands = tuple(status not in ("failed", "skipped") for status in items)
    return BulkRow(fault, tuple(strikes), tuple(items), stands, codes, in_turn=in_turn, moves=moves)


def _whole(
    fault: str,
    strikes: Sequence[Strike],
    items: Sequence[str],
    stands: Sequence[bool] = (False,) * 4,
    codes: Sequence[str] = ("permission_missing", "skipped"),
) -> BulkRow:
    """All entries or none, as far as that can be had."""
    return BulkRow(
        fault,
        tuple(strikes),
        tuple(items),
        tuple(stands),
        frozenset(codes),
        atomic=True,
        in_turn=True,
    )


def _authorize(effect: effects.Effect, about: str = "", *calls: int) -> Strike:
    return Strike(AUTHORIZE, effect, calls, about)


REFUSED = _authorize(DENIED, SECOND)
"""The second of three groups, by which time the first has been changed."""

TAKEN_BACK = ("rolled_back", "rolled_back", "failed", "skipped")
LEFT = (True, True, False, False)

BULKS: tuple[BulkRow, ...] = (
    _some(
        "the write of one group is cut after AWS made the change",
        [_authorize(effects.cut_after, FIRST, 1)],
    ),
    _some(
        "every answer about one group is lost",
        [_authorize(effects.cut_after, FIRST)],
    ),
    _some(
        "the writes of one group never reach AWS",
        [_authorize(effects.cut_before, FIRST)],
        ("failed", "failed", "added", "added"),
        "aws_unavailable",
    ),
    _some(
        "the writes of one group are throttled for good",
        [_authorize(THROTTLED, FIRST)],
        ("failed", "failed", "added", "added"),
        "throttled",
    ),
    _some(
        "the write of one group is refused",
        [REFUSED],
        ("added", "added", "failed", "added"),
        "permission_missing",
    ),
    _some(
        "one group is full",
        [_authorize(FULL, FIRST)],
        ("failed", "failed", "added", "added"),
        "quota_exceeded",
    ),
    _some(
        "one group has room for one more rule",
        [_authorize(FULL, FIRST, 1, 3)],
        ("added", "failed", "added", "added"),
        "quota_exceeded",
    ),
    _some(
        "one group is deleted before the write",
        [_authorize(refuse("InvalidGroup.NotFound"), THIRD)],
        ("added", "added", "added", "failed"),
        "security_group_not_found",
    ),
    _some(
        "the keys expire in the midst of it, and stay so",
        [_authorize(effects.expired, "", *AFTER_THE_PLAN)],
        ("added", "added", "failed", "failed"),
        "credentials_expired",
        in_turn=True,
    ),
    _some(
        "the keys expire in the midst of it, new ones are in the file",
        [_authorize(effects.keys_replaced, "", 2)],
        in_turn=True,
    ),
    BulkRow(
        "the rule of one group is moved, its new tags are refused",
        (Strike(TAG, DENIED),),
        ("added", "added", "added", "failed"),
        (True,) * 4,
        frozenset({"permission_missing"}),
        moves=True,
    ),
    _some(
        "the rule of one group is not moved",
        [Strike(MODIFY, THROTTLED)],
        ("added", "added", "added", "failed"),
        "throttled",
        moves=True,
    ),
    _whole("the write of one group is refused", [REFUSED], TAKEN_BACK),
    _whole(
        "the write of one group is throttled for good",
        [_authorize(THROTTLED, SECOND)],
        TAKEN_BACK,
        codes=("throttled", "skipped"),
    ),
    _whole(
        "the keys expire in the midst of it, and stay so",
        [
            _authorize(effects.expired, "", *AFTER_THE_PLAN),
            Strike(REVOKE, effects.expired),
        ],
        ("added", "added", "failed", "skipped"),
        LEFT,
        ("credentials_expired", "skipped"),
    ),
    _whole(
        "one write is refused; the answer to the roll-back is lost",
        [REFUSED, Strike(REVOKE, effects.cut_after, (1,))],
        TAKEN_BACK,
    ),
    _whole(
        "one write is refused; every answer to the roll-back is lost",
        [REFUSED, Strike(REVOKE, effects.cut_after)],
        TAKEN_BACK,
    ),
    _whole(
        "one write is refused, and so is the roll-back",
        [REFUSED, Strike(REVOKE, DENIED)],
        ("added", "added", "failed", "skipped"),
        LEFT,
    ),
    _whole(
        "one write is refused; the roll-back is throttled for good",
        [REFUSED, Strike(REVOKE, THROTTLED)],
        ("added", "added", "failed", "skipped"),
        LEFT,
        ("permission_missing", "skipped", "throttled"),
    ),
    _whole(
        "one write is refused; AWS shows nothing after the roll-back",
        [REFUSED, Strike(LOOK, DOWN, AFTER_THE_PLAN)],
        ("unknown", "unknown", "failed", "skipped"),
        codes=("aws_unavailable", "permission_missing", "skipped"),
    ),
    _whole(
        "one write is refused; AWS keeps showing the rules after the roll-back",
        [REFUSED, Strike(LOOK, effects.stale, AFTER_THE_PLAN)],
        ("unknown", "unknown", "failed", "skipped"),
        codes=("aws_unavailable", "permission_missing", "skipped"),
    ),
)


def bulk_table(rows: Sequence[BulkRow] = BULKS) -> str:
    """The rows in Markdown."""
    lines = [
        "| what goes wrong | call | the entries | whose rules stand | errors named |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        stand = ", ".join("yes" if each else "no" for each in row.stands)
        codes = ", ".join(f"`{code}`" for code in sorted(row.codes)) or "–"
        entries = ", ".join(f"`{status}`" for status in row.items)
        lines.append(f"| {row.fault} | {row.operation} | {entries} | {stand} | {codes} |")
    return "\n".join(lines)
