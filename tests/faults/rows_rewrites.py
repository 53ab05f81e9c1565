"""Rows for calls that take several writes, of which some are made and others are not, and for
strangers who meet them.
"""

from __future__ import annotations

from tests.faults import effects
from tests.faults.kinds import AUTHORIZE, MODIFY, REVOKE, TAG, UNTAG, Stands
from tests.faults.proxy import Strike
from tests.faults.rows import BROKEN, DENIED, DOWN, THROTTLED, Row, look, one

HALVES: tuple[Row, ...] = (
    one(
        "the rule is moved, its new tags are refused",
        "move",
        [Strike(TAG, DENIED)],
        "permission_missing",
        Stands.HALF_MOVED,
        ["failed"],
        sent=2,
        retryable=False,
    ),
    one(
        "the rule is moved, every try of its new tags is throttled",
        "move",
        [Strike(TAG, THROTTLED)],
        "throttled",
        Stands.HALF_MOVED,
        ["failed"],
        sent=6,
        retryable=True,
    ),
    one(
        "the rule is moved and tagged, the tags of before cannot be taken off",
        "move",
        [Strike(UNTAG, DENIED)],
        "permission_missing",
        Stands.MOVED,
        ["failed"],
        sent=3,
        retryable=False,
    ),
    *(
        one(
            "the new tags are written, the move is refused",
            operation,
            [Strike(MODIFY, DENIED)],
            "permission_missing",
            Stands.SHORTER,
            ["failed"],
            sent=2,
            retryable=False,
        )
        for operation in ("move, to end sooner", "undo of move")
    ),
    *(
        one(
            "the new tags are written, every try of the move is throttled",
            operation,
            [Strike(MODIFY, THROTTLED)],
            "throttled",
            Stands.SHORTER,
            ["failed"],
            sent=6,
            retryable=True,
        )
        for operation in ("move, to end sooner", "undo of move")
    ),
)
"""Calls that are made in part: the answer says so, and the same call again makes the rest."""

REWRITES: tuple[Row, ...] = (
    *HALVES,
    one(
        "the rule is moved, the first try of its tags is answered 500",
        "move",
        [Strike(TAG, BROKEN, (1,))],
        "moved",
        Stands.MOVED,
        sent=4,
    ),
    one(
        "the rule is moved, the answers to its tags are lost",
        "move",
        [Strike(TAG, effects.cut_after)],
        "moved",
        Stands.MOVED,
        sent=7,
    ),
    one(
        "the tags of before are taken off, and the answer is lost",
        "move",
        [Strike(UNTAG, effects.cut_after)],
        "moved",
        Stands.MOVED,
        sent=7,
    ),
    one(
        "the answers to the move are lost, and AWS shows nothing afterwards",
        "move",
        [Strike(MODIFY, effects.cut_after), look(DOWN)],
        "aws_unavailable",
        Stands.HALF_MOVED,
        ["unknown"],
        sent=5,
        retryable=True,
    ),
    one(
        "a stranger adds the same rule between our read and our write",
        "move",
        [Strike(MODIFY, effects.place_taken)],
        "moved",
        Stands.THEIRS,
        ["clashed", "done"],
        sent=2,
    ),
    one(
        "a stranger removes the rule before our write",
        "move",
        [Strike(MODIFY, effects.stranger_removes)],
        "rule_not_found",
        Stands.GONE,
        ["failed"],
        retryable=False,
    ),
    one(
        "a stranger removes the rule before our write",
        "undo of extend",
        [Strike(TAG, effects.removed_by_stranger)],
        "rule_not_found",
        Stands.GONE,
        ["failed"],
        retryable=False,
    ),
    *(
        one(
            "a stranger removes the rule before our write",
            operation,
            [Strike(REVOKE, effects.stranger_removes)],
            "revoked",
            Stands.GONE,
        )
        for operation in ("sweep_expired", "undo of whitelist")
    ),
    one(
        "a stranger adds the same rule between our read and our write",
        "undo of revoke",
        [Strike(AUTHORIZE, effects.stranger_adds, (1,))],
        "undo_conflict",
        Stands.THEIRS,
        ["clashed"],
    ),
)
