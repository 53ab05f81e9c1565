"""DocumentDB, Neptune, proxies and target groups as AWS describes them.

Shapes: the API references named in the modules under test.
"""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.exceptions import PermissionMissingError, UnavailableError

PLACE = "arn:aws:rds:eu-west-1:111122223333"
PROXIES, ENDPOINTS = "describe_db_proxies", "describe_db_proxy_endpoints"


@pytest.mark.parametrize(
    ("engine", "kind", "is_public"),
    [
        ("docdb", "DocumentDB cluster", False),
        ("neptune", "Neptune cluster", None),
        ("aurora", "Aurora cluster", None),
        ("aurora-postgresql", "Aurora cluster", None),
        ("mysql", "Multi-AZ DB cluster", True),
    ],
)
def test_a_cluster_is_of_the_kind_that_its_engine_makes(
    stage: Any, engine: str, kind: str, is_public: bool | None
) -> None:
    told = {
        "DBClusterIdentifier": "c",
        "DBClusterArn": f"{PLACE}:cluster:c",
        "Engine": engine,
        "PubliclyAccessible": True,
    }
    stage.answer("rds", "describe_db_clusters", {"DBClusters": [told]})
    (found,) = stage.inventory.rds().clusters()
    assert (found.kind, found.is_public) == (kind, is_public)


def proxy(family: str = "MYSQL") -> dict[str, Any]:
    return {
        "DBProxyName": "pool",
        "DBProxyArn": f"{PLACE}:db-proxy:prx-1",
        "EngineFamily": family,
        "VpcId": "vpc-1",
        "VpcSecurityGroupIds": ["sg-1"],
        "Endpoint": "Pool.proxy-x.eu-west-1.rds.amazonaws.com",
    }


def endpoint(name: str, proxy_name: str = "pool", **more: Any) -> dict[str, Any]:
    return {
        "DBProxyEndpointName": name,
        "DBProxyEndpointArn": f"{PLACE}:db-proxy-endpoint:prx-endpoint-{name}",
        "DBProxyName": proxy_name,
        "VpcSecurityGroupIds": ["sg-2"],
        "Endpoint": f"{name}.endpoint.proxy-x.eu-west-1.rds.amazonaws.com",
        **more,
    }


@pytest.mark.parametrize(
    ("family", "ports"),
    [
        ("MYSQL", (("tcp", 3306),)),
        ("POSTGRESQL", (("tcp", 5432),)),
        ("SQLSERVER", (("tcp", 1433),)),
        ("NEWEST", ()),
    ],
)
def test_a_proxy_listens_on_the_usual_port_of_its_engine(
    stage: Any, family: str, ports: tuple[tuple[str, int], ...]
) -> None:
    stage.answer("rds", PROXIES, {"DBProxies": [proxy(family)]})
    stage.answer("rds", ENDPOINTS, {"DBProxyEndpoints": []})
    (found,) = stage.inventory.rds().proxies()
    assert (found.ports, found.group_ids, found.is_public) == (ports, ("sg-1",), False)
    assert found.hosts == ("pool.proxy-x.eu-west-1.rds.amazonaws.com",)


def test_an_endpoint_made_beside_a_proxys_own_has_its_groups_and_the_proxys_port(
    stage: Any,
) -> None:
    told = [endpoint("default", IsDefault=True), endpoint("reads"), endpoint("x", "just-gone")]
    stage.answer("rds", PROXIES, {"DBProxies": [proxy()]})
    stage.answer("rds", ENDPOINTS, {"DBProxyEndpoints": told})
    own, beside = stage.inventory.rds().proxies()
    assert (own.kind, beside.kind) == ("RDS proxy", "RDS proxy endpoint")
    assert (beside.name, beside.arn) == ("reads", f"{PLACE}:db-proxy-endpoint:prx-endpoint-reads")
    assert (beside.ports, beside.group_ids) == ((("tcp", 3306),), ("sg-2",))


def test_without_proxies_their_endpoints_are_not_asked_for(stage: Any) -> None:
    stage.answer("rds", PROXIES, {"DBProxies": []})
    assert stage.inventory.rds().proxies() == ()


def test_a_proxy_without_an_arn_is_unusable(stage: Any) -> None:
    stage.answer("rds", PROXIES, {"DBProxies": [{"DBProxyName": "pool"}]})
    stage.answer("rds", ENDPOINTS, {"DBProxyEndpoints": []})
    with pytest.raises(UnavailableError):
        stage.inventory.rds().proxies()


@pytest.mark.parametrize(
    ("groups", "passes_on"),
    [
        ([("instance", "TCP")], True),
        ([("ip", "TCP")], False),
        ([("ip", "TLS")], False),
        ([("ip", "UDP")], True),
        ([("ip", "TCP_UDP")], True),
        ([("alb", "TCP")], True),
        ([("ip", "TCP"), ("instance", "TLS")], True),
        ([], False),
    ],
)
def test_targets_see_their_callers_by_type_and_protocol(
    stage: Any, groups: list[tuple[str, str]], passes_on: bool
) -> None:
    told = [{"TargetType": kind, "Protocol": protocol} for kind, protocol in groups]
    stage.answer("elbv2", "describe_target_groups", {"TargetGroups": told}, LoadBalancerArn="arn:x")
    assert stage.inventory.balancers().passes_callers_on("arn:x") is passes_on


def test_target_groups_that_may_not_be_seen_name_the_action(stage: Any) -> None:
    stage.refuse("elbv2", "describe_target_groups", "AccessDenied", 403)
    with pytest.raises(PermissionMissingError) as caught:
        stage.inventory.balancers().passes_callers_on("arn:x")
    assert caught.value.details["missing_permissions"] == [
        "elasticloadbalancing:DescribeTargetGroups"
    ]
