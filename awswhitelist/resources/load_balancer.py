"""Load balancers as targets: application, network, gateway and classic ones."""

from __future__ import annotations

from awswhitelist.aws.found import Found
from awswhitelist.resources.interface import ResourceHandler, Search
from awswhitelist.resources.references import Form, Reference


class LoadBalancerSecurityGroupHandler(ResourceHandler):
    """A load balancer by its name or DNS name; its listeners give the ports.

    Classic ones share the form of their DNS names with application ones: both services are asked.
    """

    def searches(self, reference: Reference) -> tuple[Search, ...]:
        """See :meth:`ResourceHandler.searches`."""
        name = None if reference.form is Form.ENDPOINT else reference.name
        return (
            Search("load balancers", lambda: self.inventory.balancers().balancers(name)),
            Search(
                "classic load balancers",
                lambda: self.inventory.classic_balancers().balancers(name),
            ),
        )

    def complete(self, found: Found) -> Found:
        """The ports, which are the listeners'; a classic load balancer has told them already."""
        if found.arn is None:
            return found
        ports = self.inventory.balancers().ports(found.arn)
        return found.model_copy(update={"ports": ports})
