"""What whoever checks access should know beside what the rules say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_network

from awswhitelist.access.coverage import Coverage
from awswhitelist.resources.reach import FROM_INTERNET, ReachFact
from awswhitelist.tools.results import RuleView, WarningCode, WarningNote
from awswhitelist.validators import AddressKind, address_kind

MOST_NAMED = 5
"""Rules and lists that one warning names."""


def about_sources(cidrs: Iterable[str], *, is_rewritten: bool) -> Iterator[WarningNote]:
    """What is odd about the addresses asked about (canonical CIDRs); ``is_rewritten``: one was
    IPv4 written as IPv6."""
    if is_rewritten:
        message = "An IPv4 address written as IPv6 was read as IPv4: that is what AWS sees."
        yield WarningNote(code=WarningCode.READ_AS_IPV4, message=message)
    special = _kinds(cidrs) - {AddressKind.PUBLIC}
    if special:
        kinds = ", ".join(sorted(kind.value for kind in special))
        message = f"AWS never sees such a source from the internet: {kinds} address."
        yield WarningNote(code=WarningCode.SOURCE_NOT_PUBLIC, message=message)


def about_rules(because: Iterable[RuleView]) -> Iterator[WarningNote]:
    """Rules that let in and should be gone."""
    overdue = [rule.rule_id for rule in because if rule.expired]
    if overdue:
        named = ", ".join(overdue[:MOST_NAMED])
        message = f"Past their end and still there: {named}. Revoke them."
        yield WarningNote(code=WarningCode.OVERDUE, message=message)


def about_lists(unread: Sequence[str]) -> Iterator[WarningNote]:
    """Prefix lists that AWS did not let us read."""
    if unread:
        message = (
            f"AWS did not let us read {', '.join(unread[:MOST_NAMED])}: the rules that name them "
            "do not count here (it takes ec2:GetManagedPrefixListEntries)."
        )
        yield WarningNote(code=WarningCode.PREFIX_LIST_UNREAD, message=message)


def about_members(found: Iterable[Coverage]) -> Iterator[WarningNote]:
    """Rules for members of a group, where nothing else lets an address in."""
    shut = (each for each in found if each.missing)
    rules = {rule.rule_id: rule.spec.source for each in shut for rule in each.members_only}
    if rules:
        named = ", ".join(f"{rule} ({group})" for rule, group in [*rules.items()][:MOST_NAMED])
        message = f"Only members of a security group are let in, no addresses, by {named}."
        yield WarningNote(code=WarningCode.MEMBERS_ONLY, message=message)


def about_reach(facts: Iterable[ReachFact], cidrs: Iterable[str]) -> Iterator[WarningNote]:
    """What keeps the sources out all the same; the internet's troubles are not private ones'."""
    from_internet = AddressKind.PUBLIC in _kinds(cidrs)
    for fact in facts:
        if from_internet or fact.code not in FROM_INTERNET:
            yield WarningNote(code=WarningCode(fact.code.value), message=fact.message)


def _kinds(cidrs: Iterable[str]) -> set[AddressKind]:
    return {address_kind(ip_network(cidr)) for cidr in cidrs}
