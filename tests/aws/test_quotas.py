"""The quota of rules in a group: asked seldom, and never in anybody's way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from awswhitelist.aws.clients import AwsClientFactory
from awswhitelist.aws.gateway import AwsGateway
from awswhitelist.aws.quotas import ASSUMED, MOST_KNOWN, Quota, QuotaService
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.calls import CallContext, PlainContext
from awswhitelist.exceptions import CallCancelledError, CredentialsError
from awswhitelist.models import AwsScope

SCOPE = AwsScope(profile=None, region="eu-west-1")
ASKED = {"ServiceCode": "vpc", "QuotaCode": "L-0EA8095F"}
KNOWN = Quota(limit=200, is_known=True)


class Desk:
    """A quota service on a stubbed client, with a clock to set and accounts to name."""

    def __init__(self, factory: AwsClientFactory) -> None:
        self.now = 0.0
        self.accounts: dict[AwsScope, str] = {}
        self._client = factory.client("service-quotas", SCOPE)
        self.stub = Stubber(self._client)
        self.service = QuotaService(
            self.client_for,
            self.accounts.get,
            RetryPolicy(attempts=3, sleep=lambda _seconds: None),
            lambda: self.now,
        )

    def client_for(self, scope: AwsScope) -> Any:
        if scope.profile == "nobody":
            raise CredentialsError("None.")
        return self._client

    def answer(self, value: float = 200.0) -> None:
        self.stub.add_response("get_service_quota", {"Quota": {"Value": value}}, ASKED)

    def refuse(self, code: str, status: int = 400) -> None:
        self.stub.add_client_error("get_service_quota", code, http_status_code=status)


@pytest.fixture
def desk(shared_factory: AwsClientFactory) -> Iterator[Desk]:
    made = Desk(shared_factory)
    with made.stub:
        yield made
        made.stub.assert_no_pending_responses()


def test_what_aws_tells_is_the_limit(desk: Desk, ctx: CallContext) -> None:
    desk.answer()
    assert desk.service.rules_per_group(SCOPE, ctx) == KNOWN


def test_it_is_asked_for_once_an_hour(desk: Desk, ctx: CallContext) -> None:
    desk.answer()
    assert desk.service.rules_per_group(SCOPE, ctx) == KNOWN
    desk.now = 3599.0
    assert desk.service.rules_per_group(SCOPE, ctx) == KNOWN
    desk.now = 3600.0
    desk.answer(100)
    assert desk.service.rules_per_group(SCOPE, ctx).limit == 100


def test_profiles_of_one_account_share_it_and_regions_do_not(desk: Desk, ctx: CallContext) -> None:
    dev = AwsScope(profile="dev", region="eu-west-1")
    far = AwsScope(profile="dev", region="us-east-1")
    desk.accounts.update({SCOPE: "1", dev: "1", far: "1"})
    desk.answer(1)
    desk.answer(2)
    limits = [desk.service.rules_per_group(scope, ctx).limit for scope in (SCOPE, dev, far)]
    assert limits == [1, 1, 2]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AccessDeniedException", 400),
        ("NoSuchResourceException", 400),
        ("TooManyRequestsException", 429),
        ("ServiceException", 500),
    ],
)
def test_what_cannot_be_learnt_is_assumed_and_not_asked_again_soon(
    desk: Desk, ctx: CallContext, code: str, status: int
) -> None:
    desk.refuse(code, status)
    assert desk.service.rules_per_group(SCOPE, ctx) == ASSUMED == Quota(limit=60, is_known=False)
    assert desk.service.rules_per_group(SCOPE, ctx) == ASSUMED
    desk.now = 3600.0
    desk.answer()
    assert desk.service.rules_per_group(SCOPE, ctx) == KNOWN


def test_an_answer_without_a_value_is_no_answer(desk: Desk, ctx: CallContext) -> None:
    desk.stub.add_response("get_service_quota", {"Quota": {}}, ASKED)
    assert desk.service.rules_per_group(SCOPE, ctx) == ASSUMED


def test_without_credentials_the_usual_limit_is_assumed(desk: Desk, ctx: CallContext) -> None:
    scope = AwsScope(profile="nobody", region="eu-west-1")
    assert desk.service.rules_per_group(scope, ctx) == ASSUMED


def test_a_call_that_has_no_time_left_learns_nothing_for_others(
    desk: Desk, ctx: CallContext
) -> None:
    late = PlainContext("r-1", time_left=lambda: 0.0)
    assert desk.service.rules_per_group(SCOPE, late) == ASSUMED
    desk.answer()
    assert desk.service.rules_per_group(SCOPE, ctx) == KNOWN


def test_a_cancelled_call_goes_no_further(desk: Desk) -> None:
    gone = PlainContext("r-1", is_cancelled=lambda: True)
    with pytest.raises(CallCancelledError):
        desk.service.rules_per_group(SCOPE, gone)


def test_only_so_many_are_remembered(desk: Desk, ctx: CallContext) -> None:
    for number in range(MOST_KNOWN + 1):
        desk.accounts[SCOPE] = str(number)
        desk.answer(number)
        desk.service.rules_per_group(SCOPE, ctx)
    desk.accounts[SCOPE] = "0"
    desk.answer(7)
    assert desk.service.rules_per_group(SCOPE, ctx).limit == 7


def test_an_unreachable_service_opens_no_breaker(ctx: CallContext) -> None:
    factory = AwsClientFactory()
    gateway = AwsGateway(
        factory,
        RetryPolicy(attempts=1),
        default_profile=None,
        default_region=lambda _profile: None,
        clock=lambda: 0.0,
    )
    asked = []

    def unreachable(**_event: Any) -> None:
        asked.append(1)
        raise EndpointConnectionError(endpoint_url="https://servicequotas.invalid/")

    client = factory.client("service-quotas", SCOPE)
    client.meta.events.register_first("before-send", unreachable)
    assert [gateway.rules_per_group(SCOPE, ctx) for _ in range(2)] == [ASSUMED, ASSUMED]
    assert (len(asked), gateway.breakers()) == (1, {})
