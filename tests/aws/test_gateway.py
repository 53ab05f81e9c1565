"""AwsGateway: scopes and the services of a scope."""

from __future__ import annotations

import pytest

from awswhitelist.aws.clients import AwsClientFactory
from awswhitelist.aws.gateway import AwsGateway
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import RegionMissingError
from awswhitelist.models import AwsScope

REGIONS = {"dev": "eu-north-1"}


def gateway(factory: AwsClientFactory, *, default_profile: str | None = None) -> AwsGateway:
    return AwsGateway(
        factory,
        RetryPolicy(attempts=1),
        default_profile=default_profile,
        default_region=lambda profile: REGIONS.get(profile or ""),
    )


@pytest.mark.parametrize(
    ("default_profile", "profile", "region", "expected"),
    [
        (None, "dev", "eu-west-1", AwsScope(profile="dev", region="eu-west-1")),
        (None, "dev", None, AwsScope(profile="dev", region="eu-north-1")),
        ("dev", None, None, AwsScope(profile="dev", region="eu-north-1")),
        (None, None, "eu-west-1", AwsScope(profile=None, region="eu-west-1")),
    ],
)
def test_a_scope_takes_the_argument_before_the_default(
    shared_factory: AwsClientFactory,
    default_profile: str | None,
    profile: str | None,
    region: str | None,
    expected: AwsScope,
) -> None:
    door = gateway(shared_factory, default_profile=default_profile)
    assert door.scope(profile, region) == expected


def test_there_is_no_region_where_nothing_names_one(shared_factory: AwsClientFactory) -> None:
    with pytest.raises(RegionMissingError):
        gateway(shared_factory).scope("unknown", None)


def test_services_of_a_scope_work_in_its_region_and_account(
    moto: None, shared_factory: AwsClientFactory, ctx: CallContext
) -> None:
    door = gateway(shared_factory)
    scope = door.scope(None, "eu-west-1")
    group, *_ = door.security_groups(scope, ctx).find_security_groups("default")
    assert group.account == door.caller(scope, ctx).account
