"""What our tags on a rule say, and how long a rule may last. Pure.

The tags are the database: owner, reason and expiry travel with the rule, so that any machine can
read them (EC2 API reference, TagSpecification: security group rules can be tagged). Where policy
lets rules go untagged, the end of the description stands in: see
:mod:`awswhitelist.access.marks.suffixes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from awswhitelist import constants
from awswhitelist.access.marks.suffixes import Suffix, owner_hash, read_suffix
from awswhitelist.models import Grant, SecurityGroupRule
from awswhitelist.text import clean_tag_value
from awswhitelist.validators import format_time, parse_time

EXTEND_AT_LEAST = timedelta(minutes=1)
EXTEND_SHARE = 0.05
"""An extension is worth a write only when it adds more than this share of the lifetime asked."""


class Marks(NamedTuple):
    """Our tags on one rule, read.

    ``expires_at`` is None for a rule that never ends; ``expiry_known`` is False where the tag is
    missing or unreadable, and then ``expires_at`` means nothing. ``by_description`` says that all
    of it was read from the description of a rule without tags: ``owners`` are hashes then.
    """

    owners: tuple[str, ...]
    reason: str
    ticket: str
    created_at: datetime | None
    expires_at: datetime | None
    expiry_known: bool
    change: str
    by_description: bool = False


def read_marks(rule: SecurityGroupRule) -> Marks | None:
    """The marks of a rule of ours, or None for a rule that is somebody else's."""
    tags = rule.tags
    if tags.get(constants.TAG_MANAGED) != constants.MANAGED_VALUE:
        return _described_marks(rule.description)
    expiry = tags.get(constants.TAG_EXPIRES_AT, "")
    expires_at = parse_time(expiry)
    return Marks(
        owners=tuple(tags.get(constants.TAG_OWNER, "").split()),
        reason=tags.get(constants.TAG_REASON, ""),
        ticket=tags.get(constants.TAG_TICKET, ""),
        created_at=parse_time(tags.get(constants.TAG_CREATED_AT, "")),
        expires_at=expires_at,
        expiry_known=expires_at is not None or expiry == constants.NEVER,
        change=tags.get(constants.TAG_CHANGE, ""),
    )


def _described_marks(description: str) -> Marks | None:
    suffix = read_suffix(description)
    if suffix is None:
        return None
    return Marks(
        owners=suffix.owners,
        reason="",
        ticket="",
        created_at=suffix.made_at,
        expires_at=suffix.ends_at,
        expiry_known=True,
        change="",
        by_description=True,
    )


def is_managed(rule: SecurityGroupRule) -> bool:
    """Whether the rule carries our mark."""
    return read_marks(rule) is not None


def end_of(marks: Marks, max_ttl: timedelta) -> datetime | None:
    """When a managed rule ends; None for never, or when nobody can tell.

    A rule whose expiry is missing or unreadable is due ``max_ttl`` after its creation: a lost tag
    must not make access last for ever.
    """
    if marks.expiry_known:
        return marks.expires_at
    return marks.created_at + max_ttl if marks.created_at else None


def is_overdue(marks: Marks, now: datetime, max_ttl: timedelta) -> bool:
    """Whether a managed rule should be gone at ``now`` (AWS's time)."""
    end = end_of(marks, max_ttl)
    return end is not None and end <= now


def end_unknown(marks: Marks) -> bool:
    """Whether nobody can tell when the rule should end."""
    return not marks.expiry_known and marks.created_at is None


def extended_end(
    marks: Marks, lifetime: timedelta | None, now: datetime, max_total: timedelta
) -> datetime | None:
    """When the rule would end after being extended by ``lifetime`` from ``now``; None for never.

    Never past ``max_total`` after the rule was made.
    """
    if lifetime is None:
        return None
    end = now + lifetime
    return min(end, marks.created_at + max_total) if marks.created_at else end


def worth_extending(
    marks: Marks, lifetime: timedelta | None, now: datetime, max_total: timedelta
) -> bool:
    """Whether the new end is later by enough to be worth a write.

    Where the rule is past its end, or its end cannot be read, any time that is left is.
    """
    if marks.expiry_known and marks.expires_at is None:
        return False
    end = extended_end(marks, lifetime, now, max_total)
    if end is None or lifetime is None:
        return True
    if marks.expires_at is None or marks.expires_at <= now:
        return end > now
    gain = end - marks.expires_at
    return gain > EXTEND_AT_LEAST and gain > lifetime * EXTEND_SHARE


def expires_sooner(tags: Mapping[str, str], before: Mapping[str, str]) -> bool:
    """Whether the end that tags record is nearer than the one that they replace.

    Where one of the two cannot be read, the tags are to be written first: that is never too late.
    """
    new, old = tags.get(constants.TAG_EXPIRES_AT), before.get(constants.TAG_EXPIRES_AT)
    if new is None or new == old:
        return False
    ends = parse_time(new), parse_time(old or "")
    if old == constants.NEVER or new == constants.NEVER:
        return old == constants.NEVER
    return ends[0] is None or ends[1] is None or ends[0] < ends[1]


def owner_token(owner: str) -> str:
    """An owner as it stands in the tag, where blanks separate owners: one word."""
    return "_".join(clean_tag_value(owner).split())


def owner_mark(marks: Marks, owner: str) -> str:
    """An owner as it would stand among those of the marks."""
    token = owner_token(owner)
    return owner_hash(token) if marks.by_description else token


def is_owner(marks: Marks, owner: str) -> bool:
    """Whether the rule is that owner's, alone or with others."""
    return owner_mark(marks, owner) in marks.owners


def all_owners(marks: Marks, grant: Grant) -> tuple[str, ...]:
    """The owners of a rule once those of a grant share it, as they stand on it; each once."""
    more = (owner_mark(marks, owner) for owner in grant.owners)
    return tuple(dict.fromkeys((*marks.owners, *more)))


def _present(marks: Marks, now: datetime) -> Marks:
    """The marks without those whose access has ended: who comes next does not bring it back."""
    has_ended = marks.expires_at is not None and marks.expires_at <= now
    return marks._replace(owners=()) if has_ended else marks


def owners_tag(grant: Grant) -> str:
    """The owner tag of a rule that is made for a grant."""
    return " ".join(dict.fromkeys(map(owner_token, grant.owners)))


def expiry_tag(end: datetime | None) -> str:
    """The value of the expires-at tag."""
    return constants.NEVER if end is None else format_time(end)


def new_tags(grant: Grant, now: datetime, change: str) -> dict[str, str]:
    """The tags of a rule that is made at ``now``; ``change`` is the uuid of this change."""
    end = None if grant.lifetime is None else now + grant.lifetime
    tags = {
        constants.TAG_MANAGED: constants.MANAGED_VALUE,
        constants.TAG_OWNER: owners_tag(grant),
        constants.TAG_REASON: clean_tag_value(grant.reason),
        constants.TAG_TICKET: clean_tag_value(grant.ticket),
        constants.TAG_CREATED_AT: format_time(now),
        constants.TAG_EXPIRES_AT: expiry_tag(end),
        constants.TAG_CHANGE: change,
    }
    return {key: value for key, value in tags.items() if value}


def moved_tags(
    rule: SecurityGroupRule, grant: Grant, now: datetime, change: str
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The tags to set on a rule that lets in another address from now on, and those to drop.

    To move is to be granted anew: nothing of the earlier grant stays.
    """
    tags = new_tags(grant, now, change)
    ours = (constants.TAG_REASON, constants.TAG_TICKET)
    return tags, tuple(key for key in ours if key in rule.tags and key not in tags)


def extended_tags(
    marks: Marks, grant: Grant, now: datetime, max_total: timedelta, change: str
) -> dict[str, str]:
    """The tags to write over those of a rule that is extended or shared.

    The end is the later of the two; the owner joins those who are there, and stands alone where
    their time was over already. A rule that does not say when it was made counts from now on:
    without that, nothing would bound how old it becomes.
    """
    tags = {
        constants.TAG_OWNER: " ".join(all_owners(_present(marks, now), grant)),
        constants.TAG_EXPIRES_AT: expiry_tag(_later_end(marks, grant, now, max_total)),
        constants.TAG_CHANGE: change,
    }
    if marks.created_at is None:
        tags[constants.TAG_CREATED_AT] = format_time(now)
    return tags


def _later_end(marks: Marks, grant: Grant, now: datetime, max_total: timedelta) -> datetime | None:
    if not marks.expiry_known or worth_extending(marks, grant.lifetime, now, max_total):
        return extended_end(marks, grant.lifetime, now, max_total)
    return marks.expires_at


def released_tags(marks: Marks, owner: str, change: str) -> dict[str, str]:
    """The tags to write when one owner leaves a shared rule."""
    return {
        constants.TAG_OWNER: " ".join(name for name in marks.owners if name != owner),
        constants.TAG_CHANGE: change,
    }


def new_suffix(grant: Grant, now: datetime) -> Suffix:
    """What the description of a rule says that is made, or moved, at ``now`` without tags."""
    end = None if grant.lifetime is None else now + grant.lifetime
    owners = dict.fromkeys(owner_hash(owner_token(each)) for each in grant.owners)
    return Suffix(now, end, tuple(owners))


def extended_suffix(marks: Marks, grant: Grant, now: datetime, max_total: timedelta) -> Suffix:
    """What :func:`extended_tags` says, for a rule without tags."""
    end = _later_end(marks, grant, now, max_total)
    return Suffix(marks.created_at or now, end, all_owners(_present(marks, now), grant))


def released_suffix(marks: Marks, owner: str, now: datetime) -> Suffix:
    """What :func:`released_tags` says, for a rule without tags."""
    left = tuple(name for name in marks.owners if name != owner)
    return Suffix(marks.created_at or now, marks.expires_at, left)
