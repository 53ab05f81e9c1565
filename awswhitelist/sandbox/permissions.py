"""What a security-group rule is, and AWS's checks of it. Pure functions.

Source: EC2 API reference, IpPermission, IpRange, Ipv6Range, UserIdGroupPair, PrefixListId; VPC user
guide, "Security group rules".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from awswhitelist.constants import DESCRIPTION_LENGTH
from awswhitelist.models import SourceKind
from awswhitelist.sandbox.answers import Answer, Params, Refusal, invalid

ALL = -1
"""EC2's word for all ports, all ICMP types, all ICMP codes."""

HIGHEST_PORT = 65535
HIGHEST_ICMP = 255

_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}
_NAMED = frozenset({"tcp", "udp", "icmp", "icmpv6", "-1"})
_HIGHEST_PROTOCOL = 255
_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,%d}" % DESCRIPTION_LENGTH)

SOURCES: tuple[tuple[SourceKind, str, str], ...] = (
    (SourceKind.IPV4, "IpRanges", "CidrIp"),
    (SourceKind.IPV6, "Ipv6Ranges", "CidrIpv6"),
    (SourceKind.PREFIX_LIST, "PrefixListIds", "PrefixListId"),
    (SourceKind.GROUP, "UserIdGroupPairs", "GroupId"),
)
"""Kind of source, the list of an IpPermission that holds it, and the field of the list's items."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What identifies a rule in its group; description and tags are no part of it."""

    protocol: str
    from_port: int
    to_port: int
    kind: SourceKind
    source: str


@dataclass(frozen=True, slots=True)
class Rule:
    """An ingress rule of a group."""

    rule_id: str
    group_id: str
    permission: Permission
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


Described = tuple[Permission, str | None]
"""A permission and the description given with it (None: no description given)."""


def permission_of(
    protocol: str, from_port: int | None, to_port: int | None, kind: SourceKind, source: str
) -> Permission:
    """The permission in AWS's spelling. Raises Refusal for what AWS does not accept."""
    name = _protocol(protocol)
    first, last = _ports(name, from_port, to_port)
    return Permission(name, first, last, kind, _source(kind, source))


def described(text: str | None) -> str | None:
    """``text`` if AWS accepts it as a rule's description. Raises Refusal otherwise."""
    if text is not None and _DESCRIPTION.fullmatch(text) is None:
        raise invalid(
            "Invalid rule description. Valid descriptions are strings less than 256 characters "
            "from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
        )
    return text


def requested(params: Params) -> list[Described]:
    """Every permission that a request names, in the order in which AWS makes rules of them.

    Understands ``IpPermissions`` and the older form with ``CidrIp`` beside the ports.
    """
    blocks = params.get("IpPermissions") or [_old_form(params)]
    return [wanted for block in blocks for wanted in _expanded(block)]


def ip_permissions(rules: Iterable[Described], account: str) -> list[Answer]:
    """Rules as DescribeSecurityGroups shows them: one block per protocol and ports."""
    blocks: dict[tuple[str, int, int], Answer] = {}
    places = {kind: (block, field_name) for kind, block, field_name in SOURCES}
    for permission, description in rules:
        key = (permission.protocol, permission.from_port, permission.to_port)
        list_name, field_name = places[permission.kind]
        item = {field_name: permission.source}
        if permission.kind is SourceKind.GROUP:
            item["UserId"] = account
        if description:
            item["Description"] = description
        blocks.setdefault(key, _empty_block(permission))[list_name].append(item)
    return list(blocks.values())


def has_ports(permission: Permission) -> bool:
    """Whether ports (or an ICMP type and code) mean anything for its protocol."""
    return permission.protocol in _NAMED - {"-1"}


def _empty_block(permission: Permission) -> Answer:
    block: Answer = {"IpProtocol": permission.protocol}
    if has_ports(permission):
        block |= {"FromPort": permission.from_port, "ToPort": permission.to_port}
    return block | {list_name: [] for _, list_name, _ in SOURCES}


def _old_form(params: Params) -> Answer:
    ranges = [{"CidrIp": params["CidrIp"]}] if "CidrIp" in params else []
    return {**params, "IpRanges": ranges}


def _expanded(block: Params) -> list[Described]:
    wanted = [
        (_from_block(block, kind, item.get(field_name, "")), described(item.get("Description")))
        for kind, list_name, field_name in SOURCES
        for item in block.get(list_name, ())
    ]
    if not wanted:
        raise Refusal("MissingParameter", "The request must contain a source for each permission.")
    return wanted


def _from_block(block: Mapping[str, Any], kind: SourceKind, source: str) -> Permission:
    return permission_of(
        block.get("IpProtocol", ""), block.get("FromPort"), block.get("ToPort"), kind, source
    )


def _protocol(text: str) -> str:
    name = _PROTOCOLS.get(text.lower(), text.lower())
    if name in _NAMED or (name.isdecimal() and int(name) <= _HIGHEST_PROTOCOL):
        return name
    raise invalid(f"Invalid value '{text}' for IP protocol. Unknown protocol.")


def _ports(protocol: str, first: int | None, last: int | None) -> tuple[int, int]:
    if protocol in ("tcp", "udp"):
        return _port_range(first, last)
    if protocol in ("icmp", "icmpv6"):
        return _icmp(first), _icmp(last)
    return ALL, ALL


def _port_range(first: int | None, last: int | None) -> tuple[int, int]:
    if first is None or last is None:
        raise invalid("Invalid value for portRange. Must specify both from and to ports.")
    for port in (first, last):
        if not 0 <= port <= HIGHEST_PORT:
            raise invalid(f"Invalid value '{port}' for portRange. TCP/UDP port out of range.")
    if first > last:
        raise invalid(f"Invalid TCP/UDP port range ({first}:{last})")
    return first, last


def _icmp(value: int | None) -> int:
    if value is None:
        return ALL
    if not ALL <= value <= HIGHEST_ICMP:
        raise invalid(f"ICMP type or code ({value}) out of range")
    return value


def _source(kind: SourceKind, text: str) -> str:
    if kind is SourceKind.IPV4:
        return _cidr(text, ipaddress.IPv4Network)
    if kind is SourceKind.IPV6:
        return _cidr(text, ipaddress.IPv6Network)
    if not text:
        raise Refusal("MissingParameter", "The id of a rule's source is missing.")
    return text


def _cidr(text: str, family: type[ipaddress.IPv4Network] | type[ipaddress.IPv6Network]) -> str:
    """AWS keeps the network, whatever host bits were sent; the prefix length must be given."""
    address, slash, length = text.partition("/")
    if not (address and slash and length.isdecimal()):
        raise invalid(f"CIDR block {text} is malformed")
    try:
        return str(family(text, strict=False))
    except ValueError as exc:
        raise invalid(f"CIDR block {text} is malformed") from exc
