"""``check_access``: whether an address can reach a target, by every rule of all its groups."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from awswhitelist.access.coverage import Coverage, coverage, lists_needed
from awswhitelist.access.marks.descriptions import describe_door
from awswhitelist.access.wording import spec_words
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import AwsError, PermissionMissingError
from awswhitelist.models import RuleSpec, SourceKind
from awswhitelist.resources.references import read_resource_type
from awswhitelist.tools.access_warnings import (
    about_lists,
    about_members,
    about_reach,
    about_rules,
    about_sources,
)
from awswhitelist.tools.arguments import Source, Target, TypeOfResource
from awswhitelist.tools.changes import ResourceView, resource_view
from awswhitelist.tools.doors import WITH_TYPES, DoorArguments
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.results import (
    OBJECT,
    OBJECTS,
    OperationResult,
    Result,
    RuleView,
    place,
    view,
)
from awswhitelist.tools.sources import ME, canonical_sources

if TYPE_CHECKING:
    from awswhitelist.access.outcomes import Sight
    from awswhitelist.aws.prefix_lists import PrefixListService


class CheckAccessRequest(DoorArguments):
    """Arguments of ``check_access``."""

    target: Target
    resource_type: TypeOfResource | None = None
    source: Source = ME


class MissingRule(Result):
    """A rule that would have to be added; ``group_id`` where it is clear which group it goes to."""

    group_id: str | None = None
    protocol: str
    from_port: int | None = None
    to_port: int | None = None
    cidr: str

    def words(self) -> str:
        """The rule on one line."""
        where = f" in {self.group_id}" if self.group_id else ""
        return f"Missing{where}: {spec_words(_spec_of(self))}"


class CheckAccessResponse(OperationResult):
    """Whether all that was asked for is let in, and why."""

    allowed: bool | None = None
    because: Annotated[
        tuple[RuleView, ...] | None, OBJECTS, Field(description="As in list_rules.")
    ] = None
    missing: tuple[MissingRule, ...] | None = None
    resource: Annotated[ResourceView, OBJECT] | None = None

    def facts(self) -> tuple[str, ...]:
        """The rules that let in, and those that would have to be added."""
        rules = (rule.words() for rule in self.because or ())
        return (*rules, *(rule.words() for rule in self.missing or ()))


@dataclass(frozen=True, slots=True)
class _Lists:
    """The CIDRs of prefix lists, and the lists that AWS did not let us read."""

    cidrs: dict[str, tuple[str, ...]]
    unread: tuple[str, ...] = ()


class CheckAccessHandler(Handler[CheckAccessRequest, CheckAccessResponse]):
    """Reads every group of a target and works out what their rules let in together."""

    def handle(self, request: CheckAccessRequest, ctx: CallContext) -> CheckAccessResponse:
        """See :class:`CheckAccessRequest`. Raises what :meth:`AccessPipeline.read` raises,
        InvalidArgumentError, MeIsTheServerError and PublicAddressError.
        """
        ports = request.checked_ports(self.services.config)
        sources = unmapped(request.source)
        cidrs = canonical_sources(sources, self.services)
        request.check_family(cidrs)
        sight = self.services.pipeline.read(
            request.target,
            request.profile,
            request.checked_region(),
            ctx,
            read_resource_type(request.resource_type),
            request.credentials,
        )
        asked = self._asked(request, ports, cidrs, sight)
        rules = sight.observed.rules
        lists = self._lists(asked, sight, ctx)
        found = [coverage(spec, rules, lists.cidrs) for spec in asked]
        because = self._views(found, sight)
        warnings = (
            *about_sources(cidrs, is_rewritten=sources != request.source),
            *about_rules(because),
            *about_lists(lists.unread),
            *about_members(found),
            *about_reach(sight.facts, cidrs),
        )
        return CheckAccessResponse(
            summary=_summary(found, sight),
            allowed=not any(each.missing for each in found),
            because=because,
            missing=_missing(found, sight) or None,
            resource=resource_view(sight.resource),
            warnings=warnings or None,
            **place(sight.scope, sight.observed.groups[0].account),
        )

    def _asked(
        self,
        request: CheckAccessRequest,
        ports: tuple[int, int] | None,
        cidrs: tuple[str, ...],
        sight: Sight,
    ) -> list[RuleSpec]:
        """The rules that would let all of it in, one for each source."""
        from awswhitelist.access.port_choice import ports_meant  # brings botocore along

        config, protocol = self.services.config, request.checked_protocol()
        if sight.resource is not None:
            ports = ports_meant(ports, protocol, sight.resource, config.defaults, config.port_names)
        first, last = ports or (None, None)
        if protocol in WITH_TYPES:
            first, last = request.icmp_type, request.icmp_code
        return [_spec(protocol.value, first, last, cidr) for cidr in cidrs]

    def _lists(self, asked: list[RuleSpec], sight: Sight, ctx: CallContext) -> _Lists:
        """What is in the prefix lists that matter."""
        rules = sight.observed.rules
        ids = dict.fromkeys(each for spec in asked for each in lists_needed(spec, rules))
        if not ids:
            return _Lists({})
        service = self.services.gateway.inventory(sight.scope, ctx).prefix_lists()
        read = {each: _read(service, each) for each in ids}
        return _Lists(
            {each: cidrs for each, cidrs in read.items() if cidrs is not None},
            tuple(each for each, cidrs in read.items() if cidrs is None),
        )

    def _views(self, found: list[Coverage], sight: Sight) -> tuple[RuleView, ...]:
        groups = {group.group_id: group for group in sight.observed.groups}
        max_ttl, now = self.services.config.policy.max_ttl, sight.observed.at
        rules = {rule.rule_id: rule for each in found for rule in each.because}
        return tuple(view(rule, groups.get(rule.group_id), now, max_ttl) for rule in rules.values())


def _read(service: PrefixListService, list_id: str) -> tuple[str, ...] | None:
    """The CIDRs of a list; None where AWS refuses to tell. Trouble that passes is raised."""
    try:
        return service.entries([list_id])[list_id]
    except PermissionMissingError:
        return None
    except AwsError as error:
        if type(error) is not AwsError:
            raise
        return None


def unmapped(source: str | list[str]) -> str | list[str]:
    """The sources, with IPv4 addresses that are written as IPv6 written as IPv4."""
    return _as_ipv4(source) if isinstance(source, str) else [_as_ipv4(each) for each in source]


def _as_ipv4(text: str) -> str:
    """The IPv4 address or network in an IPv4-mapped IPv6 one (RFC 4291, 2.5.5.2), else ``text``.

    AWS sees such a caller come from the IPv4 address.
    """
    address, slash, length = text.strip().partition("/")
    try:
        inner = None if "%" in address else IPv6Address(address).ipv4_mapped
    except AddressValueError:
        return text
    if inner is None:
        return text
    if not slash:
        return str(inner)
    is_number = length.isascii() and length.isdecimal() and len(length) <= 3
    return f"{inner}/{int(length) - 96}" if is_number and 96 <= int(length) <= 128 else text


def _spec(protocol: str, first: int | None, last: int | None, cidr: str) -> RuleSpec:
    return RuleSpec(
        protocol=protocol,
        from_port=first,
        to_port=last,
        source=cidr,
        source_kind=SourceKind.IPV6 if ":" in cidr else SourceKind.IPV4,
    )


def _spec_of(rule: MissingRule) -> RuleSpec:
    return _spec(rule.protocol, rule.from_port, rule.to_port, rule.cidr)


def _missing(found: list[Coverage], sight: Sight) -> tuple[MissingRule, ...]:
    group_id = sight.resource.group_id if sight.resource else None
    return tuple(
        MissingRule(
            group_id=group_id,
            protocol=spec.protocol,
            from_port=spec.from_port,
            to_port=spec.to_port,
            cidr=spec.source,
        )
        for each in found
        for spec in each.missing
    )


def _summary(found: list[Coverage], sight: Sight) -> str:
    """What the rules say; whether anything else keeps people out is for the warnings."""
    from awswhitelist.resources.detection import resource_words  # brings botocore along

    target = resource_words(sight.resource.found) if sight.resource else "the target"
    door = f"{describe_door(found[0].asked)} of {target}"
    admitted = ", ".join(each.asked.source for each in found if not each.missing)
    shut_out = ", ".join(each.asked.source for each in found if each.missing)
    in_part = ", or only in part" if any(each.missing and each.because for each in found) else ""
    return " ".join(
        [f"The rules let {admitted} reach {door}."] * bool(admitted)
        + [f"The rules do not let {shut_out} reach {door}{in_part}."] * bool(shut_out)
    )
