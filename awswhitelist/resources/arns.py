"""ARNs of the resources that have security groups. Pure.

Source: Service Authorization Reference, "Resource types defined by ..." of each service.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from awswhitelist.models import ResourceType

_PARTS = 6

_PROXIES = "db-proxy|db-proxy-endpoint"
_PROXY = re.compile(rf"arn:[^:]*:rds:[^:]*:[^:]*:(?:{_PROXIES}):")
_CLASSIC = re.compile(r"arn:[^:]*:elasticloadbalancing:[^:]*:[^:]*:loadbalancer/[^/]+")

_SHAPES: dict[str, tuple[tuple[re.Pattern[str], ResourceType], ...]] = {
    "ec2": (
        (re.compile(r"security-group/([^/]+)"), ResourceType.SECURITY_GROUP),
        (re.compile(r"instance/([^/]+)"), ResourceType.INSTANCE),
        (re.compile(r"network-interface/([^/]+)"), ResourceType.NETWORK_INTERFACE),
    ),
    "rds": (
        (re.compile(r"(?:db|cluster):([^:]+)"), ResourceType.RDS),
        (re.compile(rf"(?:{_PROXIES}):([^:]+)"), ResourceType.RDS),
    ),
    "elasticache": (
        (
            re.compile(r"(?:cluster|replicationgroup|serverlesscache):([^:]+)"),
            ResourceType.ELASTICACHE,
        ),
    ),
    "elasticloadbalancing": (
        (
            re.compile(r"loadbalancer/(?:(?:app|net|gwy)/([^/]+)/[^/]+|([^/]+))"),
            ResourceType.LOAD_BALANCER,
        ),
    ),
}
"""By service: what the last part of the ARN looks like, the resource's name within it."""


class Arn(NamedTuple):
    """An ARN taken apart; ``resource_type`` is None for what has no security groups."""

    region: str
    account: str
    name: str
    resource_type: ResourceType | None


def read_arn(text: str) -> Arn | None:
    """The ARN in ``text``; None where it is none."""
    parts = text.split(":", _PARTS - 1)
    if len(parts) != _PARTS or parts[0] != "arn":
        return None
    _, _, service, region, account, resource = parts
    for shape, kind in _SHAPES.get(service, ()):
        if match := shape.fullmatch(resource):
            name = next(group for group in match.groups() if group)
            return Arn(region, account, name, kind)
    return Arn(region, account, "", None)


def is_proxy_arn(arn: str) -> bool:
    """Whether an ARN is that of an RDS proxy or of a proxy's endpoint: it has no name in it."""
    return _PROXY.match(arn) is not None


def is_classic_arn(arn: str) -> bool:
    """Whether an ARN is that of a classic load balancer: those of others name their kind."""
    return _CLASSIC.fullmatch(arn) is not None


def same_resource(arn: str, other: str) -> bool:
    """Whether two ARNs name the same resource, whosever account it is in."""
    return _without_account(arn) == _without_account(other)


def _without_account(arn: str) -> list[str]:
    parts = arn.split(":", _PARTS - 1)
    return parts[:4] + parts[5:]
