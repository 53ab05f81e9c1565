"""How many rules AWS counts in a group."""

from __future__ import annotations

from awswhitelist.access.counting import RuleCount, count_rules
from awswhitelist.models import RuleSpec, SecurityGroupRule, SourceKind

KINDS = {
    "10.0.0.0/8": SourceKind.IPV4,
    "::/0": SourceKind.IPV6,
    "sg-1": SourceKind.GROUP,
    "pl-1": SourceKind.PREFIX_LIST,
}


def count(*sources: str, **weights: int) -> RuleCount:
    weighed = {name.replace("_", "-"): weight for name, weight in weights.items()}
    return count_rules([rule(source) for source in sources], weighed)


def rule(source: str) -> SecurityGroupRule:
    spec = RuleSpec(protocol="all", source=source, source_kind=KINDS[source])
    return SecurityGroupRule(rule_id="sgr-1", group_id="sg-1", spec=spec)


def test_the_families_are_counted_apart_and_a_group_in_both() -> None:
    assert count() == RuleCount(0, 0)
    assert count("10.0.0.0/8", "10.0.0.0/8", "::/0", "sg-1") == RuleCount(3, 2)


def test_a_prefix_list_counts_for_as_many_as_it_may_hold() -> None:
    assert count("10.0.0.0/8", "pl-1", pl_1=20) == RuleCount(21, 20)


def test_the_room_left_is_that_of_the_fuller_family_and_never_below_nothing() -> None:
    assert count("10.0.0.0/8", "10.0.0.0/8", "::/0").room_left(60) == 58
    assert count("10.0.0.0/8", "pl-1", pl_1=20).room_left(5) == 0


def test_beside_a_list_of_unknown_weight_no_room_is_promised() -> None:
    found = count("10.0.0.0/8", "pl-1")
    assert found == RuleCount(2, 1, frozenset({"pl-1"}))
    assert found.room_left(60) is None
