"""What may go wrong between us and AWS, and what must come of it: one table for tests and document.

Each row is a test (test_matrix.py) and a part of a table in ``docs/reliability.md`` (document.py).
"""

from __future__ import annotations


from tests.faults import effects
from tests.faults.kinds import AUTHORIZE, COMMON, Stands
from tests.faults.proxy import Strike
from tests.faults.rows import (
    BROKEN,
    DENIED,
    DOWN,
    FULL,
    NO_TAGS,
    NOT_ENABLED,
    SKEWED,
    THROTTLED,
    UNKNOWN_KEYS,
    Row,
    at,
    blind,
    fails,
    first_lost_then,
    look,
    lost_and_refused,
    one,
    recovers,
    unseen,
)
from tests.faults.rows_rewrites import REWRITES

ANSWERED = ("whitelist", "undo of revoke")
"""What AWS's answer to the write shows already: nobody looks again."""


ROWS: tuple[Row, ...] = (
    # The first try fails, the next one does not.
    *recovers("the first try of the write is throttled", THROTTLED, sent=2),
    *recovers("the first try of the write is answered 500", BROKEN, sent=2),
    *recovers("the first try of the write is answered 503", DOWN, sent=2),
    *recovers(
        "the first try of the write is answered with an HTML page", effects.html_page, sent=2
    ),
    *recovers("the connection is cut before AWS hears of the write", effects.cut_before, sent=2),
    *recovers("the connection is cut after AWS made the change", effects.cut_after, sent=2),
    *recovers("half of the answer to the write arrives as if whole", effects.garbled, sent=2),
    *recovers("the connection breaks in the answer to the write", effects.broken_off, sent=2),
    *recovers("AWS makes the change, but answers too late", effects.too_slow, sent=2, slow=True),
    *recovers(
        "the first try is given up, and reaches AWS after the second",
        effects.late,
        sent=2,
        slow=True,
    ),
    *recovers("the keys are called expired once", effects.expired, sent=2),
    *recovers("the keys expire, new ones are in the file", effects.keys_replaced, sent=2),
    # No try succeeds.
    *fails("every try of the write is throttled", THROTTLED, "throttled", retryable=True, sent=5),
    *fails("every try is answered 503", DOWN, "aws_unavailable", retryable=True, sent=5),
    *fails(
        "every try is cut before AWS hears of it",
        effects.cut_before,
        "aws_unavailable",
        retryable=True,
        sent=5,
    ),
    *fails(
        "the keys expire before the write, and stay so",
        effects.expired,
        "credentials_expired",
        retryable=False,
        sent=2,
    ),
    *fails(
        "the caller may not make the change", DENIED, "permission_missing", retryable=False, sent=1
    ),
    *fails("the clock is found wrong at the write", SKEWED, "clock_skew", retryable=False, sent=1),
    one(
        "the caller may add rules, but not tag them",
        "whitelist",
        [at("whitelist", NO_TAGS)],
        "permission_missing",
        Stands.NOTHING,
        ["failed"],
        retryable=False,
    ),
    one(
        "the group is full",
        "whitelist",
        [at("whitelist", FULL)],
        "quota_exceeded",
        Stands.NOTHING,
        ["failed"],
        retryable=False,
    ),
    one(
        "the description cannot be renewed",
        "extend",
        [Strike("UpdateSecurityGroupRuleDescriptionsIngress", DENIED)],
        "extended",
        Stands.LONGER,
    ),
    # Done, and the answer lost: what stands decides, whatever is said afterwards.
    *lost_and_refused("the answer is lost, the next tries are cut too", effects.cut_after, sent=5),
    *lost_and_refused("the answer is lost, then AWS is down", DOWN, sent=5),
    *lost_and_refused("the answer is lost, then the keys expire", effects.expired, sent=3),
    *lost_and_refused("the answer is lost, then permission is taken away", DENIED),
    *lost_and_refused("the answer is lost, then the clock is found wrong", SKEWED),
    one(
        "the answer is lost, and the group is full with our rule",
        "whitelist",
        first_lost_then(FULL)(AUTHORIZE),
        "added",
        Stands.OURS,
        sent=2,
    ),
    # Nothing can be seen afterwards.
    *unseen("AWS shows nothing after the write", DOWN, "unknown", but=ANSWERED),
    one(
        "the answer is lost, and AWS shows nothing afterwards",
        "whitelist",
        [at("whitelist", effects.cut_after, 1), look(DOWN)],
        "rule_exists",
        Stands.OURS,
        ["unknown"],
        sent=2,
        retryable=False,
    ),
    # Reads are stale: EC2's are eventually consistent.
    one(
        "the read before the plan does not show our own rule yet",
        "extend",
        [look(effects.stale, 1)],
        "extended",
        Stands.LONGER,
        ["clashed", "done"],
        sent=2,
    ),
    one(
        "the read before the plan does not show the rule yet",
        "revoke",
        [look(effects.stale, 1)],
        "revoked",
        Stands.GONE,
    ),
    one(
        "neither the read before the plan nor the next shows the rule yet",
        "revoke",
        [look(effects.stale, 1, 2)],
        "absent",
        Stands.AS_BEFORE,
        [],
        sent=0,
    ),
    one(
        "the answer is lost, and the next reads are stale",
        "whitelist",
        [at("whitelist", effects.cut_after, 1), look(effects.stale, 2, 3, 4)],
        "added",
        Stands.OURS,
        sent=2,
    ),
    one(
        "the answer is lost, and every read after it is stale",
        "whitelist",
        [at("whitelist", effects.cut_after, 1), look(effects.stale)],
        "rule_exists",
        Stands.OURS,
        ["unknown"],
        sent=2,
        retryable=False,
    ),
    one(
        "a stranger adds the same rule, and every read after that is stale",
        "whitelist",
        [at("whitelist", effects.stranger_adds, 1), look(effects.stale)],
        "conflict",
        Stands.THEIRS,
        ["clashed", "clashed"],
        sent=2,
        retryable=True,
    ),
    *(
        one(
            "the next reads after the write are stale",
            operation,
            [look(effects.stale, 2, 3, 4)],
            kind.says,
            kind.stands,
            sent=1 + kind.more,
        )
        for operation, kind in COMMON.items()
        if operation not in ANSWERED
    ),
    *unseen("every read after the write is stale", effects.stale, "unverified", but=ANSWERED),
    # Others at work in the same group.
    one(
        "a stranger adds the same rule between our read and our write",
        "whitelist",
        [at("whitelist", effects.stranger_adds, 1)],
        "already_allowed",
        Stands.THEIRS,
        ["clashed"],
    ),
    one(
        "a stranger adds the same rule before our write, and removes it again",
        "whitelist",
        [
            at("whitelist", effects.stranger_adds, 1),
            look(effects.stranger_removes, 2),
        ],
        "added",
        Stands.OURS,
        ["clashed", "done"],
        sent=2,
    ),
    one(
        "a stranger removes the rule before our write",
        "revoke",
        [at("revoke", effects.stranger_removes)],
        "revoked",
        Stands.GONE,
    ),
    one(
        "a stranger removes the rule before our write, and adds the same as their own",
        "revoke",
        [at("revoke", effects.stranger_replaces)],
        "revoked",
        Stands.THEIRS,
    ),
    one(
        "a stranger removes the rule before our write",
        "extend",
        [at("extend", effects.removed_by_stranger)],
        "rule_not_found",
        Stands.GONE,
        ["failed"],
        retryable=False,
    ),
    *REWRITES,
    # No plan can be made: nothing is sent.
    *blind("every read is throttled", THROTTLED, "throttled", retryable=True),
    *blind("every read is answered 503", DOWN, "aws_unavailable", retryable=True),
    *blind("every read is an HTML page", effects.html_page, "aws_unavailable", retryable=True),
    *blind("every read breaks off", effects.broken_off, "aws_unavailable", retryable=True),
    *blind("the keys have expired", effects.expired, "credentials_expired", retryable=False),
    *blind("AWS does not know the keys", UNKNOWN_KEYS, "credentials_invalid", retryable=False),
    *blind("the clock is wrong", SKEWED, "clock_skew", retryable=False),
    *blind("the region is not enabled", NOT_ENABLED, "region_not_enabled", retryable=False),
    *blind("the caller may not look", DENIED, "permission_missing", retryable=False),
)
