"""Whether all owners of a rule have room where it keeps them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from awswhitelist.access.grants import joined
from awswhitelist.access.marks.expiry import all_owners, owners_tag, read_marks
from awswhitelist.access.marks.suffixes import MOST_OWNERS
from awswhitelist.constants import TAG_VALUE_LENGTH
from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.models import Add, Change, Extend, Move, SecurityGroupRule


def check_room_for_owners(changes: Iterable[Change]) -> None:
    """All owners of a rule stand in one tag, whose length AWS bounds, or in its description.

    InvalidArgumentError where they would not fit.
    """
    if not all(map(_has_room, _whole(changes))):
        raise InvalidArgumentError(
            "A rule would have so many owners that another has no room beside them.",
            field="owner",
            remedy="Use a shorter `owner`, or end the access of one who needs it no longer.",
        )


def _whole(changes: Iterable[Change]) -> Iterator[Change]:
    """The changes, those that let one more owner each share the same rule as one."""
    shared: dict[str, Extend] = {}
    for change in changes:
        if isinstance(change, Extend):
            held = shared.get(change.rule.rule_id, change)
            grant = joined(held.grant, change.grant)
            shared[change.rule.rule_id] = held.model_copy(update={"grant": grant})
        else:
            yield change
    yield from shared.values()


def _has_room(change: Change) -> bool:
    match change:
        case Add():
            return _fits_in_a_tag(owners_tag(change.grant))
        case Move():
            if _is_untagged(change.rule):
                return len(change.grant.owners) <= MOST_OWNERS
            return _fits_in_a_tag(owners_tag(change.grant))
        case Extend():
            marks = read_marks(change.rule)
            owners = all_owners(marks, change.grant) if marks else ()
            if _is_untagged(change.rule):
                return len(owners) <= MOST_OWNERS
            return _fits_in_a_tag(" ".join(owners))
        case _:
            return True


def _is_untagged(rule: SecurityGroupRule) -> bool:
    marks = read_marks(rule)
    return marks is not None and marks.by_description


def _fits_in_a_tag(owners: str) -> bool:
    return len(owners) <= TAG_VALUE_LENGTH
