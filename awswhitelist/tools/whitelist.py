"""``whitelist``: let an address reach a target, for a while."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from awswhitelist.access.expiry import EXTEND_AT_LEAST, EXTEND_SHARE
from awswhitelist.access.intents import AllowIntent, Order
from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.calls import CallContext
from awswhitelist.config import Config
from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.models import Grant, IpProtocol
from awswhitelist.resources.reach import FROM_INTERNET, ReachFact
from awswhitelist.resources.references import read_resource_type
from awswhitelist.text import printable
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
    read_lifetime,
    read_ports,
    read_protocol,
    read_sources,
)
from awswhitelist.tools.changes import (
    ENFORCERS,
    ChangeResult,
    Undo,
    common_facts,
    common_warnings,
    overall,
    raise_failures,
    unapplied_summary,
    undo_place,
)
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.results import NEVER, RuleStatus, RuleView, WarningCode, WarningNote
from awswhitelist.tools.sources import ME, canonical_sources
from awswhitelist.validators import AddressKind, address_kind, parse_time

WITH_TYPES = (IpProtocol.ICMP, IpProtocol.ICMPV6)


class IpWhitelistRequest(ChangeArguments):
    """Arguments of ``whitelist``."""

    target: Target
    resource_type: TypeOfResource | None = None
    source: Source = ME
    port: Port | None = None
    protocol: Protocol = IpProtocol.TCP
    icmp_type: Annotated[int, Field(ge=0, le=255)] | None = None
    icmp_code: Annotated[int, Field(ge=0, le=255)] | None = None
    expires_in: Annotated[
        Text | None, Field(description='"90m", "2h", "7d" or PT2H; "never" if policy permits.')
    ] = None
    reason: Text | None = None
    owner: Annotated[Text | None, Field(description="Whose access it is; default: yours.")] = None
    ticket: Text | None = None
    description: Annotated[
        Text | None, Field(description="Replaces the configured rule description.")
    ] = None
    force: Annotated[
        bool, Field(description="Add the rule even if a wider one lets this through.")
    ] = False


class IpWhitelistResponse(ChangeResult):
    """What became of it."""


class WhitelistHandler(Handler[IpWhitelistRequest, IpWhitelistResponse]):
    """Turns the arguments into an intent and the outcome into an answer."""

    def handle(self, request: IpWhitelistRequest, ctx: CallContext) -> IpWhitelistResponse:
        """See :class:`IpWhitelistRequest`. Raises what :meth:`AccessPipeline.change` raises."""
        config = self.services.config
        intent = self._intent(request)
        order = Order(
            operation="whitelist",
            intent=intent,
            arguments=request.bound_arguments(),
            profile=request.profile,
            credentials=request.credentials,
            region=request.checked_region(),
            dry_run=request.dry_run,
            approval=request.approval,
        )
        outcome = self.services.pipeline.change(order, ctx)
        raise_failures(outcome)
        facts = common_facts(outcome, config)
        rules: tuple[RuleView, ...] = facts.get("rules", ())
        return IpWhitelistResponse(
            summary=_summary(outcome, rules),
            warnings=tuple(_warnings(outcome, rules, intent)) or None,
            undo=_undo(request, rules, outcome.scope.region),
            expires_enforced_by=ENFORCERS if any(map(_ends, rules)) else None,
            **facts,
        )

    def _intent(self, request: IpWhitelistRequest) -> AllowIntent:
        protocol = read_protocol(request.protocol)
        config = self.services.config
        return AllowIntent(
            target=request.target,
            sources=canonical_sources(request.source, self.services),
            protocol=protocol,
            ports=_ports(request, protocol, config),
            icmp_type=request.icmp_type,
            icmp_code=request.icmp_code,
            grant=_grant(request, config),
            force=request.force,
            resource_type=read_resource_type(request.resource_type),
        )


def _grant(request: IpWhitelistRequest, config: Config) -> Grant:
    return Grant(
        owner=(request.owner or "").strip(),
        reason=request.reason or "",
        ticket=request.ticket or "",
        description=request.description or "",
        lifetime=read_lifetime(request.expires_in, config),
    )


def _ports(
    request: IpWhitelistRequest, protocol: IpProtocol, config: Config
) -> tuple[int, int] | None:
    """The ports asked for; InvalidArgumentError where they make no sense for the protocol."""
    if protocol not in WITH_TYPES and (request.icmp_type, request.icmp_code) != (None, None):
        raise InvalidArgumentError(
            f"ICMP types and codes mean nothing for protocol {protocol.value}.",
            field="icmp_type" if request.icmp_type is not None else "icmp_code",
            remedy="Leave them out, or set `protocol` to icmp or icmpv6.",
        )
    if request.icmp_code is not None and request.icmp_type is None:
        raise InvalidArgumentError(
            "An ICMP code without a type means nothing.",
            field="icmp_code",
            remedy="Give `icmp_type` too, or leave `icmp_code` out.",
        )
    ports = read_ports(request.port, config)
    if protocol in WITH_PORTS or ports is None:
        return ports
    if protocol is IpProtocol.ALL and ports == EVERY_PORT:
        return None
    raise InvalidArgumentError(
        f"Protocol {protocol.value} has no ports.",
        field="port",
        remedy="Leave `port` out, or set `protocol` to tcp or udp.",
    )


def _summary(outcome: Outcome, rules: tuple[RuleView, ...]) -> str:
    if outcome.state is not OutcomeState.APPLIED:
        return unapplied_summary(outcome)
    status = overall(rules)
    first = next(rule for rule in rules if rule.status is status)
    others = Counter(str(rule.status) for rule in rules if rule is not first)
    more = ", ".join(f"{count} more {name}" for name, count in others.items())
    return f"{SUMMARIES[status]}: {_words(first)}{f' (and {more})' if more else ''}."


SUMMARIES: dict[RuleStatus, str] = {
    RuleStatus.ADDED: "Access was added",
    RuleStatus.EXTENDED: "Access was extended",
    RuleStatus.ALREADY_ALLOWED: "Access is there already",
    RuleStatus.COVERED: "A wider rule lets this through already",
    RuleStatus.UNVERIFIED: "AWS accepted the rule but does not show it yet",
}


def _words(rule: RuleView) -> str:
    until = f", until {rule.expires_at}" if rule.expires_at else ""
    group = f"{rule.group_id} ({printable(rule.group_name or '')})"
    what = f"{rule.source} to {group}, {rule.protocol} {rule.ports}"
    return f"{what}, rule {rule.rule_id}{until}" if rule.rule_id else f"{what}{until}"


def _undo(request: IpWhitelistRequest, rules: tuple[RuleView, ...], region: str) -> Undo | None:
    """Removing what was added. What was only extended belongs to an earlier call."""
    added = [rule.rule_id for rule in rules if rule.status is RuleStatus.ADDED]
    place = {key: value for key, value in undo_place(request, region).items() if value}
    return Undo(operation="revoke", arguments={"rule_ids": added, **place}) if added else None


def _warnings(
    outcome: Outcome, rules: tuple[RuleView, ...], intent: AllowIntent
) -> list[WarningNote]:
    notes = common_warnings(outcome)
    special = {address_kind_of(source) for source in intent.sources} - {AddressKind.PUBLIC}
    if special:
        kinds = ", ".join(sorted(kind.value for kind in special))
        message = f"AWS never sees such a source from the internet: {kinds} address."
        notes.append(WarningNote(code=WarningCode.SOURCE_NOT_PUBLIC, message=message))
    notes += _reach(outcome.facts, intent)
    if any(_ends_sooner(rule, outcome, intent.grant.lifetime) for rule in rules):
        message = "The rule ends sooner than was asked: policy bounds how long it may last in all."
        notes.append(WarningNote(code=WarningCode.ENDS_SOONER, message=message))
    if any(_lasts(rule) for rule in rules if rule.status in UNTOUCHED):
        message = "The rule that lets this through does not end when the access asked for would."
        notes.append(WarningNote(code=WarningCode.NOT_EXPIRING, message=message))
    if any(map(_ends, rules)):
        message = (
            "The end is recorded on the rule, but nothing removes it by itself yet: "
            "revoke it when it is no longer needed."
        )
        notes.append(WarningNote(code=WarningCode.EXPIRY_NEEDS_A_SWEEPER, message=message))
    return notes


def _reach(facts: tuple[ReachFact, ...], intent: AllowIntent) -> list[WarningNote]:
    """What may keep the sources out all the same; the internet's troubles are not private ones'."""
    kinds = {address_kind_of(source) for source in intent.sources}
    from_internet = AddressKind.PUBLIC in kinds
    return [
        WarningNote(code=WarningCode(fact.code.value), message=fact.message)
        for fact in facts
        if from_internet or fact.code not in FROM_INTERNET
    ]


UNTOUCHED = (RuleStatus.ALREADY_ALLOWED, RuleStatus.COVERED)
TIMED = (RuleStatus.ADDED, RuleStatus.EXTENDED)


def _ends(rule: RuleView) -> bool:
    """Whether the call gave the rule an end that somebody must see to."""
    return rule.status in TIMED and rule.expires_at != NEVER


def _ends_sooner(rule: RuleView, outcome: Outcome, lifetime: timedelta | None) -> bool:
    """Whether a rule of ours ends before the access asked for, by more than is worth a write."""
    end = parse_time(rule.expires_at or "")
    if end is None or outcome.observed is None or rule.status not in (*TIMED, *UNTOUCHED):
        return False
    if lifetime is None:
        return True
    missing = outcome.observed.at + lifetime - end
    return missing > EXTEND_AT_LEAST and missing > lifetime * EXTEND_SHARE


def _lasts(rule: RuleView) -> bool:
    return not rule.managed or rule.expires_at == NEVER


def address_kind_of(source: str) -> AddressKind:
    """The kind of a canonical CIDR."""
    (network,) = read_sources(source)
    return address_kind(network)
