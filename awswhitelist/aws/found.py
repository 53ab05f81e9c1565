"""What a service of AWS says of a resource: the same noun for all of them."""

from __future__ import annotations

from awswhitelist.models import Frozen, ResourceType

TCP, UDP = "tcp", "udp"


class Found(Frozen):
    """A resource, with what decides how it is reached.

    ``kind`` is AWS's word for it. ``resource_id`` names it alone in its region: an EC2 id, an ARN,
    or (classic load balancers, whose description has no ARN) a DNS name. ``hosts`` are its DNS
    names, lower case, the usual one first. ``ports`` are what it listens on, as pairs of protocol
    and port; ``spare_ports`` those that nobody means without saying so. ``group_ids`` are the
    security groups attached. ``is_public``: whether it has an address in the internet; None where
    that is not known. ``members`` are the ids of the cache clusters of a replication group.
    ``passes_callers_on``: whether what is behind a load balancer sees its callers' addresses.
    """

    resource_type: ResourceType
    kind: str
    resource_id: str
    name: str = ""
    arn: str | None = None
    account: str | None = None
    hosts: tuple[str, ...] = ()
    ports: tuple[tuple[str, int], ...] = ()
    spare_ports: tuple[tuple[str, int], ...] = ()
    group_ids: tuple[str, ...] = ()
    is_public: bool | None = None
    members: tuple[str, ...] = ()
    passes_callers_on: bool = False
    vpc_id: str | None = None


def account_of(arn: str) -> str | None:
    """The account id in an ARN; None where it has none (IAM user guide, "IAM ARNs")."""
    parts = arn.split(":", 5)
    return parts[4] or None if len(parts) == 6 else None


def present(*hosts: str | None) -> tuple[str, ...]:
    """Those DNS names that are there, in lower case, each once."""
    return tuple(dict.fromkeys(host.lower() for host in hosts if host))
