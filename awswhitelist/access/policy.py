"""What the operator allows: two gates, both pure functions, that no argument can loosen.

:func:`admit` looks at a request before any credential is resolved or call made; :func:`judge`
looks at the plan, with the groups as AWS described them. Both call the same checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from awswhitelist import constants
from awswhitelist.access import policy_checks as checks
from awswhitelist.access.containment import network_of, ports_overlap
from awswhitelist.access.marks.expiry import is_managed
from awswhitelist.access.undoing import restores
from awswhitelist.policy_config import ApprovalFallback, ApprovalReason, PolicyConfig
from awswhitelist.access.policy_checks import Denial
from awswhitelist.exceptions import PolicyDeniedError
from awswhitelist.models import (
    Add,
    Caller,
    Change,
    Extend,
    Keep,
    KeepWhy,
    Move,
    Plan,
    Remove,
    RemoveWhy,
    Reset,
    Restore,
    RuleSpec,
    SecurityGroup,
)
from awswhitelist.text import printable
from awswhitelist.validators import format_duration


class Admission(NamedTuple):
    """What is known of a request before AWS is asked anything.

    ``specs`` are the rules asked for as far as they are known (ports may still be open);
    ``named_profile`` is the profile that the request names, ``is_configured`` whether that is a
    credential profile of the configuration; ``brings_credentials`` says that keys came with it.
    """

    changes: bool
    region: str
    named_profile: str | None = None
    is_configured: bool = False
    brings_credentials: bool = False
    specs: tuple[RuleSpec, ...] = ()
    grants: bool = False
    lifetime: timedelta | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The plan may be carried out."""


class Denied(NamedTuple):
    """The plan may not be carried out."""

    denials: tuple[Denial, ...]


class NeedsApproval(NamedTuple):
    """The plan may be carried out once somebody has looked at it."""

    reasons: tuple[ApprovalReason, ...]


Verdict = Allowed | Denied | NeedsApproval


def admit(request: Admission, policy: PolicyConfig, policy_error: str | None = None) -> None:
    """First gate. Raises PolicyDeniedError naming each setting that forbids the request.

    ``policy_error`` says why the policy could not be read: then it forbids every change.
    """
    if request.changes and policy_error is not None:
        raise_denials([Denial("", f"it cannot be read, so nothing may change ({policy_error})")])
    raise_denials(tuple(_admission_denials(request, policy)))


def judge(
    plan: Plan, policy: PolicyConfig, caller: Caller, *, now: datetime, has_sweeper: bool = False
) -> Verdict:
    """Second gate: what the policy says of a plan made by ``caller``.

    ``now`` is the time that AWS told when the plan was made. ``has_sweeper`` says that a sweep
    besides this process is known to end access there. That a rule past its end goes needs nobody's
    approval: its end was judged when it was given.
    """
    found = _plan_denials(plan, policy, caller, now)
    denials = tuple(dict.fromkeys((*found, *_sweeper_denials(plan, policy, has_sweeper))))
    if denials:
        return Denied(denials)
    wanted = (reason for reason in ApprovalReason if _asks(reason, plan, policy))
    reasons = tuple(dict.fromkeys(wanted))
    return NeedsApproval(reasons) if reasons else Allowed()


def for_persons(
    reasons: Iterable[ApprovalReason], policy: PolicyConfig
) -> tuple[ApprovalReason, ...]:
    """Those of the reasons for which nothing may stand in for a person."""
    fallback = policy.approval.without_elicitation
    return tuple(each for each in reasons if fallback[each] is ApprovalFallback.DENY)


def for_terminals(reasons: Iterable[ApprovalReason], policy: PolicyConfig) -> bool:
    """Whether a person must approve on a terminal where nobody can be asked through the door."""
    fallback = policy.approval.without_elicitation
    return any(fallback[each] is ApprovalFallback.TERMINAL for each in reasons)


def raise_denials(denials: Sequence[Denial]) -> None:
    """Raise PolicyDeniedError for the denials, if there are any."""
    if denials:
        unique = tuple(dict.fromkeys(denials))
        raise PolicyDeniedError(
            f"The policy does not allow this: {unique[0].why}.",
            reasons=[str(denial) for denial in unique],
            field=unique[0].field,
        )


def admit_account(account: str, policy: PolicyConfig) -> None:
    """Raise PolicyDeniedError where the policy does not admit the AWS account."""
    raise_denials(tuple(checks.list_denials("accounts", account, policy.accounts, "the account")))


def names_accounts(policy: PolicyConfig) -> bool:
    """Whether the account must be known before anything else is asked of AWS."""
    return policy.accounts.allow is not None or bool(policy.accounts.deny)


def admits_region(region: str, policy: PolicyConfig) -> bool:
    """Whether calls may go to that region."""
    return not tuple(checks.list_denials("regions", region, policy.regions, "the region"))


def admits_profile(name: str, policy: PolicyConfig, *, is_configured: bool = False) -> bool:
    """Whether a call may name that profile; see :class:`Admission`."""
    lists = policy.profiles
    denials = checks.list_denials("profiles", name, lists, "the profile")
    return (is_configured or lists.allow is not None) and not tuple(denials)


def check_usual_profile(name: str | None, policy: PolicyConfig) -> None:
    """Raise PolicyDeniedError where calls may not go out under the profile that is used where none
    is named. What has no name (keys in the environment, a role of the machine) the lists cannot
    speak of: ``accounts`` does."""
    if name is not None:
        lists = policy.profiles
        raise_denials(tuple(checks.list_denials("profiles", name, lists, "the profile", "profile")))


def check_profile(name: str | None, policy: PolicyConfig, *, is_configured: bool) -> None:
    """Raise PolicyDeniedError where a call may not name that profile: to be asked before anything
    is read of it, even its region."""
    asked = Admission(False, "", named_profile=name, is_configured=is_configured)
    raise_denials(tuple(_profile_denials(asked, policy)))


def is_visible(group: SecurityGroup, policy: PolicyConfig) -> bool:
    """Whether the policy lets a caller see or change this group."""
    return not tuple(checks.group_denials(group, policy))


def hides_groups(policy: PolicyConfig) -> bool:
    """Whether there may be groups that the policy does not let a caller know of."""
    return policy.groups.allow is not None or bool(policy.groups.deny)


def check_groups(groups: Iterable[SecurityGroup], policy: PolicyConfig) -> None:
    """Raise PolicyDeniedError where the policy does not let a caller see one of the groups."""
    raise_denials(tuple(each for group in groups for each in checks.group_denials(group, policy)))


def is_protected(group: SecurityGroup, policy: PolicyConfig) -> bool:
    """Whether changes to this group need approval."""
    named = any(checks.names_group(pattern, group) for pattern in policy.protected_groups)
    return named or constants.TAG_PROTECTED in group.tags


def trusts_descriptions(group: SecurityGroup, policy: PolicyConfig) -> bool:
    """Whether a rule there may be swept that is ours by its description alone."""
    return any(checks.names_group(pattern, group) for pattern in policy.untagged_groups)


def needs_tags(group: SecurityGroup, policy: PolicyConfig) -> bool:
    """Whether a sweep, where policy wants one, would not end a rule there that has no tags."""
    return policy.require_enforcer and not trusts_descriptions(group, policy)


def _admission_denials(request: Admission, policy: PolicyConfig) -> Iterator[Denial]:
    if request.changes and policy.read_only:
        yield Denial("read_only", "it permits no changes")
    yield from checks.list_denials(
        "regions", request.region, policy.regions, "the region", "region"
    )
    yield from _profile_denials(request, policy)
    if request.brings_credentials and not policy.allow_inline_credentials:
        why = "credentials in the arguments of a call are not permitted"
        yield Denial("allow_inline_credentials", why, "credentials")
    yield from checks.spec_denials(request.specs, policy)
    if request.grants:
        yield from checks.lifetime_denials(request.lifetime, policy)
        if policy.require_reason and not printable(request.reason):
            yield Denial("require_reason", "a reason is required", "reason")


def _profile_denials(request: Admission, policy: PolicyConfig) -> Iterator[Denial]:
    profile = request.named_profile
    if profile is None:
        return
    if policy.profiles.allow is None and not request.is_configured:
        yield Denial("profiles", f"the profile {profile!r} is not named in it", "profile")
    yield from checks.list_denials("profiles", profile, policy.profiles, "the profile", "profile")


def _plan_denials(
    plan: Plan, policy: PolicyConfig, caller: Caller, now: datetime
) -> Iterator[Denial]:
    yield from checks.list_denials("accounts", caller.account, policy.accounts, "the account")
    yield from checks.list_denials("regions", plan.region, policy.regions, "the region", "region")
    if plan.writes and policy.read_only:
        yield Denial("read_only", "it permits no changes")
    for group in plan.groups:
        yield from checks.group_denials(group, policy)
    opened = [change for change in plan.writes if opens(change)]
    yield from checks.spec_denials([change.spec for change in opened], policy)
    yield from checks.size_denials(opened, policy)
    for change in opened:
        if isinstance(change, Add | Extend | Move):
            yield from checks.lifetime_denials(change.grant.lifetime, policy)
        elif isinstance(change, Restore | Reset):
            yield from checks.restored_denials(change, policy, now)
        yield from checks.tag_denials(change, policy)
    if any(isinstance(change, Keep) and change.why is KeepWhy.USED_UP for change in plan.changes):
        limit = format_duration(policy.max_total_ttl)
        yield Denial("max_total_ttl", f"the rule has been extended for {limit} in all; revoke it")


def _sweeper_denials(plan: Plan, policy: PolicyConfig, has_sweeper: bool) -> Iterator[Denial]:
    if policy.require_enforcer and not has_sweeper and any(map(opens, plan.writes)):
        why = (
            "no sweep is known that would end access here; let a timer run "
            "`awswhitelist sweep-expired`"
        )
        yield Denial("require_enforcer", why)
    for change in filter(opens, plan.writes):
        if checks.is_untagged(change) and needs_tags(plan.group(change.group_id), policy):
            why = "no sweep ends a rule without tags there; name its group in `untagged_groups`"
            yield Denial("require_enforcer", why)


def opens(change: Change) -> bool:
    """Whether the change lets somebody in, or for longer."""
    return isinstance(change, Add | Extend | Move) or restores(change)


def _asks(reason: ApprovalReason, plan: Plan, policy: PolicyConfig) -> bool:
    """Whether approval is needed for this reason; the whole internet always needs it, and so does
    access that is given back."""
    writes = [change for change in plan.writes if not _is_expiry(change)]
    specs = [change.spec for change in writes if opens(change)]
    networks = [network for network in map(network_of, specs) if network is not None]
    if reason is ApprovalReason.WIDER_THAN_HOST and any(net.prefixlen == 0 for net in networks):
        return True
    if reason is ApprovalReason.RESTORES_ACCESS:
        return any(map(restores, writes))
    if not writes or reason not in policy.approval.when:
        return False
    match reason:
        case ApprovalReason.ALWAYS:
            return True
        case ApprovalReason.WIDER_THAN_HOST:
            return any(net.prefixlen < net.max_prefixlen for net in networks)
        case ApprovalReason.SENSITIVE_PORTS:
            return any(_is_sensitive(spec, policy) for spec in specs)
        case ApprovalReason.FOREIGN_RULES:
            removed = (change for change in writes if isinstance(change, Remove))
            return any(not is_managed(change.rule) for change in removed)
        case ApprovalReason.PROTECTED_GROUPS:
            touched = {change.group_id for change in writes}
            return any(is_protected(plan.group(group_id), policy) for group_id in touched)


def _is_expiry(change: Change) -> bool:
    return isinstance(change, Remove) and change.why is RemoveWhy.EXPIRED


def _is_sensitive(spec: RuleSpec, policy: PolicyConfig) -> bool:
    ranges = checks.port_ranges(policy.sensitive_ports)
    return any(ports_overlap(spec, first, last) for first, last in ranges)
