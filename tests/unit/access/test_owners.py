"""All owners of a rule must have room where it keeps them; and what a sweep believes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from awswhitelist.access.marks.descriptions import with_suffix
from awswhitelist.access.marks.expiry import new_suffix, new_tags
from awswhitelist.access.intents import RevokeIntent, Selector
from awswhitelist.access.owners import check_room_for_owners
from awswhitelist.access.planner import matches, plan_revoke, plan_sweep
from awswhitelist.access.marks.suffixes import MOST_OWNERS, owner_hash
from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Grant,
    Move,
    Release,
    Remove,
    RuleSpec,
    SecurityGroupRule,
    SourceKind,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
SSH = RuleSpec(
    protocol="tcp", from_port=22, to_port=22, source="8.8.8.8/32", source_kind=SourceKind.IPV4
)
NAMES = [f"owner-{number}" for number in range(MOST_OWNERS)]
LONG = "x" * 250


def grant(*owners: str) -> Grant:
    first, *more = owners
    return Grant(owner=first, sharers=tuple(more), lifetime=HOUR)


def tagged(*owners: str) -> SecurityGroupRule:
    tags = new_tags(grant(*owners), NOW, "u-1")
    return SecurityGroupRule(rule_id="sgr-1", group_id="sg-1", spec=SSH, tags=tags)


def described(*owners: str, group_id: str = "sg-1") -> SecurityGroupRule:
    text = with_suffix("words", new_suffix(grant(*owners), NOW))
    return SecurityGroupRule(rule_id="sgr-2", group_id=group_id, spec=SSH, description=text)


FITS: dict[str, tuple[Change, bool]] = {
    "a tag": (Add(group_id="sg-1", spec=SSH, grant=grant(*NAMES, "one-more")), True),
    "a full tag": (Add(group_id="sg-1", spec=SSH, grant=grant(LONG, "another")), False),
    "sharing a tag": (Extend(rule=tagged(*NAMES), grant=grant("one-more")), True),
    "sharing a full tag": (Extend(rule=tagged(LONG), grant=grant("another")), False),
    "moving with a tag": (Move(rule=tagged(LONG), to=SSH, grant=grant("another")), True),
    "moving with a full tag": (
        Move(rule=tagged("a"), to=SSH, grant=grant(LONG, "another")),
        False,
    ),
    "sharing a description": (Extend(rule=described("a"), grant=grant(LONG, "b")), True),
    "sharing a full description": (Extend(rule=described(*NAMES), grant=grant("more")), False),
    "one of those who are there": (Extend(rule=described(*NAMES), grant=grant(NAMES[0])), True),
    "moving with a description": (Move(rule=described("a"), to=SSH, grant=grant(*NAMES)), True),
    "moving with a full description": (
        Move(rule=described("a"), to=SSH, grant=grant(*NAMES, "more")),
        False,
    ),
    "removing": (Remove(rule=tagged(LONG)), True),
}


@pytest.mark.parametrize(("change", "fits"), FITS.values(), ids=FITS)
def test_owners_are_refused_where_they_have_no_room(change: Change, fits: bool) -> None:
    if fits:
        check_room_for_owners([change])
    else:
        with pytest.raises(InvalidArgumentError) as caught:
            check_room_for_owners([change])
        assert caught.value.field == "owner"


@pytest.mark.parametrize("rule", [tagged("x" * 245), described(*NAMES[1:])])
def test_all_who_come_to_share_a_rule_in_one_plan_must_have_room(rule: SecurityGroupRule) -> None:
    joining = [Extend(rule=rule, grant=grant(name)) for name in ("new-one", "new-two")]
    other = Extend(rule=tagged("a").model_copy(update={"rule_id": "sgr-9"}), grant=grant("b"))
    check_room_for_owners([joining[0], other])
    check_room_for_owners([joining[1], other])
    with pytest.raises(InvalidArgumentError):
        check_room_for_owners([joining[0], other, joining[1]])


def test_a_sweep_believes_descriptions_only_in_the_groups_given() -> None:
    rules = [tagged("a"), described("b"), described("c", group_id="sg-2")]
    late = NOW + 2 * HOUR
    assert [each.rule for each in plan_sweep(rules, late, WEEK)] == rules[:1]
    assert [each.rule for each in plan_sweep(rules, late, WEEK, {"sg-2"})] == [rules[0], rules[2]]
    assert plan_sweep(rules, NOW, WEEK, {"sg-1", "sg-2"}) == ()


def test_an_owner_who_leaves_a_described_rule_is_named_as_it_stands_there() -> None:
    shared = described("mara", "bob")
    intent = RevokeIntent(target="x", selector=Selector(owner="mara"))
    assert matches(shared, intent.selector)
    assert not matches(shared, Selector(owner="eve"))
    (change,) = plan_revoke(intent, [shared])
    assert change == Release(rule=shared, owner=owner_hash("mara"))
    assert plan_revoke(intent, [described("mara")]) == (Remove(rule=described("mara")),)
