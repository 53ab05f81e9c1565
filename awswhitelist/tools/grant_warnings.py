"""What a caller should know of access that was given, beside what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_network
from typing import NamedTuple

from awswhitelist.access.marks.expiry import EXTEND_AT_LEAST, EXTEND_SHARE
from awswhitelist.access.intents import AllowIntent
from awswhitelist.access.outcomes import Outcome
from awswhitelist.resources.reach import FROM_INTERNET, ReachFact
from awswhitelist.tools.results import NEVER, RuleStatus, RuleView, WarningCode, WarningNote
from awswhitelist.validators import AddressKind, address_kind, parse_time

UNTOUCHED = (RuleStatus.ALREADY_ALLOWED, RuleStatus.COVERED)
TIMED = (RuleStatus.ADDED, RuleStatus.EXTENDED, RuleStatus.MOVED)


class Granted(NamedTuple):
    """A wish, and the rules that it came to."""

    intent: AllowIntent
    rules: Sequence[RuleView]


def grant_warnings(outcome: Outcome, granted: Sequence[Granted]) -> Iterator[WarningNote]:
    """Each warning once, whichever of the wishes brings it."""
    kinds = {address_kind_of(source) for each in granted for source in each.intent.sources}
    special = kinds - {AddressKind.PUBLIC}
    if special:
        names = ", ".join(sorted(kind.value for kind in special))
        message = f"AWS never sees such a source from the internet: {names} address."
        yield WarningNote(code=WarningCode.SOURCE_NOT_PUBLIC, message=message)
    yield from _reach(outcome.facts, from_internet=AddressKind.PUBLIC in kinds)
    if outcome.observed is not None and any(_sooner(granted, outcome.observed.at)):
        message = "The rule ends sooner than was asked: policy bounds how long it may last in all."
        yield WarningNote(code=WarningCode.ENDS_SOONER, message=message)
    untouched = (
        (rule, each.intent.grant.lifetime)
        for each in granted
        for rule in each.rules
        if rule.status in UNTOUCHED
    )
    if any(_lasts(rule, lifetime) for rule, lifetime in untouched):
        message = "The rule that lets this through does not end when the access asked for would."
        yield WarningNote(code=WarningCode.NOT_EXPIRING, message=message)


@lru_cache(maxsize=4096)
def address_kind_of(source: str) -> AddressKind:
    """The kind of a canonical CIDR."""
    return address_kind(ip_network(source))


def _reach(facts: Iterable[ReachFact], *, from_internet: bool) -> Iterator[WarningNote]:
    """What may keep the sources out all the same; the internet's troubles are not private ones'."""
    for fact in facts:
        if from_internet or fact.code not in FROM_INTERNET:
            yield WarningNote(code=WarningCode(fact.code.value), message=fact.message)


def _sooner(granted: Iterable[Granted], now: datetime) -> Iterator[bool]:
    for each in granted:
        lifetime = each.intent.grant.lifetime
        yield any(_ends_sooner(rule, now, lifetime) for rule in each.rules)


def _ends_sooner(rule: RuleView, now: datetime, lifetime: timedelta | None) -> bool:
    """Whether a rule of ours ends before the access asked for, by more than is worth a write."""
    end = parse_time(rule.expires_at or "")
    if end is None or rule.status not in (*TIMED, *UNTOUCHED):
        return False
    if lifetime is None:
        return True
    missing = now + lifetime - end
    return missing > EXTEND_AT_LEAST and missing > lifetime * EXTEND_SHARE


def _lasts(rule: RuleView, lifetime: timedelta | None) -> bool:
    """Whether a rule is not ours to end, or has no end where the access asked for has one."""
    return not rule.managed or (rule.expires_at == NEVER and lifetime is not None)
