"""Taking changes back: from receipts and an observation to changes. Pure.

A rule that is not as the change left it is left alone: somebody has wanted something else since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeGuard

from awswhitelist.access.marks.expiry import end_of, read_marks
from awswhitelist.access.intents import UndoStep
from awswhitelist.constants import MANAGED_VALUE, TAG_CHANGE, TAG_MANAGED
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Keep,
    KeepWhy,
    Move,
    Observation,
    Receipt,
    Release,
    Remove,
    Reset,
    Restore,
    RuleSpec,
    SecurityGroupRule,
)
from awswhitelist.redaction import redact

OfRule = Keep | Remove | Reset | Restore

Place = tuple[str, RuleSpec]
"""A group and what is let in there: AWS holds no two such rules."""


def plan_undo(
    steps: Sequence[UndoStep], observed: Observation, max_ttl: timedelta
) -> tuple[Change, ...]:
    """What takes the steps back, the last first.

    Access that would have ended by now is not restored: neither a rule, nor an earlier end of one.
    Several changes of one call to one rule were all made to the rule as the call found it: what
    the last of them left goes back to that.
    """
    last = {step.rule.rule_id if step.rule else index: step for index, step in enumerate(steps)}
    taken_back = [_undo_one(step, observed, max_ttl) for step in reversed(last.values())]
    going = {each.rule.rule_id for each in taken_back if each is not None and leaves_place(each)}
    staying = {
        (rule.group_id, rule.spec): rule for rule in observed.rules if rule.rule_id not in going
    }
    return tuple(_fitting(change, staying) for change in taken_back if change is not None)


def inverse(receipt: Receipt) -> Change | None:
    """What takes back a change that was just made; None where nothing can."""
    change, after = receipt.change, receipt.rule
    match change:
        case Add() | Restore():
            return None if after is None else Remove(rule=after)
        case Remove():
            return Restore(rule=change.rule)
        case Extend() | Move() | Release() | Reset():
            return None if after is None else Reset(rule=after, to=change.rule)
        case _:
            return None


def restores(change: Change) -> bool:
    """Whether the change gives access that is not there now."""
    match change:
        case Restore():
            return True
        case Reset():
            return _is_wider(change.to, change.rule)
        case _:
            return False


def leaves_place(change: Change) -> TypeGuard[Move | Remove | Reset]:
    """Whether another rule may stand afterwards where the change finds one."""
    return isinstance(change, Remove) or _shifts(change)


def takes_place(change: Change) -> TypeGuard[Add | Restore | Move | Reset]:
    """Whether a rule stands afterwards where another one may have stood."""
    return isinstance(change, Add | Restore) or _shifts(change)


def _shifts(change: Change) -> TypeGuard[Move | Reset]:
    return isinstance(change, Move | Reset) and change.spec != change.rule.spec


def _undo_one(step: UndoStep, observed: Observation, max_ttl: timedelta) -> OfRule | None:
    change, after = step.change, step.rule
    if isinstance(change, Keep):
        return None
    if isinstance(change, Remove):
        return _restore(change.rule, observed, max_ttl)
    if after is None:
        return None
    current = next((each for each in observed.rules if each.rule_id == after.rule_id), None)
    if current is None:
        return Keep(rule=after, why=KeepWhy.GONE)
    before = None if isinstance(change, Add | Restore) else change.rule
    seen = _as_recorded(current)
    if before is not None and _are_alike(seen, before):
        return Keep(rule=current, why=KeepWhy.ALREADY_ALLOWED)
    if not (_is_as_left(seen, after) or (before and _is_between(seen, before, after))):
        return Keep(rule=current, why=KeepWhy.CHANGED_SINCE)
    if before is None or _has_ended(before, observed.at, max_ttl):
        return Remove(rule=current)
    return Reset(rule=current, to=_with_words_of(current, before))


def _restore(rule: SecurityGroupRule, observed: Observation, max_ttl: timedelta) -> OfRule:
    if all(group.group_id != rule.group_id for group in observed.groups):
        return Keep(rule=rule, why=KeepWhy.GONE)
    if _has_ended(rule, observed.at, max_ttl):
        return Keep(rule=rule, why=KeepWhy.ENDED)
    return Restore(rule=rule)


def _fitting(change: OfRule, staying: Mapping[Place, SecurityGroupRule]) -> Change:
    """The change, or why not, where another rule has come to stand in its place."""
    there = staying.get((change.group_id, change.spec)) if takes_place(change) else None
    if there is None:
        return change
    if isinstance(change, Reset):
        return Keep(rule=change.rule, why=KeepWhy.CHANGED_SINCE)
    alike = _are_alike(_as_recorded(there), change.rule)
    return Keep(rule=there, why=KeepWhy.ALREADY_ALLOWED if alike else KeepWhy.CHANGED_SINCE)


def _as_recorded(rule: SecurityGroupRule) -> SecurityGroupRule:
    """A rule as receipts have it: in the audit log, what looks like a secret is blanked."""
    text, tags = redact([rule.description, rule.tags])
    return rule.model_copy(update={"description": text, "tags": tags})


def _with_words_of(rule: SecurityGroupRule, before: SecurityGroupRule) -> SecurityGroupRule:
    """What a rule was before, but with the tags that still stand there as they do: those of a
    receipt may be blanked."""
    shown = _as_recorded(rule).tags
    same = {key: rule.tags[key] for key, value in before.tags.items() if shown.get(key) == value}
    return before.model_copy(update={"tags": {**before.tags, **same}})


def _are_alike(rule: SecurityGroupRule, other: SecurityGroupRule) -> bool:
    """Whether two rules let the same in for the same people and time; the uuid of the change that
    made them so is another matter. Of a rule without tags of ours, the description counts."""
    tags, others = dict(rule.tags), dict(other.tags)
    return (
        rule.spec == other.spec
        and tags | {TAG_CHANGE: ""} == others | {TAG_CHANGE: ""}
        and (not _by_text(rule, other) or rule.description == other.description)
    )


def _by_text(*rules: SecurityGroupRule) -> bool:
    """Whether none of the rules has tags of ours, so that the description counts."""
    return all(rule.tags.get(TAG_MANAGED) != MANAGED_VALUE for rule in rules)


def _is_as_left(rule: SecurityGroupRule, after: SecurityGroupRule) -> bool:
    return _are_alike(rule, after) and _change_of(rule) == _change_of(after)


def _is_between(
    rule: SecurityGroupRule, before: SecurityGroupRule, after: SecurityGroupRule
) -> bool:
    """Whether a change was taken back in part: all about the rule is as before it, or after."""
    tags = {*rule.tags, *before.tags, *after.tags}
    is_theirs = _by_text(rule, before, after) and rule.description not in (
        before.description,
        after.description,
    )
    return (
        not is_theirs
        and rule.spec in (before.spec, after.spec)
        and all(rule.tags.get(tag) in (before.tags.get(tag), after.tags.get(tag)) for tag in tags)
    )


def _change_of(rule: SecurityGroupRule) -> str | None:
    return rule.tags.get(TAG_CHANGE)


def _has_ended(rule: SecurityGroupRule, now: datetime, max_ttl: timedelta) -> bool:
    marks = read_marks(rule)
    end = end_of(marks, max_ttl) if marks else None
    return end is not None and end <= now


def _is_wider(to: SecurityGroupRule, rule: SecurityGroupRule) -> bool:
    """Whether the rule would let in another source, somebody more, or for longer."""
    before, after = read_marks(rule), read_marks(to)
    if before is None or after is None or to.spec != rule.spec:
        return True
    ends_later = before.expires_at is not None and (
        after.expires_at is None or after.expires_at > before.expires_at
    )
    return ends_later or not set(after.owners) <= set(before.owners)
