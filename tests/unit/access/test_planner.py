"""The planner: intent and observation in, changes out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awswhitelist.access.drafting import Draft, Lifetimes, Wish
from awswhitelist.access.marks.expiry import new_tags
from awswhitelist.access.intents import AllowIntent, RevokeIntent, Selector
from awswhitelist.access.planner import matches, plan_revoke, specs_of
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Grant,
    IpProtocol,
    Keep,
    KeepWhy,
    Observation,
    Release,
    Remove,
    RuleSpec,
    SecurityGroup,
    SecurityGroupRule,
    SourceKind,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIMITS = Lifetimes(7 * DAY, 30 * DAY)
GRANT = Grant(owner="alice", lifetime=2 * HOUR)


def spec(source: str = "8.8.8.8/32", port: int = 22) -> RuleSpec:
    kind = SourceKind.IPV6 if ":" in source else SourceKind.IPV4
    return RuleSpec(protocol="tcp", from_port=port, to_port=port, source=source, source_kind=kind)


def foreign(what: RuleSpec, rule_id: str = "sgr-f") -> SecurityGroupRule:
    return SecurityGroupRule(rule_id=rule_id, group_id="sg-1", spec=what)


def ours(
    what: RuleSpec,
    *,
    owner: str = "alice",
    age: timedelta = HOUR,
    left: timedelta | None = HOUR,
    rule_id: str = "sgr-o",
    tags: dict[str, str] | None = None,
) -> SecurityGroupRule:
    """A rule that we made ``age`` ago and that has ``left`` to go."""
    grant = Grant(owner="x", lifetime=None if left is None else age + left)
    marks = new_tags(grant, NOW - age, "u-1") | {"awswhitelist:owner": owner} | (tags or {})
    return foreign(what, rule_id).model_copy(update={"tags": marks})


def observed(*rules: SecurityGroupRule) -> Observation:
    return Observation(groups=(SecurityGroup(group_id="sg-1", name="db"),), rules=rules, at=NOW)


def drawn(state: Observation, *wishes: Wish) -> tuple[Change, ...]:
    """The changes by which all wishes hold."""
    draft = Draft(state, LIMITS)
    for wish in wishes:
        draft.allow(wish)
    return draft.changes


def allow(*rules: SecurityGroupRule, grant: Grant = GRANT, **options: Any) -> Change:
    """The one change that lets 8.8.8.8 in on port 22."""
    (change,) = drawn(observed(*rules), Wish("sg-1", (spec(),), grant, **options))
    return change


def intent(**changes: Any) -> AllowIntent:
    values: dict[str, Any] = {
        "target": "db",
        "sources": ("8.8.8.8/32", "2001:db8::1/128", "8.8.8.8/32"),
        "protocol": IpProtocol.TCP,
        "ports": (22, 23),
        "grant": GRANT,
    }
    return AllowIntent(**values | changes)


def test_an_intent_asks_for_one_rule_per_source_each_once() -> None:
    found = specs_of(intent(), (22, 23))
    assert [(each.source, each.source_kind) for each in found] == [
        ("8.8.8.8/32", SourceKind.IPV4),
        ("2001:db8::1/128", SourceKind.IPV6),
    ]
    assert {(each.protocol, each.from_port, each.to_port) for each in found} == {("tcp", 22, 23)}


def test_icmp_asks_for_type_and_code_and_all_for_no_ports() -> None:
    ping = specs_of(intent(protocol=IpProtocol.ICMP, icmp_type=8, icmp_code=0), None)
    assert {(each.from_port, each.to_port) for each in ping} == {(8, 0)}
    everything = specs_of(intent(protocol=IpProtocol.ALL), None)
    assert {(each.from_port, each.to_port) for each in everything} == {(None, None)}


def test_what_is_not_there_is_added() -> None:
    assert allow() == Add(group_id="sg-1", spec=spec(), grant=GRANT)


def test_every_group_and_every_source_gets_its_change() -> None:
    specs = (spec(), spec("9.9.9.9/32"))
    changes = drawn(observed(), Wish("sg-1", specs, GRANT), Wish("sg-2", specs, GRANT))
    assert [(change.group_id, change.spec.source) for change in changes] == [
        ("sg-1", "8.8.8.8/32"),
        ("sg-1", "9.9.9.9/32"),
        ("sg-2", "8.8.8.8/32"),
        ("sg-2", "9.9.9.9/32"),
    ]


def test_somebody_elses_rule_is_left_as_it_is() -> None:
    theirs = foreign(spec())
    assert allow(theirs) == Keep(rule=theirs, why=KeepWhy.ALREADY_ALLOWED)


def test_the_same_call_again_changes_nothing() -> None:
    mine = ours(spec(), left=2 * HOUR - timedelta(seconds=30))
    assert allow(mine) == Keep(rule=mine, why=KeepWhy.ALREADY_ALLOWED)


def test_an_earlier_end_leaves_the_rule_alone() -> None:
    mine = ours(spec(), left=5 * HOUR)
    assert allow(mine) == Keep(rule=mine, why=KeepWhy.ALREADY_ALLOWED)


def test_a_later_end_extends_our_rule() -> None:
    mine = ours(spec(), left=HOUR)
    assert allow(mine) == Extend(rule=mine, grant=GRANT)


def test_another_owner_joins_even_for_a_shorter_time() -> None:
    hers = ours(spec(), owner="bob carol", left=5 * HOUR)
    assert allow(hers) == Extend(rule=hers, grant=GRANT)


def test_an_overdue_rule_is_extended_while_it_may_be() -> None:
    late = ours(spec(), left=-HOUR)
    assert allow(late) == Extend(rule=late, grant=GRANT)


@pytest.mark.parametrize("expiry", [{}, {"awswhitelist:expires-at": "garbled"}])
def test_an_overdue_rule_as_old_as_it_may_get_is_used_up(expiry: dict[str, str]) -> None:
    old = ours(spec(), age=31 * DAY, left=-DAY, tags=expiry)
    assert allow(old) == Keep(rule=old, why=KeepWhy.USED_UP)


def test_a_wider_rule_that_lasts_as_long_covers() -> None:
    wide = ours(spec("8.8.8.0/24"), left=2 * HOUR)
    assert allow(wide) == Keep(rule=wide, why=KeepWhy.COVERED)


@pytest.mark.parametrize("grant", [GRANT, Grant(owner="alice", lifetime=None)])
def test_a_wider_rule_without_an_end_covers_whatever_is_asked(grant: Grant) -> None:
    for wide in (foreign(spec("8.8.8.0/24")), ours(spec("8.8.8.0/24"), left=None)):
        assert allow(wide, grant=grant) == Keep(rule=wide, why=KeepWhy.COVERED)


def test_a_wider_rule_that_ends_earlier_does_not_cover() -> None:
    wide = ours(spec("8.8.8.0/24"), left=2 * HOUR - timedelta(seconds=1))
    assert isinstance(allow(wide), Add)


def test_no_rule_with_an_end_covers_access_without_one() -> None:
    wide = ours(spec("8.8.8.0/24"), left=20 * DAY)
    assert isinstance(allow(wide, grant=Grant(owner="alice", lifetime=None)), Add)


def test_a_wider_rule_whose_end_nobody_knows_does_not_cover() -> None:
    tags = {"awswhitelist:expires-at": "garbled", "awswhitelist:created-at": "garbled"}
    assert isinstance(allow(ours(spec("8.8.8.0/24"), tags=tags)), Add)


def test_a_later_cover_is_found_behind_one_that_ends_too_early() -> None:
    early = ours(spec("8.8.8.0/24"), left=HOUR, rule_id="sgr-1")
    late = ours(spec("8.8.0.0/16"), left=3 * HOUR, rule_id="sgr-2")
    assert allow(early, late) == Keep(rule=late, why=KeepWhy.COVERED)


def test_force_adds_behind_a_cover_but_never_twice_the_same() -> None:
    wide, same = foreign(spec("8.8.8.0/24"), "sgr-1"), foreign(spec(), "sgr-2")
    assert isinstance(allow(wide, force=True), Add)
    assert allow(wide, same, force=True) == Keep(rule=same, why=KeepWhy.ALREADY_ALLOWED)


MINE = ours(spec(), rule_id="sgr-1")
SHARED = ours(spec(port=443), owner="alice bob", rule_id="sgr-2")
HERS = ours(spec("9.9.9.9/32"), owner="bob", rule_id="sgr-3")
THEIRS = foreign(spec("9.9.9.9/32", 443), "sgr-4")
ALL = (MINE, SHARED, HERS, THEIRS)


def revoke(**options: Any) -> tuple[Change, ...]:
    return plan_revoke(RevokeIntent(**{"target": "db"} | options), ALL)


def test_rules_are_revoked_by_id_and_no_others() -> None:
    assert revoke(rule_ids=("sgr-3", "sgr-1", "sgr-9")) == (
        Remove(rule=MINE),
        Remove(rule=HERS),
    )


def test_rules_are_revoked_by_source_except_those_that_are_not_ours() -> None:
    assert revoke(selector=Selector(sources=("9.9.9.9/32",))) == (
        Remove(rule=HERS),
        Keep(rule=THEIRS, why=KeepWhy.NOT_OURS),
    )


def test_somebody_elses_rule_is_removed_only_on_request() -> None:
    assert revoke(rule_ids=("sgr-4",), include_foreign=True) == (Remove(rule=THEIRS),)


def test_revoking_by_owner_takes_that_owner_off_a_shared_rule() -> None:
    assert revoke(selector=Selector(owner="bob")) == (
        Release(rule=SHARED, owner="bob"),
        Remove(rule=HERS),
    )


def test_an_owner_named_twice_in_the_tag_is_still_the_last_one() -> None:
    doubled = ours(spec(), owner="bob bob")
    asked = RevokeIntent(target="db", selector=Selector(owner="bob"))
    assert plan_revoke(asked, [doubled]) == (Remove(rule=doubled),)


def test_a_shared_rule_named_by_id_goes_for_everybody() -> None:
    assert revoke(rule_ids=("sgr-2",)) == (Remove(rule=SHARED),)


@pytest.mark.parametrize(
    ("selector", "ids"),
    [
        (Selector(), ["sgr-1", "sgr-2", "sgr-3", "sgr-4"]),
        (Selector(ports=(443, 443)), ["sgr-2", "sgr-4"]),
        (Selector(ports=(22, 443)), []),
        (Selector(protocol=IpProtocol.UDP), []),
        (Selector(protocol=IpProtocol.TCP, owner="Alice"), []),
        (Selector(owner="alice"), ["sgr-1", "sgr-2"]),
        (Selector(sources=("8.8.8.8/32",), ports=(22, 22), owner="alice"), ["sgr-1"]),
        (Selector(sources=()), []),
    ],
)
def test_a_selector_picks_what_all_of_its_fields_mean(selector: Selector, ids: list[str]) -> None:
    assert [each.rule_id for each in ALL if matches(each, selector)] == ids


def test_an_owner_with_blanks_is_found_under_the_name_in_the_tag() -> None:
    named = ours(spec(), owner="Alice_Smith")
    assert matches(named, Selector(owner="Alice Smith"))
