"""From an intent to a plan: which groups are meant, which ports, whose grant it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from awswhitelist.access.expiry import joined_owners, owner_token, read_marks
from awswhitelist.access.intents import AllowIntent, Intent, RevokeIntent
from awswhitelist.access.planner import Lifetimes, plan_allow, plan_revoke, specs_of
from awswhitelist.access.policy import raise_denials
from awswhitelist.access.policy_checks import Denial
from awswhitelist.aws.inventory import Inventory
from awswhitelist.config import DefaultsConfig, PolicyConfig
from awswhitelist.constants import TAG_VALUE_LENGTH
from awswhitelist.exceptions import (
    AmbiguousGroupError,
    InvalidArgumentError,
    NoSecurityGroupError,
)
from awswhitelist.models import (
    Caller,
    Change,
    Extend,
    IpProtocol,
    Observation,
    Plan,
    Remove,
    RuleSpec,
)
from awswhitelist.resources.detection import (
    group_candidates,
    resolve_target,
    resource_words,
    wrong_account,
)
from awswhitelist.resources.factory import ResourceHandlerFactory
from awswhitelist.resources.interface import ResolvedTarget
from awswhitelist.resources.references import Reference
from awswhitelist.validators import LAST_PORT, parse_ports

EVERY_PORT = (0, LAST_PORT)
WITH_PORTS = (IpProtocol.TCP, IpProtocol.UDP)


@dataclass(frozen=True, slots=True)
class Located:
    """Where an intent applies: the groups, and the rules asked for now that the port is known.

    ``resource`` is what the target turned out to be (None where rules were named by id), and
    ``beside`` its security groups that the intent is not about.
    """

    target: str
    group_ids: tuple[str, ...]
    specs: tuple[RuleSpec, ...] = ()
    resource: ResolvedTarget | None = None
    beside: tuple[str, ...] = ()

    @property
    def every_group(self) -> tuple[str, ...]:
        """All groups to look at: those to change first."""
        return (*self.group_ids, *self.beside)

    def check_account(self, observed: Observation) -> None:
        """Raise InvalidArgumentError where the target's text names another account."""
        named = self.resource.reference.account if self.resource else None
        for group in observed.groups:
            if named and group.account and group.account != named:
                raise wrong_account(named, group.account)


class Planning:
    """Makes plans under one policy and one set of defaults. Reads AWS, never writes."""

    def __init__(
        self,
        handlers: ResourceHandlerFactory,
        policy: PolicyConfig,
        defaults: DefaultsConfig,
        port_names: Mapping[str, int],
    ) -> None:
        self._handlers = handlers
        self._policy = policy
        self._defaults = defaults
        self._port_names = port_names
        self._lifetimes = Lifetimes(policy.max_ttl, policy.max_total_ttl)

    def locate_target(self, reference: Reference, inventory: Inventory) -> Located:
        """All groups of a target, for reading and for revoking. NoSecurityGroupError."""
        found = self._resolve(reference, inventory)
        return Located(reference.text, found.group_ids, resource=found)

    def locate(
        self,
        intent: Intent,
        reference: Reference | None,
        inventory: Inventory,
        group_id: str | None = None,
    ) -> Located:
        """The groups that an intent is about.

        ``reference`` is its target as read (None where it has none); ``group_id`` is the one that
        a person has chosen of the target's groups. Raises what :func:`resolve_target` raises,
        NoSecurityGroupError, AmbiguousGroupError, InvalidArgumentError where no port is known.
        """
        match intent:
            case AllowIntent():
                assert reference is not None, "access is always to a target"
                return self._locate_allow(intent, reference, inventory, group_id)
            case RevokeIntent():
                if reference is not None:
                    return self.locate_target(reference, inventory)
                rules = inventory.groups.find_rules(intent.rule_ids)
                return Located("", tuple(sorted({rule.group_id for rule in rules})))

    def plan(
        self,
        intent: Intent,
        located: Located,
        observed: Observation,
        caller: Caller,
        region: str,
    ) -> Plan:
        """The plan for an intent against what was just observed. Raises InvalidArgumentError for
        a target in another account."""
        located.check_account(observed)
        return Plan(
            account=caller.account,
            region=region,
            # All of them, also where nothing is to change: policy must get to judge every group
            # that was looked at, or "no rule matched" would tell what a hidden group holds.
            groups=observed.groups,
            changes=tuple(self._changes(intent, located, observed, caller)),
        )

    def _changes(
        self, intent: Intent, located: Located, observed: Observation, caller: Caller
    ) -> Sequence[Change]:
        own = self.own_owner(caller)
        match intent:
            case AllowIntent():
                self._check_owner(intent.grant.owner, own)
                grant = intent.grant.model_copy(update={"owner": intent.grant.owner or own})
                granted = plan_allow(
                    located.specs,
                    located.group_ids,
                    grant,
                    observed,
                    self._lifetimes,
                    force=intent.force,
                )
                _check_room_for_owners(granted)
                return granted
            case RevokeIntent():
                self._check_owner(intent.selector.owner or "", own)
                changes = plan_revoke(intent, observed.rules)
                self._check_owners(changes, own)
                return changes

    def own_owner(self, caller: Caller) -> str:
        """Who a rule belongs to when nobody is named: the configured owner, else AWS's caller."""
        return self._defaults.owner or caller.arn.rpartition("/")[2].rpartition(":")[2]

    def _check_owner(self, named: str, own: str) -> None:
        if named and named != own and not self._policy.act_for_others:
            why = f"acting for an owner other than {own!r} is not permitted"
            raise_denials([Denial("act_for_others", why, "owner")])

    def _check_owners(self, changes: Sequence[Change], own: str) -> None:
        """To take away what another owner still has is to act for that owner, named or not."""
        for change in changes:
            marks = read_marks(change.rule) if isinstance(change, Remove) else None
            for owner in marks.owners if marks else ():
                if owner != owner_token(own):
                    self._check_owner(owner, own)

    def _locate_allow(
        self,
        intent: AllowIntent,
        reference: Reference,
        inventory: Inventory,
        group_id: str | None,
    ) -> Located:
        found = self._resolve(reference, inventory)
        ports = self._ports(intent, found)
        chosen = group_id if group_id in found.group_ids else found.group_id
        if chosen is None:
            raise _several_groups(found)
        beside = tuple(each for each in found.group_ids if each != chosen)
        return Located(intent.target, (chosen,), specs_of(intent, ports), found, beside)

    def _resolve(self, reference: Reference, inventory: Inventory) -> ResolvedTarget:
        found = resolve_target(reference, self._handlers, inventory)
        if not found.group_ids:
            raise NoSecurityGroupError(_sentence_start(found))
        return found

    def _ports(self, intent: AllowIntent, found: ResolvedTarget) -> tuple[int, int] | None:
        """The ports asked for; else the one in the target's text, the resource's own, ours."""
        if intent.protocol not in WITH_PORTS or intent.ports is not None:
            return intent.ports
        named = found.reference.port
        if named is not None:
            _check_port(found, named, intent.protocol)
            return named, named
        own = found.ports(intent.protocol)
        if len(own) > 1:
            raise _several_ports(found, own)
        if own:
            return own[0], own[0]
        return self._usual_ports(found)

    def _usual_ports(self, found: ResolvedTarget) -> tuple[int, int]:
        if self._defaults.port is None:
            raise InvalidArgumentError(
                f"No port is given, and {_words(found)} has none of its own.",
                field="port",
                remedy="Pass `port`, for example 443, `ssh` or `8000-8100`.",
            )
        ports = parse_ports(self._defaults.port, self._port_names, field="defaults.port")
        return ports or EVERY_PORT


def _check_room_for_owners(changes: Sequence[Change]) -> None:
    """All owners of a rule stand in one tag, whose length AWS bounds."""
    for change in changes:
        if not isinstance(change, Extend):
            continue
        marks = read_marks(change.rule)
        if marks and len(joined_owners(marks, change.grant)) > TAG_VALUE_LENGTH:
            raise InvalidArgumentError(
                f"{change.rule.rule_id} has so many owners that another has no room beside them.",
                field="owner",
                remedy="Use a shorter `owner`, or end the access of one who needs it no longer.",
            )


def _check_port(found: ResolvedTarget, port: int, protocol: IpProtocol) -> None:
    if not found.answers_on(port, protocol):
        known = ", ".join(str(each) for _, each in found.found.ports)
        raise InvalidArgumentError(
            f"The target says port {port}, but {_words(found)} listens on {known}.",
            field="target",
            remedy="Correct the port in `target`, or pass the one that is meant as `port`.",
        )


def _several_ports(found: ResolvedTarget, ports: tuple[int, ...]) -> InvalidArgumentError:
    known = ", ".join(map(str, ports))
    return InvalidArgumentError(
        f"No port is given, and {_words(found)} listens on several: {known}.",
        field="port",
        remedy=f"Pass one of them as `port`: {known}.",
    )


def _several_groups(found: ResolvedTarget) -> AmbiguousGroupError:
    return AmbiguousGroupError(_sentence_start(found), candidates=group_candidates(found))


def _words(found: ResolvedTarget) -> str:
    return resource_words(found.found)


def _sentence_start(found: ResolvedTarget) -> str:
    words = _words(found)
    return words[0].upper() + words[1:]
