"""What several rules let through together, one kind of case after the other."""

from __future__ import annotations

import pytest

from awswhitelist.access.coverage import MOST_MISSING, Coverage, coverage, lists_needed
from awswhitelist.models import RuleSpec, SecurityGroupRule, SourceKind

ME = "203.0.113.7/32"
LISTS = {"pl-1": ("198.51.100.0/24", "203.0.113.0/28", "2001:db8::/48")}


def spec(words: str) -> RuleSpec:
    """``tcp 22 from 203.0.113.7/32``, ``icmp 8:0 from …``, ``all - from …``."""
    protocol, ports, _, source = words.split()
    first, _, last = ports.replace(":", "-").partition("-")
    kind = {"sg": SourceKind.GROUP, "pl": SourceKind.PREFIX_LIST}.get(source[:2])
    is_icmp = protocol.startswith("icmp")
    return RuleSpec(
        protocol=protocol,
        from_port=int(first) if first else None,
        to_port=int(last) if last else None if is_icmp or not first else int(first),
        source=source,
        source_kind=kind or (SourceKind.IPV6 if ":" in source else SourceKind.IPV4),
    )


def look(asked: str, *rules: str) -> Coverage:
    made = [
        SecurityGroupRule(rule_id=f"sgr-{number}", group_id="sg-1", spec=spec(words))
        for number, words in enumerate(rules)
    ]
    return coverage(spec(asked), made, LISTS)


def because(found: Coverage) -> list[str]:
    return [rule.rule_id for rule in found.because]


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ("tcp 22 from 203.0.113.7/32", "tcp 22 from 203.0.113.7/32"),
        ("tcp 22 from 203.0.113.7/32", "tcp 22 from 203.0.113.0/24"),
        ("tcp 22 from 203.0.113.7/32", "tcp 20-25 from 0.0.0.0/0"),
        ("tcp 22 from 203.0.113.7/32", "all - from 203.0.113.0/24"),
        ("tcp 22 from 203.0.113.7/32", "tcp 22 from pl-1"),
        ("tcp 22 from 2001:db8::7/128", "tcp 22 from pl-1"),
        ("tcp 22 from 2001:db8::7/128", "tcp 22 from ::/0"),
        ("tcp 0-65535 from 203.0.113.7/32", "tcp 1-65535 from 203.0.113.7/32"),
        ("tcp - from 203.0.113.7/32", "tcp 0-65535 from 203.0.113.7/32"),
        ("udp 53 from 203.0.113.7/32", "all - from 0.0.0.0/0"),
        ("icmp 8:0 from 203.0.113.7/32", "icmp 8 from 203.0.113.7/32"),
        ("icmp 8 from 203.0.113.7/32", "icmp - from 203.0.113.7/32"),
        ("icmpv6 128 from 2001:db8::7/128", "icmpv6 - from 2001:db8::/64"),
        ("icmp - from 203.0.113.7/32", "all - from 203.0.113.7/32"),
        ("47 - from 203.0.113.7/32", "47 - from 203.0.113.7/32"),
        ("all - from 203.0.113.7/32", "all - from 203.0.113.0/24"),
    ],
)
def test_a_rule_that_holds_all_that_is_asked_lets_it_in(asked: str, rule: str) -> None:
    found = look(asked, rule)
    assert (because(found), found.missing) == (["sgr-0"], ())


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ("tcp 22 from 203.0.113.7/32", "tcp 23 from 203.0.113.7/32"),
        ("tcp 22 from 203.0.113.7/32", "udp 22 from 203.0.113.7/32"),
        ("tcp 22 from 203.0.113.7/32", "tcp 22 from 203.0.113.8/32"),
        ("tcp 22 from 203.0.113.7/32", "tcp 22 from ::/0"),
        ("tcp 22 from 203.0.113.7/32", "tcp 22 from ::ffff:0:0/96"),
        ("tcp 22 from 203.0.113.77/32", "tcp 22 from pl-1"),
        ("tcp 22 from 203.0.113.7/32", "tcp 22 from pl-2"),
        ("tcp 22 from 203.0.113.7/32", "tcp 0-0 from 203.0.113.7/32"),
        ("icmp 8:0 from 203.0.113.7/32", "icmp 8:1 from 203.0.113.7/32"),
        ("icmpv6 128 from 2001:db8::7/128", "icmp - from 2001:db8::7/128"),
        ("47 - from 203.0.113.7/32", "50 - from 203.0.113.7/32"),
        ("tcp 22 from 203.0.113.7/32", "300 - from 203.0.113.7/32"),
        ("tcp 22 from 203.0.113.7/32", "nonsense - from 203.0.113.7/32"),
    ],
)
def test_a_rule_beside_it_lets_nothing_in_and_all_that_was_asked_is_missing(
    asked: str, rule: str
) -> None:
    assert look(asked, rule) == Coverage(spec(asked), (), (spec(asked),), ())


def test_rules_of_which_each_suffices_are_all_named_and_those_of_a_part_are_not() -> None:
    found = look(
        "tcp 8000-8010 from 203.0.113.0/28",
        "tcp 8000-8100 from 203.0.113.0/24",
        "tcp 8000 from 203.0.113.7/32",
        "all - from 0.0.0.0/0",
    )
    assert because(found) == ["sgr-0", "sgr-2"]


@pytest.mark.parametrize(
    ("asked", "rules"),
    [
        (
            "tcp 8000-8010 from 203.0.113.7/32",
            ["tcp 8005-9000 from 203.0.113.0/24", "tcp 7000-8004 from 203.0.113.7/32"],
        ),
        (
            "tcp 22 from 203.0.113.0/24",
            ["tcp 22 from 203.0.113.0/25", "tcp 20-30 from 203.0.113.128/25"],
        ),
        (
            "tcp 22-23 from 203.0.113.0/31",
            [
                "tcp 22 from 203.0.113.0/32",
                "tcp 23 from 203.0.113.1/32",
                "tcp 23 from 203.0.113.0/32",
                "tcp 22 from 203.0.113.1/32",
            ],
        ),
        (
            "tcp 22 from 203.0.113.0/27",
            ["tcp 22 from pl-1", "tcp 22 from 203.0.113.16/28"],
        ),
    ],
)
def test_rules_that_suffice_only_together_are_all_named(asked: str, rules: list[str]) -> None:
    found = look(asked, *rules)
    assert found.missing == ()
    assert because(found) == [f"sgr-{number}" for number in range(len(rules))]


@pytest.mark.parametrize(
    ("asked", "rules", "missing"),
    [
        (
            "tcp 8000-8100 from 203.0.113.7/32",
            ["tcp 8000-8050 from 203.0.113.7/32"],
            ["tcp 8051-8100 from 203.0.113.7/32"],
        ),
        (
            "tcp 22 from 203.0.113.0/30",
            ["tcp 22 from 203.0.113.1/32"],
            [
                "tcp 22 from 203.0.113.0/32",
                "tcp 22 from 203.0.113.2/31",
            ],
        ),
        (
            "icmp 8 from 203.0.113.0/31",
            ["icmp 8 from 203.0.113.0/32"],
            ["icmp 8 from 203.0.113.1/32"],
        ),
        (
            "all - from 2001:db8::/127",
            ["all - from 2001:db8::1/128"],
            ["all - from 2001:db8::/128"],
        ),
        (
            "tcp 0-65535 from 203.0.113.0/31",
            ["all - from 203.0.113.0/32"],
            ["tcp 0-65535 from 203.0.113.1/32"],
        ),
    ],
)
def test_what_would_have_to_be_added_is_only_what_is_not_there(
    asked: str, rules: list[str], missing: list[str]
) -> None:
    found = look(asked, *rules)
    assert found.missing == tuple(map(spec, missing))
    assert because(found) == ["sgr-0"]


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ("all - from 203.0.113.7/32", "tcp 22 from 203.0.113.7/32"),
        ("icmp - from 203.0.113.7/32", "icmp 8 from 203.0.113.7/32"),
        ("icmp 8 from 203.0.113.7/32", "icmp 8:3 from 203.0.113.7/32"),
        ("tcp 22 from 0.0.0.0/0", "tcp 22 from 203.0.113.7/32"),
    ],
)
def test_what_no_few_rules_can_say_is_missing_as_it_was_asked(asked: str, rule: str) -> None:
    found = look(asked, rule)
    assert found.missing == (spec(asked),)
    assert because(found) == ["sgr-0"]


def test_as_many_rules_as_are_few_are_named() -> None:
    few = look(f"tcp 22 from 10.0.0.0/{32 - MOST_MISSING}", "tcp 22 from 10.0.0.0/32")
    many = look(f"tcp 22 from 10.0.0.0/{31 - MOST_MISSING}", "tcp 22 from 10.0.0.0/32")
    assert (len(few.missing), len(many.missing)) == (MOST_MISSING, 1)


def test_a_group_lets_in_its_members_and_no_address() -> None:
    found = look(
        "tcp 22 from 10.0.0.7/32",
        "tcp 22 from sg-2",
        "all - from sg-3",
        "udp 22 from sg-4",
        "tcp 0-0 from sg-5",
    )
    assert (because(found), found.missing) == ([], (found.asked,))
    assert [rule.spec.source for rule in found.members_only] == ["sg-2", "sg-3"]


def test_nothing_is_reached_on_port_0() -> None:
    with pytest.raises(ValueError, match="tcp on port 0"):
        look("tcp 0-0 from 203.0.113.7/32")


def test_only_prefix_lists_that_can_decide_are_needed() -> None:
    rules = [
        SecurityGroupRule(rule_id=words, group_id="sg-1", spec=spec(words))
        for words in (
            "tcp 22 from pl-1",
            "tcp 20-30 from pl-2",
            "all - from pl-1",
            "udp 22 from pl-3",
            "tcp 23 from pl-4",
            "tcp 22 from 10.0.0.0/8",
            "tcp 22 from sg-1",
        )
    ]
    assert lists_needed(spec(f"tcp 22 from {ME}"), rules) == ("pl-1", "pl-2")
