"""Checks of single values: pure functions that give a typed value or say what was wrong.

Every refusal is an :class:`InvalidArgumentError` with the ``field``, what was wrong and a remedy
that shows the right form. At most 80 printable characters of the input are repeated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from awswhitelist.constants import NEVER
from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.model_parsing import parse_model
from awswhitelist.models import IpProtocol
from awswhitelist.text import clean_description, clean_tag_value, near_miss, printable

__all__ = [
    "AddressKind",
    "IpNetwork",
    "address_kind",
    "check_region",
    "check_rule_id",
    "clean_description",
    "clean_tag_value",
    "format_duration",
    "format_time",
    "looks_like_group_id",
    "near_miss",
    "parse_duration",
    "parse_model",
    "parse_network",
    "parse_ports",
    "parse_protocol",
    "parse_time",
    "printable",
]

IpNetwork = IPv4Network | IPv6Network

LONGEST_DURATION = timedelta(days=3650)
LAST_PORT = 65535


def _refuse(field: str, problem: str, remedy: str) -> InvalidArgumentError:
    return InvalidArgumentError(f"`{field}`: {problem}", field=field, remedy=remedy)


# Addresses

_ADDRESS_FORM = "Write an address such as 198.51.100.7 or 2001:db8::7, or a CIDR: 198.51.100.0/24."
_MAPPED = IPv6Network("::ffff:0:0/96")
_PREFIX = re.compile(r"0|[1-9][0-9]{0,2}")


def _read_network(text: str) -> IpNetwork | None:
    """The network that ``text`` lies in, host bits cut; None if it is no address or CIDR."""
    address, slash, prefix = text.partition("/")
    if "%" in text or (slash and not _PREFIX.fullmatch(prefix)):
        return None
    try:
        return ip_network(f"{address}{slash}{prefix}", strict=False)
    except ValueError:
        return None


def _unmapped(network: IpNetwork) -> IPv4Network | None:
    """The IPv4 network inside an IPv4-mapped IPv6 one (RFC 4291, 2.5.5.2)."""
    if not isinstance(network, IPv6Network) or not network.subnet_of(_MAPPED):
        return None
    inner = int(network.network_address) & 0xFFFFFFFF
    return IPv4Network((inner, network.prefixlen - 96))


def _shortest(network: IpNetwork) -> str:
    whole = network.prefixlen == network.max_prefixlen
    return str(network.network_address if whole else network)


def parse_network(text: str, *, field: str = "source") -> IpNetwork:
    """The network that an address or CIDR names; an address is a /32 or /128.

    Host bits (198.51.100.7/24), IPv4-mapped IPv6, zone ids, leading zeros and netmasks are
    refused, naming what was probably meant, because guessing here opens more than was asked.
    """
    wanted = text.strip()
    network = _read_network(wanted)
    if network is None:
        raise _refuse(field, f"{printable(wanted)!r} is not an IP address or CIDR.", _ADDRESS_FORM)
    if (inner := _unmapped(network)) is not None:
        raise _refuse(
            field, "this is an IPv4 address written as IPv6.", f"Write {_shortest(inner)}."
        )
    address = ip_address(wanted.partition("/")[0])
    if address != network.network_address:
        raise _refuse(
            field,
            f"{printable(wanted)!r} has host bits set: it names an address within {network}.",
            f"Write {network} for the whole network, or {address} for that one address.",
        )
    return network


class AddressKind(StrEnum):
    """What the internet says an address is for; only PUBLIC ones can be what AWS sees from it."""

    PUBLIC = "public"
    PRIVATE = "private"
    SHARED = "shared"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link_local"
    MULTICAST = "multicast"
    DOCUMENTATION = "documentation"
    RESERVED = "reserved"


_RANGES: tuple[tuple[AddressKind, tuple[str, ...]], ...] = (
    (AddressKind.PRIVATE, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")),  # RFC 1918
    (AddressKind.PRIVATE, ("fc00::/7", "fec0::/10")),  # RFC 4193; site-local, RFC 3879
    (AddressKind.SHARED, ("100.64.0.0/10",)),  # RFC 6598: carrier-grade NAT
    (AddressKind.LOOPBACK, ("127.0.0.0/8", "::1/128")),  # RFC 1122, RFC 4291
    (AddressKind.LINK_LOCAL, ("169.254.0.0/16", "fe80::/10")),  # RFC 3927, RFC 4291
    (AddressKind.MULTICAST, ("224.0.0.0/4", "ff00::/8")),  # RFC 5771, RFC 4291
    (AddressKind.DOCUMENTATION, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")),  # RFC 5737
    (AddressKind.DOCUMENTATION, ("2001:db8::/32", "3fff::/20")),  # RFC 3849, RFC 9637
    (AddressKind.RESERVED, ("0.0.0.0/8", "240.0.0.0/4")),  # RFC 1122, RFC 1112
    (AddressKind.RESERVED, ("192.0.0.0/24", "192.88.99.0/24")),  # RFC 6890, RFC 7526
    (AddressKind.RESERVED, ("198.18.0.0/15", "2001:2::/48")),  # benchmarks: RFC 2544, RFC 5180
    (AddressKind.RESERVED, ("::/3", "4000::/2", "8000::/1")),  # not global unicast: RFC 4291, 2.4
)
_SPECIAL = tuple((ip_network(text), kind) for kind, texts in _RANGES for text in texts)


def _lies_in(network: IpNetwork, special: IpNetwork) -> bool:
    if isinstance(network, IPv4Network):
        return isinstance(special, IPv4Network) and network.subnet_of(special)
    return isinstance(special, IPv6Network) and network.subnet_of(special)


@lru_cache(maxsize=4096)
def address_kind(network: IpNetwork) -> AddressKind:
    """What kind of addresses ``network`` holds.

    A network that overlaps private space in any way is PRIVATE, save /0, which is PUBLIC: it
    means everybody. Any other kind is given only where it wholly holds the network.
    """
    if network.prefixlen == 0:
        return AddressKind.PUBLIC
    for special, kind in _SPECIAL:
        if _lies_in(network, special):
            return kind
        if kind is AddressKind.PRIVATE and network.overlaps(special):
            return kind
    return AddressKind.PUBLIC


# Protocols and ports

_PROTOCOL_HINTS = {
    "-1": IpProtocol.ALL,
    "any": IpProtocol.ALL,
    "*": IpProtocol.ALL,
    "1": IpProtocol.ICMP,
    "6": IpProtocol.TCP,
    "17": IpProtocol.UDP,
    "58": IpProtocol.ICMPV6,
    "icmp6": IpProtocol.ICMPV6,
    "ipv6-icmp": IpProtocol.ICMPV6,
}
"""What people write who know AWS's numbers, and the word for it."""


def parse_protocol(value: object, *, field: str = "protocol") -> IpProtocol:
    """The protocol of that name, in any case; numbers are refused with the word to use."""
    name = str(value).strip().lower()
    if isinstance(value, str) and name in set(IpProtocol):
        return IpProtocol(name)
    known = ", ".join(f'"{protocol}"' for protocol in IpProtocol)
    meant = _PROTOCOL_HINTS.get(name) or near_miss(name, IpProtocol)
    remedy = f'Write "{meant}". ' if meant else ""
    raise _refuse(
        field, f"{printable(name)!r} is not a protocol.", f"{remedy}Protocols are {known}."
    )


ALL_PORTS = "all"
_PORT_FORM = 'Write a port such as 5432, a range such as "8000-8100", a name, or "all".'
_NUMBER = re.compile(r"[0-9]+")
_RANGE = re.compile(r"([0-9]+)\s*-\s*([0-9]+)")


def _port_number(text: str, field: str) -> int:
    if text.startswith("0") or len(text) > 5 or int(text) > LAST_PORT:
        problem = f"{printable(text)!r} is not a port number from 1 to {LAST_PORT}."
        raise _refuse(field, problem, _PORT_FORM)
    return int(text)


def _named_port(name: str, names: Mapping[str, int], field: str) -> int:
    if name in names:
        return names[name]
    meant = near_miss(name, names)
    remedy = f'Did you mean "{meant}"? {_PORT_FORM}' if meant else _PORT_FORM
    raise _refuse(field, f"{printable(name)!r} is not a port.", remedy)


def parse_ports(
    value: int | str, names: Mapping[str, int], *, field: str = "port"
) -> tuple[int, int] | None:
    """First and last port (both included) of a number, a range or a name; None for all ports.

    ``names`` maps lower-case names to ports. Port 0 is refused: nothing can be reached there, and
    so "1-65535" is every port: it gives None, as "all" does, for one thing has one spelling.
    """
    if isinstance(value, bool):
        raise _refuse(field, "a true or false is not a port.", _PORT_FORM)
    text = str(value).strip().lower()
    if text == ALL_PORTS:
        return None
    if found := _RANGE.fullmatch(text):
        first, last = (_port_number(end, field) for end in found.groups())
    else:
        first = last = (
            _port_number(text, field)
            if _NUMBER.fullmatch(text)
            else _named_port(text, names, field)
        )
    if first > last:
        raise _refuse(field, f"{first}-{last} is the wrong way round.", f'Write "{last}-{first}".')
    return None if (first, last) == (1, LAST_PORT) else (first, last)


# Times

_UNITS = {"w": 7 * 86400, "d": 86400, "h": 3600, "min": 60, "s": 1}
_COUNT = r"([0-9]{1,12})"
_SHORT_DURATION = re.compile(
    r"\s*".join(rf"(?:{_COUNT}\s*{unit})?" for unit in ("w", "d", "h", "m(?:in)?", "s"))
)
_ISO_DURATION = re.compile(
    rf"p(?:{_COUNT}w)?(?:{_COUNT}d)?(?:t(?=[0-9])(?:{_COUNT}h)?(?:{_COUNT}m)?(?:{_COUNT}s)?)?"
)
_DURATION_FORM = 'Write a duration such as "90m", "2h", "1h30m", "7d" or "PT2H".'


def parse_duration(text: str, *, field: str = "expires_in") -> timedelta | None:
    """A duration such as "90m", "1h30m", "7d", "2 h" or ISO 8601 "PT2H"; None for "never".

    Zero, anything negative and anything above ten years is refused. ISO 8601 years and months
    are refused too: they have no fixed length.
    """
    wanted = text.strip().lower()
    if wanted == NEVER:
        return None
    found = _ISO_DURATION.fullmatch(wanted) or _SHORT_DURATION.fullmatch(wanted)
    if found is None or not any(found.groups()):
        raise _refuse(field, f"{printable(text)!r} is not a duration.", _DURATION_FORM)
    counts = zip(found.groups(), _UNITS.values(), strict=True)
    seconds = sum(int(count) * unit for count, unit in counts if count)
    if not 0 < seconds <= LONGEST_DURATION.total_seconds():
        raise _refuse(field, "a duration is more than zero, at most 10 years.", _DURATION_FORM)
    return timedelta(seconds=seconds)


def format_duration(delta: timedelta) -> str:
    """``delta`` for people, rounded to seconds: its two largest units, as in "1 h 30 min"."""
    rest, parts = abs(round(delta.total_seconds())), []
    for name in ("d", "h", "min", "s"):
        count, rest = divmod(rest, _UNITS[name])
        parts += [f"{count} {name}"] if count else []
    sign = "-" if delta < timedelta(0) and parts else ""
    return sign + (" ".join(parts[:2]) or "0 s")


_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def format_time(at: datetime) -> str:
    """An aware time as UTC in ISO 8601 with ``Z``, to the second (fractions are cut)."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def parse_time(text: str) -> datetime | None:
    """The aware UTC time that :func:`format_time` wrote; None if ``text`` is not one."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


# Names that AWS gives

_GROUP_ID = re.compile(r"sg-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_RULE_ID = re.compile(r"sgr-[0-9a-f]{8,17}")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]{2,10}){1,2}-[0-9]{1,2}")


def looks_like_group_id(text: str) -> bool:
    """Whether ``text`` has the shape of a security group's id (old short ids included)."""
    return _GROUP_ID.fullmatch(text) is not None


def check_rule_id(text: str, *, field: str) -> str:
    """``text`` itself if it has the shape of a security-group rule's id."""
    if _RULE_ID.fullmatch(text):
        return text
    problem = f"{printable(text)!r} is not the id of a security-group rule."
    raise _refuse(field, problem, "Write an id such as sgr-0123456789abcdef0, from list_rules.")


def check_region(text: str, *, field: str = "region") -> str:
    """``text`` itself if it has the shape of a region's name; whether AWS has it is not asked."""
    if _REGION.fullmatch(text):
        return text
    problem = f"{printable(text)!r} is not the name of an AWS region."
    raise _refuse(field, problem, "Write a region such as eu-west-1.")
