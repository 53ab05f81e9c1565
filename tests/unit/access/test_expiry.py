"""Expiry: what the tags of a rule say, and how long it may last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from awswhitelist.access.marks.expiry import (
    Marks,
    end_of,
    extended_end,
    extended_suffix,
    extended_tags,
    is_managed,
    is_overdue,
    new_tags,
    owner_token,
    read_marks,
    released_tags,
    worth_extending,
)
from awswhitelist.models import Grant, RuleSpec, SecurityGroupRule, SourceKind

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAX_TTL, MAX_TOTAL = 7 * DAY, 30 * DAY
SSH = RuleSpec(
    protocol="tcp", from_port=22, to_port=22, source="8.8.8.8/32", source_kind=SourceKind.IPV4
)


def rule(**tags: str) -> SecurityGroupRule:
    """A rule with these tags of ours, dashes written as underscores."""
    named = {f"awswhitelist:{name.replace('_', '-')}": value for name, value in tags.items()}
    return SecurityGroupRule(rule_id="sgr-1", group_id="sg-1", spec=SSH, tags=named)


def marks(**tags: str) -> Marks:
    found = read_marks(rule(managed="1", **tags))
    assert found is not None
    return found


def made(ago: timedelta, left: timedelta) -> Marks:
    """The marks of a rule made some time ago, with some time left."""
    tags = new_tags(Grant(owner="alice", lifetime=ago + left), NOW - ago, "u-1")
    found = read_marks(rule().model_copy(update={"tags": tags}))
    assert found is not None
    return found


def test_all_marks_are_read() -> None:
    assert marks(
        owner="alice bob",
        reason="deploy",
        ticket="OPS-1",
        created_at="2026-11-22T11:00:00Z",
        expires_at="2026-11-22T13:00:00Z",
        change="u-1",
    ) == Marks(("alice", "bob"), "deploy", "OPS-1", NOW - HOUR, NOW + HOUR, True, "u-1")


@pytest.mark.parametrize("tags", [{}, {"managed": "0"}, {"managed": ""}, {"owner": "alice"}])
def test_a_rule_without_our_mark_is_somebody_elses(tags: dict[str, str]) -> None:
    assert read_marks(rule(**tags)) is None
    assert not is_managed(rule(**tags))


def test_never_is_a_known_end() -> None:
    never = marks(expires_at="never", created_at="2020-01-01T00:00:00Z")
    assert (never.expires_at, never.expiry_known) == (None, True)
    assert end_of(never, MAX_TTL) is None
    assert not is_overdue(never, NOW, MAX_TTL)


@pytest.mark.parametrize("garbled", ["", "soon", "2026-11-22", "2026-13-45T99:00:00Z", "Never"])
def test_a_rule_with_an_unreadable_end_is_due_max_ttl_after_it_was_made(garbled: str) -> None:
    lost = marks(expires_at=garbled, created_at="2026-11-15T12:00:00Z")
    assert not lost.expiry_known
    assert end_of(lost, MAX_TTL) == NOW
    assert is_overdue(lost, NOW, MAX_TTL)
    assert not is_overdue(lost, NOW - timedelta(seconds=1), MAX_TTL)


def test_nobody_can_tell_the_end_of_a_rule_without_any_readable_time() -> None:
    lost = marks(created_at="yesterday")
    assert end_of(lost, MAX_TTL) is None
    assert not is_overdue(lost, NOW, MAX_TTL)


def test_new_tags_are_read_back_as_they_were_meant() -> None:
    grant = Grant(owner="Alice Smith", reason="deploy <1>", ticket="OPS-1", lifetime=2 * HOUR)
    found = read_marks(rule().model_copy(update={"tags": new_tags(grant, NOW, "u-1")}))
    assert found == Marks(("Alice_Smith",), "deploy _1_", "OPS-1", NOW, NOW + 2 * HOUR, True, "u-1")


def test_tags_without_a_value_are_left_out() -> None:
    assert new_tags(Grant(owner="alice", lifetime=None), NOW, "u-1") == {
        "awswhitelist:managed": "1",
        "awswhitelist:owner": "alice",
        "awswhitelist:created-at": "2026-11-22T12:00:00Z",
        "awswhitelist:expires-at": "never",
        "awswhitelist:change": "u-1",
    }


def test_an_owner_is_one_word() -> None:
    assert owner_token("  Alice\t B. Smith\n") == "Alice_B._Smith"


def test_an_extension_never_goes_past_the_most_a_rule_may_last() -> None:
    old = made(29 * DAY, HOUR)
    assert extended_end(old, 7 * DAY, NOW, MAX_TOTAL) == NOW + DAY
    assert extended_end(old, HOUR, NOW, MAX_TOTAL) == NOW + HOUR
    assert extended_end(old, None, NOW, MAX_TOTAL) is None


def test_an_extension_of_a_rule_of_unknown_age_counts_from_now() -> None:
    assert extended_end(marks(), HOUR, NOW, MAX_TOTAL) == NOW + HOUR


@pytest.mark.parametrize(
    ("lifetime", "gain", "worth"),
    [
        (10 * HOUR, timedelta(minutes=30, seconds=1), True),
        (10 * HOUR, timedelta(minutes=30), False),  # exactly 5 %
        (timedelta(minutes=10), timedelta(seconds=61), True),
        (timedelta(minutes=10), timedelta(seconds=60), False),  # exactly a minute
        (HOUR, timedelta(0), False),
        (HOUR, -HOUR, False),
    ],
)
def test_an_extension_is_worth_it_above_a_minute_and_five_percent(
    lifetime: timedelta, gain: timedelta, worth: bool
) -> None:
    present = made(HOUR, lifetime - gain)
    assert worth_extending(present, lifetime, NOW, MAX_TOTAL) is worth


def test_a_rule_that_never_ends_cannot_be_extended() -> None:
    assert not worth_extending(marks(expires_at="never"), HOUR, NOW, MAX_TOTAL)
    assert not worth_extending(marks(expires_at="never"), None, NOW, MAX_TOTAL)


def test_never_is_later_than_any_end() -> None:
    assert worth_extending(made(HOUR, HOUR), None, NOW, MAX_TOTAL)


def test_even_seconds_are_worth_it_where_the_rule_is_past_its_end() -> None:
    ended = made(HOUR, timedelta(seconds=-1))
    assert worth_extending(ended, timedelta(seconds=10), NOW, MAX_TOTAL)


@pytest.mark.parametrize("expires_at", ["2026-11-22T11:59:00Z", "garbled"])
def test_a_rule_as_old_as_it_may_get_cannot_be_extended(expires_at: str) -> None:
    used_up = marks(created_at="2026-10-23T12:00:00Z", expires_at=expires_at)
    assert not worth_extending(used_up, 7 * DAY, NOW, MAX_TOTAL)


def test_a_garbled_end_is_mended_by_an_extension() -> None:
    lost = marks(expires_at="garbled", created_at="2026-11-22T11:00:00Z")
    assert worth_extending(lost, timedelta(seconds=1), NOW, MAX_TOTAL)


def test_an_owner_joins_those_who_are_there_and_the_later_end_holds() -> None:
    present = made(HOUR, 10 * HOUR)
    shared = extended_tags(present, Grant(owner="bob b", lifetime=HOUR), NOW, MAX_TOTAL, "u-2")
    assert shared == {
        "awswhitelist:owner": "alice bob_b",
        "awswhitelist:expires-at": "2026-11-22T22:00:00Z",
        "awswhitelist:change": "u-2",
    }


def test_an_owner_who_is_there_does_not_join_twice() -> None:
    longer = extended_tags(
        made(HOUR, HOUR), Grant(owner="alice", lifetime=3 * HOUR), NOW, MAX_TOTAL, "u-2"
    )
    assert longer["awswhitelist:owner"] == "alice"
    assert longer["awswhitelist:expires-at"] == "2026-11-22T15:00:00Z"


@pytest.mark.parametrize(
    ("end", "owners"),
    [
        ("2026-11-22T12:00:00Z", "bob"),
        ("2026-11-22T12:00:01Z", "alice bob"),
        ("never", "alice bob"),
    ],
)
def test_who_extends_a_rule_brings_nobody_back_whose_time_was_over(end: str, owners: str) -> None:
    there = marks(expires_at=end, created_at="2026-11-22T10:00:00Z", owner="alice")
    grant = Grant(owner="bob", lifetime=DAY)
    assert extended_tags(there, grant, NOW, MAX_TOTAL, "u-2")["awswhitelist:owner"] == owners
    assert extended_suffix(there, grant, NOW, MAX_TOTAL).owners == tuple(owners.split())


def test_an_unreadable_end_never_becomes_never() -> None:
    lost = marks(expires_at="garbled", created_at="2026-10-23T12:00:00Z", owner="alice")
    tags = extended_tags(lost, Grant(owner="bob", lifetime=DAY), NOW, MAX_TOTAL, "u-2")
    assert tags["awswhitelist:expires-at"] == "2026-11-22T12:00:00Z"


def test_an_owner_leaves_and_the_others_stay_in_order() -> None:
    assert released_tags(marks(owner="alice bob carol"), "bob", "u-2") == {
        "awswhitelist:owner": "alice carol",
        "awswhitelist:change": "u-2",
    }


def test_a_rule_of_unknown_age_counts_from_its_extension_on() -> None:
    lost = marks(expires_at="2026-11-22T13:00:00Z")
    tags = extended_tags(lost, Grant(owner="bob", lifetime=DAY), NOW, MAX_TOTAL, "u-2")
    assert tags["awswhitelist:created-at"] == "2026-11-22T12:00:00Z"
