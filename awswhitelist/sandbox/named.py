"""Describe calls that name what they want, of databases and load balancers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from awswhitelist.sandbox.answers import Answer, Params, Refusal
from awswhitelist.sandbox.listing import Paths, filtered
from awswhitelist.sandbox.region import Region


@dataclass(frozen=True, slots=True)
class Naming:
    """How an operation names what it wants.

    ``parameter`` holds one name or several, ``member`` is the list in the answer, ``key`` the
    name in each of its items; ``code`` and ``status`` refuse a name that nothing has. ``filters``
    are those it knows.
    """

    service: str
    operation: str
    parameter: str
    member: str
    key: str
    code: str
    status: int
    filters: Paths = field(default_factory=dict)

    @property
    def parameters(self) -> tuple[str, ...]:
        """What the operation heeds."""
        return (self.parameter, "Filters") if self.filters else (self.parameter,)


NAMINGS = (
    Naming(
        "rds",
        "DescribeDBInstances",
        "DBInstanceIdentifier",
        "DBInstances",
        "DBInstanceIdentifier",
        "DBInstanceNotFound",
        404,
        {"db-cluster-id": "DBClusterIdentifier", "db-instance-id": "DBInstanceIdentifier"},
    ),
    Naming(
        "rds",
        "DescribeDBClusters",
        "DBClusterIdentifier",
        "DBClusters",
        "DBClusterIdentifier",
        "DBClusterNotFoundFault",
        404,
        {"db-cluster-id": "DBClusterIdentifier"},
    ),
    Naming(
        "elbv2",
        "DescribeLoadBalancers",
        "Names",
        "LoadBalancers",
        "LoadBalancerName",
        "LoadBalancerNotFound",
        400,
    ),
    Naming(
        "elb",
        "DescribeLoadBalancers",
        "LoadBalancerNames",
        "LoadBalancerDescriptions",
        "LoadBalancerName",
        "LoadBalancerNotFound",
        400,
    ),
)
"""Sources: the API reference of each operation, "Errors"."""


def by_name(
    naming: Naming, added: Callable[[Region], list[Answer]]
) -> Callable[[Region, Params], Answer]:
    """The operation; names are compared without regard to case.

    ``added`` is what there is beside the recorded.
    """

    def describe(region: Region, params: Params) -> Answer:
        everything = region.all(naming.service, naming.operation) + added(region)
        items = filtered(everything, params.get("Filters", ()), naming.filters)
        if named := params.get(naming.parameter):
            items = _picked(items, [named] if isinstance(named, str) else named, naming)
        return {naming.member: items}

    return describe


def _picked(items: Sequence[Answer], names: Sequence[str], naming: Naming) -> list[Answer]:
    known: Mapping[str, Answer] = {item[naming.key].lower(): item for item in items}
    for name in names:
        if name.lower() not in known:
            raise Refusal(naming.code, f"{name} not found.", status=naming.status)
    return [known[name.lower()] for name in names]
