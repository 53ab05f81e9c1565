"""Describe calls that name what they want. moto lists; what is not there is refused here.

moto's own refusals make a botocore session of the user's environment each time: slow, and a wrong
AWS_PROFILE would become an outage of the sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from awswhitelist.sandbox.answers import Answer, Params, Refusal
from awswhitelist.sandbox.region import Region


@dataclass(frozen=True, slots=True)
class Naming:
    """How an operation names what it wants.

    ``parameter`` holds one name or several, ``member`` is the list in the answer, ``field`` the
    name in each of its items; ``code`` and ``status`` refuse a name that nothing has.
    """

    service: str
    operation: str
    parameter: str
    member: str
    field: str
    code: str
    status: int


NAMINGS = (
    Naming(
        "rds",
        "DescribeDBInstances",
        "DBInstanceIdentifier",
        "DBInstances",
        "DBInstanceIdentifier",
        "DBInstanceNotFound",
        404,
    ),
    Naming(
        "rds",
        "DescribeDBClusters",
        "DBClusterIdentifier",
        "DBClusters",
        "DBClusterIdentifier",
        "DBClusterNotFoundFault",
        404,
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
    naming: Naming, added: Callable[[Region, Params], list[Answer]]
) -> Callable[[Region, Params], Answer]:
    """The operation, with names looked up here; names are compared without regard to case.

    ``added`` is what there is beside moto's.
    """

    def describe(region: Region, params: Params) -> Answer:
        rest = {key: value for key, value in params.items() if key != naming.parameter}
        answer = region.ask(naming.service, naming.operation, rest)
        answer = answer | {naming.member: answer[naming.member] + added(region, rest)}
        named = params.get(naming.parameter)
        if not named:
            return answer
        names = [named] if isinstance(named, str) else named
        return answer | {naming.member: _picked(answer[naming.member], names, naming)}

    return describe


def _picked(items: Sequence[Answer], names: Sequence[str], naming: Naming) -> list[Answer]:
    known = {item[naming.field].lower(): item for item in items}
    for name in names:
        if name.lower() not in known:
            raise Refusal(naming.code, f"{name} not found.", status=naming.status)
    return [known[name.lower()] for name in names]
