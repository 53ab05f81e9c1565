"""``revoke``: end access, and prove it."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from pydantic import Field

from awswhitelist.access.intents import Order, RevokeIntent, Selector
from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.calls import CallContext
from awswhitelist.config import Config
from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.models import IpProtocol
from awswhitelist.resources.references import read_resource_type
from awswhitelist.tools.arguments import (
    EVERY_PORT,
    WITH_PORTS,
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
    Undo,
    common_facts,
    common_warnings,
    overall,
    raise_failures,
    unapplied_summary,
    undo_place,
    unpicked_views,
)
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.results import NEVER, RuleStatus, RuleView, WarningCode, WarningNote
from awswhitelist.tools.sources import canonical_sources
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
        order = Order(
            operation="revoke",
            intent=self._intent(request),
            arguments=request.bound_arguments(),
            profile=request.profile,
            credentials=request.credentials,
            region=request.checked_region(),
            dry_run=request.dry_run,
            approval=request.approval,
        )
        outcome = self.services.pipeline.change(order, ctx)
        raise_failures(outcome)
        return _response(request, outcome, self.services.config)

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
    """A revoke names rules, or a target and what to pick there: never a whole group by accident."""
    picks = (request.source, request.port, request.protocol, request.owner)
    if request.rule_ids is None and request.target is None:
        raise InvalidArgumentError(
            "Neither `rule_ids` nor `target` says what to revoke.",
            field="target",
            remedy="Give `rule_ids`, or `target` with `source`, `port` or `owner`.",
        )
    if request.rule_ids is None and all(pick is None for pick in picks):
        raise InvalidArgumentError(
            "`target` alone would revoke every rule of the group.",
            field="source",
            remedy="Narrow it with `source`, `port` or `owner`, or name `rule_ids`.",
        )


def _response(request: RevokeRequest, outcome: Outcome, config: Config) -> RevokeResponse:
    facts = common_facts(outcome, config)
    rules: tuple[RuleView, ...] = facts.pop("rules", ())
    if outcome.state is OutcomeState.APPLIED:
        rules = (*rules, *unpicked_views(request.rule_ids or (), rules, outcome, config))
        rules = (*rules, *_absent(request, rules))
        facts |= {"status": overall(rules), "rules": rules}
    return RevokeResponse(
        summary=_summary(outcome, rules),
        warnings=tuple(_warnings(outcome, rules)) or None,
        undo=_undo(request, rules, outcome.scope.region),
        **facts,
    )


def _absent(request: RevokeRequest, rules: tuple[RuleView, ...]) -> list[RuleView]:
    """The rule ids that were asked for but are not there."""
    found = {rule.rule_id for rule in rules}
    ids = dict.fromkeys(request.rule_ids or ())
    missing = [rule_id for rule_id in ids if rule_id not in found]
    return [RuleView(rule_id=rule_id, status=RuleStatus.ABSENT) for rule_id in missing]


def _summary(outcome: Outcome, rules: tuple[RuleView, ...]) -> str:
    if outcome.state is not OutcomeState.APPLIED:
        return unapplied_summary(outcome)
    counts = Counter(rule.status for rule in rules)
    said = [f"{counts[status]} {words}" for status, words in WORDS.items() if counts[status]]
    return f"Rules: {', '.join(said)}." if said else "No rule matched, so nothing was changed."


WORDS: dict[RuleStatus, str] = {
    RuleStatus.REVOKED: "revoked and seen to be gone",
    RuleStatus.RELEASED: "ended for this owner and left to the others",
    RuleStatus.UNVERIFIED: "revoked but not seen to be gone",
    RuleStatus.NOT_OURS: "left alone (not made by awswhitelist)",
    RuleStatus.NOT_PICKED: "left alone (not what the other arguments pick)",
    RuleStatus.ABSENT: "not there",
}


def _undo(request: RevokeRequest, rules: tuple[RuleView, ...], region: str) -> Undo | None:
    """The call that opens the same again for the time that was left.

    None where one call cannot: for several rules or owners, for sources that are no address, and
    for access that is past its end.
    """
    ended = (RuleStatus.REVOKED, RuleStatus.RELEASED)
    revoked = [rule for rule in rules if rule.status in ended]
    if len(revoked) != 1 or not _can_come_back(revoked[0]):
        return None
    rule = revoked[0]
    owner = request.owner or rule.owner
    if rule.managed and (owner is None or len(owner.split()) != 1):
        return None
    arguments = {
        "target": rule.group_id,
        "source": rule.cidr,
        "protocol": rule.protocol,
        "expires_in": NEVER if rule.expires_at == NEVER else rule.expires_in,
        "owner": owner,
        "reason": rule.reason,
        "description": None if rule.managed else rule.description,
        **_undo_ports(rule),
        **undo_place(request, region),
    }
    left = {key: value for key, value in arguments.items() if value is not None}
    return Undo(operation="whitelist", arguments=left)


def _can_come_back(rule: RuleView) -> bool:
    """Whether ``whitelist`` can make such a rule: it has no way to say port 0 or a number's."""
    is_known = rule.cidr is not None and rule.protocol in set(IpProtocol)
    ports = (rule.from_port, rule.to_port)
    has_port_0 = rule.protocol in WITH_PORTS and rule.from_port == 0 and ports != EVERY_PORT
    return is_known and not has_port_0 and not rule.expired


def _undo_ports(rule: RuleView) -> dict[str, Any]:
    if rule.protocol in WITH_PORTS:
        return {"port": rule.ports}
    if rule.protocol == IpProtocol.ALL:
        return {}
    return {"icmp_type": rule.from_port, "icmp_code": rule.to_port}


def _warnings(outcome: Outcome, rules: tuple[RuleView, ...]) -> list[WarningNote]:
    notes = common_warnings(outcome)
    if any(rule.status is RuleStatus.REVOKED for rule in rules):
        message = "Connections that are open now stay open: security groups are stateful."
        notes.append(WarningNote(code=WarningCode.CONNECTIONS_SURVIVE, message=message))
    return notes
