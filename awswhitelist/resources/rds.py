"""RDS as targets: instances, clusters and their readers, proxies; DocumentDB and Neptune too."""

from __future__ import annotations

from awswhitelist.aws.found import Found
from awswhitelist.exceptions import AwsError
from awswhitelist.resources.arns import is_proxy_arn
from awswhitelist.resources.hosts import is_proxy
from awswhitelist.resources.interface import ResourceHandler, Search
from awswhitelist.resources.references import Reference


class RDSSecurityGroupHandler(ResourceHandler):
    """A database by its identifier or by any of its endpoints; a proxy by endpoint or ARN."""

    def searches(self, reference: Reference) -> tuple[Search, ...]:
        """See :meth:`ResourceHandler.searches`."""
        if is_proxy(reference.host or "") or is_proxy_arn(reference.arn or ""):
            return (Search("RDS proxies", lambda: self.inventory.rds().proxies()),)
        name = reference.name or None
        return (
            Search("DB instances", lambda: self.inventory.rds().instances(name)),
            Search("DB clusters", lambda: self.inventory.rds().clusters(name)),
        )

    def complete(self, found: Found) -> Found:
        """Whether a cluster can be reached from the internet, where only its instances say."""
        if found.is_public is not None:
            return found
        return found.model_copy(update={"is_public": self._is_any_public(found.name)})

    def _is_any_public(self, cluster: str) -> bool | None:
        """None where AWS does not tell: what only a warning needs must not fail the call."""
        try:
            members = self.inventory.rds().members(cluster)
        except AwsError:
            return None
        return any(member.is_public for member in members) if members else None
