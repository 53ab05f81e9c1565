"""The DNS names that AWS gives its resources, taken apart. Pure.

Which suffixes and regions there are comes from botocore's data. Sources: RDS user guide, "Finding
the connection information" and "Connecting to a database through RDS Proxy"; DocumentDB developer
guide and Neptune user guide, "Endpoints"; ElastiCache user guide, "Finding connection endpoints";
Elastic Load Balancing user guide, "DNS name"; EC2 user guide, "Instance hostnames".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from awswhitelist.models import ResourceType


class Geography(Protocol):
    """What botocore knows of AWS's places."""

    def regions(self) -> tuple[str, ...]:
        """Every region, of all partitions."""

    def dns_suffixes(self) -> tuple[str, ...]:
        """The domain of each partition: amazonaws.com, amazonaws.com.cn ..."""


class Host(NamedTuple):
    """What a DNS name says. ``name`` is the resource's own, or empty where it does not tell.

    ``service`` is whose it is, in words, where that service has security groups and is not asked.
    """

    host: str
    resource_type: ResourceType | None
    region: str | None
    name: str = ""
    service: str = ""


_SERVICES = {
    "rds": ResourceType.RDS,
    "docdb": ResourceType.RDS,
    "neptune": ResourceType.RDS,
    "cache": ResourceType.ELASTICACHE,
    "elb": ResourceType.LOAD_BALANCER,
    "compute": ResourceType.INSTANCE,
}
_NOT_ASKED = {
    "dax-clusters": "DynamoDB Accelerator",
    "docdb-elastic": "DocumentDB elastic clusters",
    "efs": "EFS",
    "es": "OpenSearch",
    "fsx": "FSx",
    "kafka": "MSK",
    "memorydb": "MemoryDB",
    "mq": "Amazon MQ",
    "redshift": "Redshift",
    "redshift-serverless": "Redshift Serverless",
}
"""Services with security groups of which nothing is known here but how their names end."""

_FIRST_REGION = "us-east-1"
"""Its public names say compute-1, because it was there before there were others."""

_BALANCER_PREFIXES = ("dualstack.", "ipv6.")
_NAMELESS = re.compile(r"(?:cluster-custom|proxy)-|endpoint$")
"""After this the first label is the endpoint's own name, not the cluster's or proxy's."""

_PROXY = re.compile(r"[^.]+\.(?:endpoint\.)?proxy-")

_DIRECTION = re.compile(r"north|south|east|west|central")


def read_host(text: str, geography: Geography) -> Host | None:
    """A DNS name of AWS; None for any other. ``resource_type`` is None for other services."""
    host = text.lower().rstrip(".")
    suffix = _suffix_of(host, geography.dns_suffixes())
    if suffix is None:
        return None
    labels = host.removesuffix(f".{suffix}").split(".")
    if labels[-1] == "compute-1":
        return Host(host, ResourceType.INSTANCE, _FIRST_REGION)
    *_, before, last = "", *labels
    # China's databases have the region last; all others the service.
    for service, place in ((last, before), (before, last)):
        if service in _SERVICES:
            region = _region_of(place, geography.regions())
            return _host(host, _SERVICES[service], region, labels)
    not_asked = _NOT_ASKED.get(last) or _NOT_ASKED.get(before, "")
    return Host(host, None, None, service=not_asked)


def is_proxy(host: str) -> bool:
    """Whether an RDS host is that of a proxy or of a proxy's endpoint."""
    return _PROXY.match(host) is not None


def short_names(regions: Iterable[str]) -> Mapping[str, str]:
    """ElastiCache's short names of regions: euw1 for eu-west-1. One that fits two fits none."""
    found: dict[str, list[str]] = {}
    for region in regions:
        found.setdefault(_short_name(region), []).append(region)
    return {short: names[0] for short, names in found.items() if len(names) == 1}


def _suffix_of(host: str, suffixes: Iterable[str]) -> str | None:
    fitting = [suffix for suffix in suffixes if host.endswith(f".{suffix}")]
    return max(fitting, key=len, default=None)


def _region_of(place: str, regions: tuple[str, ...]) -> str | None:
    return place if place in regions else short_names(regions).get(place)


def _short_name(region: str) -> str:
    area, *middle, number = region.split("-")
    return area + "".join(map(_initials, middle)) + number


def _initials(word: str) -> str:
    """The first letter of each direction in a word: ne for northeast."""
    return "".join(direction[0] for direction in _DIRECTION.findall(word)) or word[:1]


def _host(host: str, kind: ResourceType, region: str | None, labels: list[str]) -> Host:
    if kind is ResourceType.LOAD_BALANCER:
        for prefix in _BALANCER_PREFIXES:
            host = host.removeprefix(prefix)
    tells = kind is ResourceType.RDS and len(labels) > 1 and not _NAMELESS.match(labels[1])
    return Host(host, kind, region, labels[0] if tells else "")
