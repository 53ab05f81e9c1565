"""What is asked for on the side, to say more: where AWS does not tell it, the call goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest

from awswhitelist.constants import DEFAULT_RULES_PER_GROUP
from awswhitelist.tools.room import NEARLY_FULL
from tests.faults import effects
from tests.faults.effects import Effect, refuse
from tests.faults.proxy import Strike
from tests.faults.rows import DENIED, IMPATIENT, THROTTLED
from tests.faults.world import PORT, SOURCE, Call, World

QUOTA = "GetServiceQuota"
REFUSED = refuse("AccessDeniedException")


def addresses() -> Iterator[str]:
    return (f"192.0.2.{number}/32" for number in range(256))


@pytest.fixture
def full_group(world: World) -> str:
    """A group with so many rules that AWS is asked how many there may be."""
    for source in islice(addresses(), NEARLY_FULL):
        world.let_in(source)
    return world.group_id


@pytest.mark.parametrize(
    "effect", [REFUSED, THROTTLED, effects.cut_before, effects.too_slow, effects.html_page]
)
def test_a_quota_that_aws_does_not_tell_is_asked_for_once_and_assumed(
    effect: Effect, full_group: str, world: World, program: Callable[..., Call], slept: list[float]
) -> None:
    call = program(read_timeout=IMPATIENT)
    world.arm([Strike(QUOTA, effect)])
    sources = [SOURCE, "198.51.100.9/32"]
    told = [call("whitelist", {"target": full_group, "source": s, "port": PORT}) for s in sources]
    assert [each.says for each in told] == ["added", "added"]
    left = DEFAULT_RULES_PER_GROUP - NEARLY_FULL - 1
    assert [each.content["room_left"] for each in told] == [
        {full_group: left},
        {full_group: left - 1},
    ]
    assert (world.proxy.count(QUOTA), slept) == (1, [])


@pytest.mark.parametrize("effect", [REFUSED, effects.cut_before])
def test_a_bulk_over_full_groups_does_not_wait_for_the_quota_of_each(
    effect: Effect, full_group: str, world: World, program: Callable[..., Call], slept: list[float]
) -> None:
    call = program()
    world.arm([Strike(QUOTA, effect)])
    sources = (SOURCE, "198.51.100.9/32")
    entries = [{"target": full_group, "source": source, "port": PORT} for source in sources]
    told = call("whitelist_bulk", {"entries": entries})
    assert told.content["totals"] == {"added": 2}
    assert world.proxy.count(QUOTA) <= 1
    assert slept == []


@pytest.fixture
def listed(world: World, direct: Any) -> str:
    """The group, with a rule whose source is a prefix list."""
    made = direct.create_managed_prefix_list(
        PrefixListName="partners",
        MaxEntries=5,
        AddressFamily="IPv4",
        Entries=[{"Cidr": SOURCE}],
    )
    source = {"PrefixListId": made["PrefixList"]["PrefixListId"]}
    permission = {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "PrefixListIds": [source]}
    direct.authorize_security_group_ingress(GroupId=world.group_id, IpPermissions=[permission])
    return world.group_id


def warnings(content: Any) -> set[str]:
    return {each["code"] for each in content.get("warnings", ())}


def test_a_prefix_list_that_may_not_be_read_is_told_and_never_taken_for_empty(
    listed: str, world: World, program: Callable[..., Call]
) -> None:
    call = program()
    question = {"target": listed, "source": SOURCE, "port": PORT}
    assert call("check_access", question).content["allowed"] is True
    world.arm([Strike("GetManagedPrefixListEntries", DENIED)])
    told = call("check_access", question)
    assert not told.is_error
    assert "prefix_list_unread" in warnings(told.content)


def test_prefix_lists_that_may_not_be_weighed_keep_nobody_from_the_list_of_groups(
    listed: str, world: World, program: Callable[..., Call]
) -> None:
    call = program()
    world.arm([Strike("DescribeManagedPrefixLists", DENIED), Strike(QUOTA, REFUSED)])
    told = call("list_security_groups", {"vpc_id": world.vpc_id})
    assert not told.is_error
    assert {"prefix_list_unread", "quota_assumed"} <= warnings(told.content)


def test_prefix_lists_are_no_matter_to_a_change(
    listed: str, world: World, program: Callable[..., Call]
) -> None:
    call = program()
    world.arm(
        [
            Strike(each, DENIED)
            for each in ("DescribeManagedPrefixLists", "GetManagedPrefixListEntries")
        ]
    )
    added = call("whitelist", {"target": listed, "source": SOURCE, "port": PORT})
    assert added.says == "added"
    assert call("revoke", {"rule_ids": sorted(added.rule_ids)}).says == "revoked"
