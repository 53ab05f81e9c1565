"""IdentityService: asked once, forgotten with the keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.stub import Stubber

from awswhitelist.aws.clients import AwsClientFactory
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.aws.sts import IdentityService
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import CredentialsExpiredError
from awswhitelist.models import AwsScope, Caller

DEV = AwsScope(profile="dev", region="eu-west-1")
PROD = AwsScope(profile="prod", region="eu-west-1")
ALICE = Caller(account="111111111111", arn="arn:aws:iam::111111111111:user/alice")
BOB = Caller(account="222222222222", arn="arn:aws:iam::222222222222:user/bob")

NewStub = Callable[[], Stubber]


@pytest.fixture
def new_stub() -> NewStub:
    """Makes STS clients that answer only what was prepared."""
    factory = AwsClientFactory()
    regions = iter(("eu-west-1", "eu-west-2", "eu-west-3"))

    def make() -> Stubber:
        scope = AwsScope(profile=None, region=next(regions))
        stubber = Stubber(factory.client("sts", scope))
        stubber.activate()
        return stubber

    return make


def answer(stubber: Stubber, caller: Caller) -> Any:
    """Prepare one answer, and give the client that will get it."""
    body = {"Account": caller.account, "Arn": caller.arn, "UserId": "AIDA"}
    stubber.add_response("get_caller_identity", body, {})
    return stubber.client


def same_keys(_scope: AwsScope, _ctx: CallContext) -> str:
    return "AKID"


def test_the_caller_is_asked_once_per_scope(
    new_stub: NewStub, once: RetryPolicy, ctx: CallContext
) -> None:
    clients = {DEV: answer(new_stub(), ALICE), PROD: answer(new_stub(), BOB)}
    identity = IdentityService(lambda scope: clients[scope], same_keys, lambda _scope: once)
    asked = [identity.caller(scope, ctx) for scope in (DEV, PROD, DEV, PROD)]
    assert asked == [ALICE, BOB, ALICE, BOB]


def test_new_keys_are_asked_about_anew(
    new_stub: NewStub, once: RetryPolicy, ctx: CallContext
) -> None:
    clients, keys = [answer(new_stub(), ALICE), answer(new_stub(), BOB)], ["AKID1", "AKID2"]
    identity = IdentityService(
        lambda _scope: clients[0], lambda _scope, _ctx: keys[0], lambda _scope: once
    )
    before = identity.caller(DEV, ctx)
    clients.pop(0)
    keys.pop(0)
    assert (before, identity.caller(DEV, ctx)) == (ALICE, BOB)


def test_an_error_is_not_remembered(new_stub: NewStub, once: RetryPolicy, ctx: CallContext) -> None:
    stubber = new_stub()
    stubber.add_client_error("get_caller_identity", "ExpiredToken", http_status_code=403)
    client = answer(stubber, ALICE)
    identity = IdentityService(lambda _scope: client, same_keys, lambda _scope: once)
    with pytest.raises(CredentialsExpiredError):
        identity.caller(DEV, ctx)
    assert identity.caller(DEV, ctx) == ALICE
