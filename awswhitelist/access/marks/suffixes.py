"""What a rule that may not be tagged keeps in its description: when it was made, when it ends, and
whose it is. Pure.

Anybody who may describe a rule can write this. So only the exact grammar counts, and a sweep
believes it only in the groups that ``policy.untagged_groups`` names.

::

    text for people [aw 20261122T160000Z-20261122T180000Z 3f9a1c2b,9be04d77]
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from awswhitelist.constants import NEVER

MOST_OWNERS = 8
"""More have no room beside a text for people."""

_TIME = "%Y%m%dT%H%M%SZ"
_STAMP = r"[0-9]{8}T[0-9]{6}Z"
_HASH = r"[0-9a-f]{8}"
_SUFFIX = re.compile(
    rf"(?:\A| )\[aw (?P<made>{_STAMP})-(?P<ends>{_STAMP}|{NEVER}) "
    rf"(?P<owners>{_HASH}(?:,{_HASH}){{0,{MOST_OWNERS - 1}}})\]\Z"
)


class Suffix(NamedTuple):
    """The end of a description, read; ``ends_at`` is None for never, ``owners`` are hashes."""

    made_at: datetime
    ends_at: datetime | None
    owners: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether there is room for so many owners."""
        return len(self.owners) <= MOST_OWNERS

    def text(self) -> str:
        """As it stands in a description. ValueError for more owners than have room."""
        if not self.fits:
            raise ValueError("too many owners")
        ends = NEVER if self.ends_at is None else _stamp(self.ends_at)
        return f" [aw {_stamp(self.made_at)}-{ends} {','.join(self.owners)}]"


def read_suffix(description: str) -> Suffix | None:
    """What the end of a description says; None where it is not exactly such a suffix."""
    found = _SUFFIX.search(description)
    if found is None:
        return None
    try:
        made = _time(found["made"])
        ends = None if found["ends"] == NEVER else _time(found["ends"])
    except ValueError:
        return None
    return Suffix(made, ends, tuple(found["owners"].split(",")))


def without_suffix(description: str) -> str:
    """The words alone, which never say when a rule ends in the way that counts."""
    words = description
    while found := _SUFFIX.search(words):
        words = words[: found.start()]
    return words


def owner_hash(token: str) -> str:
    """What stands for an owner, given as one word: eight hexadecimal digits."""
    return sha256(token.encode()).hexdigest()[:8]


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_TIME)


def _time(text: str) -> datetime:
    return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
