"""Whether one rule lets through all that another would. Pure."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from awswhitelist.models import IpProtocol, RuleSpec, SourceKind

CIDR_KINDS = frozenset({SourceKind.IPV4, SourceKind.IPV6})


def covers(wider: RuleSpec, narrower: RuleSpec) -> bool:
    """Whether ``wider`` admits everything that ``narrower`` admits.

    A group or a prefix list covers only itself: who is in it is not known here.
    """
    return door_covers(wider, narrower) and _source_covers(wider, narrower)


def door_covers(wider: RuleSpec, narrower: RuleSpec) -> bool:
    """Whether ``wider`` opens every port of every protocol that ``narrower`` opens, to whomever."""
    return _protocol_covers(wider, narrower) and _ports_cover(wider, narrower)


def network_of(spec: RuleSpec) -> IPv4Network | IPv6Network | None:
    """The source as a network; None for groups and prefix lists."""
    return _network(spec.source) if spec.source_kind in CIDR_KINDS else None


@lru_cache(maxsize=4096)
def _network(source: str) -> IPv4Network | IPv6Network:
    """Reading an address takes longer than all else here, and a bulk compares the same ones."""
    return ip_network(source)


def ports_overlap(spec: RuleSpec, first: int, last: int) -> bool:
    """Whether a rule opens any port of ``first`` to ``last``; a rule for ICMP opens none."""
    if spec.protocol in (IpProtocol.ICMP, IpProtocol.ICMPV6):
        return False
    if spec.from_port is None or spec.to_port is None:
        return spec.protocol == IpProtocol.ALL
    return spec.from_port <= last and first <= spec.to_port


def lets_in(
    spec: RuleSpec, source: str, ports: tuple[int, int] | None, protocol: str | None
) -> bool:
    """Whether a rule lets anything in from all of a canonical CIDR: on any of the ports and by
    the protocol, where they are given."""
    network, inner = network_of(spec), _network(source)
    return (
        network is not None
        and _holds(network, inner)
        and (protocol is None or spec.protocol in (IpProtocol.ALL, protocol))
        and (ports is None or ports_overlap(spec, *ports))
    )


def is_open_to_world(spec: RuleSpec) -> bool:
    """Whether the rule lets in every address of a family."""
    network = network_of(spec)
    return network is not None and network.prefixlen == 0


def _protocol_covers(wider: RuleSpec, narrower: RuleSpec) -> bool:
    return wider.protocol in (IpProtocol.ALL, narrower.protocol)


def _ports_cover(wider: RuleSpec, narrower: RuleSpec) -> bool:
    if wider.protocol == IpProtocol.ALL:
        return True
    if wider.protocol in (IpProtocol.ICMP, IpProtocol.ICMPV6):
        return _icmp_covers(wider, narrower)
    if wider.from_port is None or wider.to_port is None:
        return True
    if narrower.from_port is None or narrower.to_port is None:
        return False
    return wider.from_port <= narrower.from_port and narrower.to_port <= wider.to_port


def _icmp_covers(wider: RuleSpec, narrower: RuleSpec) -> bool:
    """For ICMP, ``from_port`` is the type and ``to_port`` the code; None means all of them."""
    same_type = wider.from_port in (None, narrower.from_port)
    return same_type and wider.to_port in (None, narrower.to_port)


def _source_covers(wider: RuleSpec, narrower: RuleSpec) -> bool:
    if wider.source == narrower.source:
        return True
    outer, inner = network_of(wider), network_of(narrower)
    return outer is not None and inner is not None and _holds(outer, inner)


def _holds(outer: IPv4Network | IPv6Network, inner: IPv4Network | IPv6Network) -> bool:
    # A bulk compares many hosts with each other: none holds another.
    if inner.prefixlen <= outer.prefixlen:
        return outer == inner
    if isinstance(outer, IPv4Network) and isinstance(inner, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(outer, IPv6Network) and isinstance(inner, IPv6Network):
        return inner.subnet_of(outer)
    return False
