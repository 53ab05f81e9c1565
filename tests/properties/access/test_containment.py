"""Containment over generated rules: an order, and what counting every packet gives."""

from __future__ import annotations

from ipaddress import IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.access.containment import covers
from awswhitelist.models import RuleSpec, SourceKind

CORNER = int(IPv4Network("10.0.0.0/29").network_address)
FEW = st.integers(min_value=1, max_value=6)


@st.composite
def networks(draw: st.DrawFn) -> str:
    """A network of at most eight addresses, all within one /29."""
    prefix = draw(st.integers(min_value=29, max_value=32))
    size = 2 ** (32 - prefix)
    return str(IPv4Network((CORNER + draw(st.integers(0, 7)) // size * size, prefix)))


@st.composite
def specs(draw: st.DrawFn) -> RuleSpec:
    protocol = draw(st.sampled_from(["tcp", "udp", "icmp", "all", "47"]))
    first, last = None, None
    if protocol in ("tcp", "udp"):
        first, last = sorted((draw(FEW), draw(FEW)))
    elif protocol == "icmp":
        first = draw(st.none() | FEW)
        last = None if first is None else draw(st.none() | FEW)
    if draw(st.integers(0, 4)) == 0:
        source, kind = draw(st.sampled_from(["sg-1", "sg-2"])), SourceKind.GROUP
    else:
        source, kind = draw(networks()), SourceKind.IPV4
    return RuleSpec(
        protocol=protocol, from_port=first, to_port=last, source=source, source_kind=kind
    )


def tcp(ports: tuple[int, int], source: str) -> RuleSpec:
    first, last = sorted(ports)
    return RuleSpec(
        protocol="tcp", from_port=first, to_port=last, source=source, source_kind=SourceKind.IPV4
    )


def packets(spec: RuleSpec) -> set[tuple[str, int]]:
    """Every source address and port that a TCP rule lets through."""
    assert spec.from_port is not None and spec.to_port is not None
    ports = range(spec.from_port, spec.to_port + 1)
    return {(str(address), port) for address in IPv4Network(spec.source) for port in ports}


@given(specs())
def test_a_rule_covers_itself(spec: RuleSpec) -> None:
    assert covers(spec, spec)


@given(specs(), specs(), specs())
def test_covering_passes_on(one: RuleSpec, two: RuleSpec, three: RuleSpec) -> None:
    if covers(one, two) and covers(two, three):
        assert covers(one, three)


@given(specs(), specs())
def test_rules_that_cover_each_other_are_the_same(one: RuleSpec, two: RuleSpec) -> None:
    assert (covers(one, two) and covers(two, one)) == (one == two)


@given(st.tuples(FEW, FEW), networks(), st.tuples(FEW, FEW), networks())
def test_covering_is_letting_every_packet_through(
    ports: tuple[int, int], source: str, other_ports: tuple[int, int], other_source: str
) -> None:
    wider, narrower = tcp(ports, source), tcp(other_ports, other_source)
    assert covers(wider, narrower) == (packets(narrower) <= packets(wider))
