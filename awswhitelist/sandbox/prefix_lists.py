"""Managed prefix lists, with AWS's filters and pages.

Source: EC2 API reference, DescribeManagedPrefixLists, GetManagedPrefixListEntries.
"""

from __future__ import annotations

from awswhitelist.sandbox.answers import Answer, Params
from awswhitelist.sandbox.listing import filtered, page
from awswhitelist.sandbox.region import Region

_FEWEST, _MOST = 1, 100
_FILTERS = {
    "owner-id": "OwnerId",
    "prefix-list-id": "PrefixListId",
    "prefix-list-name": "PrefixListName",
}


def describe(region: Region, params: Params) -> Answer:
    """DescribeManagedPrefixLists; an unknown id is refused, an unknown value of a filter not."""
    ids = params.get("PrefixListIds", ())
    known = [region.prefix_list(each) for each in ids] if ids else region.prefix_lists()
    found = filtered(known, params.get("Filters", ()), _FILTERS)
    shown, more = page(found, params, fewest=_FEWEST, most=_MOST)
    return {"PrefixLists": shown} | more


def entries(region: Region, params: Params) -> Answer:
    """GetManagedPrefixListEntries of the present version."""
    wanted = region.prefix_list(params["PrefixListId"])["PrefixListId"]
    everything = region.all("ec2", "GetManagedPrefixListEntries")
    here = [each["Entry"] for each in everything if each["PrefixListId"] == wanted]
    shown, more = page(here, params, fewest=_FEWEST, most=_MOST)
    return {"Entries": shown} | more
