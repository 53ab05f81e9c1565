"""Managed prefix lists: lists of CIDRs by which rules name many sources at once.

Source: EC2 API reference, GetManagedPrefixListEntries, DescribeManagedPrefixLists; VPC user guide,
"AWS-managed prefix lists".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from ipaddress import ip_network

from awswhitelist.aws.answers import required
from awswhitelist.aws.describing import FILTER_VALUES, Describer, Item, Listing, filtered, literally
from awswhitelist.parallel import run_side_by_side

_ENTRIES = Listing("get_managed_prefix_list_entries", "Entries", "NextToken", "NextToken")
_LISTS = Listing("describe_managed_prefix_lists", "PrefixLists", "NextToken", "NextToken")
_PAGE = 100
_AT_ONCE = 8

_WEIGHTS = {
    "cloudfront.origin-facing": 55,
    "dynamodb": 1,
    "ec2-instance-connect": 2,
    "groundstation": 5,
    "route53-healthchecks": 25,
    "s3": 1,
    "s3express": 6,
    "vpc-lattice": 10,
}
"""What AWS's own lists count for, by the end of their names: AWS tells no MaxEntries of them."""


class PrefixListService(Describer):
    """Prefix lists of one region, one's own, shared and AWS's.

    Every method may raise the AwsError that fits, CallCancelledError or CallTimeoutError.
    """

    def entries(self, prefix_list_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """The CIDRs of each list, canonical and in AWS's order.

        All or nothing: a list that cannot be read is an error, because one that seemed empty would
        be taken for one that lets nobody in.
        """
        wanted = list(dict.fromkeys(prefix_list_ids))
        found: list[tuple[str, ...]] = []
        for start in range(0, len(wanted), _AT_ONCE):
            calls = [partial(self._cidrs, each) for each in wanted[start : start + _AT_ONCE]]
            found += run_side_by_side(*calls)
        return dict(zip(wanted, found, strict=True))

    def max_entries(self, prefix_list_ids: Sequence[str]) -> Mapping[str, int]:
        """How many rules a reference to each list counts for in a group's quota.

        Lists that AWS does not show, or whose weight is not known, are left out.
        """
        wanted = [literally(each) for each in dict.fromkeys(prefix_list_ids)]
        batches = [wanted[at : at + FILTER_VALUES] for at in range(0, len(wanted), FILTER_VALUES)]
        return _read_weights(
            item
            for batch in batches
            for item in self.items(
                _LISTS, {**filtered({"prefix-list-id": batch}), "MaxResults": _PAGE}
            )
        )

    def _cidrs(self, prefix_list_id: str) -> tuple[str, ...]:
        params = {"PrefixListId": prefix_list_id, "MaxResults": _PAGE}
        return _read_cidrs(self.items(_ENTRIES, params))


def weight_of(prefix_list: Item) -> int | None:
    """What a list counts for, from its description; None where neither it nor AWS's guide says."""
    told: int | None = prefix_list.get("MaxEntries")
    if told is not None:
        return told
    # com.amazonaws.REGION.NAME, com.amazonaws.REGION.ipv6.NAME
    name = prefix_list.get("PrefixListName", "").split(".", 3)[-1].removeprefix("ipv6.")
    return _WEIGHTS.get(name)


@required()
def _read_weights(items: Iterable[Item]) -> dict[str, int]:
    weights = {item["PrefixListId"]: weight_of(item) for item in items}
    return {list_id: weight for list_id, weight in weights.items() if weight is not None}


@required()
def _read_cidrs(items: Iterable[Item]) -> tuple[str, ...]:
    return tuple(str(ip_network(item["Cidr"], strict=False)) for item in items)
