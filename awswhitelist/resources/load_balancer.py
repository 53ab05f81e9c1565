"""Load balancers as targets: application, network, gateway and classic ones."""

from __future__ import annotations

from awswhitelist.aws.elb import NETWORK
from awswhitelist.aws.found import Found
from awswhitelist.exceptions import AwsError
from awswhitelist.parallel import run_side_by_side
from awswhitelist.resources.arns import is_classic_arn
from awswhitelist.resources.interface import ResourceHandler, Search
from awswhitelist.resources.references import Form, Reference


class LoadBalancerSecurityGroupHandler(ResourceHandler):
    """A load balancer by its name or DNS name; its listeners give the ports.

    Classic ones share the form of their DNS names with application ones, and may share their
    names: both services are asked, unless an ARN tells which it is.
    """

    def searches(self, reference: Reference) -> tuple[Search, ...]:
        """See :meth:`ResourceHandler.searches`."""
        name = None if reference.form is Form.ENDPOINT else reference.name
        others = Search("load balancers", lambda: self.inventory.balancers().balancers(name))
        classic = Search(
            "classic load balancers", lambda: self.inventory.classic_balancers().balancers(name)
        )
        if reference.arn is None:
            return others, classic
        return (classic if is_classic_arn(reference.arn) else others,)

    def complete(self, found: Found) -> Found:
        """The ports, which are the listeners'; a classic load balancer has told them already.

        Of a network load balancer also whether its targets see who is calling.
        """
        arn = found.arn
        if arn is None:
            return found
        ports, passes_on = run_side_by_side(
            lambda: self.inventory.balancers().ports(arn),
            lambda: found.kind == NETWORK and self._passes_callers_on(arn),
        )
        return found.model_copy(update={"ports": ports, "passes_callers_on": passes_on})

    def _passes_callers_on(self, arn: str) -> bool:
        """False where AWS does not tell: what only a warning needs must not fail the call."""
        try:
            return self.inventory.balancers().passes_callers_on(arn)
        except AwsError:
            return False
