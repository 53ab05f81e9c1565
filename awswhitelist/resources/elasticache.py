"""ElastiCache as targets: cache clusters, replication groups, serverless caches."""

from __future__ import annotations

from awswhitelist.aws.found import Found
from awswhitelist.resources.interface import ResourceHandler, Search
from awswhitelist.resources.references import Form, Reference


class ElastiCacheSecurityGroupHandler(ResourceHandler):
    """A cache by its name or by any of its endpoints.

    An endpoint does not tell for certain what it is the endpoint of, so all are looked through.
    """

    def searches(self, reference: Reference) -> tuple[Search, ...]:
        """See :meth:`ResourceHandler.searches`."""
        name = None if reference.form is Form.ENDPOINT else reference.name
        return (
            Search("cache clusters", lambda: self.inventory.caches().clusters(name)),
            Search("replication groups", lambda: self.inventory.caches().replication_groups(name)),
            Search("serverless caches", lambda: self.inventory.caches().serverless_caches(name)),
        )

    def complete(self, found: Found) -> Found:
        """The security groups of a replication group: those of its first member, which all have.

        A member that is just coming or going may not be there to ask.
        """
        for member in found.members:
            for cluster in self.inventory.caches().clusters(member):
                return found.model_copy(update={"group_ids": cluster.group_ids})
        return found
