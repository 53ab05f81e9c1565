"""The text that people see on a rule in the AWS console. Pure."""

from __future__ import annotations

from datetime import datetime

from awswhitelist.constants import NEVER
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


def describe_rule(
    template: str, grant: Grant, spec: RuleSpec, target: str, now: datetime, end: datetime | None
) -> str:
    """The description of a rule: the caller's own words, or the template filled in.

    Only what AWS permits comes out (EC2 API reference, IpRange: 255 of a fixed alphabet).
    """
    text = grant.description or template.format(
        owner=grant.owner,
        reason=grant.reason,
        ticket=grant.ticket,
        date=now.date().isoformat(),
        expires=NEVER if end is None else format_time(end),
        port=describe_ports(spec),
        target=target,
    )
    return clean_description(text)
