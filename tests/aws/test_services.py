"""RDS, ElastiCache, load balancers and instances as AWS really describes them (where moto differs).

Shapes: the API references named in the modules under test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from awswhitelist.aws.found import account_of
from awswhitelist.exceptions import AwsError, PermissionMissingError, UnavailableError

ACCOUNT = "111122223333"


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:eu-west-1:{ACCOUNT}:{resource}"


def instance(name: str, **more: Any) -> dict[str, Any]:
    return {"DBInstanceIdentifier": name, "DBInstanceArn": arn("rds", f"db:{name}")} | more


def test_a_database_that_is_being_made_has_no_port_yet(stage: Any) -> None:
    stage.answer(
        "rds",
        "describe_db_instances",
        {"DBInstances": [instance("new", PubliclyAccessible=True)]},
        DBInstanceIdentifier="new",
    )
    (found,) = stage.inventory.rds().instances("new")
    assert (found.ports, found.hosts, found.group_ids) == ((), (), ())
    assert (found.is_public, found.account) == (True, ACCOUNT)


def test_a_group_that_is_being_taken_off_a_database_does_not_count(stage: Any) -> None:
    groups = [
        {"VpcSecurityGroupId": f"sg-{status}", "Status": status}
        for status in ("active", "adding", "removing")
    ]
    stage.answer(
        "rds", "describe_db_instances", {"DBInstances": [instance("db", VpcSecurityGroups=groups)]}
    )
    (found,) = stage.inventory.rds().instances()
    assert found.group_ids == ("sg-active", "sg-adding")


def cluster(**more: Any) -> dict[str, Any]:
    named = {"DBClusterIdentifier": "c", "DBClusterArn": arn("rds", "cluster:c"), "Port": 3306}
    return named | more


def test_a_cluster_has_its_writer_reader_and_custom_endpoints(stage: Any) -> None:
    told = cluster(
        Engine="aurora-mysql",
        Endpoint="C.cluster-x",
        ReaderEndpoint="c.cluster-ro-x",
        CustomEndpoints=["mine.cluster-custom-x"],
    )
    stage.answer("rds", "describe_db_clusters", {"DBClusters": [told]})
    (found,) = stage.inventory.rds().clusters()
    assert found.hosts == ("c.cluster-x", "c.cluster-ro-x", "mine.cluster-custom-x")
    assert (found.kind, found.is_public) == ("Aurora cluster", None)


def test_a_multi_az_cluster_says_itself_whether_it_is_public(stage: Any) -> None:
    told = cluster(Engine="postgres", PubliclyAccessible=True)
    stage.answer("rds", "describe_db_clusters", {"DBClusters": [told]})
    (found,) = stage.inventory.rds().clusters()
    assert (found.kind, found.is_public) == ("Multi-AZ DB cluster", True)


def test_every_page_is_read(stage: Any) -> None:
    stage.answer("rds", "describe_db_instances", {"DBInstances": [instance("a")], "Marker": "m"})
    stage.answer("rds", "describe_db_instances", {"DBInstances": [instance("b")]}, Marker="m")
    assert [each.name for each in stage.inventory.rds().instances()] == ["a", "b"]


def test_pages_without_end_are_an_outage(stage: Any) -> None:
    for marker in ({}, {"Marker": "m"}):
        stage.answer("rds", "describe_db_instances", {"DBInstances": [], "Marker": "m"}, **marker)
    with pytest.raises(UnavailableError):
        stage.inventory.rds().instances()


def cache_endpoint(host: str, port: int = 6379) -> dict[str, Any]:
    return {"Address": host, "Port": port}


def test_a_sharded_replication_group_has_one_configuration_endpoint(stage: Any) -> None:
    told = {
        "ReplicationGroupId": "r",
        "ARN": arn("elasticache", "replicationgroup:r"),
        "ConfigurationEndpoint": cache_endpoint("clustercfg.r"),
        "NodeGroups": [{"NodeGroupId": "0001", "NodeGroupMembers": [{"CacheClusterId": "r-1"}]}],
        "MemberClusters": ["r-1", "r-2"],
    }
    stage.answer("elasticache", "describe_replication_groups", {"ReplicationGroups": [told]})
    (found,) = stage.inventory.caches().replication_groups()
    assert (found.hosts, found.members) == (("clustercfg.r",), ("r-1", "r-2"))
    assert (found.ports, found.is_public) == ((("tcp", 6379),), False)


def test_a_node_of_a_replication_group_is_an_endpoint_of_its_cluster_alone(stage: Any) -> None:
    members = [{"CacheClusterId": "r-1", "ReadEndpoint": cache_endpoint("r-1.r")}]
    shard = {"PrimaryEndpoint": cache_endpoint("master.r"), "NodeGroupMembers": members}
    told = {
        "ReplicationGroupId": "r",
        "ARN": arn("elasticache", "replicationgroup:r"),
        "NodeGroups": [shard | {"ReaderEndpoint": cache_endpoint("replica.r")}],
    }
    stage.answer("elasticache", "describe_replication_groups", {"ReplicationGroups": [told]})
    (found,) = stage.inventory.caches().replication_groups()
    assert found.hosts == ("master.r", "replica.r")


def test_a_cache_cluster_has_its_configuration_endpoint_and_nodes(stage: Any) -> None:
    told = {
        "CacheClusterId": "m",
        "ARN": arn("elasticache", "cluster:m"),
        "ConfigurationEndpoint": cache_endpoint("m.cfg", 11211),
        "CacheNodes": [{"Endpoint": cache_endpoint("m.0001", 11211)}, {"CacheNodeId": "0002"}],
        "SecurityGroups": [{"SecurityGroupId": "sg-1", "Status": "active"}],
    }
    stage.answer(
        "elasticache",
        "describe_cache_clusters",
        {"CacheClusters": [told]},
        CacheClusterId="m",
        ShowCacheNodeInfo=True,
    )
    (found,) = stage.inventory.caches().clusters("m")
    assert (found.hosts, found.group_ids) == (("m.cfg", "m.0001"), ("sg-1",))
    assert (found.ports, found.spare_ports) == ((("tcp", 11211),), ())


def test_a_serverless_cache_names_its_groups_and_its_readers_port_is_spare(stage: Any) -> None:
    told = {
        "ServerlessCacheName": "s",
        "ARN": arn("elasticache", "serverlesscache:s"),
        "Endpoint": cache_endpoint("s.serverless"),
        "ReaderEndpoint": cache_endpoint("s.serverless", 6380),
        "SecurityGroupIds": ["sg-1", "sg-2"],
    }
    stage.answer("elasticache", "describe_serverless_caches", {"ServerlessCaches": [told]})
    (found,) = stage.inventory.caches().serverless_caches()
    assert (found.ports, found.spare_ports) == ((("tcp", 6379),), (("tcp", 6380),))
    assert (found.hosts, found.group_ids) == (("s.serverless",), ("sg-1", "sg-2"))


def balancer(kind: str, **more: Any) -> dict[str, Any]:
    named = arn("elasticloadbalancing", "loadbalancer/net/n/1")
    return {"LoadBalancerArn": named, "LoadBalancerName": "n", "Type": kind} | more


def test_an_older_network_load_balancer_has_no_groups_at_all(stage: Any) -> None:
    told = balancer("network", Scheme="internet-facing", DNSName="N.elb")
    stage.answer("elbv2", "describe_load_balancers", {"LoadBalancers": [told]}, Names=["n"])
    (found,) = stage.inventory.balancers().balancers("n")
    assert (found.group_ids, found.is_public, found.hosts) == ((), True, ("n.elb",))


def test_a_gateway_load_balancer_has_no_host(stage: Any) -> None:
    stage.answer("elbv2", "describe_load_balancers", {"LoadBalancers": [balancer("gateway")]})
    (found,) = stage.inventory.balancers().balancers()
    assert (found.hosts, found.kind) == ((), "gateway load balancer")


def test_listeners_tell_ports_by_what_carries_their_protocol(stage: Any) -> None:
    told = [("TLS", 443), ("UDP", 514), ("TCP_UDP", 53), ("HTTP", 80), ("HTTPS", 443)]
    listeners = [{"Protocol": protocol, "Port": port} for protocol, port in told]
    listeners.append({"ListenerArn": "a gateway's has neither"})
    stage.answer("elbv2", "describe_listeners", {"Listeners": listeners}, LoadBalancerArn="arn:x")
    assert stage.inventory.balancers().ports("arn:x") == (
        ("tcp", 53),
        ("tcp", 80),
        ("tcp", 443),
        ("udp", 53),
        ("udp", 514),
    )


def test_a_classic_load_balancer_is_known_by_its_host(stage: Any) -> None:
    listener = {"Protocol": "TCP", "LoadBalancerPort": 25, "InstancePort": 2525}
    told = {
        "LoadBalancerName": "mail",
        "DNSName": "Mail-1.eu-west-1.elb.amazonaws.com",
        "ListenerDescriptions": [{"Listener": listener}],
        "Scheme": "internal",
        "SecurityGroups": ["sg-1"],
    }
    stage.answer("elb", "describe_load_balancers", {"LoadBalancerDescriptions": [told]})
    (found,) = stage.inventory.classic_balancers().balancers()
    assert found.resource_id == "mail-1.eu-west-1.elb.amazonaws.com"
    assert (found.ports, found.is_public, found.arn) == ((("tcp", 25),), False, None)


def test_an_instance_is_in_the_groups_of_all_its_interfaces(stage: Any) -> None:
    first = {"Groups": [{"GroupId": "sg-1"}], "Ipv6Addresses": []}
    second = {"Groups": [{"GroupId": "sg-2"}, {"GroupId": "sg-1"}]}
    told = {
        "InstanceId": "i-1",
        "SecurityGroups": [{"GroupId": "sg-1"}],
        "NetworkInterfaces": [first, second],
    }
    filters = [
        {"Name": "instance-id", "Values": ["i-1"]},
        {
            "Name": "instance-state-name",
            "Values": ["pending", "running", "stopping", "stopped"],
        },
    ]
    answer = {"Reservations": [{"OwnerId": ACCOUNT, "Instances": [told]}]}
    stage.answer("ec2", "describe_instances", answer, Filters=filters)
    (found,) = stage.inventory.ec2().instances_by_id("i-1")
    assert (found.group_ids, found.is_public) == (("sg-1", "sg-2"), False)
    assert (found.account, found.name) == (ACCOUNT, "")


@pytest.mark.parametrize(
    "interface",
    [
        {"Association": {"PublicIp": "203.0.113.9"}},
        {"Ipv6Addresses": [{"Ipv6Address": "2001:db8::9"}]},
    ],
)
def test_an_interface_with_a_public_address_of_either_family_is_public(
    stage: Any, interface: dict[str, Any]
) -> None:
    told = {"NetworkInterfaceId": "eni-1", "OwnerId": ACCOUNT, "Groups": [{"GroupId": "sg-1"}]}
    filters = [{"Name": "network-interface-id", "Values": ["eni-1"]}]
    answer = {"NetworkInterfaces": [told | interface]}
    stage.answer("ec2", "describe_network_interfaces", answer, Filters=filters)
    (found,) = stage.inventory.ec2().interfaces_by_id("eni-1")
    assert (found.is_public, found.group_ids) == (True, ("sg-1",))


Ask = Callable[[Any], object]
ABSENT: tuple[tuple[str, str, str, Ask], ...] = (
    ("rds", "describe_db_instances", "DBInstanceNotFound", lambda i: i.rds().instances("x")),
    ("rds", "describe_db_clusters", "DBClusterNotFoundFault", lambda i: i.rds().clusters("x")),
    (
        "elasticache",
        "describe_cache_clusters",
        "CacheClusterNotFound",
        lambda i: i.caches().clusters("x"),
    ),
    (
        "elasticache",
        "describe_replication_groups",
        "ReplicationGroupNotFoundFault",
        lambda i: i.caches().replication_groups("x"),
    ),
    (
        "elasticache",
        "describe_serverless_caches",
        "ServerlessCacheNotFoundFault",
        lambda i: i.caches().serverless_caches("x"),
    ),
    (
        "elbv2",
        "describe_load_balancers",
        "LoadBalancerNotFound",
        lambda i: i.balancers().balancers("x"),
    ),
    (
        "elb",
        "describe_load_balancers",
        "LoadBalancerNotFound",
        lambda i: i.classic_balancers().balancers("x"),
    ),
)


@pytest.mark.parametrize(("service", "method", "code", "ask"), ABSENT, ids=[a[2] for a in ABSENT])
def test_what_a_service_does_not_know_is_nothing(
    stage: Any, service: str, method: str, code: str, ask: Ask
) -> None:
    stage.refuse(service, method, code, 404)
    assert ask(stage.inventory) == ()


@pytest.mark.parametrize(("service", "method", "code", "ask"), ABSENT, ids=[a[2] for a in ABSENT])
def test_a_refusal_names_the_action_that_is_missing(
    stage: Any, service: str, method: str, code: str, ask: Ask
) -> None:
    stage.refuse(service, method, "AccessDenied", 403)
    with pytest.raises(PermissionMissingError) as caught:
        ask(stage.inventory)
    (action,) = caught.value.details["missing_permissions"]
    assert action.partition(":")[0] == {"elb": "elasticloadbalancing"}.get(
        service.removesuffix("v2"), service
    )


def test_an_answer_without_what_aws_always_sends_is_unusable(stage: Any) -> None:
    stage.answer("rds", "describe_db_instances", {"DBInstances": [{"Engine": "postgres"}]})
    with pytest.raises(UnavailableError):
        stage.inventory.rds().instances()


def test_another_refusal_is_not_taken_for_nothing(stage: Any) -> None:
    stage.refuse("rds", "describe_db_instances", "InvalidParameterValue")
    with pytest.raises(AwsError):
        stage.inventory.rds().instances("x")


def test_an_account_is_read_from_an_arn_that_has_one() -> None:
    assert account_of(arn("rds", "db:x")) == ACCOUNT
    assert account_of("arn:aws:s3:::bucket") is None
    assert account_of("x") is None
