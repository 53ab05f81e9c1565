"""Whether an entry of a bulk still has its access once the entries after it are drawn. Pure.

Entries are drawn as if carried out one after the other, so that a later one with
``replace_previous`` may move away what an earlier one was to let in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from awswhitelist.access.containment import covers
from awswhitelist.access.drafting import key_of
from awswhitelist.access.entries import Entry
from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.models import Add, Change, Extend, Keep, Move, Remove, RuleSpec


def standing(changes: Iterable[Change]) -> Callable[[Entry], Entry]:
    """Says of an entry that its wish for access holds at the end of a plan of these changes.

    What is returned raises InvalidArgumentError where another entry takes the access away again:
    nobody is to be told of access that is not there.
    """
    planned = {key_of(change): change for change in changes}
    gone = {each.rule.rule_id for each in planned.values() if isinstance(each, Move | Remove)}

    def check(entry: Entry) -> Entry:
        steps = [planned[step.key] for step in entry.steps if step.key in planned]
        left_open = [(each.group_id, _lets_in(each, gone)) for each in steps]
        if not all(_is_open(where, spec, left_open) for where, spec in _wanted(entry)):
            raise InvalidArgumentError(
                "Another entry of the call takes this access away again.",
                field="source",
                remedy="Leave `replace_previous` out of that entry, or give all addresses of an "
                "owner as the `source` of one entry.",
            )
        return entry

    return check


def _wanted(entry: Entry) -> Iterable[tuple[str, RuleSpec]]:
    specs = entry.located.specs if entry.located else ()
    return ((group_id, spec) for group_id in entry.group_ids for spec in specs)


def _is_open(
    group_id: str, wanted: RuleSpec, left_open: Iterable[tuple[str, RuleSpec | None]]
) -> bool:
    return any(
        where == group_id and spec is not None and covers(spec, wanted) for where, spec in left_open
    )


def _lets_in(change: Change, gone: set[str]) -> RuleSpec | None:
    """What a change leaves open; ``gone`` are the rules that another one moves or removes."""
    match change:
        case Add() | Move():
            return change.spec
        case Extend() | Keep() if change.rule.rule_id not in gone:
            return change.rule.spec
        case _:
            return None
