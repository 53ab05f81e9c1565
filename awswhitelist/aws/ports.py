"""Protocols and ports: AWS's spelling and ours.

Source: EC2 API reference, IpPermission and SecurityGroupRule.
"""

from __future__ import annotations

from awswhitelist.models import RuleSpec

_OUR_NAMES = {"-1": "all", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_WITH_PORTS = frozenset({"tcp", "udp"})
_WITH_TYPES = frozenset({"icmp", "icmpv6"})
_EVERY_PORT = (0, 65535)
_ANY = -1
_NO_RANGE = frozenset({(None, None), (_ANY, _ANY)})


def our_protocol(protocol: str) -> str:
    """AWS's protocol name or number as ours: ``-1`` is ``all``, ``6`` is ``tcp``."""
    return _OUR_NAMES.get(protocol, protocol)


def our_ports(protocol: str, first: int | None, last: int | None) -> tuple[int | None, int | None]:
    """Ports (for ICMP: type and code) as :class:`RuleSpec` has them, from AWS's -1 or nothing.

    All ports of TCP and UDP are 0 to 65535, all types and codes of ICMP None. A protocol without
    ports is always (None, None): AWS lets all of it through, whatever range the rule shows.
    """
    if protocol in _WITH_TYPES:
        return _unless_any(first), _unless_any(last)
    if protocol in _WITH_PORTS:
        return _EVERY_PORT if (first, last) in _NO_RANGE else (first, last)
    return None, None


def canonical(spec: RuleSpec) -> RuleSpec:
    """The same rule spelt as we would read it back from AWS."""
    protocol = our_protocol(spec.protocol)
    first, last = our_ports(protocol, spec.from_port, spec.to_port)
    return spec.model_copy(update={"protocol": protocol, "from_port": first, "to_port": last})


def aws_protocol_and_ports(spec: RuleSpec) -> dict[str, str | int]:
    """IpProtocol, FromPort and ToPort of a request.

    ValueError for TCP or UDP without both ends of a range, and for an ICMP code without a type:
    a gap must never be filled with more than was judged.
    """
    name = our_protocol(spec.protocol)
    protocol = {"IpProtocol": "-1" if name == "all" else name}
    if name in _WITH_PORTS:
        return protocol | _range(spec.from_port, spec.to_port)
    if name in _WITH_TYPES:
        return protocol | _type_and_code(spec.from_port, spec.to_port)
    return {**protocol}


def _range(first: int | None, last: int | None) -> dict[str, int]:
    if first is None or last is None:
        raise ValueError("a port range needs both ends")
    return {"FromPort": first, "ToPort": last}


def _type_and_code(kind: int | None, code: int | None) -> dict[str, int]:
    if kind is None and code is not None:
        raise ValueError("an ICMP code needs a type")
    return {
        "FromPort": _ANY if kind is None else kind,
        "ToPort": _ANY if code is None else code,
    }


def _unless_any(number: int | None) -> int | None:
    return None if number == _ANY else number
