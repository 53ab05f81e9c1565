"""Coverage against an oracle that sends every packet of a small world."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, ip_network

from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.access.boxes import Box, meet, remainder
from awswhitelist.access.coverage import Coverage, coverage
from awswhitelist.models import RuleSpec, SecurityGroupRule, SourceKind

Packet = tuple[str, int, int]
"""Protocol, port (or ICMP type), address."""

CORNER = int(IPv4Address("10.0.0.0"))
PORTS = range(1, 7)
ADDRESSES = range(CORNER, CORNER + 8)
LIST = "pl-1"


@st.composite
def networks(draw: st.DrawFn) -> str:
    """A network of at most eight addresses, all within one /29."""
    prefix = draw(st.integers(min_value=29, max_value=32))
    size = 2 ** (32 - prefix)
    return str(IPv4Network((CORNER + draw(st.integers(0, 7)) // size * size, prefix)))


@st.composite
def specs(draw: st.DrawFn, *, kinds: Sequence[SourceKind] = (SourceKind.IPV4,)) -> RuleSpec:
    protocol = draw(st.sampled_from(["tcp", "tcp", "icmp", "47", "all"]))
    first, last = None, None
    if protocol == "tcp":
        first, last = sorted((draw(st.sampled_from(PORTS)), draw(st.sampled_from(PORTS))))
    elif protocol == "icmp":
        first = draw(st.none() | st.sampled_from(PORTS))
    kind = draw(st.sampled_from(kinds))
    sources = {SourceKind.IPV4: networks(), SourceKind.PREFIX_LIST: st.just(LIST)}
    source = draw(sources.get(kind, st.just("sg-2")))
    return RuleSpec(
        protocol=protocol, from_port=first, to_port=last, source=source, source_kind=kind
    )


RULES = st.lists(
    specs(kinds=[SourceKind.IPV4] * 4 + [SourceKind.PREFIX_LIST, SourceKind.GROUP]), max_size=8
)
LISTED = st.lists(networks(), max_size=3)


def looked(asked: RuleSpec, rules: Sequence[RuleSpec], listed: Sequence[str]) -> Coverage:
    made = [
        SecurityGroupRule(rule_id=f"sgr-{number}", group_id="sg-1", spec=each)
        for number, each in enumerate(rules)
    ]
    return coverage(asked, made, {LIST: listed})


def packets(spec: RuleSpec, listed: Sequence[str]) -> set[Packet]:
    """Everything that a rule lets through, as far as this small world has it: 200 is any port that
    no rule names alone, and "other" any protocol."""
    cidrs = {SourceKind.IPV4: [spec.source], SourceKind.PREFIX_LIST: listed}
    sources = {
        int(address) for cidr in cidrs.get(spec.source_kind, ()) for address in ip_network(cidr)
    }
    doors: set[tuple[str, int]] = set()
    every = (*PORTS, 200)
    if spec.protocol in ("tcp", "all"):
        first, last = spec.from_port, spec.to_port
        doors |= {
            ("tcp", port)
            for port in every
            if first is None or last is None or first <= port <= last
        }
    if spec.protocol in ("icmp", "all"):
        doors |= {("icmp", kind) for kind in every if spec.from_port in (None, kind)}
    doors |= {(name, 0) for name in ("47", "other") if spec.protocol in (name, "all")}
    return {(protocol, port, address) for protocol, port in doors for address in sources}


@given(specs(), RULES, LISTED)
def test_all_is_let_in_exactly_if_every_packet_is(
    asked: RuleSpec, rules: list[RuleSpec], listed: list[str]
) -> None:
    through = {packet for rule in rules for packet in packets(rule, listed)}
    found = looked(asked, rules, listed)
    assert (not found.missing) == (packets(asked, listed) <= through)


@given(specs(), RULES, LISTED)
def test_the_rules_named_are_those_that_let_something_of_it_in(
    asked: RuleSpec, rules: list[RuleSpec], listed: list[str]
) -> None:
    wanted = packets(asked, listed)
    through = {f"sgr-{number}": packets(rule, listed) for number, rule in enumerate(rules)}
    alone = [name for name, passed in through.items() if wanted <= passed]
    partly = [name for name, passed in through.items() if wanted & passed]
    found = looked(asked, rules, listed)
    assert [rule.rule_id for rule in found.because] == (alone or partly)


@given(specs(), RULES, LISTED)
def test_with_what_is_missing_added_nothing_is_missing_and_no_more_than_was_asked_is_added(
    asked: RuleSpec, rules: list[RuleSpec], listed: list[str]
) -> None:
    found = looked(asked, rules, listed)
    assert looked(asked, [*rules, *found.missing], listed).missing == ()
    added = {packet for spec in found.missing for packet in packets(spec, listed)}
    assert added <= packets(asked, listed)


@given(specs(), RULES, LISTED)
def test_the_order_of_the_rules_decides_nothing(
    asked: RuleSpec, rules: list[RuleSpec], listed: list[str]
) -> None:
    one, other = looked(asked, rules, listed), looked(asked, rules[::-1], listed)
    assert bool(one.missing) == bool(other.missing)
    assert {rule.spec for rule in one.because} == {rule.spec for rule in other.because}
    assert {rule.spec for rule in one.members_only} == {rule.spec for rule in other.members_only}


SIDE = st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda ends: (min(ends), max(ends)))
BOXES = st.tuples(SIDE, SIDE)


def points(box: Box) -> set[tuple[int, int]]:
    (left, right), (low, high) = box
    return {(x, y) for x in range(left, right + 1) for y in range(low, high + 1)}


@given(BOXES, st.lists(BOXES, max_size=6))
def test_a_remainder_is_every_point_that_no_cut_has_and_has_it_once(
    box: Box, cuts: list[Box]
) -> None:
    pieces = [points(piece) for piece in remainder(box, cuts)]
    left = points(box) - {point for cut in cuts for point in points(cut)}
    assert sum(map(len, pieces)) == len(left)
    assert {point for piece in pieces for point in piece} == left


@given(BOXES, BOXES)
def test_boxes_meet_exactly_if_they_share_a_point(one: Box, other: Box) -> None:
    assert meet(one, other) == bool(points(one) & points(other))
