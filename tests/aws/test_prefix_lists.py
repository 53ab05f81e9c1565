"""Prefix lists: what they hold, and what they count for."""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.aws.prefix_lists import weight_of
from awswhitelist.exceptions import AwsError, PermissionMissingError, UnavailableError

ENTRIES, LISTS = "get_managed_prefix_list_entries", "describe_managed_prefix_lists"


def cidrs(*told: str, **more: Any) -> dict[str, Any]:
    return {"Entries": [{"Cidr": cidr} for cidr in told], **more}


def test_the_entries_of_a_list_are_read_to_the_last_page(stage: Any) -> None:
    asked = {"PrefixListId": "pl-1", "MaxResults": 100}
    stage.answer("ec2", ENTRIES, cidrs("198.51.100.0/24", NextToken="more"), **asked)
    stage.answer("ec2", ENTRIES, cidrs("203.0.113.9/32"), **asked, NextToken="more")
    found = stage.inventory.prefix_lists().entries(["pl-1", "pl-1"])
    assert found == {"pl-1": ("198.51.100.0/24", "203.0.113.9/32")}


def test_cidrs_are_canonical(stage: Any) -> None:
    told = cidrs("198.51.100.7/24", "2001:DB8::/32")
    stage.answer("ec2", ENTRIES, told, PrefixListId="pl-1", MaxResults=100)
    found = stage.inventory.prefix_lists().entries(["pl-1"])
    assert found == {"pl-1": ("198.51.100.0/24", "2001:db8::/32")}


def test_no_lists_are_no_question(stage: Any) -> None:
    lists = stage.inventory.prefix_lists()
    assert (lists.entries([]), lists.max_entries([])) == ({}, {})


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("UnauthorizedOperation", PermissionMissingError),
        ("InvalidPrefixListID.NotFound", AwsError),
    ],
)
def test_a_list_that_cannot_be_read_is_an_error_and_never_empty(
    stage: Any, code: str, expected: type[AwsError]
) -> None:
    stage.refuse("ec2", ENTRIES, code)
    with pytest.raises(expected) as caught:
        stage.inventory.prefix_lists().entries(["pl-1"])
    assert caught.value.aws_code == code


def test_an_entry_that_is_no_network_is_unusable(stage: Any) -> None:
    stage.answer("ec2", ENTRIES, cidrs("everywhere"), PrefixListId="pl-1", MaxResults=100)
    with pytest.raises(UnavailableError):
        stage.inventory.prefix_lists().entries(["pl-1"])


def test_a_list_counts_for_as_many_rules_as_it_may_have_entries(stage: Any) -> None:
    asked = {
        "Filters": [{"Name": "prefix-list-id", "Values": ["pl-1", "pl-2", "pl-3"]}],
        "MaxResults": 100,
    }
    ours = {"PrefixListId": "pl-1", "PrefixListName": "offices", "MaxEntries": 20}
    theirs = {"PrefixListId": "pl-2", "PrefixListName": "com.amazonaws.eu-west-1.s3"}
    new = {"PrefixListId": "pl-3", "PrefixListName": "com.amazonaws.eu-west-1.newest"}
    stage.answer("ec2", LISTS, {"PrefixLists": [ours], "NextToken": "more"}, **asked)
    stage.answer("ec2", LISTS, {"PrefixLists": [theirs, new]}, **asked, NextToken="more")
    found = stage.inventory.prefix_lists().max_entries(["pl-1", "pl-2", "pl-3", "pl-1"])
    assert found == {"pl-1": 20, "pl-2": 1}


def test_many_lists_are_asked_for_two_hundred_at_a_time(stage: Any) -> None:
    ids = [f"pl-{number:017x}" for number in range(201)]
    for batch in (ids[:200], ids[200:]):
        filters = [{"Name": "prefix-list-id", "Values": batch}]
        told = {"PrefixLists": [{"PrefixListId": batch[0], "MaxEntries": 1}]}
        stage.answer("ec2", LISTS, told, Filters=filters, MaxResults=100)
    assert stage.inventory.prefix_lists().max_entries(ids) == {ids[0]: 1, ids[200]: 1}


@pytest.mark.parametrize(
    ("name", "weight"),
    [
        ("com.amazonaws.eu-west-1.s3", 1),
        ("com.amazonaws.us-gov-west-1.dynamodb", 1),
        ("com.amazonaws.eu-west-1.s3express", 6),
        ("com.amazonaws.global.cloudfront.origin-facing", 55),
        ("com.amazonaws.global.ipv6.cloudfront.origin-facing", 55),
        ("com.amazonaws.eu-west-1.ipv6.route53-healthchecks", 25),
        ("s3", 1),
        ("offices", None),
        ("", None),
    ],
)
def test_aws_own_lists_weigh_what_the_user_guide_says(name: str, weight: int | None) -> None:
    assert weight_of({"PrefixListName": name}) == weight
