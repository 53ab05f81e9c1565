"""Containment: whether one rule lets through all that another would."""

from __future__ import annotations

import pytest

from awswhitelist.access.containment import (
    covers,
    is_open_to_world,
    lets_in,
    network_of,
    ports_overlap,
)
from awswhitelist.models import RuleSpec, SourceKind

V4, V6, GROUP, LISTED = (
    SourceKind.IPV4,
    SourceKind.IPV6,
    SourceKind.GROUP,
    SourceKind.PREFIX_LIST,
)


def spec(
    protocol: str = "tcp",
    first: int | None = 22,
    last: int | None = 22,
    source: str = "8.8.8.0/24",
    kind: SourceKind = V4,
) -> RuleSpec:
    return RuleSpec(
        protocol=protocol, from_port=first, to_port=last, source=source, source_kind=kind
    )


EVERYTHING = spec("all", None, None)
PING = spec("icmp", 8, None)


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        (spec(), spec()),
        (spec(first=20, last=30), spec()),
        (spec(source="0.0.0.0/0"), spec()),
        (spec(source="8.8.0.0/16"), spec(source="8.8.8.8/32")),
        (spec(source="::/0", kind=V6), spec(source="2001:db8::1/128", kind=V6)),
        (EVERYTHING, spec()),
        (EVERYTHING, PING),
        (EVERYTHING, spec("47", None, None)),
        (PING, spec("icmp", 8, 0)),
        (spec("icmp", None, None), PING),
        (spec("47", None, None), spec("47", None, None)),
        (spec(source="sg-1", kind=GROUP), spec(source="sg-1", kind=GROUP)),
        (spec(first=1, last=100, source="pl-1", kind=LISTED), spec(source="pl-1", kind=LISTED)),
    ],
)
def test_a_rule_covers_what_it_contains(wider: RuleSpec, narrower: RuleSpec) -> None:
    assert covers(wider, narrower)


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        (spec(first=20, last=21), spec()),
        (spec(first=22, last=23), spec(first=21, last=22)),
        (spec("udp"), spec()),
        (spec(), EVERYTHING),
        (spec(), spec("tcp", None, None)),
        (spec(source="8.8.8.8/32"), spec()),
        (spec(source="9.9.9.0/24"), spec()),
        (spec(source="0.0.0.0/0"), spec(source="2001:db8::1/128", kind=V6)),
        (spec(source="::/0", kind=V6), spec()),
        (spec(source="0.0.0.0/0"), spec(source="sg-1", kind=GROUP)),
        (spec(source="sg-1", kind=GROUP), spec(source="sg-2", kind=GROUP)),
        (spec(source="pl-1", kind=LISTED), spec()),
        (PING, spec("icmp", None, None)),
        (spec("icmp", 8, 0), PING),
        (spec("icmp", 0, None), PING),
        (spec("icmpv6", None, None), PING),
    ],
)
def test_a_rule_does_not_cover_what_it_leaves_out(wider: RuleSpec, narrower: RuleSpec) -> None:
    assert not covers(wider, narrower)


@pytest.mark.parametrize(
    ("rule", "first", "last", "overlap"),
    [
        (spec(), 22, 22, True),
        (spec(first=20, last=30), 30, 40, True),
        (spec(first=20, last=30), 31, 40, False),
        (spec(first=20, last=30), 10, 19, False),
        (EVERYTHING, 1, 1, True),
        (PING, 8, 8, False),
        (spec("icmpv6", None, None), 1, 65535, False),
        (spec("47", None, None), 1, 65535, False),
    ],
)
def test_ports_overlap_where_any_port_is_open_to_both(
    rule: RuleSpec, first: int, last: int, overlap: bool
) -> None:
    assert ports_overlap(rule, first, last) is overlap


@pytest.mark.parametrize("everywhere", [spec(source="0.0.0.0/0"), spec(source="::/0", kind=V6)])
def test_prefix_zero_is_open_to_the_world(everywhere: RuleSpec) -> None:
    assert is_open_to_world(everywhere)


@pytest.mark.parametrize(
    "bounded", [spec(source="0.0.0.0/1"), spec(source="sg-1", kind=GROUP), spec()]
)
def test_everything_else_is_not(bounded: RuleSpec) -> None:
    assert not is_open_to_world(bounded)


def test_groups_and_prefix_lists_are_no_networks() -> None:
    assert network_of(spec(source="sg-1", kind=GROUP)) is None
    assert network_of(spec(source="pl-1", kind=LISTED)) is None


@pytest.mark.parametrize(
    ("rule", "ports", "protocol"),
    [
        (spec(), None, None),
        (spec(), (22, 22), "tcp"),
        (spec(first=20, last=30), (30, 40), None),
        (EVERYTHING, (4000, 4000), "udp"),
        (PING, None, "icmp"),
    ],
)
def test_a_rule_lets_in_what_it_holds_any_of(
    rule: RuleSpec, ports: tuple[int, int] | None, protocol: str | None
) -> None:
    assert lets_in(rule, "8.8.8.8/32", ports, protocol)
    assert lets_in(rule, "8.8.8.0/24", ports, protocol)


@pytest.mark.parametrize(
    ("rule", "ports", "protocol"),
    [
        (spec(), (23, 23), None),
        (spec(), None, "udp"),
        (spec(source="8.8.8.9/32"), None, None),
        (spec(source="9.9.9.0/24"), None, None),
        (spec(source="::/0", kind=V6), None, None),
        (spec(source="sg-1", kind=GROUP), None, None),
        (PING, (22, 22), None),
    ],
)
def test_a_rule_does_not_let_in_what_it_holds_nothing_of(
    rule: RuleSpec, ports: tuple[int, int] | None, protocol: str | None
) -> None:
    assert not lets_in(rule, "8.8.8.8/32", ports, protocol)
