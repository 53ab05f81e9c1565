"""The contract of a resource handler: what a target may name goes in, what it is comes out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from awswhitelist.aws.found import TCP, UDP, Found
from awswhitelist.models import Frozen, IpProtocol, ResourceType, SecurityGroup
from awswhitelist.resources.reach import ReachFact
from awswhitelist.resources.references import Reference

if TYPE_CHECKING:
    from awswhitelist.aws.inventory import Inventory

_CARRIERS = {IpProtocol.TCP: TCP, IpProtocol.UDP: UDP}


class ResolvedTarget(Frozen):
    """What a target turned out to be.

    ``found`` is the resource as AWS describes it. ``group_ids`` are the security groups attached
    to it, as far as policy lets them be seen; ``group_id`` is the one that a change is made to:
    None where there is none, or where there are several and none is marked. ``groups`` tells
    about them where there are several. ``facts`` is what may keep anybody from reaching it,
    whatever the rules say; ``why`` says in words how the target was understood.
    """

    target: str
    reference: Reference
    found: Found
    group_ids: tuple[str, ...]
    group_id: str | None
    groups: tuple[SecurityGroup, ...] = ()
    facts: tuple[ReachFact, ...] = ()
    why: str

    @property
    def resource_type(self) -> ResourceType:
        """What kind of resource it is."""
        return self.found.resource_type

    @property
    def resource_id(self) -> str:
        """The id that names this resource alone."""
        return self.found.resource_id

    @property
    def endpoint(self) -> str | None:
        """The DNS name that was asked for, else the usual one."""
        hosts = self.found.hosts
        return self.reference.host or (hosts[0] if hosts else None)

    def ports(self, protocol: IpProtocol = IpProtocol.TCP) -> tuple[int, ...]:
        """The ports that the resource itself listens on, in order."""
        carrier = _CARRIERS.get(protocol)
        return tuple(port for name, port in self.found.ports if name == carrier)

    def answers_on(self, port: int, protocol: IpProtocol) -> bool:
        """Whether it may listen on that port, as far as AWS tells its ports at all."""
        told = (*self.found.ports, *self.found.spare_ports)
        return not told or (_CARRIERS.get(protocol), port) in told


class Search(NamedTuple):
    """One question to one service.

    ``place`` says in words where it looks ("RDS instances"); ``ask`` looks.
    """

    place: str
    ask: Callable[[], tuple[Found, ...]]


class ResourceHandler(ABC):
    """Finds resources of some types, with the services of one call."""

    def __init__(self, inventory: Inventory, is_visible: Callable[[SecurityGroup], bool]) -> None:
        """``is_visible`` is the policy's word on which groups may be known of at all."""
        self.inventory = inventory
        self.is_visible = is_visible

    @abstractmethod
    def searches(self, reference: Reference) -> tuple[Search, ...]:
        """Where to look for what the reference names. Each search may find nothing or several;
        what does not fit the reference's host or ARN is sorted out by the caller."""

    def complete(self, found: Found) -> Found:
        """``found`` with all that a description of many leaves out. May ask AWS once more."""
        return found
