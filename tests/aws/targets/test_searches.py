"""How services are asked: side by side, refusals and all; the contract of every handler."""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.aws import actions
from awswhitelist.aws.found import Found
from awswhitelist.calls import PlainContext
from awswhitelist.exceptions import (
    AmbiguousTargetError,
    CredentialsExpiredError,
    PermissionMissingError,
    UnavailableError,
)
from awswhitelist.models import ResourceType
from awswhitelist.resources.factory import HANDLERS, ResourceHandlerFactory
from awswhitelist.resources.reach import ReachCode
from awswhitelist.resources.references import read_reference

CTX = PlainContext("r-1")
T = ResourceType


def denied(action: str) -> PermissionMissingError:
    return PermissionMissingError("No.", missing_permissions=[action])


def test_a_service_that_refuses_is_no_hindrance_where_another_knows_the_target(estate: Any) -> None:
    estate.refused["DescribeCacheClusters"] = denied("elasticache:DescribeCacheClusters")
    located = estate.locate("orders-db")
    assert estate.group_names(located) == ["prod-db"]
    assert located.resource is not None
    (fact,) = located.resource.facts
    assert fact.code is ReachCode.NOT_ALL_ASKED
    assert "elasticache:DescribeCacheClusters" in fact.message


def test_the_candidates_say_who_could_not_be_asked(estate: Any) -> None:
    estate.refused["DescribeCacheClusters"] = UnavailableError("Down.")
    with pytest.raises(AmbiguousTargetError) as caught:
        estate.locate("reports")
    assert caught.value.details["not_asked"] == ["cache clusters (aws_unavailable)"]


def test_where_nothing_is_found_the_missing_permissions_are_named(estate: Any) -> None:
    for operation in ("DescribeCacheClusters", "DescribeServerlessCaches"):
        estate.refused[operation] = denied(f"elasticache:{operation}")
    with pytest.raises(PermissionMissingError) as caught:
        estate.locate("nothing-like-it")
    assert caught.value.details["missing_permissions"] == [
        "elasticache:DescribeCacheClusters",
        "elasticache:DescribeServerlessCaches",
    ]


def test_where_nothing_is_found_an_outage_is_told(estate: Any) -> None:
    estate.refused["DescribeDBInstances"] = UnavailableError("Down.")
    with pytest.raises(UnavailableError):
        estate.locate("nothing-like-it")


def test_credentials_that_have_expired_are_everybodys_trouble(estate: Any) -> None:
    estate.refused["DescribeDBInstances"] = CredentialsExpiredError("Expired.")
    with pytest.raises(CredentialsExpiredError):
        estate.locate("prod-bastion")


def test_every_call_that_finds_a_target_is_in_the_table_of_actions(estate: Any) -> None:
    for target in ("bastion", "billing", "sessions", "relay", "intranet", "{eni/web-1}", "{pool}"):
        estate.locate(target, port=443)
    known = {action for found in actions.FIND_ACTIONS.values() for action in found}
    assert estate.heard == known


CONTRACT: tuple[tuple[ResourceType, str, str], ...] = (
    (T.SECURITY_GROUP, "prod-web", "nothing-like-it"),
    (T.INSTANCE, "bastion", "nothing-like-it"),
    (T.NETWORK_INTERFACE, "{eni/bastion}", "eni-0123456789abcdef0"),
    (T.RDS, "billing", "nothing-like-it"),
    (T.ELASTICACHE, "sessions", "nothing-like-it"),
    (T.LOAD_BALANCER, "storefront", "nothing-like-it"),
)


def test_the_contract_is_checked_for_every_handler() -> None:
    assert {row[0] for row in CONTRACT} == set(HANDLERS) == set(ResourceType)


@pytest.mark.parametrize(("kind", "known", "unknown"), CONTRACT, ids=[r[0] for r in CONTRACT])
def test_every_handler_keeps_the_contract(
    estate: Any, kind: ResourceType, known: str, unknown: str
) -> None:
    inventory = estate.gateway.inventory(estate.gateway.scope(None, None), CTX)
    handler = ResourceHandlerFactory(lambda _group: True).handler(kind, inventory)
    assert isinstance(handler, HANDLERS[kind])

    def found(text: str) -> list[Found]:
        reference = read_reference(estate.text(text), kind, estate.gateway)
        searches = handler.searches(reference)
        assert all(search.place for search in searches)
        return [each for search in searches for each in search.ask()]

    (one,) = found(known)
    assert found(unknown) == []
    complete = handler.complete(one)
    assert handler.complete(complete) == complete
    assert (complete.resource_type, complete.resource_id) == (kind, one.resource_id)
    assert complete.kind and complete.group_ids


def test_a_replication_group_whose_first_member_is_gone_has_the_groups_of_the_next(
    stage: Any,
) -> None:
    arn = "arn:aws:elasticache:eu-west-1:111122223333"
    group = Found(
        resource_type=T.ELASTICACHE,
        kind="replication group",
        resource_id=f"{arn}:replicationgroup:r",
        members=("r-001", "r-002"),
    )
    member = {
        "CacheClusterId": "r-002",
        "ARN": f"{arn}:cluster:r-002",
        "SecurityGroups": [{"SecurityGroupId": "sg-1", "Status": "active"}],
    }
    stage.refuse("elasticache", "describe_cache_clusters", "CacheClusterNotFound", 404)
    stage.answer(
        "elasticache",
        "describe_cache_clusters",
        {"CacheClusters": [member]},
        CacheClusterId="r-002",
        ShowCacheNodeInfo=True,
    )
    handler = ResourceHandlerFactory(lambda _group: True).handler(T.ELASTICACHE, stage.inventory)
    assert handler.complete(group).group_ids == ("sg-1",)
