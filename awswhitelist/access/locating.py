"""From the text of a target to the groups that it means, with a person choosing among several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from awswhitelist.access.choosing import Pick, settle
from awswhitelist.access.entries import Entry, Located, Manner, entries_of, manner_of
from awswhitelist.access.intents import AllowIntent, BulkIntent, Intent
from awswhitelist.access.planning import Planning
from awswhitelist.aws.inventory import Inventory
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import AwsWhitelistError, CallCancelledError
from awswhitelist.parallel import run_each
from awswhitelist.resources.hosts import Geography
from awswhitelist.resources.interface import ResolvedTarget
from awswhitelist.resources.references import Reference, read_reference, region_of


class Locator:
    """Reads targets and asks AWS for them. ``geography`` is what botocore knows of AWS's places."""

    def __init__(self, planning: Planning, geography: Geography, width: int) -> None:
        """``width`` is how many targets of a bulk are looked for at once."""
        self._planning = planning
        self._geography = geography
        self._width = width

    def read(self, intent: Intent) -> tuple[Entry, ...]:
        """The wishes of an intent, with their targets as far as the text goes."""
        manner = manner_of(intent)
        return tuple(manner.go(entry, self._referred) for entry in entries_of(intent))

    def locate(
        self, intent: Intent, entries: Sequence[Entry], inventory: Inventory, ctx: CallContext
    ) -> tuple[Entry, ...]:
        """Where the entries apply. A person is asked for one wish, never for those of a bulk.

        Raises what :meth:`Planning.locate` raises.
        """
        if not isinstance(intent, BulkIntent):
            return tuple(
                replace(entry, located=self._settled(entry, inventory, ctx)) for entry in entries
            )
        manner = manner_of(intent)
        asked = (each.reference for each in entries if each.reference and not each.error)
        distinct = tuple(dict.fromkeys(asked))
        look = partial(self._resolved, inventory=inventory)
        found = dict(zip(distinct, run_each(look, distinct, self._width), strict=True))
        return tuple(manner.go(entry, partial(self._located, found=found)) for entry in entries)

    def for_reading(self, reference: Reference, inventory: Inventory, ctx: CallContext) -> Located:
        """All groups of a target. Raises what :meth:`Planning.locate_target` raises."""
        return settle(
            lambda pick: self._planning.locate_target(self._meant(reference, pick), inventory), ctx
        )

    def _referred(self, entry: Entry) -> Entry:
        target = entry.intent.target
        if target is None:
            return entry
        kind = getattr(entry.intent, "resource_type", None)
        return replace(entry, reference=read_reference(target, kind, self._geography))

    def _resolved(
        self, reference: Reference, inventory: Inventory
    ) -> ResolvedTarget | AwsWhitelistError:
        """What a target is, or why that cannot be told: all entries that name it get to know."""
        try:
            return self._planning.resolve(reference, inventory)
        except CallCancelledError:
            raise
        except AwsWhitelistError as exc:
            return exc

    def _located(
        self, entry: Entry, found: Mapping[Reference, ResolvedTarget | AwsWhitelistError]
    ) -> Entry:
        assert isinstance(entry.intent, AllowIntent) and entry.reference is not None
        target = found[entry.reference]
        if isinstance(target, AwsWhitelistError):
            raise target
        return replace(entry, located=self._planning.locate_allow(entry.intent, target))

    def _settled(self, entry: Entry, inventory: Inventory, ctx: CallContext) -> Located:
        def locate(pick: Pick) -> Located:
            meant = entry.reference and self._meant(entry.reference, pick)
            return self._planning.locate(entry.intent, meant, inventory, pick.group_id)

        return settle(locate, ctx)

    def _meant(self, reference: Reference, pick: Pick) -> Reference:
        """The reference itself, or the candidate that a person picked; the port stays as asked."""
        if pick.target is None:
            return reference
        chosen = read_reference(pick.target, None, self._geography)
        return chosen.model_copy(update={"port": reference.port})


def in_region(
    entries: Sequence[Entry], region: str | None, manner: Manner
) -> tuple[str | None, tuple[Entry, ...]]:
    """The region of a call, and the entries without those whose targets are elsewhere.

    The first target that says a region decides where the call names none. InvalidArgumentError
    where one disagrees.
    """
    named = (entry.reference.region for entry in entries if entry.reference)
    common = region or next((each for each in named if each), None)

    def check(entry: Entry) -> Entry:
        if entry.reference is not None:
            region_of(entry.reference, common)
        return entry

    return common, tuple(manner.go(entry, check) for entry in entries)
