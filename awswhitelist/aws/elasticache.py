"""ElastiCache: cache clusters, replication groups, serverless caches.

A replication group has no security groups of its own in AWS's answers: its member clusters have.
Source: ElastiCache API reference, CacheCluster, ReplicationGroup, ServerlessCache.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from awswhitelist.aws.answers import required
from awswhitelist.aws.describing import Describer, Item, Listing
from awswhitelist.aws.found import TCP, Found, account_of, present
from awswhitelist.models import ResourceType

_CLUSTERS = Listing(
    "describe_cache_clusters",
    "CacheClusters",
    absent=frozenset({"CacheClusterNotFound", "CacheClusterNotFoundFault"}),
)
_GROUPS = Listing(
    "describe_replication_groups",
    "ReplicationGroups",
    absent=frozenset({"ReplicationGroupNotFoundFault", "ReplicationGroupNotFound"}),
)
_SERVERLESS = Listing(
    "describe_serverless_caches",
    "ServerlessCaches",
    "NextToken",
    "NextToken",
    absent=frozenset({"ServerlessCacheNotFoundFault", "ServerlessCacheNotFound"}),
)


class ElastiCacheService(Describer):
    """Caches of one account and region. Every method may raise the AwsError that fits."""

    def clusters(self, name: str | None = None) -> tuple[Found, ...]:
        """The cache cluster of that id (members of replication groups too); without one, all."""
        params = _named("CacheClusterId", name) | {"ShowCacheNodeInfo": True}
        return _read_clusters(self.items(_CLUSTERS, params))

    def replication_groups(self, name: str | None = None) -> tuple[Found, ...]:
        """The replication group of that id, without its security groups; without one, all."""
        return _read_groups(self.items(_GROUPS, _named("ReplicationGroupId", name)))

    def serverless_caches(self, name: str | None = None) -> tuple[Found, ...]:
        """The serverless cache of that name; without one, all."""
        return _read_serverless(self.items(_SERVERLESS, _named("ServerlessCacheName", name)))


def _named(parameter: str, name: str | None) -> dict[str, Any]:
    return {} if name is None else {parameter: name}


def _found(kind: str, name: str, arn: str, endpoints: Iterable[Item], **more: Any) -> Found:
    told = [endpoint for endpoint in endpoints if endpoint]
    ports = tuple(dict.fromkeys((TCP, each["Port"]) for each in told if "Port" in each))
    return Found(
        resource_type=ResourceType.ELASTICACHE,
        kind=kind,
        resource_id=arn,
        name=name,
        arn=arn,
        account=account_of(arn),
        hosts=present(*(endpoint.get("Address") for endpoint in told)),
        # The first endpoint is the usual one; a serverless cache's reader has a port of its own.
        ports=ports[:1],
        spare_ports=ports[1:],
        is_public=False,
        **more,
    )


@required()
def _read_clusters(items: Iterable[Item]) -> tuple[Found, ...]:
    return tuple(
        _found(
            "cache cluster",
            item["CacheClusterId"],
            item["ARN"],
            (
                item.get("ConfigurationEndpoint", {}),
                *(node.get("Endpoint", {}) for node in item.get("CacheNodes", ())),
            ),
            group_ids=tuple(group["SecurityGroupId"] for group in item.get("SecurityGroups", ())),
        )
        for item in items
    )


@required()
def _read_groups(items: Iterable[Item]) -> tuple[Found, ...]:
    return tuple(
        _found(
            "replication group",
            item["ReplicationGroupId"],
            item["ARN"],
            _group_endpoints(item),
            members=tuple(item.get("MemberClusters", ())),
        )
        for item in items
    )


def _group_endpoints(item: Item) -> Iterator[Item]:
    """Those of the whole group: a node's own is that of the member cluster, which is found too."""
    yield item.get("ConfigurationEndpoint", {})
    for shard in item.get("NodeGroups", ()):
        yield shard.get("PrimaryEndpoint", {})
        yield shard.get("ReaderEndpoint", {})


@required()
def _read_serverless(items: Iterable[Item]) -> tuple[Found, ...]:
    return tuple(
        _found(
            "serverless cache",
            item["ServerlessCacheName"],
            item["ARN"],
            (item.get("Endpoint", {}), item.get("ReaderEndpoint", {})),
            group_ids=tuple(item.get("SecurityGroupIds", ())),
        )
        for item in items
    )
