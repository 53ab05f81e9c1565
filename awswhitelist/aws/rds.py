"""RDS: database instances, Aurora clusters and Multi-AZ clusters.

Source: RDS API reference, DescribeDBInstances, DescribeDBClusters, DBInstance, DBCluster.
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
    """PubliclyAccessible is told of Multi-AZ clusters only; Aurora's instances have their own."""
    is_aurora = item.get("Engine", "").startswith("aurora")
    custom = item.get("CustomEndpoints", ())
    return Found(
        resource_type=ResourceType.RDS,
        kind="Aurora cluster" if is_aurora else "Multi-AZ DB cluster",
        resource_id=item["DBClusterArn"],
        name=item["DBClusterIdentifier"],
        arn=item["DBClusterArn"],
        account=account_of(item["DBClusterArn"]),
        hosts=present(item.get("Endpoint"), item.get("ReaderEndpoint"), *custom),
        ports=_tcp(item.get("Port")),
        group_ids=_groups(item),
        is_public=None if is_aurora else item.get("PubliclyAccessible"),
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
