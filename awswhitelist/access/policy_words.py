"""The policy in force, in plain words. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from awswhitelist.access.wording import REASONS
from awswhitelist.policy_config import MOST_PORTS, AllowDeny, PolicyConfig
from awswhitelist.validators import format_duration


def policy_words(policy: PolicyConfig) -> tuple[str, ...]:
    """One sentence for each thing that the policy says."""
    return tuple(_sentences(policy))


def _sentences(policy: PolicyConfig) -> Iterator[str]:
    if policy.read_only:
        yield "Nothing may be changed."
    yield (
        f"A source may be no wider than /{policy.min_prefix_ipv4} (IPv4) "
        f"or /{policy.min_prefix_ipv6} (IPv6), and one call may let in at most "
        f"{policy.max_addresses} IPv4 addresses for each group and port."
    )
    yield f"Opening to the whole internet is {_may(policy.allow_public, 'with approval')}."
    yield f"Private source addresses are {_may(policy.allow_private)}."
    many = policy.allow_all_ports or policy.allow_all_protocols
    yield f"More than {MOST_PORTS:,} ports at once are {_may(many)}."
    yield f"All protocols at once are {_may(policy.allow_all_protocols)}."
    yield (
        f"Access lasts {format_duration(policy.default_ttl)} unless told otherwise, at most "
        f"{format_duration(policy.max_ttl)}, extended at most "
        f"{format_duration(policy.max_total_ttl)} in all."
    )
    yield f"Access without an end is {_may(policy.allow_never_expires)}."
    if policy.require_enforcer:
        yield "Access is opened only where a timer is known to sweep what has ended."
    if not policy.require_tags:
        yield (
            "A rule that AWS lets nobody tag keeps its end in its description; it is swept only in "
            f"these groups: {', '.join(policy.untagged_groups) or 'none'}."
        )
    if policy.require_reason:
        yield "Whoever gives access must give a reason."
    yield f"Acting for another owner is {_may(policy.act_for_others)}."
    if policy.allow_inline_credentials:
        yield "Calls may bring AWS credentials of their own."
    yield (
        f"At most {policy.max_changing_calls_per_minute} changing calls in a minute and "
        f"{policy.max_changes_per_hour} changed rules in an hour, for each account."
    )
    for what in ("ports", "regions", "accounts", "profiles", "groups"):
        yield from _list_words(what, getattr(policy, what))
    for reason in policy.approval.when:
        yield f"Approval is needed where {REASONS[reason]}."


def _may(is_permitted: bool, how: str = "") -> str:
    return f"permitted {how}".strip() if is_permitted else "not permitted"


def _list_words(what: str, lists: AllowDeny) -> Iterator[str]:
    if lists.allow is not None:
        yield f"Only these {what} are permitted: {', '.join(lists.allow) or 'none'}."
    if lists.deny:
        yield f"These {what} are denied: {', '.join(lists.deny)}."
