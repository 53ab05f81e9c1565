"""How AWS counts the rules of a security group against its quota. Pure.

Source: VPC user guide, "Amazon VPC quotas", Inbound or outbound rules per security group: IPv4 and
IPv6 are counted apart, and a reference to a prefix list counts as many rules as it has room for. A
reference to a group lets in both families, and is taken to count in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from awswhitelist.models import SecurityGroupRule, SourceKind


class RuleCount(NamedTuple):
    """Rules of each family, as AWS counts them.

    ``unweighed`` are prefix lists whose weight is not known; each was counted as one rule.
    """

    ipv4: int
    ipv6: int
    unweighed: frozenset[str] = frozenset()

    def room_left(self, limit: int) -> int | None:
        """How many rules of either family still fit; None where that cannot be known."""
        return None if self.unweighed else max(limit - max(self.ipv4, self.ipv6), 0)


def count_rules(rules: Iterable[SecurityGroupRule], weights: Mapping[str, int]) -> RuleCount:
    """The count of one group's rules; ``weights`` are those of prefix lists.

    A list is counted in both families: which of them it is of is not known here, and room must not
    be promised that is not there.
    """
    ipv4 = ipv6 = 0
    unweighed = set()
    for rule in rules:
        kind, source = rule.spec.source_kind, rule.spec.source
        weight = 1
        if kind is SourceKind.PREFIX_LIST:
            weight = weights.get(source, 1)
            unweighed |= {source} - weights.keys()
        ipv4 += 0 if kind is SourceKind.IPV6 else weight
        ipv6 += 0 if kind is SourceKind.IPV4 else weight
    return RuleCount(ipv4, ipv6, frozenset(unweighed))
