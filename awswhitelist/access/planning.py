"""From an intent to a plan: which groups are meant, which ports, whose grant it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from awswhitelist.access.drafting import Draft, Lifetimes, Step, Wish, key_of
from awswhitelist.access.entries import Entry, Located, Manner
from awswhitelist.access.marks.expiry import end_unknown, is_managed, owner_mark, read_marks
from awswhitelist.access.intents import (
    AllowIntent,
    BulkIntent,
    Intent,
    RevokeIntent,
    SweepIntent,
    UndoIntent,
)
from awswhitelist.access.owners import check_room_for_owners
from awswhitelist.access.planner import matches, plan_revoke, plan_sweep, specs_of
from awswhitelist.access.policy import hides_groups, is_visible, raise_denials, trusts_descriptions
from awswhitelist.access.policy_checks import Denial
from awswhitelist.access.port_choice import ports_meant
from awswhitelist.access.undoing import plan_undo
from awswhitelist.aws.inventory import Inventory
from awswhitelist.config import DefaultsConfig, PolicyConfig
from awswhitelist.exceptions import AmbiguousGroupError, NoSecurityGroupError
from awswhitelist.models import (
    Caller,
    Change,
    Observation,
    Plan,
    Remove,
    Reset,
    Restore,
    SecurityGroupRule,
)
from awswhitelist.resources.detection import group_candidates, resolve_target, resource_words
from awswhitelist.resources.factory import ResourceHandlerFactory
from awswhitelist.resources.interface import ResolvedTarget
from awswhitelist.resources.references import Reference


class Drawn(NamedTuple):
    """A plan, and the entries with the steps of it that serve them."""

    plan: Plan
    entries: tuple[Entry, ...]

    def part_of(self, observed: Observation) -> Callable[[Entry], Plan]:
        """Says what of the plan is about one entry."""
        groups = {group.group_id: group for group in observed.groups}
        changes = {key_of(change): change for change in self.plan.changes}

        def part(entry: Entry) -> Plan:
            wanted = dict.fromkeys(entry.group_ids)
            keys = dict.fromkeys(step.key for step in entry.steps)
            return self.plan.model_copy(
                update={
                    "groups": tuple(groups[each] for each in wanted if each in groups),
                    "changes": tuple(changes[key] for key in keys if key in changes),
                }
            )

        return part


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
        found = self.resolve(reference, inventory)
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
                return self.locate_allow(intent, self.resolve(reference, inventory), group_id)
            case RevokeIntent() | SweepIntent() if reference is not None:
                return self.locate_target(reference, inventory)
            case RevokeIntent():
                if intent.rule_ids:
                    rules = inventory.groups.find_rules(intent.rule_ids)
                    return Located("", tuple(sorted({rule.group_id for rule in rules})))
                return self._around(self._meant(intent, inventory), inventory)
            case SweepIntent():
                if intent.group_ids:
                    return Located("", intent.group_ids)
                return self._around(self._overdue(inventory), inventory)
            case UndoIntent():
                return Located("", tuple(sorted({step.change.group_id for step in intent.steps})))
            case BulkIntent():
                raise AssertionError("the entries of a bulk are located one by one")

    def plan(
        self,
        entries: Sequence[Entry],
        observed: Observation,
        caller: Caller,
        region: str,
        manner: Manner,
    ) -> Drawn:
        """The plan for all entries against what was just observed.

        Raises InvalidArgumentError for a target in another account, AmbiguousRuleError,
        PolicyDeniedError where one may not act for another owner.
        """
        draft = Draft(observed, self._lifetimes)

        def draw(entry: Entry) -> Entry:
            assert entry.located is not None, "an entry without an error is located"
            entry.located.check_account(_of(entry.located.group_ids, observed))
            steps = self._steps(entry.intent, entry.located, observed, caller, draft)
            return replace(entry, steps=tuple(steps))

        drawn = tuple(manner.go(entry, draw) for entry in entries)
        check_room_for_owners(draft.changes)
        plan = Plan(
            account=caller.account,
            region=region,
            # All of them, also where nothing is to change: policy must get to judge every group
            # that was looked at, or "no rule matched" would tell what a hidden group holds.
            groups=observed.groups,
            changes=draft.changes,
        )
        return Drawn(plan, drawn)

    def _steps(
        self,
        intent: Intent,
        located: Located,
        observed: Observation,
        caller: Caller,
        draft: Draft,
    ) -> list[Step]:
        own = self.own_owner(caller)
        if isinstance(intent, AllowIntent):
            self._check_owner(intent.grant.owner, own)
            given = {"owner": intent.grant.owner or own, "target": intent.target}
            grant = intent.grant.model_copy(update=given)
            wishes = (
                Wish(group_id, located.specs, grant, intent.force, intent.replace_previous)
                for group_id in located.group_ids
            )
            return [step for wish in wishes for step in draft.allow(wish)]
        changes = self._endings(intent, located, observed, own)
        return [draft.draw(change) for change in changes]

    def _endings(
        self, intent: Intent, located: Located, observed: Observation, own: str
    ) -> tuple[Change, ...]:
        """The changes of an intent that takes something away, or back."""
        match intent:
            case RevokeIntent():
                self._check_owner(intent.selector.owner or "", own)
                rules = [each for each in observed.rules if each.group_id in located.group_ids]
                if intent.target is None and not intent.rule_ids:
                    rules = [rule for rule in rules if is_managed(rule)]
                changes = plan_revoke(intent, rules)
            case UndoIntent():
                changes = plan_undo(intent.steps, observed, self._policy.max_ttl)
            case _:
                return self._sweep(observed)
        self._check_owners(changes, own)
        return changes

    def _meant(self, intent: RevokeIntent, inventory: Inventory) -> list[SecurityGroupRule]:
        """Those of our rules in the region that are picked."""
        rules, _ = inventory.groups.find_managed_rules()
        return [rule for rule in rules if matches(rule, intent.selector)]

    def _sweep(self, observed: Observation) -> tuple[Change, ...]:
        groups = observed.groups
        trusted = {each.group_id for each in groups if trusts_descriptions(each, self._policy)}
        return plan_sweep(observed.rules, observed.at, self._policy.max_ttl, trusted)

    def _overdue(self, inventory: Inventory) -> list[SecurityGroupRule]:
        """Our rules in the region that have ended, and those whose end nobody can tell."""
        rules, now = inventory.groups.find_managed_rules()
        marked = [(rule, marks) for rule in rules if (marks := read_marks(rule))]
        unknown = [rule for rule, marks in marked if end_unknown(marks)]
        ended = plan_sweep(rules, now, self._policy.max_ttl)
        return [*(change.rule for change in ended), *unknown, *self._untagged(inventory)]

    def _untagged(self, inventory: Inventory) -> list[SecurityGroupRule]:
        """The rules of the groups where descriptions count: no filter of AWS's finds ours."""
        if not self._policy.untagged_groups:
            return []
        every = inventory.groups.list_security_groups()
        trusted = [each.group_id for each in every if trusts_descriptions(each, self._policy)]
        if not trusted:
            return []
        rules, now = inventory.groups.describe_rules(trusted)
        ended = plan_sweep(rules, now, self._policy.max_ttl, trusted)
        return [change.rule for change in ended]

    def _around(self, rules: Sequence[SecurityGroupRule], inventory: Inventory) -> Located:
        """The groups of rules that were found all over the region.

        Those that policy hides are passed over, and nothing tells that they are there.
        """
        group_ids = tuple(sorted({rule.group_id for rule in rules}))
        if group_ids and hides_groups(self._policy):
            known = inventory.groups.describe_security_groups(group_ids)
            shown = {group.group_id for group in known if is_visible(group, self._policy)}
            group_ids = tuple(each for each in group_ids if each in shown)
        return Located("", group_ids)

    def own_owner(self, caller: Caller) -> str:
        """Who a rule belongs to when nobody is named: the configured owner, else AWS's caller."""
        return self._defaults.owner or caller.arn.rpartition("/")[2].rpartition(":")[2]

    def _check_owner(self, named: str, own: str) -> None:
        if named and named != own and not self._policy.act_for_others:
            why = f"acting for an owner other than {own!r} is not permitted"
            raise_denials([Denial("act_for_others", why, "owner")])

    def _check_owners(self, changes: Sequence[Change], own: str) -> None:
        """To take from another owner, or to give back, is to act for that owner, named or not."""
        for change in changes:
            touched = [change.rule] if isinstance(change, Remove | Restore | Reset) else []
            if isinstance(change, Reset):
                touched.append(change.to)
            for marks in filter(None, map(read_marks, touched)):
                for owner in marks.owners:
                    if owner != owner_mark(marks, own):
                        self._check_owner(owner, own)

    def locate_allow(
        self, intent: AllowIntent, found: ResolvedTarget, group_id: str | None = None
    ) -> Located:
        """Where access to a target that has been found is to be given; see :meth:`locate`."""
        ports = ports_meant(intent.ports, intent.protocol, found, self._defaults, self._port_names)
        chosen = group_id if group_id in found.group_ids else found.group_id
        if chosen is None:
            raise _several_groups(found)
        beside = tuple(each for each in found.group_ids if each != chosen)
        return Located(intent.target, (chosen,), specs_of(intent, ports), found, beside)

    def resolve(self, reference: Reference, inventory: Inventory) -> ResolvedTarget:
        """What a target is. Raises what :func:`resolve_target` raises, NoSecurityGroupError."""
        found = resolve_target(reference, self._handlers, inventory)
        if not found.group_ids:
            raise NoSecurityGroupError(_sentence_start(found))
        return found


def _of(group_ids: tuple[str, ...], observed: Observation) -> Observation:
    """What was observed of some of the groups, without the rules."""
    groups = tuple(each for each in observed.groups if each.group_id in group_ids)
    return observed.model_copy(update={"groups": groups, "rules": ()})


def _several_groups(found: ResolvedTarget) -> AmbiguousGroupError:
    return AmbiguousGroupError(_sentence_start(found), candidates=group_candidates(found))


def _words(found: ResolvedTarget) -> str:
    return resource_words(found.found)


def _sentence_start(found: ResolvedTarget) -> str:
    words = _words(found)
    return words[0].upper() + words[1:]
