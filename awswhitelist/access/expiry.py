"""What our tags on a rule say, and how long a rule may last. Pure.

The tags are the database: owner, reason and expiry travel with the rule, so that any machine can
read them (EC2 API reference, TagSpecification: security group rules can be tagged).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from awswhitelist import constants
from awswhitelist.models import Grant, SecurityGroupRule
from awswhitelist.text import clean_tag_value
from awswhitelist.validators import format_time, parse_time

EXTEND_AT_LEAST = timedelta(minutes=1)
EXTEND_SHARE = 0.05
"""An extension is worth a write only when it adds more than this share of the lifetime asked."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Our tags on one rule, read.

    ``expires_at`` is None for a rule that never ends; ``expiry_known`` is False where the tag is
    missing or unreadable, and then ``expires_at`` means nothing.
    """

    owners: tuple[str, ...]
    reason: str
    ticket: str
    created_at: datetime | None
    expires_at: datetime | None
    expiry_known: bool
    change: str


def read_marks(rule: SecurityGroupRule) -> Marks | None:
    """The marks of a rule of ours, or None for a rule that is somebody else's."""
    tags = rule.tags
    if tags.get(constants.TAG_MANAGED) != constants.MANAGED_VALUE:
        return None
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


def owner_token(owner: str) -> str:
    """An owner as it stands in the tag, where blanks separate owners: one word."""
    return "_".join(clean_tag_value(owner).split())


def joined_owners(marks: Marks, grant: Grant) -> str:
    """The owner tag of a rule that one more owner shares; each stands there once."""
    owner = owner_token(grant.owner)
    return " ".join(marks.owners if owner in marks.owners else (*marks.owners, owner))


def expiry_tag(end: datetime | None) -> str:
    """The value of the expires-at tag."""
    return constants.NEVER if end is None else format_time(end)


def new_tags(grant: Grant, now: datetime, change: str) -> dict[str, str]:
    """The tags of a rule that is made at ``now``; ``change`` is the uuid of this change."""
    end = None if grant.lifetime is None else now + grant.lifetime
    tags = {
        constants.TAG_MANAGED: constants.MANAGED_VALUE,
        constants.TAG_OWNER: owner_token(grant.owner),
        constants.TAG_REASON: clean_tag_value(grant.reason),
        constants.TAG_TICKET: clean_tag_value(grant.ticket),
        constants.TAG_CREATED_AT: format_time(now),
        constants.TAG_EXPIRES_AT: expiry_tag(end),
        constants.TAG_CHANGE: change,
    }
    return {key: value for key, value in tags.items() if value}


def extended_tags(
    marks: Marks, grant: Grant, now: datetime, max_total: timedelta, change: str
) -> dict[str, str]:
    """The tags to write over those of a rule that is extended or shared.

    The end is the later of the two; the owner joins those who are there. A rule that does not say
    when it was made counts from now on: without that, nothing would bound how old it becomes.
    """
    end = marks.expires_at
    if not marks.expiry_known or worth_extending(marks, grant.lifetime, now, max_total):
        end = extended_end(marks, grant.lifetime, now, max_total)
    tags = {
        constants.TAG_OWNER: joined_owners(marks, grant),
        constants.TAG_EXPIRES_AT: expiry_tag(end),
        constants.TAG_CHANGE: change,
    }
    if marks.created_at is None:
        tags[constants.TAG_CREATED_AT] = format_time(now)
    return tags


def released_tags(marks: Marks, owner: str, change: str) -> dict[str, str]:
    """The tags to write when one owner leaves a shared rule."""
    return {
        constants.TAG_OWNER: " ".join(name for name in marks.owners if name != owner),
        constants.TAG_CHANGE: change,
    }
