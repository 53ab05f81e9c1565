"""Every form of `target` on the seeded sandbox: the group and port it means, or why not."""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.models import ResourceType

T = ResourceType
FOUND: tuple[tuple[str, str, int | None, ResourceType], ...] = (
    # security groups
    ("{prod-bastion}", "prod-bastion", None, T.SECURITY_GROUP),
    ("  {prod-bastion} ", "prod-bastion", None, T.SECURITY_GROUP),
    ("prod-bastion", "prod-bastion", None, T.SECURITY_GROUP),
    ("{ec2}:security-group/{prod-web}", "prod-web", None, T.SECURITY_GROUP),
    # instances
    ("{i/bastion}", "prod-bastion", None, T.INSTANCE),
    ("bastion", "prod-bastion", None, T.INSTANCE),
    ("{ec2}:instance/{i/web-1}", "prod-web", None, T.INSTANCE),
    ("{host/bastion}", "prod-bastion", None, T.INSTANCE),
    ("ec2-user@{host/bastion}", "prod-bastion", None, T.INSTANCE),
    ("ssh://ec2-user@{host/bastion}:22/", "prod-bastion", 22, T.INSTANCE),
    # network interfaces
    ("{eni/web-1}", "prod-web", None, T.NETWORK_INTERFACE),
    ("{ec2}:network-interface/{eni/bastion}", "prod-bastion", None, T.NETWORK_INTERFACE),
    ("{ip/web-1}", "prod-web", None, T.NETWORK_INTERFACE),
    ("{ip/web-1}:8443", "prod-web", 8443, T.NETWORK_INTERFACE),
    # databases
    ("orders-db", "prod-db", 5432, T.RDS),
    ("ORDERS-DB", "prod-db", 5432, T.RDS),
    ("{rds}:db:orders-db", "prod-db", 5432, T.RDS),
    ("{host/orders-db}", "prod-db", 5432, T.RDS),
    ("{host/orders-db}.", "prod-db", 5432, T.RDS),
    ("{host/orders-db}:5432", "prod-db", 5432, T.RDS),
    ("postgres://app:s3cr3t@{host/orders-db}:5432/orders?sslmode=require", "prod-db", 5432, T.RDS),
    ("postgresql://app:p@ss/w@{host/orders-db}/orders", "prod-db", 5432, T.RDS),
    ("jdbc:postgresql://{host/orders-db}:5432/orders?user=app&password=x", "prod-db", 5432, T.RDS),
    ("billing", "prod-db", 3306, T.RDS),
    ("billing-1", "prod-db", 3306, T.RDS),
    ("{rds}:cluster:billing", "prod-db", 3306, T.RDS),
    ("{writer/billing}", "prod-db", 3306, T.RDS),
    ("{reader/billing}:3306", "prod-db", 3306, T.RDS),
    ("mysql://root@{writer/billing}/billing", "prod-db", 3306, T.RDS),
    ("ledger", "prod-db", 5432, T.RDS),
    ("{reader/ledger}", "prod-db", 5432, T.RDS),
    # what RDS's API describes beside its own databases
    ("catalog", "prod-db", 27017, T.RDS),
    ("catalog-1", "prod-db", 27017, T.RDS),
    ("{rds}:cluster:catalog", "prod-db", 27017, T.RDS),
    ("mongodb://app:hush@{writer/catalog}:27017/?tls=true", "prod-db", 27017, T.RDS),
    ("{reader/friends}:8182", "prod-db", 8182, T.RDS),
    ("{host/friends-1}", "prod-db", 8182, T.RDS),
    ("{pool}", "prod-db", 5432, T.RDS),
    ("postgres://app:hush@{pool/reads}/orders", "prod-db", 5432, T.RDS),
    ("{arn/pool}", "prod-db", 5432, T.RDS),
    ("{arn/reads}", "prod-db", 5432, T.RDS),
    # caches
    ("sessions", "prod-cache", 6379, T.ELASTICACHE),
    ("sessions-001", "prod-cache", 6379, T.ELASTICACHE),
    ("queries", "prod-cache", 11211, T.ELASTICACHE),
    ("carts", "prod-cache", 6379, T.ELASTICACHE),
    ("{elasticache}:replicationgroup:sessions", "prod-cache", 6379, T.ELASTICACHE),
    ("{elasticache}:cluster:queries", "prod-cache", 11211, T.ELASTICACHE),
    ("{elasticache}:serverlesscache:carts", "prod-cache", 6379, T.ELASTICACHE),
    ("master.sessions.sandbox.euw1.cache.amazonaws.com", "prod-cache", 6379, T.ELASTICACHE),
    (
        "rediss://:hush@replica.sessions.sandbox.euw1.cache.amazonaws.com",
        "prod-cache",
        6379,
        T.ELASTICACHE,
    ),
    ("sessions-002.sandbox.0001.euw1.cache.amazonaws.com:6379", "prod-cache", 6379, T.ELASTICACHE),
    ("carts-sandbox.serverless.euw1.cache.amazonaws.com:6380", "prod-cache", 6380, T.ELASTICACHE),
    # load balancers
    ("intranet", "prod-web", 80, T.LOAD_BALANCER),
    ("{elb}:loadbalancer/intranet", "prod-web", 80, T.LOAD_BALANCER),
    ("http://{classic/intranet}/status", "prod-web", 80, T.LOAD_BALANCER),
    ("relay", "prod-web", 443, T.LOAD_BALANCER),
    ("{arn/relay}", "prod-web", 443, T.LOAD_BALANCER),
    ("dualstack.{host/storefront}:443", "prod-web", 443, T.LOAD_BALANCER),
    ("https://{host/relay}/", "prod-web", 443, T.LOAD_BALANCER),
)


@pytest.mark.parametrize(("target", "group", "port", "kind"), FOUND, ids=[r[0] for r in FOUND])
def test_a_target_means_one_group_and_its_own_port(
    estate: Any, target: str, group: str, port: int | None, kind: ResourceType
) -> None:
    located = estate.locate(target, port=None if port else 9999)
    assert estate.group_names(located) == [group]
    assert [spec.from_port for spec in located.specs] == [port or 9999]
    assert located.resource is not None and located.resource.resource_type is kind


IMPOSSIBLE: tuple[tuple[str, str, str], ...] = (
    ("nothing-like-it", "security_group_not_found", "target"),
    ("my group (old)", "security_group_not_found", "target"),
    ("i-0123456789abcdef0", "resource_not_found", "target"),
    ("eni-0123456789abcdef0", "resource_not_found", "target"),
    ("gone.abcdefghijkl.eu-west-1.rds.amazonaws.com:5432", "resource_not_found", "target"),
    ("gone.sandbox.euw1.cache.amazonaws.com", "resource_not_found", "target"),
    ("gone-1.eu-west-1.elb.amazonaws.com", "resource_not_found", "target"),
    ("{rds}:db:billing", "resource_not_found", "target"),
    ("{elb}:loadbalancer/app/intranet/0123456789abcdef", "resource_not_found", "target"),
    ("{elb}:loadbalancer/relay", "resource_not_found", "target"),
    ("reports", "ambiguous_target", "target"),
    ("batch", "ambiguous_target", "target"),
    ("worker", "ambiguous_group", "target"),
    ("archive", "ambiguous_group", "target"),
    ("ingest", "no_security_group", "target"),
    ("{arn/ingest}", "no_security_group", "target"),
    ("storefront", "invalid_argument", "port"),
    ("bastion", "invalid_argument", "port"),
    ("{host/orders-db}:3306", "invalid_argument", "target"),
    ("{host/orders-db}:99999", "invalid_argument", "target"),
    ("gone.proxy-abcdefghijkl.eu-west-1.rds.amazonaws.com", "resource_not_found", "target"),
    ("{rds}:db-proxy:prx-gone", "resource_not_found", "target"),
    ("shop.abc.eu-west-1.redshift.amazonaws.com:5439", "invalid_argument", "target"),
    ("shop-1.eu-west-1.docdb-elastic.amazonaws.com", "invalid_argument", "target"),
    ("my-bucket.s3.eu-west-1.amazonaws.com", "invalid_argument", "target"),
    ("arn:aws:s3:::my-bucket", "invalid_argument", "target"),
    ("{rds}:snapshot:orders-db", "invalid_argument", "target"),
    ("arn:aws:rds:eu-west-1:999999999999:db:orders-db", "invalid_argument", "target"),
    ("arn:aws:ec2:eu-west-1:999999999999:instance/{i/bastion}", "invalid_argument", "target"),
    ("postgres://app:secret", "invalid_argument", "target"),
    ("postgres://app:sec?ret@{host/orders-db}", "invalid_argument", "target"),
)


@pytest.mark.parametrize(("target", "code", "field"), IMPOSSIBLE, ids=[r[0] for r in IMPOSSIBLE])
def test_what_cannot_be_said_for_certain_is_refused_with_its_reason(
    estate: Any, target: str, code: str, field: str
) -> None:
    port = 443 if code == "ambiguous_group" else None
    with pytest.raises(AwsWhitelistError) as caught:
        estate.locate(target, port=port)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert "secret" not in repr(caught.value.to_object())
