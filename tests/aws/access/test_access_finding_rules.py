"""Rules found by id or by our mark, wherever in the region they are."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from botocore.stub import Stubber

from awswhitelist.aws.clients import AwsClientFactory
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.calls import PlainContext
from awswhitelist.models import AwsScope
from awswhitelist.sandbox import Sandbox

CTX = PlainContext("r-1")
METHOD = "describe_security_group_rules"


@pytest.fixture
def service(tapped: AwsClientFactory) -> SecurityGroupService:
    client = tapped.client("ec2", AwsScope(profile=None, region=Sandbox.region))
    return SecurityGroupService(client, RetryPolicy(attempts=1), CTX)


def page(number: int, **more: Any) -> dict[str, Any]:
    """One page with one rule, answered at that second; egress rules come along on all pages."""
    rule = {
        "SecurityGroupRuleId": f"sgr-{number}",
        "GroupId": f"sg-{number}",
        "IsEgress": False,
        "IpProtocol": "-1",
        "CidrIpv4": "8.8.8.8/32",
    }
    date = {"date": f"Sun, 22 Nov 2026 13:15:{number:02d} GMT"}
    return {
        "SecurityGroupRules": [rule, rule | {"IsEgress": True}],
        "ResponseMetadata": {"RequestId": "aws-1", "HTTPHeaders": date},
        **more,
    }


def test_rules_are_found_by_id_in_whatever_group_they_are(
    world: Any, service: SecurityGroupService
) -> None:
    theirs = world.let_in()
    elsewhere = next(iter(world.rules("prod-web")))
    found = service.find_rules([theirs, "sgr-0123456789abcdef0", elsewhere])
    assert {rule.rule_id: rule.group_id for rule in found} == {
        theirs: world.group(),
        elsewhere: world.group("prod-web"),
    }


def test_asking_for_no_rules_is_a_mistake_not_a_question_for_all(
    service: SecurityGroupService,
) -> None:
    with pytest.raises(ValueError):
        service.find_rules([])


def test_only_rules_with_our_mark_are_found_as_managed(
    world: Any, service: SecurityGroupService
) -> None:
    world.let_in("9.9.9.9/32")
    made = world.pipeline().change(world.allow(), CTX).receipts[0].rule
    rules, at = service.find_managed_rules()
    assert [rule.rule_id for rule in rules] == [made.rule_id]
    assert at.tzinfo is UTC


def test_managed_rules_are_read_page_by_page_with_the_date_of_the_last(
    client: Any, stub: Stubber
) -> None:
    asked = {
        "Filters": [{"Name": "tag:awswhitelist:managed", "Values": ["1"]}],
        "MaxResults": 1000,
    }
    stub.add_response(METHOD, page(1, NextToken="more"), asked)
    stub.add_response(METHOD, page(2), asked | {"NextToken": "more"})
    rules, at = SecurityGroupService(client, RetryPolicy(attempts=1), CTX).find_managed_rules()
    assert [rule.rule_id for rule in rules] == ["sgr-1", "sgr-2"]
    assert at.second == 2


def test_the_rules_of_one_owner_are_asked_for_by_the_words_of_their_tag(
    client: Any, stub: Stubber
) -> None:
    def owned(number: int, owners: str) -> Any:
        tags = [{"Key": "awswhitelist:owner", "Value": owners}]
        return page(number)["SecurityGroupRules"][0] | {"Tags": tags}

    words = ["a\\*b", "a\\*b *", "* a\\*b", "* a\\*b *"]
    asked = {
        "Filters": [
            {"Name": "tag:awswhitelist:managed", "Values": ["1"]},
            {"Name": "tag:awswhitelist:owner", "Values": words},
        ],
        "MaxResults": 1000,
    }
    rules = [owned(1, "a*b"), owned(2, "carol a*b"), owned(3, "carol\ta*bc a*")]
    stub.add_response(METHOD, page(9) | {"SecurityGroupRules": rules}, asked)
    service = SecurityGroupService(client, RetryPolicy(attempts=1), CTX)
    found, _ = service.find_managed_rules("a*b")
    assert [rule.rule_id for rule in found] == ["sgr-1", "sgr-2"]


@pytest.mark.parametrize("owner", ["", " ", "alice bob", " alice"])
def test_an_owner_that_is_not_one_word_is_no_question(
    service: SecurityGroupService, owner: str
) -> None:
    with pytest.raises(ValueError):
        service.find_managed_rules(owner)


def test_many_rules_are_asked_for_two_hundred_at_a_time(client: Any, stub: Stubber) -> None:
    ids = [f"sgr-{number:017x}" for number in range(201)]
    for number, batch in enumerate((ids[:200], ids[200:])):
        filters = [{"Name": "security-group-rule-id", "Values": batch}]
        stub.add_response(METHOD, page(number), {"Filters": filters, "MaxResults": 1000})
    found = SecurityGroupService(client, RetryPolicy(attempts=1), CTX).find_rules(ids)
    assert [rule.rule_id for rule in found] == ["sgr-0", "sgr-1"]
