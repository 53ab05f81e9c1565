"""Which handler serves which kind of resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from awswhitelist.aws.inventory import Inventory
from awswhitelist.models import ResourceType, SecurityGroup
from awswhitelist.resources.ec2 import EC2SecurityGroupHandler
from awswhitelist.resources.elasticache import ElastiCacheSecurityGroupHandler
from awswhitelist.resources.interface import ResourceHandler
from awswhitelist.resources.load_balancer import LoadBalancerSecurityGroupHandler
from awswhitelist.resources.rds import RDSSecurityGroupHandler

HANDLERS: Mapping[ResourceType, type[ResourceHandler]] = {
    ResourceType.SECURITY_GROUP: EC2SecurityGroupHandler,
    ResourceType.INSTANCE: EC2SecurityGroupHandler,
    ResourceType.NETWORK_INTERFACE: EC2SecurityGroupHandler,
    ResourceType.RDS: RDSSecurityGroupHandler,
    ResourceType.ELASTICACHE: ElastiCacheSecurityGroupHandler,
    ResourceType.LOAD_BALANCER: LoadBalancerSecurityGroupHandler,
}


class ResourceHandlerFactory:
    """Makes the handlers of kinds of resource, for one call."""

    def __init__(
        self,
        is_visible: Callable[[SecurityGroup], bool],
        table: Mapping[ResourceType, type[ResourceHandler]] = HANDLERS,
        *,
        may_hide: bool = True,
    ) -> None:
        """``is_visible`` is the policy's word on which groups may be known of at all; ``may_hide``
        is False where it is known to hide none."""
        self.is_visible = is_visible
        self.may_hide = may_hide
        self._table = table

    def handler(self, resource_type: ResourceType, inventory: Inventory) -> ResourceHandler:
        """The handler for ``resource_type`` on the services of one call."""
        return self._table[resource_type](inventory, self.is_visible)

    def handlers(
        self, types: Iterable[ResourceType], inventory: Inventory
    ) -> tuple[ResourceHandler, ...]:
        """The handlers for several types, each once."""
        classes = dict.fromkeys(self._table[kind] for kind in types)
        return tuple(each(inventory, self.is_visible) for each in classes)
