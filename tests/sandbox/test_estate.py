"""What a sandbox holds when it starts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from awswhitelist.sandbox import Sandbox

Client = Callable[[str], Any]


def client_of(sandbox: Sandbox, service: str, **more: Any) -> Any:
    return sandbox.new_session(None).create_client(service, **more)


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    return lambda service: client_of(sandbox, service)


def test_the_groups_have_their_rules(ec2: Any, group_id: Callable[[str], str], rules: Any) -> None:
    def told(name: str) -> list[tuple[str, int, int, str]]:
        return [
            (
                rule["IpProtocol"],
                rule["FromPort"],
                rule["ToPort"],
                rule.get("CidrIpv4")
                or rule.get("CidrIpv6")
                or rule.get("PrefixListId", "")[:3]
                or rule["ReferencedGroupInfo"]["GroupId"],
            )
            for rule in rules(group_id(name))
        ]

    web = group_id("prod-web")
    assert told("prod-bastion") == [
        ("tcp", 22, 22, "198.51.100.0/24"),
        ("tcp", 22, 22, "2001:db8:1::7/128"),
    ]
    assert told("prod-web") == [
        ("tcp", 80, 80, "0.0.0.0/0"),
        ("tcp", 80, 80, "::/0"),
        ("tcp", 443, 443, "0.0.0.0/0"),
        ("tcp", 443, 443, "::/0"),
    ]
    assert told("prod-db") == [("tcp", 5432, 5432, web), ("tcp", 5432, 5432, "pl-")]
    assert told("prod-cache") == [("tcp", 6379, 6379, web)]
    assert told("staging-app") == [
        ("tcp", 8000, 8100, "10.30.0.0/16"),
        ("icmp", 8, -1, "10.0.0.0/8"),
        ("-1", -1, -1, group_id("staging-app")),
    ]
    assert told("staging-db") == [("tcp", 3306, 3306, "192.0.2.16/28")]
    assert told("staging-vpn") == [("udp", 1194, 1194, "198.51.100.0/24")]
    assert re.fullmatch("sg-[0-9a-f]{17}", web)


def test_the_instances_run_in_their_groups(ec2: Any, group_id: Callable[[str], str]) -> None:
    reservations = ec2.describe_instances()["Reservations"]
    told = [
        (i["Tags"][0]["Value"], i["State"]["Name"], [g["GroupId"] for g in i["SecurityGroups"]])
        for reservation in reservations
        for i in reservation["Instances"]
    ]
    assert told == [
        ("bastion", "running", [group_id("prod-bastion")]),
        ("web-1", "running", [group_id("prod-web")]),
        ("worker", "running", [group_id("prod-cache"), group_id("prod-web")]),
        ("batch", "running", [group_id("staging-app")]),
        ("batch", "running", [group_id("staging-app")]),
        ("staging-1", "running", [group_id("staging-app")]),
    ]


def test_the_databases_listen_on_their_ports_in_their_group(
    client: Client, group_id: Callable[[str], str]
) -> None:
    rds = client("rds")
    group = [{"VpcSecurityGroupId": group_id("prod-db"), "Status": "active"}]
    told = {
        i["DBInstanceIdentifier"]: (i["Engine"], i["Endpoint"]["Port"], i["VpcSecurityGroups"])
        for i in rds.describe_db_instances()["DBInstances"]
    }
    cluster, ledger, catalog, friends = rds.describe_db_clusters()["DBClusters"]
    cache = [{"VpcSecurityGroupId": group_id("prod-cache"), "Status": "active"}]
    assert told == {
        "orders-db": ("postgres", 5432, group),
        "billing-1": ("aurora-mysql", 3306, group),
        "reports": ("mysql", 3306, group),
        "archive": ("postgres", 5433, group + cache),
        "ledger-1": ("postgres", 5432, group),
        "catalog-1": ("docdb", 27017, group),
        "friends-1": ("neptune", 8182, group),
    }
    assert [each["Engine"] for each in (catalog, friends)] == ["docdb", "neptune"]
    assert catalog["Endpoint"] == "catalog.cluster-abcdefghijkl.eu-west-1.docdb.amazonaws.com"
    filters = [{"Name": "db-cluster-id", "Values": ["catalog"]}]
    (member,) = rds.describe_db_instances(Filters=filters)["DBInstances"]
    assert member["DBInstanceIdentifier"] == "catalog-1"
    assert (ledger["DBClusterIdentifier"], ledger["Engine"]) == ("ledger", "postgres")
    assert cluster["DBClusterIdentifier"] == "billing"
    assert (cluster["Port"], cluster["VpcSecurityGroups"]) == (3306, group)
    assert [m["DBInstanceIdentifier"] for m in cluster["DBClusterMembers"]] == ["billing-1"]


def test_the_caches_members_have_its_groups(
    client: Client, group_id: Callable[[str], str], refusal: Any
) -> None:
    elasticache = client("elasticache")
    [found] = elasticache.describe_replication_groups(ReplicationGroupId="sessions")[
        "ReplicationGroups"
    ]
    assert found["MemberClusters"] == ["sessions-001", "sessions-002"]
    assert found["NodeGroups"][0]["PrimaryEndpoint"]["Port"] == 6379
    clusters = elasticache.describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
    assert [c["CacheClusterId"] for c in clusters] == [*found["MemberClusters"], "queries"]
    assert [c.get("ReplicationGroupId") for c in clusters] == ["sessions", "sessions", None]
    groups = [{"SecurityGroupId": group_id("prod-cache"), "Status": "active"}]
    assert [c["SecurityGroups"] for c in clusters] == [groups, groups, groups]
    assert [c["CacheNodes"][0]["Endpoint"]["Port"] for c in clusters] == [6379, 6379, 11211]
    bare = elasticache.describe_cache_clusters(CacheClusterId="sessions-002")["CacheClusters"]
    assert [c.get("CacheNodes") for c in bare] == [None]

    describe = elasticache.describe_cache_clusters
    assert refusal(describe, CacheClusterId="none") == "CacheClusterNotFound"
    describe_groups = elasticache.describe_replication_groups
    code = refusal(describe_groups, ReplicationGroupId="none")
    assert code == "ReplicationGroupNotFoundFault"


def test_a_serverless_cache_has_its_groups_and_two_ports(
    client: Client, group_id: Callable[[str], str], refusal: Any
) -> None:
    describe = client("elasticache").describe_serverless_caches
    [cache] = describe()["ServerlessCaches"]
    assert cache["ServerlessCacheName"] == "carts"
    assert cache["SecurityGroupIds"] == [group_id("prod-cache")]
    assert (cache["Endpoint"]["Port"], cache["ReaderEndpoint"]["Port"]) == (6379, 6380)
    assert refusal(describe, ServerlessCacheName="none") == "ServerlessCacheNotFoundFault"


def test_the_load_balancers_have_their_groups_and_listeners(
    client: Client, group_id: Callable[[str], str], refusal: Any
) -> None:
    elbv2 = client("elbv2")
    storefront, ingest, relay = elbv2.describe_load_balancers()["LoadBalancers"]
    listeners = elbv2.describe_listeners(LoadBalancerArn=storefront["LoadBalancerArn"])
    assert (storefront["LoadBalancerName"], storefront["Type"]) == ("storefront", "application")
    assert storefront["SecurityGroups"] == [group_id("prod-web")]
    assert (ingest["LoadBalancerName"], ingest["Type"]) == ("ingest", "network")
    assert ingest["SecurityGroups"] == []
    assert relay["SecurityGroups"] == [group_id("prod-web")]
    told = [(entry["Protocol"], entry["Port"]) for entry in listeners["Listeners"]]
    assert told == [("HTTP", 80), ("HTTPS", 443)]
    classic = client("elb").describe_load_balancers()["LoadBalancerDescriptions"]
    assert [(each["LoadBalancerName"], each["SecurityGroups"]) for each in classic] == [
        ("intranet", [group_id("prod-web")]),
        ("reports", [group_id("prod-web")]),
    ]
    assert all(each["DNSName"].endswith(".eu-west-1.elb.amazonaws.com") for each in classic)
    assert refusal(elbv2.describe_load_balancers, Names=["none"]) == "LoadBalancerNotFound"


def test_a_proxy_has_an_endpoint_of_its_own_and_those_made_beside_it(
    client: Client, group_id: Callable[[str], str], refusal: Any
) -> None:
    rds = client("rds")
    (proxy,) = rds.describe_db_proxies(DBProxyName="orders-pool")["DBProxies"]
    endpoints = rds.describe_db_proxy_endpoints()["DBProxyEndpoints"]
    assert (proxy["EngineFamily"], proxy["VpcSecurityGroupIds"]) == (
        "POSTGRESQL",
        [group_id("prod-db")],
    )
    assert [(e["DBProxyEndpointName"], e["IsDefault"]) for e in endpoints] == [
        ("default", True),
        ("orders-reads", False),
    ]
    assert endpoints[0]["Endpoint"] == proxy["Endpoint"]
    assert refusal(rds.describe_db_proxies, DBProxyName="none") == "DBProxyNotFoundFault"


def test_the_target_groups_are_those_of_the_load_balancer_that_is_named(client: Client) -> None:
    elbv2 = client("elbv2")
    balancers = {
        each["LoadBalancerName"]: each["LoadBalancerArn"]
        for each in elbv2.describe_load_balancers()["LoadBalancers"]
    }

    def told(**asked: str) -> list[tuple[str, str, str]]:
        groups = elbv2.describe_target_groups(**asked)["TargetGroups"]
        return [(g["TargetGroupName"], g["TargetType"], g["Protocol"]) for g in groups]

    assert told(LoadBalancerArn=balancers["relay"]) == [
        ("relay-tcp", "ip", "TCP"),
        ("relay-udp", "instance", "UDP"),
    ]
    assert told(LoadBalancerArn=balancers["ingest"]) == []
    assert len(told()) == 3


def test_the_prefix_lists_have_entries_pages_and_filters(ec2: Any, refusal: Any) -> None:
    filters = [{"Name": "prefix-list-name", "Values": ["offices"]}]
    (offices,) = ec2.describe_managed_prefix_lists(Filters=filters)["PrefixLists"]
    list_id = offices["PrefixListId"]
    assert (offices["MaxEntries"], offices["AddressFamily"]) == (5, "IPv4")
    by_id = ec2.describe_managed_prefix_lists(PrefixListIds=[list_id])["PrefixLists"]
    assert by_id == [offices]

    first = ec2.get_managed_prefix_list_entries(PrefixListId=list_id, MaxResults=1)
    rest = ec2.get_managed_prefix_list_entries(
        PrefixListId=list_id, MaxResults=1, NextToken=first["NextToken"]
    )
    cidrs = [entry["Cidr"] for page in (first, rest) for entry in page["Entries"]]
    assert (cidrs, "NextToken" in rest) == (["198.51.100.0/24", "203.0.113.128/25"], False)

    gone = "pl-00000000000000000"
    codes = {
        refusal(ec2.get_managed_prefix_list_entries, PrefixListId=gone),
        refusal(ec2.describe_managed_prefix_lists, PrefixListIds=[gone]),
    }
    assert codes == {"InvalidPrefixListID.NotFound"}


def test_the_quota_of_rules_is_told_and_kept(tcp: Any, refusal: Any) -> None:
    small = Sandbox(rules_per_group=6)
    ec2, quotas = client_of(small, "ec2"), client_of(small, "service-quotas")
    asked = {"ServiceCode": "vpc", "QuotaCode": "L-0EA8095F"}
    assert quotas.get_service_quota(**asked)["Quota"]["Value"] == 6.0
    code = refusal(quotas.get_service_quota, ServiceCode="vpc", QuotaCode="L-F678F1CE")
    assert code == "NoSuchResourceException"

    groups = ec2.describe_security_groups()["SecurityGroups"]
    (bastion,) = (g["GroupId"] for g in groups if g["GroupName"] == "prod-bastion")
    ec2.authorize_security_group_ingress(
        GroupId=bastion,
        IpPermissions=[tcp(22, *(f"203.0.113.{last}/32" for last in range(5)))],
    )
    more = {"GroupId": bastion, "IpPermissions": [tcp(22, "203.0.113.9/32")]}
    code = refusal(ec2.authorize_security_group_ingress, **more)
    assert code == "RulesPerSecurityGroupLimitExceeded"
    small.close()


def test_a_prefix_list_of_aws_counts_by_its_weight(ec2: Any, bastion: str, refusal: Any) -> None:
    filters = [{"Name": "owner-id", "Values": ["AWS"]}]
    lists = {
        each["PrefixListName"].rpartition("amazonaws.")[2]: each["PrefixListId"]
        for each in ec2.describe_managed_prefix_lists(Filters=filters)["PrefixLists"]
    }

    def let_in(name: str, port: int) -> dict[str, Any]:
        ports = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
        return {
            "GroupId": bastion,
            "IpPermissions": [{**ports, "PrefixListIds": [{"PrefixListId": lists[name]}]}],
        }

    ec2.authorize_security_group_ingress(**let_in("global.cloudfront.origin-facing", 443))
    ec2.authorize_security_group_ingress(**let_in("eu-west-1.s3", 443))
    code = refusal(ec2.authorize_security_group_ingress, **let_in("eu-west-1.vpc-lattice", 443))
    assert code == "RulesPerSecurityGroupLimitExceeded"


def test_the_caller_is_the_sandboxs_user(sandbox: Sandbox, client: Client) -> None:
    caller = client("sts").get_caller_identity()
    assert caller["Account"] == sandbox.account
    assert caller["Arn"] == f"arn:aws:iam::{sandbox.account}:user/sandbox"


def test_another_region_is_empty_and_an_unknown_one_is_not_enabled(
    sandbox: Sandbox, refusal: Any
) -> None:
    session: Any = sandbox.new_session(None)
    elsewhere = session.create_client("ec2", region_name="us-west-2")
    names = {g["GroupName"] for g in elsewhere.describe_security_groups()["SecurityGroups"]}
    caches = session.create_client("elasticache", region_name="us-west-2")
    nowhere = session.create_client("ec2", region_name="mars-west-1")
    assert names == {"default"}
    assert caches.describe_cache_clusters()["CacheClusters"] == []
    assert refusal(nowhere.describe_security_groups) == "OptInRequired"


def test_two_sandboxes_have_the_same_ids_and_estates_of_their_own(tcp: Any) -> None:
    def groups(sandbox: Sandbox) -> dict[str, Any]:
        ec2 = client_of(sandbox, "ec2")
        answer = ec2.describe_security_groups()["SecurityGroups"]
        return {group["GroupId"]: group for group in answer}

    def everything(sandbox: Sandbox) -> list[Any]:
        session: Any = sandbox.new_session(None)
        ec2, rds = session.create_client("ec2"), session.create_client("rds")
        reservations = ec2.describe_instances()["Reservations"]
        return [
            groups(sandbox),
            ec2.describe_security_group_rules()["SecurityGroupRules"],
            [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]],
            [
                (i["InstanceId"], i.get("PublicIpAddress"))
                for r in reservations
                for i in r["Instances"]
            ],
            [db["Endpoint"] for db in rds.describe_db_instances()["DBInstances"]],
        ]

    first, second = Sandbox(), Sandbox()
    assert everything(first) == everything(second)

    before = groups(second)
    ec2 = client_of(first, "ec2")
    some_group = next(iter(before))
    ec2.authorize_security_group_ingress(
        GroupId=some_group, IpPermissions=[tcp(2222, "203.0.113.7/32")]
    )
    first.close()
    assert groups(second) == before
