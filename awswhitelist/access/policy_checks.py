"""The single checks of the policy, each a pure function that yields what it forbids.

Both gates (see :mod:`awswhitelist.access.policy`) call the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import NamedTuple

from awswhitelist.access.containment import door_covers, network_of
from awswhitelist.access.marks.expiry import read_marks
from awswhitelist.models import Add, Change, IpProtocol, Reset, Restore, RuleSpec, SecurityGroup
from awswhitelist.policy_config import MOST_PORTS, AllowDeny, PolicyConfig
from awswhitelist.text import printable
from awswhitelist.validators import LAST_PORT, AddressKind, address_kind, format_duration

CLOCK_SLACK = timedelta(minutes=1)
"""AWS's time is told in whole seconds, and by machines that need not agree on them."""

PORT_PROTOCOLS = (IpProtocol.TCP, IpProtocol.UDP)


class Denial(NamedTuple):
    """One rule of the policy that forbids something: the setting, why, and the argument."""

    setting: str
    why: str
    field: str | None = None

    def __str__(self) -> str:
        return f"policy.{self.setting}: {self.why}" if self.setting else f"policy: {self.why}"


def spec_denials(specs: Iterable[RuleSpec], policy: PolicyConfig) -> Iterator[Denial]:
    """What the policy has against rules that are to be opened: protocol, ports, source."""
    for spec in specs:
        yield from _protocol_denials(spec, policy)
        yield from _port_denials(spec, policy)
        yield from _source_denials(spec, policy)


def _protocol_denials(spec: RuleSpec, policy: PolicyConfig) -> Iterator[Denial]:
    if spec.protocol == IpProtocol.ALL and not policy.allow_all_protocols:
        yield Denial("allow_all_protocols", "all protocols at once are not permitted", "protocol")


def _port_denials(spec: RuleSpec, policy: PolicyConfig) -> Iterator[Denial]:
    ports = _ports_opened(spec)
    if ports is None:
        return
    first, last = ports
    if spec.protocol in PORT_PROTOCOLS:
        yield from _range_denials([ports], policy)
    text = str(first) if first == last else f"{first}-{last}"
    if any(first <= high and low <= last for low, high in port_ranges(policy.ports.deny)):
        yield Denial("ports.deny", f"port {text} is denied", "port")
    allowed = policy.ports.allow
    if allowed is not None and not any(
        low <= first and last <= high for low, high in port_ranges(allowed)
    ):
        yield Denial("ports.allow", f"port {text} is not among the ports permitted", "port")


def _range_denials(ranges: Iterable[tuple[int, int]], policy: PolicyConfig) -> Iterator[Denial]:
    """Ranges that one source is let in on: all of them together may not be as good as all ports."""
    total, beyond = 0, 0
    for first, last in sorted(ranges):
        total += max(0, last + 1 - max(first, beyond))
        beyond = max(beyond, last + 1)
    # Where all protocols may be let in at once, so may all ports of one.
    may_be_many = policy.allow_all_ports or policy.allow_all_protocols
    if total > MOST_PORTS and not may_be_many:
        why = f"{total:,} ports at once are not permitted, at most {MOST_PORTS:,} are"
        yield Denial("allow_all_ports", why, "port")


def _ports_opened(spec: RuleSpec) -> tuple[int, int] | None:
    """The ports that the lists must speak of: every one where all protocols are let in.

    None where there are no ports, or where they are not known yet.
    """
    if spec.protocol == IpProtocol.ALL:
        return 0, LAST_PORT
    if spec.protocol not in PORT_PROTOCOLS or spec.from_port is None or spec.to_port is None:
        return None
    return spec.from_port, spec.to_port


def _source_denials(spec: RuleSpec, policy: PolicyConfig) -> Iterator[Denial]:
    network = network_of(spec)
    if network is None:
        return
    if network.prefixlen == 0 and policy.allow_public:
        return
    yield from _width_denials(network, policy)
    if address_kind(network) is AddressKind.PRIVATE and not policy.allow_private:
        yield Denial("allow_private", f"{network} is private address space", "source")


def _width_denials(network: IPv4Network | IPv6Network, policy: PolicyConfig) -> Iterator[Denial]:
    setting = f"min_prefix_ipv{network.version}"
    limit = policy.min_prefix_ipv4 if network.version == 4 else policy.min_prefix_ipv6
    if network.prefixlen == 0:
        yield Denial("allow_public", f"{network} is the whole internet", "source")
    if network.prefixlen < limit:
        why = f"{network} is wider than /{limit}; name the addresses that need access"
        yield Denial(setting, why, "source")


def lifetime_denials(lifetime: timedelta | None, policy: PolicyConfig) -> Iterator[Denial]:
    """What the policy has against access for that long; None is access without an end."""
    if policy.allow_never_expires:
        return  # To refuse a month where access for ever may be had would only teach people that.
    if lifetime is None:
        yield Denial("allow_never_expires", "access must have an end", "expires_in")
    elif lifetime > policy.max_ttl:
        limit = format_duration(policy.max_ttl)
        yield Denial("max_ttl", f"access may last at most {limit}", "expires_in")


def restored_denials(
    change: Restore | Reset, policy: PolicyConfig, now: datetime
) -> Iterator[Denial]:
    """Access of ours is not given back for longer than it could be given ``now``, AWS's time.

    What others made never had an end to judge.
    """
    marks = read_marks(change.to if isinstance(change, Reset) else change.rule)
    if marks is None or not marks.expiry_known:
        return
    if marks.expires_at is None:
        if not policy.allow_never_expires:
            yield Denial("allow_never_expires", "access must have an end", "receipt")
    elif marks.expires_at - now > policy.max_ttl + CLOCK_SLACK:
        limit = format_duration(policy.max_ttl)
        yield Denial("max_ttl", f"it would come back for longer than {limit}", "receipt")


def is_untagged(change: Change) -> bool:
    """Whether it is about a rule of ours that is there, or was, without tags."""
    if isinstance(change, Add):
        return False
    marks = read_marks(change.to if isinstance(change, Reset) else change.rule)
    return marks is not None and marks.by_description


def tag_denials(change: Change, policy: PolicyConfig) -> Iterator[Denial]:
    """What the policy has against access by a rule of ours without tags."""
    if policy.require_tags and is_untagged(change):
        why = "the rule has no tags, only a description; revoke it and open it anew"
        yield Denial("require_tags", why)


def group_denials(group: SecurityGroup, policy: PolicyConfig) -> Iterator[Denial]:
    """What the lists of groups have against this one."""
    shown = f"security group {group.group_id} ({printable(group.name)})"
    if any(names_group(pattern, group) for pattern in policy.groups.deny):
        yield Denial("groups.deny", f"{shown} is denied", "target")
    allowed = policy.groups.allow
    if allowed is not None and not any(names_group(pattern, group) for pattern in allowed):
        yield Denial("groups.allow", f"{shown} is not among the groups permitted", "target")


def names_group(pattern: str, group: SecurityGroup) -> bool:
    """Whether a list entry means the group: its id, its name, or ``tag:Key=Value``; ``*`` works."""
    if pattern.startswith("tag:"):
        key, _, value = pattern.removeprefix("tag:").partition("=")
        return key in group.tags and fnmatchcase(group.tags[key], value or "*")
    return group.group_id == pattern or fnmatchcase(group.name, pattern)


def size_denials(opened: Sequence[Change], policy: PolicyConfig) -> Iterator[Denial]:
    """One plan may not open more addresses of one group and port than ``max_addresses``, nor so
    many ports of one group to one source that they are as good as all."""
    yield from _many_ports(opened, policy)
    of_group: dict[str, list[RuleSpec]] = {}
    for change in opened:
        of_group.setdefault(change.group_id, []).append(change.spec)
    for specs in of_group.values():
        if any(_number_denials(specs, policy)):
            for together in _let_in_together(specs):
                yield from _number_denials(together, policy)


def _let_in_together(specs: Iterable[RuleSpec]) -> Iterator[list[RuleSpec]]:
    """For each port at which a range begins, all rules that open it: nowhere more of them meet."""
    doors: dict[RuleSpec, list[RuleSpec]] = {}
    for spec in specs:
        doors.setdefault(spec.model_copy(update={"source": ""}), []).append(spec)
    for door in doors:
        has_ports = door.protocol in PORT_PROTOCOLS
        first = door.model_copy(update={"to_port": door.from_port}) if has_ports else door
        yield [spec for each in doors if door_covers(each, first) for spec in doors[each]]


def _number_denials(specs: Iterable[RuleSpec], policy: PolicyConfig) -> Iterator[Denial]:
    """What the policy has against so many addresses; the whole internet is judged by itself."""
    found = {network_of(spec) for spec in specs}
    ipv4 = [each for each in found if isinstance(each, IPv4Network) and each.prefixlen]
    total = sum(net.num_addresses for net in collapse_addresses(ipv4))
    if total > policy.max_addresses:
        yield _too_many(f"{total} IPv4 addresses", f"{policy.max_addresses} are permitted")
    ipv6 = [each for each in found if isinstance(each, IPv6Network) and each.prefixlen]
    if sum(net.num_addresses for net in collapse_addresses(ipv6)) > 2**64:
        yield _too_many("more than one IPv6 /64", "one is permitted")


def _many_ports(opened: Sequence[Change], policy: PolicyConfig) -> Iterator[Denial]:
    ranges: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    for change in opened:
        spec = change.spec
        ports = _ports_opened(spec)
        if spec.protocol in PORT_PROTOCOLS and ports is not None:
            key = change.group_id, spec.protocol, spec.source
            ranges.setdefault(key, []).append(ports)
    for each in ranges.values():
        yield from _range_denials(each, policy)


def _too_many(what: str, limit: str) -> Denial:
    return Denial("max_addresses", f"{what} would be let in at once, {limit}", "source")


def list_denials(
    setting: str, value: str, lists: AllowDeny, what: str, field: str | None = None
) -> Iterator[Denial]:
    """What the lists of a setting have against a value; ``what`` says of which kind it is."""
    if any(fnmatchcase(value, pattern) for pattern in lists.deny):
        yield Denial(f"{setting}.deny", f"{what} {value!r} is denied", field)
    if lists.allow is not None and not any(fnmatchcase(value, each) for each in lists.allow):
        yield Denial(f"{setting}.allow", f"{what} {value!r} is not among those permitted", field)


def port_ranges(entries: Iterable[str]) -> Iterator[tuple[int, int]]:
    """The port ranges of a list of ``"443"`` and ``"8000-8100"`` (checked by the config)."""
    for entry in entries:
        first, _, last = entry.partition("-")
        yield int(first), int(last or first)
