"""``list_security_groups``: counted as AWS counts, filtered by AWS, paged by us."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from awswhitelist.aws.quotas import Quota
from awswhitelist.calls import PlainContext
from awswhitelist.config import Config
from awswhitelist.models import AwsScope, SecurityGroup, SecurityGroupRule
from awswhitelist.tools.list_security_groups import (
    ListSecurityGroupsHandler,
    ListSecurityGroupsRequest,
)

NAME = "list_security_groups"


def names(answer: dict[str, Any]) -> list[str]:
    return [group["name"] for group in answer["items"]]


def group(desk: Any, name: str) -> dict[str, Any]:
    (found,) = desk.do(NAME, name=name)["items"]
    return dict(found)


def test_all_groups_are_listed_by_name(shared_desk: Any) -> None:
    answer = shared_desk.do(NAME)
    assert names(answer) == sorted(names(answer))
    assert {"prod-bastion", "prod-db", "staging-app"} < set(names(answer))
    assert answer["total"] == len(answer["items"])
    assert (answer["account"], answer["region"]) == ("111122223333", "eu-west-1")
    assert f"{answer['total']} security groups in eu-west-1." in answer["summary"]


def test_a_group_is_shown_with_its_rules_by_family_and_the_room_left(shared_desk: Any) -> None:
    found = group(shared_desk, "prod-web")
    assert found == {
        "group_id": found["group_id"],
        "name": "prod-web",
        "vpc_id": found["vpc_id"],
        "description": "Public web servers",
        "ipv4_rules": 2,
        "ipv6_rules": 2,
        "room_left": 58,
        "open_to_world": True,
        "managed": 0,
    }
    assert "2 IPv4, 2 IPv6 rules  room for 58  OPEN TO THE WORLD" in shared_desk.text


def test_a_prefix_list_takes_as_much_room_as_it_may_come_to_need(shared_desk: Any) -> None:
    found = group(shared_desk, "prod-db")
    assert (found["ipv4_rules"], found["room_left"]) == (6, 54)
    assert "open_to_world" not in found


def test_rules_of_ours_are_counted_and_the_overdue_warned_of(make_desk: Any, codes: Any) -> None:
    desk = make_desk()
    late, _ = desk.opened(), desk.opened("203.0.113.8")
    past = [{"Key": "awswhitelist:expires-at", "Value": "2020-01-01T00:00:00Z"}]
    desk.ec2.create_tags(Resources=[late["rule_id"]], Tags=past)
    answer = desk.do(NAME, name="prod-bastion")
    assert (answer["items"][0]["managed"], answer["items"][0]["overdue"]) == (2, 1)
    assert codes(answer) == {"overdue"}
    assert "2 ours  1 OVERDUE" in desk.text


FILTERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a name": ({"name": "prod-db"}, ["prod-db"]),
    "the beginning of a name": (
        {"name": "staging-*"},
        ["staging-app", "staging-db", "staging-vpn"],
    ),
    "a tag": ({"tag": "terraform-module"}, ["staging-db"]),
    "a tag and its value": ({"tag": "managed-by=terraform"}, ["staging-db"]),
    "a tag and another value": ({"tag": "managed-by=pulumi"}, []),
    "a value that is empty": ({"tag": "managed-by="}, []),
    "both": ({"tag": "managed-by", "name": "prod-*"}, []),
    "a question mark, which is no wildcard": ({"name": "prod-d?"}, []),
}


@pytest.mark.parametrize(("arguments", "expected"), FILTERS.values(), ids=FILTERS)
def test_a_filter_leaves_what_was_asked_for(
    shared_desk: Any, arguments: dict[str, Any], expected: list[str]
) -> None:
    answer = shared_desk.do(NAME, **arguments)
    assert names(answer) == expected
    assert (answer["total"], answer["account"]) == (len(expected), "111122223333")


def test_the_groups_of_one_vpc_can_be_asked_for(shared_desk: Any) -> None:
    vpc_id = group(shared_desk, "staging-app")["vpc_id"]
    assert names(shared_desk.do(NAME, vpc_id=vpc_id)) == [
        "default",
        "staging-app",
        "staging-db",
        "staging-vpn",
    ]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"vpc_id": "prod"}, "vpc_id"),
        ({"vpc_id": "vpc-*"}, "vpc_id"),
        ({"tag": "=terraform"}, "tag"),
        ({"tag": " "}, "tag"),
        ({"limit": 0}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"region": "nowhere"}, "region"),
    ],
)
def test_what_cannot_be_a_filter_is_refused_with_the_argument(
    shared_desk: Any, arguments: dict[str, Any], field: str
) -> None:
    error = shared_desk.refuse(NAME, **arguments)
    assert (error["code"], error["field"]) == ("invalid_argument", field)


@pytest.mark.parametrize("limit", [1, 4, 100])
def test_pages_are_the_whole_list_in_order(shared_desk: Any, limit: int) -> None:
    whole = shared_desk.do(NAME, limit=1000)
    seen: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = shared_desk.do(NAME, limit=limit, **cursor)
        assert len(answer["items"]) <= limit
        assert answer["total"] == whole["total"]
        seen += answer["items"]
        if "next_cursor" not in answer:
            break
        assert answer["next_cursor"] in shared_desk.text
        cursor = {"cursor": answer["next_cursor"]}
    assert seen == whole["items"]


class Groups:
    """Thirty groups with long descriptions, and no rules. Keeps which rules were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def list_security_groups(self, **_: object) -> tuple[SecurityGroup, ...]:
        return tuple(
            SecurityGroup(group_id=f"sg-{number:02}", name="many", description="x" * 250)
            for number in range(30)
        )

    def describe_rules(self, ids: Sequence[str]) -> tuple[tuple[SecurityGroupRule, ...], datetime]:
        self.asked.append(tuple(ids))
        return (), datetime(2026, 1, 1, tzinfo=UTC)


def services_on(groups: Groups, config: Config) -> Any:
    """What the handler uses of the services, over those groups."""
    scope = AwsScope(profile=None, region="eu-west-1")
    gateway = SimpleNamespace(
        inventory=lambda _scope, _ctx: SimpleNamespace(groups=groups),
        rules_per_group=lambda _scope, _ctx: Quota(limit=60, is_known=True),
    )
    pipeline = SimpleNamespace(admit_read=lambda *_: scope)
    return SimpleNamespace(config=config, gateway=gateway, pipeline=pipeline)


def test_a_page_ends_where_it_would_cost_too_much_and_all_of_it_is_filled_in(
    configured: Callable[..., Config],
) -> None:
    groups = Groups()
    handler = ListSecurityGroupsHandler(services_on(groups, configured()))
    request = ListSecurityGroupsRequest(limit=1000)
    first = handler.handle(request, PlainContext("r-1"))
    assert first.items is not None and 10 < len(first.items) < 30
    assert len(groups.asked[0]) < 30
    rest = handler.handle(
        request.model_copy(update={"cursor": first.next_cursor}), PlainContext("r-2")
    )
    shown = (*first.items, *(rest.items or ()))
    assert [each.group_id for each in shown] == [f"sg-{number:02}" for number in range(30)]
    assert {each.room_left for each in shown} == {60}


def test_groups_that_policy_hides_are_not_listed(make_desk: Any) -> None:
    desk = make_desk(policy={"groups": {"allow": ["staging-*"]}})
    answer = desk.do(NAME)
    assert (names(answer), answer["total"]) == (["staging-app", "staging-db", "staging-vpn"], 3)


def test_a_quota_that_cannot_be_read_is_supposed_and_that_is_said(
    refusing_desk: Any, codes: Any
) -> None:
    desk = refusing_desk({"service-quotas.GetServiceQuota": "AccessDeniedException"})
    answer = desk.do(NAME, name="prod-web")
    assert answer["items"][0]["room_left"] == 58
    assert codes(answer) == {"quota_assumed"}


def test_room_beside_a_prefix_list_of_unknown_size_is_not_promised(
    refusing_desk: Any, codes: Any
) -> None:
    desk = refusing_desk({"ec2.DescribeManagedPrefixLists": "UnauthorizedOperation"})
    answer = desk.do(NAME, name="prod-*")
    rooms = {each["name"]: each.get("room_left") for each in answer["items"]}
    assert rooms["prod-db"] is None and rooms["prod-web"] == 58
    assert codes(answer) == {"prefix_list_unread"}
