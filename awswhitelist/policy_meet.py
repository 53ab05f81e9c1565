"""The meet of two policies: what both of them admit. Pure.

The operator's policy is the upper bound; a user's own can only narrow it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from itertools import product
from typing import Any, TypeVar

from awswhitelist.policy_config import (
    AllowDeny,
    ApprovalConfig,
    ApprovalFallback,
    ApprovalReason,
    PolicyConfig,
)
from awswhitelist.validators import looks_like_group_id

Lists = TypeVar("Lists", bound=AllowDeny)
Allowed = tuple[str, ...] | None

_STRICTNESS = tuple(ApprovalFallback)


def _union(upper: Iterable[str], lower: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*upper, *lower)))


def _is_plain(entry: str) -> bool:
    """Whether an entry is a name or a pattern of ``*`` alone: those compare safely as text."""
    special = entry.startswith("tag:") or looks_like_group_id(entry)
    return not special and not any(char in entry for char in "?[")


def _within(inner: str, outer: str) -> bool:
    """Whether all that ``inner`` names is surely named by ``outer`` too."""
    if inner == outer or outer == "*":
        return True
    return _is_plain(inner) and _is_plain(outer) and fnmatchcase(inner, outer)


def _narrower(one: str, other: str) -> str | None:
    """The entry that names what both name; None where no entry could say it."""
    if _within(one, other):
        return one
    return other if _within(other, one) else None


def _bounds(entry: str) -> tuple[int, int]:
    first, _, last = entry.partition("-")
    return int(first), int(last or first)


def _overlap(one: str, other: str) -> str | None:
    """The ports in both of two entries; None if there are none."""
    (low, high), (lower, higher) = _bounds(one), _bounds(other)
    first, last = max(low, lower), min(high, higher)
    if first > last:
        return None
    return str(first) if first == last else f"{first}-{last}"


def _both(upper: Allowed, lower: Allowed, common: Callable[[str, str], str | None]) -> Allowed:
    """The entries common to two allow lists; None (absent) admits everything."""
    if upper is None or lower is None:
        return lower if upper is None else upper
    found = (common(one, other) for one, other in product(upper, lower))
    return tuple(dict.fromkeys(entry for entry in found if entry is not None))


def _meet_lists(
    upper: Lists, lower: Lists, common: Callable[[str, str], str | None] = _narrower
) -> Lists:
    allow = _both(upper.allow, lower.allow, common)
    return type(upper)(allow=allow, deny=_union(upper.deny, lower.deny))


def _meet_ports(upper: Lists, lower: Lists) -> Lists:
    return _meet_lists(upper, lower, _overlap)


def _meet_profiles(upper: AllowDeny, lower: AllowDeny) -> AllowDeny:
    """As other lists, but a user cannot name profiles where the operator names none.

    Without an allow list no AWS profile is admitted by name, so adding one would widen.
    """
    met = _meet_lists(upper, lower)
    return met.model_copy(update={"allow": None}) if upper.allow is None else met


def _meet_approval(upper: ApprovalConfig, lower: ApprovalConfig) -> ApprovalConfig:
    when = upper.when
    if "when" in lower.model_fields_set:
        when = tuple(reason for reason in ApprovalReason if reason in {*upper.when, *lower.when})
    fallbacks = upper.without_elicitation
    if "without_elicitation" in lower.model_fields_set:
        fallbacks = {
            reason: max(fallback, lower.without_elicitation[reason], key=_STRICTNESS.index)
            for reason, fallback in fallbacks.items()
        }
    timeout = min(upper.timeout, lower.timeout)
    return ApprovalConfig(when=when, without_elicitation=fallbacks, timeout=timeout)


def _common_groups(upper: tuple[str, ...], lower: tuple[str, ...]) -> tuple[str, ...]:
    """A list that admits what it names: what both name, and nothing else."""
    return _both(upper, lower, _narrower) or ()


def _and(upper: bool, lower: bool) -> bool:
    return upper and lower


def _or(upper: bool, lower: bool) -> bool:
    return upper or lower


def _lower(_upper: Any, lower: Any) -> Any:
    return lower


_MEETS: dict[str, Callable[[Any, Any], Any]] = {
    "read_only": _or,
    "min_prefix_ipv4": max,
    "min_prefix_ipv6": max,
    "max_addresses": min,
    "allow_public": _and,
    "allow_private": _and,
    "allow_all_ports": _and,
    "allow_all_protocols": _and,
    "ports": _meet_ports,
    "regions": _meet_lists,
    "accounts": _meet_lists,
    "profiles": _meet_profiles,
    "groups": _meet_lists,
    "max_ttl": min,
    "max_total_ttl": min,
    "default_ttl": _lower,
    "allow_never_expires": _and,
    "require_enforcer": _or,
    "require_tags": _or,
    "untagged_groups": _common_groups,
    "require_reason": _or,
    "act_for_others": _and,
    "allow_inline_credentials": _and,
    "max_changing_calls_per_minute": min,
    "max_changes_per_hour": min,
    "max_bulk_entries": min,
    "approval": _meet_approval,
    "sensitive_ports": _union,
    "protected_groups": _union,
}
"""How each setting of two policies becomes the stricter of the two."""


def meet(upper: PolicyConfig, lower: PolicyConfig) -> PolicyConfig:
    """The policy that admits only what both admit.

    A setting that ``lower`` does not give is ``upper``'s: saying nothing narrows nothing. Two
    patterns whose common part no pattern can say admit nothing. ``default_ttl`` is no permission:
    it is the lower one's, within the limit that comes out.
    """
    given = lower.model_fields_set
    met = {
        name: (
            combine(getattr(upper, name), getattr(lower, name))
            if name in given
            else getattr(upper, name)
        )
        for name, combine in _MEETS.items()
    }
    met["max_ttl"] = min(met["max_ttl"], met["max_total_ttl"])
    met["default_ttl"] = min(met["default_ttl"], met["max_ttl"])
    # What neither says stays unsaid: on a socket, some defaults are others (peer_settings).
    said = {*upper.model_fields_set, *given, "max_ttl", "max_total_ttl", "default_ttl"}
    return PolicyConfig(**{name: met[name] for name in said})
