"""``list_security_groups``: the groups of a region, how full they are, and what is open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from awswhitelist.access.containment import is_open_to_world
from awswhitelist.access.counting import count_rules
from awswhitelist.access.marks.expiry import is_overdue, read_marks
from awswhitelist.access.policy import is_visible
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import InvalidArgumentError, PermissionMissingError
from awswhitelist.models import SecurityGroup, SecurityGroupRule, SourceKind
from awswhitelist.parallel import run_side_by_side
from awswhitelist.text import printable
from awswhitelist.tools.arguments import DEFAULT_LIMIT, AwsArguments, Cursor, Limit, Text
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.paging import Page, page
from awswhitelist.tools.results import (
    LONGEST_TEXT,
    OperationResult,
    Result,
    WarningCode,
    WarningNote,
    place,
)

if TYPE_CHECKING:
    from awswhitelist.aws.inventory import Inventory
    from awswhitelist.aws.quotas import Quota

MOST_NAMED = 5
"""Groups that one warning names."""

LONGEST_TAG = 128 + 1 + 256
"""A key, an equals sign and a value (EC2 API reference, Tag)."""

_VPC_ID = re.compile(r"vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})")


class ListSecurityGroupsRequest(AwsArguments):
    """Arguments of ``list_security_groups``."""

    name: Annotated[Text | None, Field(description="Group name; * stands for any text.")] = None
    vpc_id: Annotated[Text | None, Field(description="Only groups of this VPC.")] = None
    tag: (
        Annotated[str, Field(max_length=LONGEST_TAG, description='"Key" or "Key=Value".')] | None
    ) = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None

    def checked_vpc_id(self) -> str | None:
        """The VPC's id, if it looks like one. InvalidArgumentError if not."""
        if self.vpc_id is None or _VPC_ID.fullmatch(self.vpc_id):
            return self.vpc_id
        raise InvalidArgumentError(
            f"{printable(self.vpc_id)!r} is not the id of a VPC.",
            field="vpc_id",
            remedy="Write an id such as vpc-0123456789abcdef0.",
        )

    def checked_tag(self) -> tuple[str, str | None] | None:
        """Key and value, None for any value. InvalidArgumentError where there is no key."""
        if self.tag is None:
            return None
        key, equals, value = self.tag.partition("=")
        if not key.strip():
            raise InvalidArgumentError(
                "`tag` names no key.", field="tag", remedy='Write "Key" or "Key=Value".'
            )
        return key, value if equals else None


class GroupView(Result):
    """A security group. Rules are counted as AWS counts them against its quota; ``managed`` of
    them were made by awswhitelist, and ``overdue`` of those are past their end."""

    group_id: str
    name: str
    vpc_id: str | None = None
    description: str | None = None
    ipv4_rules: int | None = None
    ipv6_rules: int | None = None
    room_left: int | None = None
    open_to_world: bool | None = None
    managed: int | None = None
    overdue: int | None = None

    def words(self) -> str:
        """The group on one line."""
        parts = [self.group_id, self.name, f"{self.ipv4_rules} IPv4, {self.ipv6_rules} IPv6 rules"]
        parts += [] if self.room_left is None else [f"room for {self.room_left}"]
        parts += [f"{self.managed} ours"] if self.managed else []
        parts += [f"{self.overdue} OVERDUE"] if self.overdue else []
        parts += ["OPEN TO THE WORLD"] if self.open_to_world else []
        return "  ".join(parts)


class ListSecurityGroupsResponse(OperationResult):
    """One page of groups."""

    items: tuple[GroupView, ...] | None = None
    total: int | None = None
    next_cursor: str | None = None

    def facts(self) -> tuple[str, ...]:
        """A line for each group."""
        more = [f"More: call again with cursor {self.next_cursor}"] if self.next_cursor else []
        return (*(group.words() for group in self.items or ()), *more)


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of some groups by group, when they were read, and the weights of prefix lists."""

    by_group: Mapping[str, Sequence[SecurityGroupRule]]
    at: datetime
    weights: Mapping[str, int]


class ListSecurityGroupsHandler(Handler[ListSecurityGroupsRequest, ListSecurityGroupsResponse]):
    """Reads all groups that fit, and the rules of those that are shown."""

    def handle(
        self, request: ListSecurityGroupsRequest, ctx: CallContext
    ) -> ListSecurityGroupsResponse:
        """See :class:`ListSecurityGroupsRequest`. Raises PolicyDeniedError, RegionMissingError,
        InvalidArgumentError, and what AWS answers."""
        vpc_id, tag, region = (
            request.checked_vpc_id(),
            request.checked_tag(),
            request.checked_region(),
        )
        gateway, policy = self.services.gateway, self.services.config.policy
        scope = self.services.pipeline.admit_read(request.profile, region, ctx, request.credentials)
        inventory = gateway.inventory(scope, ctx)
        every, quota = run_side_by_side(
            lambda: inventory.groups.list_security_groups(
                name=request.name, vpc_id=vpc_id, tag=tag
            ),
            lambda: gateway.rules_per_group(scope, ctx),
        )
        groups = [group for group in every if is_visible(group, policy)]
        account = groups[0].account if groups else gateway.caller(scope, ctx).account
        shown = self._page(groups, quota, inventory, request)
        return ListSecurityGroupsResponse(
            summary=_summary(shown, scope.region),
            items=shown.items,
            total=shown.total,
            next_cursor=shown.next_cursor,
            warnings=tuple(_warnings(shown, quota)) or None,
            **place(scope, account),
        )

    def _page(
        self,
        groups: Sequence[SecurityGroup],
        quota: Quota,
        inventory: Inventory,
        request: ListSecurityGroupsRequest,
    ) -> Page[GroupView]:
        """The page asked for. Rules are read only of groups that may be on it: what is read makes
        them longer, so that the last of these may come on the next page after all."""
        bare = {group.group_id: _bare(group) for group in groups}
        first = page([*bare.values()], _order, request.limit, request.cursor)
        ids = [each.group_id for each in first.items]
        if not ids:
            return first
        rules = _read(inventory, ids)
        filled = {each: self._filled(bare[each], rules, quota) for each in ids}
        return page([*(bare | filled).values()], _order, request.limit, request.cursor)

    def _filled(self, bare: GroupView, rules: _Rules, quota: Quota) -> GroupView:
        own = rules.by_group.get(bare.group_id, ())
        count = count_rules(own, rules.weights)
        marked = [marks for marks in map(read_marks, own) if marks]
        max_ttl = self.services.config.policy.max_ttl
        facts = {
            "ipv4_rules": count.ipv4,
            "ipv6_rules": count.ipv6,
            "room_left": count.room_left(quota.limit),
            "open_to_world": any(is_open_to_world(rule.spec) for rule in own) or None,
            "managed": len(marked),
            "overdue": sum(is_overdue(marks, rules.at, max_ttl) for marks in marked) or None,
        }
        return bare.model_copy(update=facts)


def _bare(group: SecurityGroup) -> GroupView:
    """A group without what its rules say."""
    return GroupView(
        group_id=group.group_id,
        name=printable(group.name, LONGEST_TEXT),
        vpc_id=group.vpc_id,
        description=printable(group.description, LONGEST_TEXT) or None,
    )


def _order(group: GroupView) -> tuple[str, ...]:
    """Groups are listed by name; the id makes the key unique."""
    return group.name, group.group_id


def _read(inventory: Inventory, group_ids: Sequence[str]) -> _Rules:
    rules, at = inventory.groups.describe_rules(group_ids)
    by_group: dict[str, list[SecurityGroupRule]] = {}
    for rule in rules:
        by_group.setdefault(rule.group_id, []).append(rule)
    lists = [each.spec for each in rules if each.spec.source_kind is SourceKind.PREFIX_LIST]
    return _Rules(by_group, at, _weights(inventory, {spec.source for spec in lists}))


def _weights(inventory: Inventory, prefix_list_ids: set[str]) -> Mapping[str, int]:
    """What the lists count for; nothing where we may not ask."""
    if not prefix_list_ids:
        return {}
    try:
        return inventory.prefix_lists().max_entries(sorted(prefix_list_ids))
    except PermissionMissingError:
        return {}


def _summary(shown: Page[GroupView], region: str) -> str:
    part = f"{len(shown.items)} of " if len(shown.items) < shown.total else ""
    noun = "group" if shown.total == 1 else "groups"
    return f"{part}{shown.total} security {noun} in {region}."


def _warnings(shown: Page[GroupView], quota: Quota) -> Iterator[WarningNote]:
    overdue = [each.group_id for each in shown.items if each.overdue]
    if overdue:
        message = f"Rules past their end are still in {', '.join(overdue[:MOST_NAMED])}."
        yield WarningNote(code=WarningCode.OVERDUE, message=message)
    if any(each.room_left is not None for each in shown.items) and not quota.is_known:
        message = (
            f"The quota of rules in a group could not be read: `room_left` is that of AWS's usual "
            f"{quota.limit} (servicequotas:GetServiceQuota would tell)."
        )
        yield WarningNote(code=WarningCode.QUOTA_ASSUMED, message=message)
    unknown = [each.group_id for each in shown.items if each.room_left is None]
    if unknown:
        message = (
            f"The room left in {', '.join(unknown[:MOST_NAMED])} is not known: they refer to "
            "prefix lists whose size AWS did not tell (ec2:DescribeManagedPrefixLists)."
        )
        yield WarningNote(code=WarningCode.PREFIX_LIST_UNREAD, message=message)
