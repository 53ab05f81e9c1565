"""What RDS's API describes beside the recorded databases: DocumentDB, Neptune, proxies.

Source: RDS API reference, DBCluster, DBInstance, DBProxy, DBProxyEndpoint; DocumentDB developer
guide and Neptune user guide, "Endpoints".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from awswhitelist.sandbox.answers import Answer, Params, Refusal
from awswhitelist.sandbox.estate import KIN, PROXIES, Database, Proxy
from awswhitelist.sandbox.listing import chosen
from awswhitelist.sandbox.offline_session import REGION
from awswhitelist.sandbox.region import Region

T = TypeVar("T")

_MARK = "abcdefghijkl"
"""AWS puts something of its own after each name."""


def describe_proxies(region: Region, params: Params) -> Answer:
    """DescribeDBProxies."""
    shown = [_proxy(region, proxy) for proxy in _here(region, PROXIES)]
    return {"DBProxies": _of_proxy(shown, params)}


def describe_proxy_endpoints(region: Region, params: Params) -> Answer:
    """DescribeDBProxyEndpoints: the proxies' own, and those made beside them."""
    shown = [
        _proxy_endpoint(region, proxy, name)
        for proxy in _here(region, PROXIES)
        for name in ("default", *proxy.endpoints)
    ]
    return {"DBProxyEndpoints": _of_proxy(shown, params)}


def _of_proxy(items: list[Answer], params: Params) -> list[Answer]:
    return chosen(
        items,
        params.get("DBProxyName"),
        "DBProxyName",
        lambda name: Refusal("DBProxyNotFoundFault", f"DB proxy {name} not found.", status=404),
    )


def clusters(region: Region) -> list[Answer]:
    """The clusters of the services that are kin to RDS."""
    return [_cluster(region, each) for each in _here(region, KIN)]


def instances(region: Region) -> list[Answer]:
    """The members of those clusters."""
    return [_instance(region, each) for each in _here(region, KIN)]


def _here(region: Region, known: Iterable[T]) -> list[T]:
    return list(known) if region.name == REGION else []


def _group_ids(region: Region, names: Iterable[str]) -> list[str]:
    ids = {group["GroupName"]: group["GroupId"] for group in region.groups()}
    return [ids[name] for name in names]


def _groups(region: Region, database: Database) -> list[Answer]:
    return [
        {"VpcSecurityGroupId": group_id, "Status": "active"}
        for group_id in _group_ids(region, database.groups)
    ]


def _arn(region: Region, kind: str, name: str) -> str:
    return f"arn:aws:rds:{region.name}:{region.account}:{kind}:{name}"


def _cluster(region: Region, database: Database) -> Answer:
    place = f"{region.name}.{database.engine}.amazonaws.com"
    return {
        "DBClusterIdentifier": database.name,
        "DBClusterArn": _arn(region, "cluster", database.name),
        "Engine": database.engine,
        "EngineVersion": database.version,
        "Status": "available",
        "Endpoint": f"{database.name}.cluster-{_MARK}.{place}",
        "ReaderEndpoint": f"{database.name}.cluster-ro-{_MARK}.{place}",
        "Port": database.port,
        "VpcSecurityGroups": _groups(region, database),
    }


def _instance(region: Region, database: Database) -> Answer:
    name = f"{database.name}-1"
    host = f"{name}.{_MARK}.{region.name}.{database.engine}.amazonaws.com"
    return {
        "DBInstanceIdentifier": name,
        "DBInstanceArn": _arn(region, "db", name),
        "DBClusterIdentifier": database.name,
        "Engine": database.engine,
        "EngineVersion": database.version,
        "DBInstanceStatus": "available",
        "Endpoint": {"Address": host, "Port": database.port},
        "PubliclyAccessible": database.public,
        "VpcSecurityGroups": _groups(region, database),
    }


def _proxy(region: Region, proxy: Proxy) -> Answer:
    return {
        "DBProxyName": proxy.name,
        "DBProxyArn": _arn(region, "db-proxy", f"prx-{proxy.name}"),
        "Status": "available",
        "EngineFamily": proxy.family,
        "VpcSecurityGroupIds": _group_ids(region, proxy.groups),
        "Endpoint": f"{proxy.name}.proxy-{_MARK}.{region.name}.rds.amazonaws.com",
    }


def _proxy_endpoint(region: Region, proxy: Proxy, name: str) -> Answer:
    is_default = name == "default"
    labels = proxy.name if is_default else f"{name}.endpoint"
    return {
        "DBProxyEndpointName": name,
        "DBProxyEndpointArn": _arn(
            region, "db-proxy-endpoint", f"prx-endpoint-{proxy.name}-{name}"
        ),
        "DBProxyName": proxy.name,
        "Status": "available",
        "VpcSecurityGroupIds": _group_ids(region, proxy.groups),
        "Endpoint": f"{labels}.proxy-{_MARK}.{region.name}.rds.amazonaws.com",
        "IsDefault": is_default,
    }
