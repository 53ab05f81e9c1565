"""EC2 instances and network interfaces: which security groups they are in.

Source: EC2 API reference, Instance, InstanceNetworkInterface, NetworkInterface.
"""

from __future__ import annotations

from collections.abc import Iterable

from awswhitelist.aws.answers import required, tags_of
from awswhitelist.aws.describing import Describer, Item, Listing, filtered, literally
from awswhitelist.aws.found import Found, present
from awswhitelist.models import ResourceType

_INSTANCES = Listing("describe_instances", "Reservations", "NextToken", "NextToken")
_INTERFACES = Listing("describe_network_interfaces", "NetworkInterfaces", "NextToken", "NextToken")
_ALIVE = ("pending", "running", "stopping", "stopped")
"""A terminated instance is shown for about an hour; it has no groups any more."""


class Ec2Service(Describer):
    """What EC2 has beside security groups. Every method may raise the AwsError that fits."""

    def instances_by_id(self, instance_id: str) -> tuple[Found, ...]:
        """The instance with that id."""
        return self._instances("instance-id", instance_id)

    def instances_by_name(self, name: str) -> tuple[Found, ...]:
        """The instances whose Name tag is exactly that; names need not be unique."""
        return tuple(each for each in self._instances("tag:Name", name) if each.name == name)

    def instances_by_host(self, host: str) -> tuple[Found, ...]:
        """The instance with that public DNS name."""
        return self._instances("dns-name", host)

    def interfaces_by_id(self, interface_id: str) -> tuple[Found, ...]:
        """The network interface with that id."""
        return self._interfaces("network-interface-id", interface_id)

    def interfaces_by_address(self, address: str) -> tuple[Found, ...]:
        """The network interface that has that public IPv4 address."""
        return self._interfaces("association.public-ip", address)

    def _instances(self, name: str, value: str) -> tuple[Found, ...]:
        params = filtered({name: [literally(value)], "instance-state-name": _ALIVE})
        return _read_instances(self.items(_INSTANCES, params))

    def _interfaces(self, name: str, value: str) -> tuple[Found, ...]:
        params = filtered({name: [literally(value)]})
        return _read_interfaces(self.items(_INTERFACES, params))


@required()
def _read_instances(reservations: Iterable[Item]) -> tuple[Found, ...]:
    return tuple(
        _instance(instance, reservation.get("OwnerId"))
        for reservation in reservations
        for instance in reservation["Instances"]
    )


def _instance(instance: Item, account: str | None) -> Found:
    interfaces = instance.get("NetworkInterfaces", ())
    groups = [*instance.get("SecurityGroups", ())]
    groups += [group for interface in interfaces for group in interface.get("Groups", ())]
    return Found(
        resource_type=ResourceType.INSTANCE,
        kind="EC2 instance",
        resource_id=instance["InstanceId"],
        name=tags_of(instance).get("Name", ""),
        account=account,
        hosts=present(instance.get("PublicDnsName"), instance.get("PrivateDnsName")),
        group_ids=_ids(groups),
        is_public=bool(instance.get("PublicIpAddress")) or any(map(_is_public, interfaces)),
    )


@required()
def _read_interfaces(interfaces: Iterable[Item]) -> tuple[Found, ...]:
    return tuple(
        Found(
            resource_type=ResourceType.NETWORK_INTERFACE,
            kind="network interface",
            resource_id=interface["NetworkInterfaceId"],
            name=tags_of({"Tags": interface.get("TagSet", ())}).get("Name", ""),
            account=interface.get("OwnerId"),
            hosts=present(interface.get("Association", {}).get("PublicDnsName")),
            group_ids=_ids(interface.get("Groups", ())),
            is_public=_is_public(interface),
        )
        for interface in interfaces
    )


def _is_public(interface: Item) -> bool:
    """IPv6 addresses of a VPC are public, unless a subnet keeps them in."""
    return "PublicIp" in interface.get("Association", {}) or bool(interface.get("Ipv6Addresses"))


def _ids(groups: Iterable[Item]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(group["GroupId"] for group in groups))
