"""Where a target is, and what keeps people from reaching it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from awswhitelist.access.entries import Manner
from awswhitelist.access.intents import RevokeIntent
from awswhitelist.access.locating import in_region
from awswhitelist.access.reach import reach_facts
from awswhitelist.aws.clients import AwsClientFactory
from awswhitelist.aws.gateway import AwsGateway
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.calls import Answer, AnswerKind, PlainContext, Question
from awswhitelist.exceptions import (
    AwsWhitelistError,
    PermissionMissingError,
    RegionMissingError,
)
from awswhitelist.models import AwsScope
from awswhitelist.resources.reach import ReachCode

CTX = PlainContext("r-1")


class Person:
    """Chooses the candidates whose ids hold these words, one question after the other."""

    def __init__(self, *words: str) -> None:
        self.words = list(words)
        self.keys: list[str] = []

    def __call__(self, question: Question) -> Answer:
        self.keys.append(question.key)
        word = self.words.pop(0)
        value = next(each.value for each in question.choices if word in each.value)
        return Answer(AnswerKind.ACCEPTED, value)


REGIONS: tuple[tuple[str, str | None, str], ...] = (
    ("arn:aws:rds:us-west-2:111122223333:db:x", None, "us-west-2"),
    ("arn:aws:rds:us-west-2:111122223333:db:x", "us-west-2", "us-west-2"),
    ("x.abc.ap-northeast-1.rds.amazonaws.com", None, "ap-northeast-1"),
    ("x.abc.rds.cn-north-1.amazonaws.com.cn", None, "cn-north-1"),
    ("x.abc.us-gov-west-1.rds.amazonaws.com", None, "us-gov-west-1"),
    ("x.abc.0001.apne1.cache.amazonaws.com", None, "ap-northeast-1"),
    ("x.abc.0001.cnw1.cache.amazonaws.com.cn", "eu-west-1", "eu-west-1"),
    ("x-123.elb.eu-central-1.amazonaws.com", None, "eu-central-1"),
    ("ec2-203-0-113-9.compute-1.amazonaws.com", None, "us-east-1"),
    ("orders-db", "eu-north-1", "eu-north-1"),
)


@pytest.mark.parametrize(("target", "given", "region"), REGIONS)
def test_a_target_brings_its_region(
    estate: Any, target: str, given: str | None, region: str
) -> None:
    intent = RevokeIntent(target=target)
    common, _ = in_region(estate.locator.read(intent), given, Manner(raises=True))
    assert common == region


def test_a_target_in_another_region_than_the_one_named_is_a_contradiction(estate: Any) -> None:
    with pytest.raises(AwsWhitelistError) as caught:
        estate.locate("{rds}:db:orders-db", region="us-west-2")
    assert (caught.value.code, caught.value.field) == ("invalid_argument", "region")


def test_the_targets_region_serves_where_none_is_configured(estate: Any) -> None:
    gateway = AwsGateway(
        AwsClientFactory(estate.sandbox.new_session),
        RetryPolicy(attempts=1),
        default_profile=None,
        default_region=lambda _profile: None,
    )
    intent = RevokeIntent(target=estate.text("{rds}:db:orders-db"))
    common, _ = in_region(estate.locator.read(intent), None, Manner(raises=True))
    assert gateway.scope(None, common).region == estate.region
    with pytest.raises(RegionMissingError):
        gateway.scope(None, None)


FACTS: Mapping[str, set[ReachCode]] = {
    "orders-db": set(),
    "billing": {ReachCode.NOT_PUBLICLY_ACCESSIBLE},
    "ledger": {ReachCode.NOT_PUBLICLY_ACCESSIBLE},
    "catalog": {ReachCode.NOT_PUBLICLY_ACCESSIBLE},
    "friends": set(),
    "{pool}": {ReachCode.NOT_PUBLICLY_ACCESSIBLE},
    "relay": {ReachCode.TARGETS_NEED_A_RULE_TOO},
    "storefront": set(),
    "sessions": {ReachCode.CACHE_NOT_PUBLIC},
    "intranet": {ReachCode.INTERNAL_LOAD_BALANCER},
    "staging-1": {ReachCode.NO_PUBLIC_ADDRESS},
    "{eni/staging-1}": {ReachCode.NO_PUBLIC_ADDRESS},
    "bastion": set(),
    "staging-db": {ReachCode.KEPT_BY_OTHERS},
}


@pytest.mark.parametrize("target", list(FACTS))
def test_what_keeps_people_out_all_the_same_is_told(estate: Any, target: str) -> None:
    assert estate.facts(target) == FACTS[target]


def test_without_a_word_on_its_targets_a_load_balancer_is_found_all_the_same(estate: Any) -> None:
    estate.refused["DescribeTargetGroups"] = PermissionMissingError("No.")
    assert estate.facts("relay") == set()


def test_without_a_word_on_its_instances_a_cluster_is_found_all_the_same(estate: Any) -> None:
    estate.refused["DescribeDBInstances"] = PermissionMissingError("No.")
    assert estate.facts("billing") == {ReachCode.NOT_ALL_ASKED}


def test_another_group_that_is_open_already_is_told(estate: Any) -> None:
    person = Person(estate.ids["prod-cache"])
    located = estate.locate("worker", port=443, ctx=PlainContext("r-1", answer=person))
    scope = AwsScope(profile=None, region=estate.region)
    observed = estate.gateway.inventory(scope, CTX).groups.observe(located.every_group)
    assert ReachCode.OPEN_BESIDE in {fact.code for fact in reach_facts(located, observed)}
