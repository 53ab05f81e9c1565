"""The calls under test: which write of theirs is hit, and what comes of them where all is well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Stands(StrEnum):
    """What stands in AWS afterwards, of the rule that a call was about."""

    NOTHING = "no rule"
    OURS = "the rule, once"
    THEIRS = "the stranger's rule alone"
    AS_BEFORE = "the rule as before"
    LONGER = "the rule with its new end"
    SHORTER = "the rule with a nearer end"
    MOVED = "the rule at the other address, with its new end"
    HALF_MOVED = "the rule at the other address, with the end of before"
    GONE = "the rule is gone"


AUTHORIZE = "AuthorizeSecurityGroupIngress"
MODIFY = "ModifySecurityGroupRules"
REVOKE = "RevokeSecurityGroupIngress"
TAG = "CreateTags"
UNTAG = "DeleteTags"
WRITES = (AUTHORIZE, MODIFY, REVOKE, TAG, UNTAG)
"""What counts as a write: a description is but a copy for people."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of call. ``write`` is its first write; ``more`` follow it where all is well.

    ``says`` and ``stands`` are what comes of it then, ``untouched`` what stands where nothing was
    done. What goes wrong with any write is tried with those that are ``is_common``.
    """

    write: str
    says: str
    stands: Stands
    untouched: Stands
    more: int = 0
    is_common: bool = True


KINDS: Mapping[str, Kind] = {
    "whitelist": Kind(AUTHORIZE, "added", Stands.OURS, Stands.NOTHING),
    "extend": Kind(TAG, "extended", Stands.LONGER, Stands.AS_BEFORE),
    "revoke": Kind(REVOKE, "revoked", Stands.GONE, Stands.AS_BEFORE),
    "move": Kind(MODIFY, "moved", Stands.MOVED, Stands.AS_BEFORE, more=2),
    "move, to end sooner": Kind(TAG, "moved", Stands.MOVED, Stands.AS_BEFORE, 2, False),
    "sweep_expired": Kind(REVOKE, "revoked", Stands.GONE, Stands.AS_BEFORE),
    "undo of whitelist": Kind(REVOKE, "revoked", Stands.GONE, Stands.AS_BEFORE),
    "undo of extend": Kind(TAG, "restored", Stands.SHORTER, Stands.AS_BEFORE),
    "undo of revoke": Kind(AUTHORIZE, "restored", Stands.OURS, Stands.NOTHING),
    "undo of move": Kind(TAG, "restored", Stands.MOVED, Stands.AS_BEFORE, more=1),
}
COMMON: Mapping[str, Kind] = {name: kind for name, kind in KINDS.items() if kind.is_common}
READERS = ("whitelist", "extend", "revoke", "move", "sweep_expired", "undo of whitelist")
"""Those of which no two read in the same way before they write."""
