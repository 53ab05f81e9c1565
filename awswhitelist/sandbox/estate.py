"""What the sandbox holds when it starts, as tables. Names, and nothing else, tie them together."""

from __future__ import annotations

from dataclasses import dataclass

from awswhitelist.models import SourceKind


@dataclass(frozen=True, slots=True)
class Network:
    """A VPC with two subnets in two zones; instances get public addresses if ``public``."""

    name: str
    cidr: str
    subnets: tuple[str, str]
    public: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """An ingress rule; a group or prefix list is named, and its id filled in."""

    protocol: str
    first: int | None
    last: int | None
    kind: SourceKind
    source: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class SeedGroup:
    """A security group with its rules."""

    name: str
    network: str
    description: str
    openings: tuple[Opening, ...]
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Instance:
    """A running instance in the first subnet of a network."""

    name: str
    network: str
    address: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Database:
    """An RDS instance, or an Aurora cluster with one instance if ``cluster``."""

    name: str
    engine: str
    version: str
    port: int
    groups: tuple[str, ...]
    cluster: bool = False
    public: bool = False


@dataclass(frozen=True, slots=True)
class Cache:
    """An ElastiCache replication group of ``clusters`` members; without members it stands alone:
    a cache cluster, or a serverless cache if ``serverless``."""

    name: str
    description: str
    port: int
    groups: tuple[str, ...]
    clusters: int = 0
    serverless: bool = False


@dataclass(frozen=True, slots=True)
class Proxy:
    """An RDS proxy, with the endpoints made beside its own; ``family`` is its engine's."""

    name: str
    family: str
    groups: tuple[str, ...]
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Targets:
    """A target group: what a balancer sends to, of which type, by which protocol and port."""

    name: str
    kind: str
    protocol: str
    port: int


@dataclass(frozen=True, slots=True)
class Balancer:
    """A load balancer; a listener is a protocol and a port. ``kind`` is ELBv2's, or classic."""

    name: str
    kind: str
    scheme: str
    groups: tuple[str, ...]
    listeners: tuple[tuple[str, int], ...]
    targets: tuple[Targets, ...] = ()


CLASSIC = "classic"
"""The kind of a balancer of the older API."""

OFFICES = "offices"
"""A managed prefix list of five entries at most."""

OFFICE_ENTRIES = ("198.51.100.0/24", "203.0.113.128/25")
OFFICE_MOST_ENTRIES = 5

_V4, _V6, _GROUP = SourceKind.IPV4, SourceKind.IPV6, SourceKind.GROUP
_LIST = SourceKind.PREFIX_LIST

NETWORKS = (
    Network("prod", "10.20.0.0/16", ("10.20.1.0/24", "10.20.2.0/24"), public=True),
    Network("staging", "10.30.0.0/16", ("10.30.1.0/24", "10.30.2.0/24"), public=False),
)

GROUPS = (
    SeedGroup(
        "prod-bastion",
        "prod",
        "Way in for administrators",
        (
            Opening("tcp", 22, 22, _V4, "198.51.100.0/24", "Head office"),
            Opening("tcp", 22, 22, _V6, "2001:db8:1::7/128", "On-call laptop"),
        ),
    ),
    SeedGroup(
        "prod-web",
        "prod",
        "Public web servers",
        tuple(
            Opening("tcp", port, port, kind, everywhere, name)
            for port, name in ((80, "HTTP"), (443, "HTTPS"))
            for kind, everywhere in ((_V4, "0.0.0.0/0"), (_V6, "::/0"))
        ),
    ),
    SeedGroup(
        "prod-db",
        "prod",
        "Orders database",
        (
            Opening("tcp", 5432, 5432, _GROUP, "prod-web", "Web servers"),
            Opening("tcp", 5432, 5432, _LIST, OFFICES, "Offices"),
        ),
    ),
    SeedGroup(
        "prod-cache",
        "prod",
        "Session cache",
        (Opening("tcp", 6379, 6379, _GROUP, "prod-web", "Web servers"),),
    ),
    SeedGroup(
        "staging-app",
        "staging",
        "Staging application",
        (
            Opening("tcp", 8000, 8100, _V4, "10.30.0.0/16", "Inside staging"),
            Opening("icmp", 8, -1, _V4, "10.0.0.0/8", "Echo request"),
            Opening("-1", None, None, _GROUP, "staging-app", "Members among themselves"),
        ),
    ),
    SeedGroup(
        "staging-db",
        "staging",
        "Staging database",
        (Opening("tcp", 3306, 3306, _V4, "192.0.2.16/28", "vpn-pool (access-bot)"),),
        (("managed-by", "terraform"), ("terraform-module", "staging/database")),
    ),
    SeedGroup(
        "staging-vpn",
        "staging",
        "Tunnels into staging",
        (Opening("udp", 1194, 1194, _V4, "198.51.100.0/24", "Head office"),),
    ),
)

INSTANCES = (
    Instance("bastion", "prod", "10.20.1.10", ("prod-bastion",)),
    Instance("web-1", "prod", "10.20.1.20", ("prod-web",)),
    Instance("worker", "prod", "10.20.1.30", ("prod-web", "prod-cache")),
    Instance("batch", "staging", "10.30.1.10", ("staging-app",)),
    Instance("batch", "staging", "10.30.1.11", ("staging-app",)),
    Instance("staging-1", "staging", "10.30.1.20", ("staging-app",)),
)

DATABASES = (
    Database("orders-db", "postgres", "16.3", 5432, ("prod-db",), public=True),
    Database(
        "billing", "aurora-mysql", "8.0.mysql_aurora.3.07.1", 3306, ("prod-db",), cluster=True
    ),
    Database("reports", "mysql", "8.0.36", 3306, ("prod-db",)),
    Database("archive", "postgres", "16.3", 5433, ("prod-db", "prod-cache")),
    Database("ledger", "postgres", "16.3", 5432, ("prod-db",), cluster=True),
)

KIN = (
    Database("catalog", "docdb", "5.0.0", 27017, ("prod-db",), cluster=True),
    Database("friends", "neptune", "1.4.6.0", 8182, ("prod-db",), cluster=True, public=True),
)
"""Clusters of the services that RDS's API describes beside its own."""

PROXIES = (Proxy("orders-pool", "POSTGRESQL", ("prod-db",), endpoints=("orders-reads",)),)

CACHES = (
    Cache("sessions", "Web sessions", 6379, ("prod-cache",), clusters=2),
    Cache("queries", "Results of queries", 11211, ("prod-cache",)),
    Cache("carts", "Shopping carts", 6379, ("prod-cache",), serverless=True),
)

BALANCERS = (
    Balancer(
        "storefront",
        "application",
        "internet-facing",
        ("prod-web",),
        (("HTTP", 80), ("HTTPS", 443)),
        (Targets("storefront-web", "instance", "HTTP", 8080),),
    ),
    Balancer("ingest", "network", "internal", (), ()),
    Balancer(
        "relay",
        "network",
        "internet-facing",
        ("prod-web",),
        (("TCP", 443), ("UDP", 443), ("UDP", 514)),
        (Targets("relay-tcp", "ip", "TCP", 8443), Targets("relay-udp", "instance", "UDP", 514)),
    ),
    Balancer("intranet", CLASSIC, "internal", ("prod-web",), (("HTTP", 80),)),
    Balancer("reports", CLASSIC, "internet-facing", ("prod-web",), (("HTTP", 80),)),
)
