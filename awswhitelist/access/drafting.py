"""A plan while it is drawn: wishes go in one after the other, as if each were carried out at once.

Pure. What one wish adds, a later one finds there: a bulk plans as its entries would one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from awswhitelist.access.containment import covers
from awswhitelist.access.marks.expiry import (
    end_of,
    extended_end,
    is_overdue,
    is_owner,
    owner_mark,
    owner_token,
    read_marks,
    worth_extending,
)
from awswhitelist.access.grants import is_given, joined, outlives, without
from awswhitelist.exceptions import AmbiguousRuleError
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Grant,
    Keep,
    KeepWhy,
    Move,
    Observation,
    Release,
    Remove,
    RemoveWhy,
    Restore,
    RuleSpec,
    SecurityGroupRule,
)

Key = tuple[object, ...]


class Lifetimes(NamedTuple):
    """The limits that shape a plan: how long a rule may last, at once and in all."""

    max_ttl: timedelta
    max_total: timedelta


class Wish(NamedTuple):
    """What one entry wants of one group."""

    group_id: str
    specs: tuple[RuleSpec, ...]
    grant: Grant
    force: bool = False
    replace_previous: bool = False


class Step(NamedTuple):
    """A change of the plan that serves an entry; ``is_own`` where the entry adds something to it
    that the entries before did not want already."""

    key: Key
    is_own: bool


def key_of(change: Change) -> Key:
    """Equal for changes that a plan can hold only one of."""
    match change:
        case Add() | Restore():
            return ("open", change.group_id, change.spec)
        case Extend():
            return ("extend", change.rule.rule_id, owner_token(change.grant.owner))
        case Release():
            return ("release", change.rule.rule_id, change.owner)
        case Keep():
            return ("keep", change.rule.rule_id, change.why)
        case _:
            return (change.kind, change.rule.rule_id)


Previous = SecurityGroupRule | Add | Move
"""An owner's rule that is to be replaced: there already, or only planned."""


class Draft:
    """What a plan has come to so far."""

    def __init__(self, observed: Observation, lifetimes: Lifetimes) -> None:
        self._now = observed.at
        self._lifetimes = lifetimes
        self._changes: dict[Key, Change] = {}
        self._of_group: dict[str, dict[Key, Change]] = {}
        self._of_rule: dict[str, dict[Key, Extend | Release]] = {}
        self._rules: dict[str, list[SecurityGroupRule]] = {}
        for rule in observed.rules:
            self._rules.setdefault(rule.group_id, []).append(rule)
        self._by_spec = {(rule.group_id, rule.spec): rule for rule in reversed(observed.rules)}

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes, in the order they first came up."""
        return tuple(self._changes.values())

    def draw(self, change: Change) -> Step:
        """Take a change in; where it is there already, what it adds to it."""
        key = key_of(change)
        held = self._changes.get(key)
        merged = change if held is None else _merged(held, change)
        self._put(key, merged)
        return Step(key, is_own=merged != held)

    def allow(self, wish: Wish) -> list[Step]:
        """Take in what must change so that the wish holds.

        AmbiguousRuleError where several rules may be the one to replace; the draft is then as it
        was before.
        """
        if not wish.replace_previous:
            return [self._allow_one(spec, wish) for spec in wish.specs]
        families = groupby(sorted(wish.specs, key=_kind), key=_kind)
        pairs = [(list(specs), self._previous(wish, kind)) for kind, specs in families]
        return [step for specs, rule in pairs for step in self._replace(specs, rule, wish)]

    def _allow_one(self, spec: RuleSpec, wish: Wish) -> Step:
        again = self._allow_again(spec, wish)
        if again is not None:
            return again
        if not wish.force:
            cover = self._cover(spec, wish)
            if cover is not None:
                return cover
        return self.draw(Add(group_id=wish.group_id, spec=spec, grant=wish.grant))

    def _replace(
        self, specs: Sequence[RuleSpec], previous: Previous | None, wish: Wish
    ) -> Iterator[Step]:
        """Move the previous rule to the first address that is not there yet, else end it."""
        left = previous
        for spec in specs:
            again = self._allow_again(spec, wish)
            if again is not None:
                yield again
            elif left is None:
                yield self._allow_one(spec, wish)
            else:
                steps, rule = self._take_off(left, wish.grant.owner)
                yield from steps
                if rule is None:
                    yield self.draw(Add(group_id=wish.group_id, spec=spec, grant=wish.grant))
                else:
                    yield self.draw(Move(rule=rule, to=spec, grant=wish.grant))
                left = None
        if left is not None:
            steps, rule = self._take_off(left, wish.grant.owner)
            yield from steps
            if rule is not None:
                yield self.draw(Remove(rule=rule, why=RemoveWhy.REPLACED))

    def _take_off(
        self, previous: Previous, owner: str
    ) -> tuple[list[Step], SecurityGroupRule | None]:
        """Take an owner off a rule, or off a change that would make one. With the rule, where it
        is nobody else's: it is to be moved, or to go."""
        if isinstance(previous, SecurityGroupRule):
            if self._owners(previous) <= {_mark_on(previous, owner)}:
                self._forget(previous)
                return [], previous
            self._drop(("extend", previous.rule_id, owner_token(owner)), previous.group_id)
            if not _is_of(previous, owner):
                return [], None
            return [self.draw(Release(rule=previous, owner=_mark_on(previous, owner)))], None
        theirs = without(previous.grant, owner)
        if theirs is not None:
            self._put(key_of(previous), previous.model_copy(update={"grant": theirs}))
            return [], None
        self._drop(key_of(previous), previous.group_id)
        return [], previous.rule if isinstance(previous, Move) else None

    def _forget(self, rule: SecurityGroupRule) -> None:
        """Who shares a rule, and for how long, is not worth a write where the rule goes."""
        for key in tuple(self._of_rule.get(rule.rule_id, ())):
            self._drop(key, rule.group_id)

    def _allow_again(self, spec: RuleSpec, wish: Wish) -> Step | None:
        """What becomes of the very rule that is wanted; None where there is none."""
        opening = self._opening(spec, wish.group_id)
        if opening is not None:
            return self.draw(opening.model_copy(update={"grant": wish.grant}))
        rule = self._by_spec.get((wish.group_id, spec))
        if rule is None or self._is_moved(rule):
            return None
        self._drop(("release", rule.rule_id, _mark_on(rule, wish.grant.owner)), wish.group_id)
        removal = self._drop(("remove", rule.rule_id), wish.group_id)
        if removal is not None and not _is_of(rule, wish.grant.owner):
            # Its owner has another one instead, and is not to keep this one because of others.
            for owner in self._owners(rule):
                self.draw(Release(rule=rule, owner=owner))
        return self.draw(self._again(rule, wish.grant))

    def _again(self, rule: SecurityGroupRule, grant: Grant) -> Change:
        marks = read_marks(rule)
        if marks is None:
            return Keep(rule=rule, why=KeepWhy.ALREADY_ALLOWED)
        longer = worth_extending(marks, grant.lifetime, self._now, self._lifetimes.max_total)
        if not longer and is_overdue(marks, self._now, self._lifetimes.max_ttl):
            return Keep(rule=rule, why=KeepWhy.USED_UP)
        if not longer and is_owner(marks, grant.owner):
            return Keep(rule=rule, why=KeepWhy.ALREADY_ALLOWED)
        return Extend(rule=rule, grant=grant)

    def _opening(self, spec: RuleSpec, group_id: str) -> Add | Move | None:
        """The change of the plan that makes this very rule."""
        added = self._changes.get(("open", group_id, spec))
        if isinstance(added, Add):
            return added
        moves = (each for each in self._changes_of(group_id).values() if isinstance(each, Move))
        return next((each for each in moves if each.to == spec), None)

    def _cover(self, spec: RuleSpec, wish: Wish) -> Step | None:
        """A wider rule that is there for at least as long as the access asked for."""
        end = None if wish.grant.lifetime is None else self._now + wish.grant.lifetime
        for rule in self._rules.get(wish.group_id, ()):
            if covers(rule.spec, spec) and self._stays(rule) and self._lasts_until(rule, end):
                return self.draw(Keep(rule=rule, why=KeepWhy.COVERED))
        for key, change in self._changes_of(wish.group_id).items():
            if isinstance(change, Add | Move) and covers(change.spec, spec):
                if outlives(change.grant, wish.grant):
                    return Step(key, is_own=False)
        return None

    def _lasts_until(self, rule: SecurityGroupRule, end: datetime | None) -> bool:
        marks = read_marks(rule)
        if marks is None or (marks.expiry_known and marks.expires_at is None):
            return True
        ends = [end_of(marks, self._lifetimes.max_ttl)]
        for change in self._of_rule.get(rule.rule_id, {}).values():
            if isinstance(change, Extend):
                total = self._lifetimes.max_total
                ends.append(extended_end(marks, change.grant.lifetime, self._now, total))
        return end is not None and any(each is not None and each >= end for each in ends)

    def _previous(self, wish: Wish, kind: str) -> Previous | None:
        """The owner's own earlier rule of one address family, for the same protocol and ports; or
        the change that would make it."""
        like = next(spec for spec in wish.specs if spec.source_kind == kind)

        def may_be_meant(spec: RuleSpec) -> bool:
            return _same_door(spec, like) and spec not in wish.specs

        found: list[Previous] = [
            rule
            for rule in self._rules.get(wish.group_id, ())
            if may_be_meant(rule.spec)
            and _mark_on(rule, wish.grant.owner) in self._owners(rule)
            and self._stays(rule)
        ]
        found += (
            each
            for each in self._changes_of(wish.group_id).values()
            if isinstance(each, Add | Move)
            and may_be_meant(each.spec)
            and is_given(each.grant, wish.grant.owner)
        )
        if len(found) > 1:
            ids = [each.rule_id for each in found if isinstance(each, SecurityGroupRule)]
            raise AmbiguousRuleError(wish.group_id, ids, planned=len(found) - len(ids))
        return found[0] if found else None

    def _changes_of(self, group_id: str) -> Mapping[Key, Change]:
        return self._of_group.get(group_id, {})

    def _put(self, key: Key, change: Change) -> None:
        self._changes[key] = change
        self._of_group.setdefault(change.group_id, {})[key] = change
        if isinstance(change, Extend | Release):
            self._of_rule.setdefault(change.rule.rule_id, {})[key] = change

    def _drop(self, key: Key, group_id: str) -> Change | None:
        """Take a change out again; it, where the plan had it."""
        change = self._changes.pop(key, None)
        if change is not None:
            del self._of_group[group_id][key]
        if isinstance(change, Extend | Release):
            del self._of_rule[change.rule.rule_id][key]
        return change

    def _owners(self, rule: SecurityGroupRule) -> set[str]:
        """Whose the rule will be, as it has them; nobody's where it is not ours."""
        marks = read_marks(rule)
        if marks is None:
            return set()
        owners = set(marks.owners)
        for change in self._of_rule.get(rule.rule_id, {}).values():
            if isinstance(change, Extend):
                owners |= {owner_mark(marks, owner) for owner in change.grant.owners}
            else:
                owners.discard(change.owner)
        return owners

    def _stays(self, rule: SecurityGroupRule) -> bool:
        return not self._is_moved(rule) and ("remove", rule.rule_id) not in self._changes

    def _is_moved(self, rule: SecurityGroupRule) -> bool:
        return ("move", rule.rule_id) in self._changes


def _merged(held: Change, change: Change) -> Change:
    """What one change comes to that two entries want."""
    if isinstance(held, Add | Move | Extend) and isinstance(change, Add | Move | Extend):
        return held.model_copy(update={"grant": joined(held.grant, change.grant)})
    return held


def _kind(spec: RuleSpec) -> str:
    return spec.source_kind.value


def _same_door(spec: RuleSpec, other: RuleSpec) -> bool:
    """Whether two rules differ in their source alone, and that is of the same kind."""
    return spec.model_copy(update={"source": other.source}) == other


def _is_of(rule: SecurityGroupRule, owner: str) -> bool:
    marks = read_marks(rule)
    return marks is not None and is_owner(marks, owner)


def _mark_on(rule: SecurityGroupRule, owner: str) -> str:
    """An owner as the rule has it."""
    marks = read_marks(rule)
    return owner_mark(marks, owner) if marks else owner_token(owner)
