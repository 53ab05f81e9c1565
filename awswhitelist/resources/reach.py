"""What keeps people from reaching a resource although a rule lets them in."""

from __future__ import annotations

from enum import StrEnum

from awswhitelist.aws.found import Found
from awswhitelist.models import Frozen, ResourceType


class ReachCode(StrEnum):
    """What a fact is about; each is also the code of a warning."""

    NOT_PUBLICLY_ACCESSIBLE = "not_publicly_accessible"
    NO_PUBLIC_ADDRESS = "no_public_address"
    CACHE_NOT_PUBLIC = "cache_not_public"
    INTERNAL_LOAD_BALANCER = "internal_load_balancer"
    NO_SECURITY_GROUP = "no_security_group"
    KEPT_BY_OTHERS = "kept_by_others"
    OPEN_BESIDE = "open_beside"
    GROUP_FULL = "group_full"
    NOT_ALL_ASKED = "not_all_asked"
    TARGETS_NEED_A_RULE_TOO = "targets_need_a_rule_too"


class ReachFact(Frozen):
    """Something to know about a target: a code, and one sentence."""

    code: ReachCode
    message: str


FROM_INTERNET = frozenset(
    {
        ReachCode.NOT_PUBLICLY_ACCESSIBLE,
        ReachCode.NO_PUBLIC_ADDRESS,
        ReachCode.CACHE_NOT_PUBLIC,
        ReachCode.INTERNAL_LOAD_BALANCER,
    }
)
"""Facts that matter only to whoever comes from the internet."""

_NO_ADDRESS = (
    ReachCode.NO_PUBLIC_ADDRESS,
    "It has no public address: a rule alone does not let the internet reach it.",
)
_PRIVATE: dict[ResourceType, tuple[ReachCode, str]] = {
    ResourceType.INSTANCE: _NO_ADDRESS,
    ResourceType.NETWORK_INTERFACE: _NO_ADDRESS,
    ResourceType.RDS: (
        ReachCode.NOT_PUBLICLY_ACCESSIBLE,
        "The database is not publicly accessible: only its VPC and networks joined to it reach it.",
    ),
    ResourceType.ELASTICACHE: (
        ReachCode.CACHE_NOT_PUBLIC,
        "ElastiCache is never reachable from the internet, only from its VPC and networks joined "
        "to it.",
    ),
    ResourceType.LOAD_BALANCER: (
        ReachCode.INTERNAL_LOAD_BALANCER,
        "The load balancer is internal: only its VPC and networks joined to it reach it.",
    ),
}


def resource_facts(found: Found) -> tuple[ReachFact, ...]:
    """What the resource's own description says."""
    facts = []
    if found.is_public is False and found.resource_type in _PRIVATE:
        code, message = _PRIVATE[found.resource_type]
        facts.append(ReachFact(code=code, message=message))
    if not found.group_ids:
        message = "It has no security group, so no rule decides who reaches it."
        facts.append(ReachFact(code=ReachCode.NO_SECURITY_GROUP, message=message))
    if found.passes_callers_on:
        message = (
            "Its targets see the caller's own address, as AWS sets it by default: their security "
            "groups must let the source in too, or refer to the load balancer's group."
        )
        facts.append(ReachFact(code=ReachCode.TARGETS_NEED_A_RULE_TOO, message=message))
    return tuple(facts)
