"""Changes in place, lists, prefix lists and the quota: what the sandbox has afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from awswhitelist.aws import writes
from awswhitelist.aws.clients import AwsClientFactory
from awswhitelist.aws.gateway import AwsGateway
from awswhitelist.aws.inventory import Inventory
from awswhitelist.aws.quotas import Quota
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.calls import PlainContext
from awswhitelist.constants import MANAGED_VALUE, TAG_MANAGED, TAG_OWNER
from awswhitelist.exceptions import (
    AwsError,
    RuleExistsError,
    RuleNotFoundError,
    SecurityGroupNotFoundError,
)
from awswhitelist.models import AwsScope, RuleSpec, SecurityGroupRule, SourceKind
from awswhitelist.sandbox import Sandbox

SCOPE = AwsScope(profile=None, region=Sandbox.region)
CTX = PlainContext("r-1")
Rules = Callable[[str], tuple[SecurityGroupRule, ...]]


def gateway_to(sandbox: Sandbox) -> AwsGateway:
    factory = AwsClientFactory(sandbox.new_session)
    return AwsGateway(
        factory, RetryPolicy(attempts=1), default_profile=None, default_region=lambda _profile: None
    )


@pytest.fixture
def inventory() -> Iterator[Inventory]:
    sandbox = Sandbox()
    yield gateway_to(sandbox).inventory(SCOPE, CTX)
    sandbox.close()


@pytest.fixture
def groups(inventory: Inventory) -> SecurityGroupService:
    return inventory.groups


@pytest.fixture
def rules(groups: SecurityGroupService) -> Rules:
    """The rules of the group of that name."""

    def read(name: str) -> tuple[SecurityGroupRule, ...]:
        (group,) = groups.find_security_groups(name)
        return groups.describe_rules([group.group_id])[0]

    return read


def moved(rule: SecurityGroupRule, source: str, **changes: Any) -> RuleSpec:
    return rule.spec.model_copy(update={"source": source, **changes})


def test_rules_move_in_place_and_keep_their_ids_and_tags(
    groups: SecurityGroupService, rules: Rules
) -> None:
    four, six = rules("prod-bastion")
    groups.send(writes.tag([four.rule_id], {TAG_OWNER: "alice"}))
    everything = {"protocol": "all", "from_port": None, "to_port": None}
    moves = {
        four.rule_id: (moved(four, "203.0.113.8/32"), "moved"),
        six.rule_id: (moved(six, "2001:db8::8/128", **everything), ""),
    }
    groups.check_allowed(writes.modify(four.group_id, moves))
    assert rules("prod-bastion")[1] == six
    groups.send(writes.modify(four.group_id, moves))
    assert rules("prod-bastion") == (
        four.model_copy(
            update={
                "spec": moves[four.rule_id][0],
                "description": "moved",
                "tags": {TAG_OWNER: "alice"},
            }
        ),
        six.model_copy(update={"spec": moves[six.rule_id][0], "description": ""}),
    )


def test_observing_names_the_first_group_that_is_missing(
    groups: SecurityGroupService, rules: Rules
) -> None:
    there, missing = rules("prod-bastion")[0].group_id, "sg-0123456789abcdef0"
    with pytest.raises(SecurityGroupNotFoundError, match=missing):
        groups.observe([there, missing, "sg-0123456789abcdef1"])


def test_a_rule_may_trade_places_with_another_but_not_become_one_that_stays(
    groups: SecurityGroupService, rules: Rules
) -> None:
    four, _ = rules("prod-bastion")
    other = moved(four, "203.0.113.8/32")
    added = groups.add_ingress_rule(four.group_id, other, description="", tags={}).rules[0]
    with pytest.raises(RuleExistsError):
        groups.send(writes.modify(four.group_id, {four.rule_id: (other, "x")}))
    groups.send(
        writes.modify(four.group_id, {four.rule_id: (other, "x"), added.rule_id: (four.spec, "y")})
    )
    told = {rule.rule_id: rule.spec for rule in rules("prod-bastion")}
    assert (told[four.rule_id], told[added.rule_id]) == (other, four.spec)


def test_a_rule_cannot_become_one_of_another_family(
    groups: SecurityGroupService, rules: Rules
) -> None:
    before = rules("prod-bastion")
    wanted = moved(before[0], "2001:db8::8/128", source_kind=SourceKind.IPV6)
    with pytest.raises(AwsError) as caught:
        groups.send(writes.modify(before[0].group_id, {before[0].rule_id: (wanted, "")}))
    assert caught.value.code == "aws_rejected"
    assert rules("prod-bastion") == before


def test_a_move_of_a_rule_of_another_group_moves_none(
    groups: SecurityGroupService, rules: Rules
) -> None:
    four, six = rules("prod-bastion")
    (stranger,) = rules("staging-db")
    moves = {
        four.rule_id: (moved(four, "203.0.113.8/32"), ""),
        stranger.rule_id: (moved(stranger, "203.0.113.9/32"), ""),
    }
    with pytest.raises(RuleNotFoundError):
        groups.send(writes.modify(four.group_id, moves))
    assert rules("prod-bastion") == (four, six)


def test_tags_are_removed_by_key_and_others_stay(
    groups: SecurityGroupService, rules: Rules
) -> None:
    ids = [rule.rule_id for rule in rules("prod-bastion")]
    groups.send(writes.tag(ids, {"a": "1", "b": "2", "c": "3"}))
    groups.check_allowed(writes.untag(ids, ["a"]))
    groups.send(writes.untag(ids, ["a", "c", "never-there"]))
    assert [rule.tags for rule in rules("prod-bastion")] == [{"b": "2"}, {"b": "2"}]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"name": "prod-*"}, ["prod-bastion", "prod-cache", "prod-db", "prod-web"]),
        ({"name": "prod-d?"}, []),
        ({"tag": ("managed-by", None)}, ["staging-db"]),
        ({"tag": ("managed-by", "terraform")}, ["staging-db"]),
        ({"tag": ("managed-by", "*")}, []),
        ({"name": "*-db", "tag": ("Name", "prod-db")}, ["prod-db"]),
        ({"vpc_id": "vpc-00000000000000000"}, []),
    ],
)
def test_groups_are_listed_by_what_was_asked(
    groups: SecurityGroupService, asked: dict[str, Any], names: list[str]
) -> None:
    assert [group.name for group in groups.list_security_groups(**asked)] == names


def test_the_groups_of_a_network_and_all_groups_are_listed(groups: SecurityGroupService) -> None:
    everything = groups.list_security_groups()
    (database,) = groups.find_security_groups("prod-db")
    inside = groups.list_security_groups(vpc_id=database.vpc_id)
    assert inside == tuple(group for group in everything if group.vpc_id == database.vpc_id)
    assert (
        {group.name for group in inside}
        >= {"prod-db", "prod-web"}
        < {group.name for group in everything}
    )


def test_an_owners_rules_are_found_wherever_the_name_stands_in_the_tag(
    groups: SecurityGroupService, rules: Rules
) -> None:
    owners = ["alice", "bob alice", "alice bob", "carol alice bob", "alicette", "bob"]
    (group_id,) = {rule.group_id for rule in rules("prod-cache")}
    spec = rules("prod-bastion")[0].spec
    for number, owner in enumerate(owners):
        groups.add_ingress_rule(
            group_id,
            spec.model_copy(update={"source": f"203.0.113.{number}/32"}),
            description="",
            tags={TAG_MANAGED: MANAGED_VALUE, TAG_OWNER: owner},
        )
    found, _ = groups.find_managed_rules("alice")
    assert [rule.tags[TAG_OWNER] for rule in found] == owners[:4]
    assert len(groups.find_managed_rules()[0]) == len(owners)


def test_a_prefix_list_of_a_rule_is_resolved_and_weighed(
    inventory: Inventory, rules: Rules
) -> None:
    (offices,) = (
        rule.spec.source
        for rule in rules("prod-db")
        if rule.spec.source_kind is SourceKind.PREFIX_LIST
    )
    lists = inventory.prefix_lists()
    assert lists.entries([offices]) == {offices: ("198.51.100.0/24", "203.0.113.128/25")}
    assert lists.max_entries([offices, "pl-00000000000000000"]) == {offices: 5}
    with pytest.raises(AwsError) as caught:
        lists.entries([offices, "pl-00000000000000000"])
    assert caught.value.aws_code == "InvalidPrefixListID.NotFound"


@pytest.mark.parametrize("limit", [60, 6])
def test_the_quota_of_the_account_is_learnt(limit: int) -> None:
    sandbox = Sandbox(rules_per_group=limit)
    told = gateway_to(sandbox).rules_per_group(SCOPE, CTX)
    sandbox.close()
    assert told == Quota(limit=limit, is_known=True)
