"""One wish of an order on its way to a plan: as asked, as located, as drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from awswhitelist.access.drafting import Step
from awswhitelist.access.intents import BulkIntent, Intent
from awswhitelist.exceptions import (
    AwsWhitelistError,
    CallCancelledError,
    CallTimeoutError,
    CredentialsError,
)
from awswhitelist.models import Observation, RuleSpec
from awswhitelist.resources.detection import wrong_account
from awswhitelist.resources.interface import ResolvedTarget
from awswhitelist.resources.references import Reference


class Located(NamedTuple):
    """Where an intent applies: the groups, and the rules asked for now that the port is known.

    ``resource`` is what the target turned out to be (None where rules were named by id), and
    ``beside`` its security groups that the intent is not about.
    """

    target: str
    group_ids: tuple[str, ...]
    specs: tuple[RuleSpec, ...] = ()
    resource: ResolvedTarget | None = None
    beside: tuple[str, ...] = ()

    @property
    def every_group(self) -> tuple[str, ...]:
        """All groups to look at: those to change first."""
        return (*self.group_ids, *self.beside)

    def check_account(self, observed: Observation) -> None:
        """Raise InvalidArgumentError where the target's text names another account."""
        named = self.resource.reference.account if self.resource else None
        for group in observed.groups:
            if named and group.account and group.account != named:
                raise wrong_account(named, group.account)


@dataclass(frozen=True, slots=True)
class Entry:
    """A wish and how far it has come.

    In a bulk an ``error`` ends the way of one entry; everywhere else it is raised.
    """

    intent: Intent
    index: int = 0
    reference: Reference | None = None
    located: Located | None = None
    steps: tuple[Step, ...] = ()
    error: AwsWhitelistError | None = None

    @property
    def group_ids(self) -> tuple[str, ...]:
        """The groups that the entry may change."""
        return self.located.group_ids if self.located and not self.error else ()


OF_THE_CALL = (CallCancelledError, CallTimeoutError, CredentialsError)
"""Failures that no other entry could escape."""


class Manner(NamedTuple):
    """How an order takes the failure of one of its entries: ``raises`` at once, or keeps it with
    the entry and goes on. ``has_many`` entries: then the error says which one it is about."""

    raises: bool
    has_many: bool = False

    def go(self, entry: Entry, act: Callable[[Entry], Entry]) -> Entry:
        """The entry after the act; an entry that has failed before stays as it is."""
        if entry.error is not None:
            return entry
        try:
            return act(entry)
        except OF_THE_CALL:
            raise
        except AwsWhitelistError as exc:
            if self.raises:
                if self.has_many:
                    exc.details["entry"] = entry.index
                raise
            return replace(entry, error=exc)


def manner_of(intent: Intent) -> Manner:
    """A bulk carries its failures along, unless it is atomic."""
    if isinstance(intent, BulkIntent):
        return Manner(raises=intent.atomic, has_many=True)
    return Manner(raises=True)


def entries_of(intent: Intent) -> tuple[Entry, ...]:
    """The wishes of an intent, in the order asked."""
    wishes = intent.entries if isinstance(intent, BulkIntent) else (intent,)
    return tuple(Entry(wish, index) for index, wish in enumerate(wishes))


def groups_of(entries: Iterable[Entry]) -> tuple[str, ...]:
    """All groups that the entries may change, each once."""
    return tuple(dict.fromkeys(each for entry in entries for each in entry.group_ids))


def seen_by(entries: Iterable[Entry]) -> tuple[str, ...]:
    """All groups to look at: those to change first, then those beside them."""
    whole = tuple(entries)
    beside = (each for entry in whole if entry.located for each in entry.located.beside)
    return tuple(dict.fromkeys((*groups_of(whole), *beside)))
