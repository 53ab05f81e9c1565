"""ElastiCache, answered from a table: moto, which the rest was recorded from, has no member
clusters and omits their groups.

Source: ElastiCache API reference, DescribeReplicationGroups, DescribeCacheClusters,
DescribeServerlessCaches.
"""

from __future__ import annotations

from collections.abc import Callable

from awswhitelist.sandbox.answers import Answer, Params, Refusal
from awswhitelist.sandbox.estate import CACHES, Cache
from awswhitelist.sandbox.listing import chosen
from awswhitelist.sandbox.offline_session import REGION
from awswhitelist.sandbox.region import Region


def describe_replication_groups(region: Region, params: Params) -> Answer:
    """The replication groups; their security groups are their member clusters'."""
    shown = chosen(
        [_replication_group(region, cache) for cache in _caches(region) if cache.clusters],
        params.get("ReplicationGroupId"),
        "ReplicationGroupId",
        _no_such("ReplicationGroupNotFoundFault", "Replication group"),
    )
    return {"ReplicationGroups": shown}


def describe_cache_clusters(region: Region, params: Params) -> Answer:
    """The cache clusters: members of replication groups, and those that stand alone."""
    with_nodes = bool(params.get("ShowCacheNodeInfo"))
    shown = chosen(
        [
            _cluster(region, cache, name, with_nodes)
            for cache in _caches(region)
            if not cache.serverless
            for name in _members(cache) or [cache.name]
        ],
        params.get("CacheClusterId"),
        "CacheClusterId",
        _no_such("CacheClusterNotFound", "Cache cluster"),
    )
    return {"CacheClusters": shown}


def describe_serverless_caches(region: Region, params: Params) -> Answer:
    """The serverless caches."""
    shown = chosen(
        [_serverless(region, cache) for cache in _caches(region) if cache.serverless],
        params.get("ServerlessCacheName"),
        "ServerlessCacheName",
        _no_such("ServerlessCacheNotFoundFault", "Serverless cache"),
    )
    return {"ServerlessCaches": shown}


def _caches(region: Region) -> tuple[Cache, ...]:
    return CACHES if region.name == REGION else ()


def _members(cache: Cache) -> list[str]:
    return [f"{cache.name}-{number:03d}" for number in range(1, cache.clusters + 1)]


def _endpoint(host: str, cache: Cache, port: int | None = None) -> Answer:
    return {"Address": f"{host}.euw1.cache.amazonaws.com", "Port": port or cache.port}


def _groups(region: Region, cache: Cache) -> list[str]:
    return [group["GroupId"] for group in region.groups() if group["GroupName"] in cache.groups]


def _replication_group(region: Region, cache: Cache) -> Answer:
    shard = {
        "NodeGroupId": "0001",
        "Status": "available",
        "PrimaryEndpoint": _endpoint(f"master.{cache.name}.sandbox", cache),
        "ReaderEndpoint": _endpoint(f"replica.{cache.name}.sandbox", cache),
    }
    return {
        "ReplicationGroupId": cache.name,
        "Description": cache.description,
        "Status": "available",
        "MemberClusters": _members(cache),
        "NodeGroups": [shard],
        "ClusterEnabled": False,
        "Engine": "redis",
        "ARN": f"arn:aws:elasticache:{region.name}:{region.account}:replicationgroup:{cache.name}",
    }


def _cluster(region: Region, cache: Cache, name: str, with_nodes: bool) -> Answer:
    nodes = [
        {
            "CacheNodeId": "0001",
            "CacheNodeStatus": "available",
            "Endpoint": _endpoint(f"{name}.sandbox.0001", cache),
        }
    ]
    group = {"ReplicationGroupId": cache.name} if cache.clusters else {}
    return {
        "CacheClusterId": name,
        "CacheClusterStatus": "available",
        "Engine": "redis" if cache.clusters else "memcached",
        "NumCacheNodes": 1,
        "SecurityGroups": [
            {"SecurityGroupId": group_id, "Status": "active"} for group_id in _groups(region, cache)
        ],
        "ARN": f"arn:aws:elasticache:{region.name}:{region.account}:cluster:{name}",
        **group,
    } | ({"CacheNodes": nodes} if with_nodes else {})


def _serverless(region: Region, cache: Cache) -> Answer:
    """Its reader listens on a port of its own (ElastiCache user guide, "Serverless")."""
    host, place = f"{cache.name}-sandbox.serverless", f"{region.name}:{region.account}"
    return {
        "ServerlessCacheName": cache.name,
        "Description": cache.description,
        "Status": "available",
        "Engine": "valkey",
        "SecurityGroupIds": _groups(region, cache),
        "Endpoint": _endpoint(host, cache),
        "ReaderEndpoint": _endpoint(host, cache, cache.port + 1),
        "ARN": f"arn:aws:elasticache:{place}:serverlesscache:{cache.name}",
    }


def _no_such(code: str, what: str) -> Callable[[str], Refusal]:
    return lambda name: Refusal(code, f"{what} {name} not found.", status=404)
