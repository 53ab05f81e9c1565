"""Security groups as targets: an id is taken as it is, a name must have one meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from awswhitelist.aws.inventory import Inventory
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.calls import PlainContext
from awswhitelist.exceptions import AmbiguousTargetError, SecurityGroupNotFoundError
from awswhitelist.models import ResourceType, SecurityGroup
from awswhitelist.resources.detection import resolve_target
from awswhitelist.resources.factory import HANDLERS, ResourceHandlerFactory
from awswhitelist.resources.interface import ResolvedTarget
from awswhitelist.resources.references import read_reference

WEB = SecurityGroup(group_id="sg-0000000000000000a", name="web", vpc_id="vpc-1")
WEB_TOO = SecurityGroup(group_id="sg-0000000000000000b", name="web", vpc_id="vpc-2")
DB = SecurityGroup(group_id="sg-0000000000000000c", name="db")


class Groups(SecurityGroupService):
    """Finds groups by name among a few, and notes what was asked."""

    def __init__(self, *groups: SecurityGroup) -> None:
        self._known = groups
        self.asked: list[str] = []

    def find_security_groups(self, name: str) -> tuple[SecurityGroup, ...]:
        self.asked.append(name)
        return tuple(group for group in self._known if group.name == name)


def no_client(service: str) -> Any:
    raise AssertionError(f"{service} was asked")


def resolve(
    atlas: Any,
    groups: Groups,
    target: str,
    is_visible: Callable[[SecurityGroup], bool] = lambda _group: True,
) -> ResolvedTarget:
    reference = read_reference(target, ResourceType.SECURITY_GROUP, atlas)
    inventory = Inventory(no_client, groups, RetryPolicy(attempts=1), PlainContext("r-1"))
    return resolve_target(reference, ResourceHandlerFactory(is_visible), inventory)


def test_an_id_is_taken_as_it_is_without_a_call(atlas: Any) -> None:
    groups = Groups()
    resolved = resolve(atlas, groups, WEB.group_id)
    assert resolved.resource_type is ResourceType.SECURITY_GROUP
    assert resolved.resource_id == resolved.group_id == WEB.group_id
    assert (resolved.why, resolved.endpoint) == ("it is the id of this security group", None)
    assert (resolved.ports(), resolved.facts, groups.asked) == ((), (), [])


def test_a_name_is_looked_up(atlas: Any) -> None:
    resolved = resolve(atlas, Groups(WEB, DB), "db")
    assert (resolved.target, resolved.group_ids) == ("db", (DB.group_id,))


def test_a_name_that_looks_almost_like_an_id_is_a_name(atlas: Any) -> None:
    groups = Groups()
    with pytest.raises(SecurityGroupNotFoundError):
        resolve(atlas, groups, "sg-web")
    assert groups.asked == ["sg-web"]


def test_a_name_of_several_groups_is_never_guessed(atlas: Any) -> None:
    with pytest.raises(AmbiguousTargetError) as caught:
        resolve(atlas, Groups(WEB, WEB_TOO), "web")
    assert caught.value.summary == "2 security groups are named 'web'."
    assert caught.value.details["candidates"] == [
        {
            "id": each.group_id,
            "name": "web",
            "resource_type": "security_group",
            "kind": "security group",
            "vpc_id": each.vpc_id,
            "why": "it is the name of this security group",
        }
        for each in (WEB, WEB_TOO)
    ]


def test_a_group_that_policy_hides_is_neither_a_candidate_nor_found(atlas: Any) -> None:
    groups = Groups(WEB, WEB_TOO)
    seen = resolve(atlas, groups, "web", lambda group: group.vpc_id == "vpc-2")
    assert seen.group_ids == (WEB_TOO.group_id,)
    with pytest.raises(SecurityGroupNotFoundError):
        resolve(atlas, groups, "web", lambda _group: False)


def test_a_name_cannot_forge_the_sentence_that_repeats_it(atlas: Any) -> None:
    with pytest.raises(SecurityGroupNotFoundError) as caught:
        resolve(atlas, Groups(), "web\n\u202eall is well")
    assert caught.value.summary.isprintable()


def test_every_kind_of_resource_has_a_handler() -> None:
    assert set(HANDLERS) == set(ResourceType)
