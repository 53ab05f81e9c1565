"""RDS as targets: instances, Aurora and Multi-AZ clusters, their readers."""

from __future__ import annotations

from awswhitelist.aws.found import Found
from awswhitelist.resources.interface import ResourceHandler, Search
from awswhitelist.resources.references import Reference


class RDSSecurityGroupHandler(ResourceHandler):
    """A database by its identifier or by any of its endpoints."""

    def searches(self, reference: Reference) -> tuple[Search, ...]:
        """See :meth:`ResourceHandler.searches`."""
        name = reference.name or None
        return (
            Search("DB instances", lambda: self.inventory.rds().instances(name)),
            Search("DB clusters", lambda: self.inventory.rds().clusters(name)),
        )

    def complete(self, found: Found) -> Found:
        """Whether an Aurora cluster can be reached from the internet: its instances say."""
        if found.is_public is not None:
            return found
        members = self.inventory.rds().members(found.name)
        is_public = any(member.is_public for member in members) if members else None
        return found.model_copy(update={"is_public": is_public})
