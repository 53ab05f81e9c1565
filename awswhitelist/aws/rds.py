"""RDS: database instances, clusters (Aurora, Multi-AZ, DocumentDB, Neptune) and proxies.

The API of RDS describes the clusters and instances of DocumentDB and Neptune too.
Source: RDS API reference, DescribeDBInstances, DescribeDBClusters, DescribeDBProxies,
DescribeDBProxyEndpoints and their data types; DocumentDB and Neptune API references.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from awswhitelist.aws.answers import required
from awswhitelist.aws.describing import Describer, Item, Listing
from awswhitelist.aws.found import TCP, Found, account_of, present
from awswhitelist.models import ResourceType

_INSTANCES = Listing(
    "describe_db_instances",
    "DBInstances",
    absent=frozenset({"DBInstanceNotFound", "DBInstanceNotFoundFault"}),
)
_CLUSTERS = Listing(
    "describe_db_clusters",
    "DBClusters",
    absent=frozenset({"DBClusterNotFoundFault", "DBClusterNotFound"}),
)
_PROXIES = Listing("describe_db_proxies", "DBProxies")
_PROXY_ENDPOINTS = Listing("describe_db_proxy_endpoints", "DBProxyEndpoints")

_PROXY_PORTS = {"MYSQL": 3306, "POSTGRESQL": 5432, "SQLSERVER": 1433}
"""A proxy listens on its engine's usual port, whatever port its database has.

Source: RDS user guide, "Connecting to a database through RDS Proxy".
"""

_CLUSTER_KINDS = {
    "aurora": "Aurora cluster",
    "aurora-mysql": "Aurora cluster",
    "aurora-postgresql": "Aurora cluster",
    "docdb": "DocumentDB cluster",
    "neptune": "Neptune cluster",
}
"""By engine; any other engine makes a Multi-AZ cluster."""

_MULTI_AZ = "Multi-AZ DB cluster"
_NEVER_PUBLIC = frozenset({"docdb"})


class RdsService(Describer):
    """Databases of one account and region. Every method may raise the AwsError that fits."""

    def instances(self, identifier: str | None = None) -> tuple[Found, ...]:
        """The instance of that identifier; without one, all."""
        return _read_instances(self.items(_INSTANCES, _named("DBInstanceIdentifier", identifier)))

    def clusters(self, identifier: str | None = None) -> tuple[Found, ...]:
        """The cluster of that identifier; without one, all."""
        return _read_clusters(self.items(_CLUSTERS, _named("DBClusterIdentifier", identifier)))

    def members(self, cluster: str) -> tuple[Found, ...]:
        """The instances of a cluster."""
        filters = {"Filters": [{"Name": "db-cluster-id", "Values": [cluster]}]}
        return _read_instances(self.items(_INSTANCES, filters))

    def proxies(self) -> tuple[Found, ...]:
        """All proxies, and the endpoints made beside their own, as targets of their own."""
        proxies = list(self.items(_PROXIES, {}))
        endpoints = self.items(_PROXY_ENDPOINTS, {}) if proxies else ()
        return _read_proxies(proxies, endpoints)


def _named(parameter: str, identifier: str | None) -> dict[str, Any]:
    return {} if identifier is None else {parameter: identifier}


@required()
def _read_instances(items: Iterable[Item]) -> tuple[Found, ...]:
    return tuple(_instance(item) for item in items)


def _instance(item: Item) -> Found:
    endpoint = item.get("Endpoint", {})  # absent while the instance is being made
    return Found(
        resource_type=ResourceType.RDS,
        kind="DB instance",
        resource_id=item["DBInstanceArn"],
        name=item["DBInstanceIdentifier"],
        arn=item["DBInstanceArn"],
        account=account_of(item["DBInstanceArn"]),
        hosts=present(endpoint.get("Address")),
        ports=_tcp(endpoint.get("Port")),
        group_ids=_groups(item),
        is_public=item.get("PubliclyAccessible"),
    )


@required()
def _read_clusters(items: Iterable[Item]) -> tuple[Found, ...]:
    return tuple(_cluster(item) for item in items)


def _cluster(item: Item) -> Found:
    """PubliclyAccessible is told of Multi-AZ clusters only; of others their instances tell it."""
    engine = item.get("Engine", "")
    kind = _CLUSTER_KINDS.get(engine, _MULTI_AZ)
    custom = item.get("CustomEndpoints", ())
    return Found(
        resource_type=ResourceType.RDS,
        kind=kind,
        resource_id=item["DBClusterArn"],
        name=item["DBClusterIdentifier"],
        arn=item["DBClusterArn"],
        account=account_of(item["DBClusterArn"]),
        hosts=present(item.get("Endpoint"), item.get("ReaderEndpoint"), *custom),
        ports=_tcp(item.get("Port")),
        group_ids=_groups(item),
        is_public=_is_public(engine, kind, item),
    )


def _is_public(engine: str, kind: str, item: Item) -> bool | None:
    if engine in _NEVER_PUBLIC:
        return False
    return item.get("PubliclyAccessible") if kind == _MULTI_AZ else None


@required()
def _read_proxies(proxies: Iterable[Item], endpoints: Iterable[Item]) -> tuple[Found, ...]:
    known = {proxy["DBProxyName"]: proxy for proxy in proxies}
    beside = [
        each for each in endpoints if not each.get("IsDefault") and each["DBProxyName"] in known
    ]
    return (
        *(_proxy("RDS proxy", "DBProxy", proxy, proxy) for proxy in known.values()),
        *(
            _proxy("RDS proxy endpoint", "DBProxyEndpoint", each, known[each["DBProxyName"]])
            for each in beside
        ),
    )


def _proxy(kind: str, prefix: str, item: Item, proxy: Item) -> Found:
    """An endpoint has its own groups, and the port of its proxy. None is reached from outside."""
    arn = item[f"{prefix}Arn"]
    return Found(
        resource_type=ResourceType.RDS,
        kind=kind,
        resource_id=arn,
        name=item[f"{prefix}Name"],
        arn=arn,
        account=account_of(arn),
        hosts=present(item.get("Endpoint")),
        ports=_tcp(_PROXY_PORTS.get(proxy.get("EngineFamily", ""))),
        group_ids=tuple(item.get("VpcSecurityGroupIds", ())),
        is_public=False,
        vpc_id=item.get("VpcId"),
    )


def _tcp(port: int | None) -> tuple[tuple[str, int], ...]:
    return () if port is None else ((TCP, port),)


def _groups(item: Item) -> tuple[str, ...]:
    """Those in force: one that is being taken off the database decides nothing for long."""
    return tuple(
        group["VpcSecurityGroupId"]
        for group in item.get("VpcSecurityGroups", ())
        if group.get("Status") != "removing"
    )
