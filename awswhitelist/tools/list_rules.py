"""``list_rules``: what stands in a target's security groups, complete."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from awswhitelist.access.intents import Selector
from awswhitelist.access.outcomes import Sight
from awswhitelist.access.planner import matches
from awswhitelist.calls import CallContext
from awswhitelist.models import SecurityGroupRule
from awswhitelist.resources.reach import ReachCode
from awswhitelist.resources.references import read_resource_type
from awswhitelist.text import printable
from awswhitelist.tools.arguments import (
    AwsArguments,
    Port,
    Source,
    Target,
    Text,
    TypeOfResource,
    read_ports,
)
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.paging import Page, page
from awswhitelist.tools.results import (
    OperationResult,
    RuleView,
    WarningCode,
    WarningNote,
    place,
    view,
)
from awswhitelist.tools.sources import canonical_sources

DEFAULT_LIMIT = 20
MOST_ITEMS = 1000


class ListRulesRequest(AwsArguments):
    """Arguments of ``list_rules``."""

    target: Target
    resource_type: TypeOfResource | None = None
    source: Source | None = None
    port: Port | None = None
    owner: Text | None = None
    managed: Annotated[
        bool | None, Field(description="Only rules made by awswhitelist (true) or by others.")
    ] = None
    expired: Annotated[bool | None, Field(description="Only rules past their end, or not.")] = None
    limit: Annotated[int, Field(ge=1, le=MOST_ITEMS)] = DEFAULT_LIMIT
    cursor: Annotated[str, Field(max_length=1024)] | None = None


class ListRulesResponse(OperationResult):
    """One page of rules."""

    items: tuple[RuleView, ...] | None = None
    total: int | None = None
    next_cursor: str | None = None

    def facts(self) -> tuple[str, ...]:
        """A line for each rule, and how to get the rest."""
        more = [f"More: call again with cursor {self.next_cursor}"] if self.next_cursor else []
        return (*(rule.words() for rule in self.items or ()), *more)


class ListRulesHandler(Handler[ListRulesRequest, ListRulesResponse]):
    """Reads the groups of a target and shows what was asked for."""

    def handle(self, request: ListRulesRequest, ctx: CallContext) -> ListRulesResponse:
        """See :class:`ListRulesRequest`. Raises what :meth:`AccessPipeline.read` raises."""
        selector = self._selector(request)
        sight = self.services.pipeline.read(
            request.target,
            request.profile,
            request.checked_region(),
            ctx,
            read_resource_type(request.resource_type),
            request.credentials,
        )
        picked = [rule for rule in sight.observed.rules if matches(rule, selector)]
        views = [each for each in self._views(picked, sight) if _is_wanted(each, request)]
        shown = page(views, rule_order, request.limit, request.cursor)
        return ListRulesResponse(
            summary=_summary(shown, sight),
            items=shown.items,
            total=shown.total,
            next_cursor=shown.next_cursor,
            warnings=(*_warnings(views), *_gaps(sight)) or None,
            **place(sight.scope, sight.observed.groups[0].account),
        )

    def _selector(self, request: ListRulesRequest) -> Selector:
        source = request.source
        return Selector(
            sources=None if source is None else canonical_sources(source, self.services),
            ports=read_ports(request.port, self.services.config),
            owner=request.owner,
        )

    def _views(self, rules: list[SecurityGroupRule], sight: Sight) -> list[RuleView]:
        groups = {group.group_id: group for group in sight.observed.groups}
        max_ttl, now = self.services.config.policy.max_ttl, sight.observed.at
        return [view(rule, groups.get(rule.group_id), now, max_ttl) for rule in rules]


def _is_wanted(rule: RuleView, request: ListRulesRequest) -> bool:
    return (request.managed is None or rule.managed is request.managed) and (
        request.expired is None or bool(rule.expired) is request.expired
    )


def rule_order(rule: RuleView) -> tuple[str, ...]:
    """Rules are listed by protocol, port and source; the id makes the key unique."""
    port = -1 if rule.from_port is None else rule.from_port
    return (rule.group_id or "", rule.protocol or "", f"{port:06d}", rule.source, rule.rule_id)


def _summary(shown: Page[Any], sight: Sight) -> str:
    names = ", ".join(
        f"{group.group_id} ({printable(group.name)})" for group in sight.observed.groups
    )
    part = f"{len(shown.items)} of " if len(shown.items) < shown.total else ""
    there = len(sight.observed.rules)
    if shown.total < there:
        return (
            f"{part}{shown.total} of the {there} ingress rule(s) of {names} match what was asked."
        )
    noun = "rule" if shown.total == 1 else "rules"
    return f"{part}{shown.total} ingress {noun} of {names}."


def _gaps(sight: Sight) -> list[WarningNote]:
    """Who was not asked while the target was looked for: something else may be meant."""
    return [
        WarningNote(code=WarningCode.NOT_ALL_ASKED, message=fact.message)
        for fact in sight.facts
        if fact.code is ReachCode.NOT_ALL_ASKED
    ]


def _warnings(rules: list[RuleView]) -> list[WarningNote]:
    overdue = [rule.rule_id for rule in rules if rule.expired]
    if not overdue:
        return []
    message = f"Past their end and still there: {', '.join(overdue[:5])}. Revoke them."
    return [WarningNote(code=WarningCode.OVERDUE, message=message)]
