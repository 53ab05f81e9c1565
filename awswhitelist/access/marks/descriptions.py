"""The text that people see on a rule in the AWS console. Pure."""

from __future__ import annotations

from datetime import datetime

from awswhitelist.access.marks.suffixes import Suffix, without_suffix
from awswhitelist.constants import DESCRIPTION_LENGTH, NEVER
from awswhitelist.models import Grant, IpProtocol, RuleSpec
from awswhitelist.text import clean_description
from awswhitelist.validators import format_time


def describe_ports(spec: RuleSpec) -> str:
    """The ports of a rule in words: ``22``, ``8000-8100``, ``all``, ``type 8``."""
    if spec.protocol in (IpProtocol.ICMP, IpProtocol.ICMPV6):
        kind = "all types" if spec.from_port is None else f"type {spec.from_port}"
        return kind if spec.to_port is None else f"{kind} code {spec.to_port}"
    if spec.from_port is None or (spec.from_port, spec.to_port) == (0, 65535):
        return "all"
    if spec.from_port == spec.to_port:
        return str(spec.from_port)
    return f"{spec.from_port}-{spec.to_port}"


def describe_door(spec: RuleSpec) -> str:
    """Protocol and ports of a rule in words: ``tcp 22``, ``icmp type 8``, ``all traffic``."""
    if spec.protocol == IpProtocol.ALL:
        return "all traffic"
    return f"{spec.protocol} {describe_ports(spec)}"


def describe_rule(
    template: str,
    grant: Grant,
    spec: RuleSpec,
    now: datetime,
    end: datetime | None,
    suffix: Suffix | None = None,
) -> str:
    """The description of a rule: the caller's own words, or the template filled in.

    A ``suffix`` stands behind it whole; the words get the room that is left. Words alone never
    look like one. Only what AWS permits comes out (EC2 API reference, IpRange: 255 of a fixed
    alphabet).
    """
    text = grant.description or template.format(
        owner=" ".join(grant.owners),
        reason=grant.reason,
        ticket=grant.ticket,
        date=now.date().isoformat(),
        expires=NEVER if end is None else format_time(end),
        port=describe_ports(spec),
        target=grant.target,
    )
    words = without_suffix(clean_description(text))
    return words if suffix is None else with_suffix(words, suffix)


def with_suffix(description: str, suffix: Suffix) -> str:
    """The words of a description with this suffix behind them."""
    end = suffix.text()
    words = without_suffix(description)[: DESCRIPTION_LENGTH - len(end)].rstrip()
    return (words + end).lstrip()
