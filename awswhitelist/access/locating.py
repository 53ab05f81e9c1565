"""From the text of a target to the groups that it means, with a person choosing among several."""

from __future__ import annotations

from awswhitelist.access.choosing import Pick, settle
from awswhitelist.access.intents import Intent
from awswhitelist.access.planning import Located, Planning
from awswhitelist.aws.inventory import Inventory
from awswhitelist.calls import CallContext
from awswhitelist.resources.hosts import Geography
from awswhitelist.resources.references import Reference, read_reference


class Locator:
    """Reads targets and asks AWS for them. ``geography`` is what botocore knows of AWS's places."""

    def __init__(self, planning: Planning, geography: Geography) -> None:
        self._planning = planning
        self._geography = geography

    def reference(self, intent: Intent) -> Reference | None:
        """The target of an intent as far as its text goes; None where rules are named by id."""
        if intent.target is None:
            return None
        return read_reference(intent.target, intent.resource_type, self._geography)

    def for_change(
        self,
        intent: Intent,
        reference: Reference | None,
        inventory: Inventory,
        ctx: CallContext,
    ) -> Located:
        """Where an intent applies. Raises what :meth:`Planning.locate` raises."""

        def locate(pick: Pick) -> Located:
            meant = reference and self._meant(reference, pick)
            return self._planning.locate(intent, meant, inventory, pick.group_id)

        return settle(locate, ctx)

    def for_reading(self, reference: Reference, inventory: Inventory, ctx: CallContext) -> Located:
        """All groups of a target. Raises what :meth:`Planning.locate_target` raises."""
        return settle(
            lambda pick: self._planning.locate_target(self._meant(reference, pick), inventory), ctx
        )

    def _meant(self, reference: Reference, pick: Pick) -> Reference:
        """The reference itself, or the candidate that a person picked; the port stays as asked."""
        if pick.target is None:
            return reference
        chosen = read_reference(pick.target, None, self._geography)
        return chosen.model_copy(update={"port": reference.port})
