"""What the rules of several groups let through of one rule's worth of traffic. Pure.

Traffic is a box: an interval of protocol numbers, of ports (or ICMP types), of ICMP codes, and of
addresses of one family. What is asked for is one box; each rule cuts its own boxes out of it, and
what is left is missing. So rules that cover a range of ports or a network only together count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, summarize_address_range
from itertools import chain, islice

from awswhitelist.access.boxes import Box, Interval, meet, remainder
from awswhitelist.access.containment import CIDR_KINDS
from awswhitelist.models import IpProtocol, RuleSpec, SecurityGroupRule, SourceKind
from awswhitelist.validators import LAST_PORT, IpNetwork

PrefixLists = Mapping[str, Sequence[str]]
"""Ids of prefix lists to their CIDRs; a list that is not there lets nobody in."""

MOST_MISSING = 8
"""Where more rules than this would be missing, the one that was asked for is named instead."""

_NUMBERS = {IpProtocol.ICMP: 1, IpProtocol.TCP: 6, IpProtocol.UDP: 17, IpProtocol.ICMPV6: 58}
"""Assigned Internet Protocol Numbers, IANA."""

_NAMES = {number: name.value for name, number in _NUMBERS.items()}
_EVERY_PROTOCOL = (0, 255)
_EVERY = (0, LAST_PORT)
_EVERY_PORT = (1, LAST_PORT)
"""Nothing can be reached on port 0, so a rule from port 1 on is one for all ports."""

_PORTED = (IpProtocol.TCP, IpProtocol.UDP)
_TYPED = (IpProtocol.ICMP, IpProtocol.ICMPV6)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of ``asked`` is let through.

    ``because`` are the rules that let all of it through, each by itself; where there is none, those
    that let a part of it through. ``missing`` is what would have to be added; empty if nothing is.
    ``members_only`` are rules for that traffic whose source is a security group: they let in
    network interfaces that are in it, not addresses.
    """

    asked: RuleSpec
    because: tuple[SecurityGroupRule, ...]
    missing: tuple[RuleSpec, ...]
    members_only: tuple[SecurityGroupRule, ...]


def coverage(
    asked: RuleSpec, rules: Sequence[SecurityGroupRule], prefix_lists: PrefixLists
) -> Coverage:
    """What ``rules`` let through of ``asked``, whose source is a CIDR and whose ports are known.

    ValueError where there is no such traffic (port 0 alone, or a protocol that is none).
    """
    network, door = _read(asked.source), _door(asked)
    if door is None:
        raise ValueError(f"nothing is reached with {asked.protocol} on port {asked.to_port}")
    wanted = (*door, _addresses(network))
    cuts = {rule.rule_id: tuple(_cuts(rule, prefix_lists, network.version)) for rule in rules}
    alone = [rule for rule in rules if not remainder(wanted, cuts[rule.rule_id])]
    partly = [rule for rule in rules if any(meet(wanted, cut) for cut in cuts[rule.rule_id])]
    left = () if alone else remainder(wanted, chain.from_iterable(cuts.values()))
    return Coverage(
        asked,
        because=tuple(alone or partly),
        missing=_missing(asked, left),
        members_only=tuple(rule for rule in rules if _lets_members_in(rule, door)),
    )


def lists_needed(asked: RuleSpec, rules: Iterable[SecurityGroupRule]) -> tuple[str, ...]:
    """The prefix lists whose CIDRs decide about ``asked``, each once."""
    wanted = _door(asked)
    doors = ((rule.spec, _door(rule.spec)) for rule in rules)
    return tuple(
        dict.fromkeys(
            spec.source
            for spec, door in doors
            if spec.source_kind is SourceKind.PREFIX_LIST and wanted and door and meet(door, wanted)
        )
    )


def _cuts(rule: SecurityGroupRule, prefix_lists: PrefixLists, version: int) -> Iterator[Box]:
    """The boxes of one address family that a rule lets through."""
    door = _door(rule.spec)
    if door is None:
        return
    for network in _networks(rule.spec, prefix_lists):
        if network.version == version:
            yield (*door, _addresses(network))


def _networks(spec: RuleSpec, prefix_lists: PrefixLists) -> Iterator[IpNetwork]:
    if spec.source_kind in CIDR_KINDS:
        yield _read(spec.source)
    elif spec.source_kind is SourceKind.PREFIX_LIST:
        yield from map(_read, prefix_lists.get(spec.source, ()))


def _read(cidr: str) -> IpNetwork:
    return IPv6Network(cidr) if ":" in cidr else IPv4Network(cidr)


def _addresses(network: IpNetwork) -> Interval:
    return int(network.network_address), int(network.broadcast_address)


def _door(spec: RuleSpec) -> Box | None:
    """Protocols, ports or types, and codes; None where nothing can come through."""
    if spec.protocol == IpProtocol.ALL:
        return _EVERY_PROTOCOL, _EVERY, _EVERY
    number = _number(spec.protocol)
    if number is None:
        return None
    protocols = (number, number)
    if spec.protocol in _PORTED:
        ports = _ports(spec)
        return (protocols, ports, _EVERY) if ports[0] <= ports[1] else None
    if spec.protocol in _TYPED:
        return protocols, _only(spec.from_port), _only(spec.to_port)
    return protocols, _EVERY, _EVERY


def _number(protocol: str) -> int | None:
    if protocol in _NUMBERS:
        return _NUMBERS[IpProtocol(protocol)]
    return int(protocol) if protocol.isdecimal() and int(protocol) <= _EVERY_PROTOCOL[1] else None


def _ports(spec: RuleSpec) -> Interval:
    if spec.from_port is None or spec.to_port is None:
        return _EVERY_PORT
    return max(spec.from_port, _EVERY_PORT[0]), spec.to_port


def _only(value: int | None) -> Interval:
    return _EVERY if value is None else (value, value)


def _lets_members_in(rule: SecurityGroupRule, wanted: Box) -> bool:
    door = _door(rule.spec)
    is_group = rule.spec.source_kind is SourceKind.GROUP
    return is_group and door is not None and meet(door, wanted)


def _missing(asked: RuleSpec, left: Iterable[Box]) -> tuple[RuleSpec, ...]:
    """What is left, as rules; ``asked`` itself where no rules say it, or too many would."""
    spelt: list[RuleSpec] = []
    for box in left:
        door = _spelt_door(box)
        if door is None:
            return (asked,)
        networks = islice(_summarized(box[-1], _read(asked.source).version), MOST_MISSING + 1)
        spelt += [asked.model_copy(update={**door, "source": str(each)}) for each in networks]
    return tuple(spelt) if len(spelt) <= MOST_MISSING else (asked,)


def _spelt_door(box: Box) -> dict[str, str | int | None] | None:
    """Protocol and ports of the rule for just this box; None where no single rule has them."""
    protocols, first, second = box[:-1]
    if (protocols, first, second) == (_EVERY_PROTOCOL, _EVERY, _EVERY):
        return {"protocol": IpProtocol.ALL.value, "from_port": None, "to_port": None}
    if protocols[0] != protocols[1]:
        return None
    protocol = _NAMES.get(protocols[0], str(protocols[0]))
    if protocol in _PORTED:
        low, high = _EVERY if first == _EVERY_PORT else first
        return {"protocol": protocol, "from_port": low, "to_port": high}
    if any(low != high and (low, high) != _EVERY for low, high in (first, second)):
        return None
    kind, code = (None if each == _EVERY else each[0] for each in (first, second))
    return {"protocol": protocol, "from_port": kind, "to_port": code}


def _summarized(addresses: Interval, version: int) -> Iterator[IpNetwork]:
    first, last = addresses
    if version == 4:
        return summarize_address_range(IPv4Address(first), IPv4Address(last))
    return summarize_address_range(IPv6Address(first), IPv6Address(last))
