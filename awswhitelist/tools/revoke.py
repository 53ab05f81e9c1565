"""``revoke``: end access, and prove it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from awswhitelist.access.intents import RevokeIntent, Selector
from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.calls import CallContext
from awswhitelist.config import Config
from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.resources.references import read_resource_type
from awswhitelist.tools.arguments import (
    ChangeArguments,
    Port,
    Protocol,
    Source,
    Target,
    Text,
    TypeOfResource,
    read_ports,
    read_protocol,
)
from awswhitelist.tools.changes import (
    ChangeResult,
    common_facts,
    common_warnings,
    connections_survive,
    ends_summary,
    order_of,
    raise_failures,
    undo_of,
    unpicked_views,
)
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.outcome_views import overall
from awswhitelist.tools.results import RuleStatus, RuleView, WarningNote
from awswhitelist.tools.room import room_left
from awswhitelist.tools.sources import canonical_sources
from awswhitelist.tools.still_open import still_open
from awswhitelist.validators import check_rule_id

MOST_RULES = 200
"""As many rule ids as one DescribeSecurityGroupRules takes in a filter."""


class RevokeRequest(ChangeArguments):
    """Arguments of ``revoke``."""

    target: Target | None = None
    resource_type: TypeOfResource | None = None
    rule_ids: Annotated[list[str] | None, Field(min_length=1, max_length=MOST_RULES)] = None
    source: Source | None = None
    port: Port | None = None
    protocol: Protocol | None = None
    owner: Text | None = None
    include_foreign: Annotated[
        bool, Field(description="Also rules that awswhitelist did not make; needs approval.")
    ] = False
    reason: Text | None = None


class RevokeResponse(ChangeResult):
    """What became of it."""


class RevokeHandler(Handler[RevokeRequest, RevokeResponse]):
    """Turns the arguments into an intent and the outcome into an answer."""

    def handle(self, request: RevokeRequest, ctx: CallContext) -> RevokeResponse:
        """See :class:`RevokeRequest`. Raises what :meth:`AccessPipeline.change` raises."""
        intent = self._intent(request)
        order = order_of("revoke", intent, request)
        outcome = self.services.pipeline.change(order, ctx)
        raise_failures(outcome)
        response = _response(request, intent.selector, outcome, self.services.config)
        more = {
            "undo": undo_of(outcome, ctx),
            "room_left": room_left(outcome, self.services.gateway, ctx),
        }
        return response.model_copy(update=more)

    def _intent(self, request: RevokeRequest) -> RevokeIntent:
        _check_selection(request)
        ids = [
            check_rule_id(rule_id, field=f"rule_ids[{index}]")
            for index, rule_id in enumerate(request.rule_ids or ())
        ]
        return RevokeIntent(
            target=request.target,
            rule_ids=tuple(dict.fromkeys(ids)),
            selector=self._selector(request),
            include_foreign=request.include_foreign,
            reason=request.reason or "",
            resource_type=read_resource_type(request.resource_type),
        )

    def _selector(self, request: RevokeRequest) -> Selector:
        source = request.source
        protocol = None if request.protocol is None else read_protocol(request.protocol)
        return Selector(
            sources=None if source is None else canonical_sources(source, self.services),
            ports=read_ports(request.port, self.services.config),
            protocol=protocol,
            owner=request.owner,
        )


def _check_selection(request: RevokeRequest) -> None:
    """A revoke names rules, or a target and what to pick there, or whose or from where they are:
    never a whole group or region by accident, and rules of others only where it says which."""
    if request.rule_ids is not None:
        return
    if request.target is not None:
        _check_picks(request)
        return
    if request.source is None and request.owner is None:
        raise InvalidArgumentError(
            "Neither `rule_ids` nor `target` says what to revoke.",
            field="target",
            remedy="Give `rule_ids`; or `target` with `source`, `port` or `owner`; or `source` or "
            "`owner` alone for all of theirs in the region.",
        )
    if request.include_foreign:
        raise InvalidArgumentError(
            "Rules that awswhitelist did not make are never picked from a whole region.",
            field="include_foreign",
            remedy="Name the `target` or the `rule_ids`, or leave `include_foreign` out.",
        )


def _check_picks(request: RevokeRequest) -> None:
    picks = (request.source, request.port, request.protocol, request.owner)
    if all(pick is None for pick in picks):
        raise InvalidArgumentError(
            "`target` alone would revoke every rule of the group.",
            field="source",
            remedy="Narrow it with `source`, `port` or `owner`, or name `rule_ids`.",
        )


def _response(
    request: RevokeRequest, selector: Selector, outcome: Outcome, config: Config
) -> RevokeResponse:
    facts = common_facts(outcome, config)
    rules: tuple[RuleView, ...] = facts.pop("rules", ())
    if outcome.state is OutcomeState.APPLIED:
        rules = (*rules, *unpicked_views(request.rule_ids or (), rules, outcome, config))
        rules = (*rules, *_absent(request, rules))
        facts |= {"status": overall(rules), "rules": rules}
    return RevokeResponse(
        summary=ends_summary(outcome, rules, WORDS, NOTHING),
        warnings=(*_warnings(outcome, rules), *still_open(outcome, selector)) or None,
        **facts,
    )


def _absent(request: RevokeRequest, rules: tuple[RuleView, ...]) -> list[RuleView]:
    """The rule ids that were asked for but are not there."""
    found = {rule.rule_id for rule in rules}
    ids = dict.fromkeys(request.rule_ids or ())
    missing = [rule_id for rule_id in ids if rule_id not in found]
    return [RuleView(rule_id=rule_id, status=RuleStatus.ABSENT) for rule_id in missing]


NOTHING = "No rule matched, so nothing was changed."
WORDS: dict[RuleStatus, str] = {
    RuleStatus.REVOKED: "revoked and seen to be gone",
    RuleStatus.RELEASED: "ended for this owner and left to the others",
    RuleStatus.UNVERIFIED: "revoked but not seen to be gone",
    RuleStatus.NOT_OURS: "left alone (not made by awswhitelist)",
    RuleStatus.NOT_PICKED: "left alone (not what the other arguments pick)",
    RuleStatus.ABSENT: "not there",
}


def _warnings(outcome: Outcome, rules: tuple[RuleView, ...]) -> list[WarningNote]:
    notes = common_warnings(outcome)
    if any(rule.status is RuleStatus.REVOKED for rule in rules):
        notes.append(connections_survive())
    return notes
