"""EC2 as targets: security groups, instances, network interfaces."""

from __future__ import annotations

from functools import partial

from awswhitelist.aws.found import Found
from awswhitelist.models import ResourceType, SecurityGroup
from awswhitelist.resources.interface import ResourceHandler, Search
from awswhitelist.resources.references import Form, Reference


class EC2SecurityGroupHandler(ResourceHandler):
    """Security groups by id or name, instances by id, Name tag or DNS name, interfaces by id or
    public address."""

    def searches(self, reference: Reference) -> tuple[Search, ...]:
        """See :meth:`ResourceHandler.searches`. The id of a group is taken as it is: reading the
        group's rules proves it."""
        return tuple(
            _SEARCHES[kind](self, reference) for kind in reference.types if kind in _SEARCHES
        )

    def _groups(self, reference: Reference) -> Search:
        if reference.form is Form.ID:
            return Search("security groups", lambda: (_group(reference.name),))
        return Search("security groups", partial(self._groups_named, reference.name))

    def _groups_named(self, name: str) -> tuple[Found, ...]:
        found = self.inventory.groups.find_security_groups(name)
        return tuple(_described(group) for group in found if self.is_visible(group))

    def _instances(self, reference: Reference) -> Search:
        return Search("EC2 instances", partial(self._look_up_instances, reference))

    def _look_up_instances(self, reference: Reference) -> tuple[Found, ...]:
        ec2 = self.inventory.ec2()
        if reference.host is not None:
            return ec2.instances_by_host(reference.host)
        if reference.form is Form.ID:
            return ec2.instances_by_id(reference.name)
        return ec2.instances_by_name(reference.name)

    def _interfaces(self, reference: Reference) -> Search:
        return Search("network interfaces", partial(self._look_up_interfaces, reference))

    def _look_up_interfaces(self, reference: Reference) -> tuple[Found, ...]:
        ec2 = self.inventory.ec2()
        if reference.form is Form.ADDRESS:
            return ec2.interfaces_by_address(reference.name)
        return ec2.interfaces_by_id(reference.name)


_SEARCHES = {
    ResourceType.SECURITY_GROUP: EC2SecurityGroupHandler._groups,
    ResourceType.INSTANCE: EC2SecurityGroupHandler._instances,
    ResourceType.NETWORK_INTERFACE: EC2SecurityGroupHandler._interfaces,
}


def _group(group_id: str) -> Found:
    return Found(
        resource_type=ResourceType.SECURITY_GROUP,
        kind="security group",
        resource_id=group_id,
        group_ids=(group_id,),
    )


def _described(group: SecurityGroup) -> Found:
    return Found(
        resource_type=ResourceType.SECURITY_GROUP,
        kind="security group",
        resource_id=group.group_id,
        name=group.name,
        account=group.account or None,
        group_ids=(group.group_id,),
        vpc_id=group.vpc_id,
    )
