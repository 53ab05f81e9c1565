"""What there is: profiles, regions, groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from awswhitelist.aws.clients import AwsClientFactory
from awswhitelist.aws.gateway import AwsGateway
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.exceptions import CredentialsError


@pytest.fixture
def gateway() -> AwsGateway:
    return AwsGateway(
        AwsClientFactory(),
        RetryPolicy(attempts=1),
        default_profile=None,
        default_region=lambda _profile: "eu-west-1",
    )


def test_profiles_are_those_of_both_files(gateway: AwsGateway, aws_files: Path) -> None:
    assert gateway.profiles() == ("default", "dev")
    with (aws_files / "config").open("a") as file:
        file.write("[profile ops]\nregion = eu-west-1\n")
    assert gateway.profiles() == ("default", "dev", "ops")


def test_without_files_there_are_no_profiles(gateway: AwsGateway, aws_files: Path) -> None:
    for name in ("config", "credentials"):
        (aws_files / name).unlink()
    assert gateway.profiles() == ()


def test_files_that_cannot_be_parsed_are_an_error(gateway: AwsGateway, aws_files: Path) -> None:
    (aws_files / "config").write_text("[profile dev\n")
    with pytest.raises(CredentialsError):
        gateway.profiles()


def test_regions_are_those_of_ec2_in_all_partitions(gateway: AwsGateway) -> None:
    regions = gateway.regions()
    assert {"eu-west-1", "cn-north-1", "us-gov-east-1"} <= set(regions)
    assert list(regions) == sorted(set(regions))


def raw_groups(first: int, count: int) -> list[dict[str, Any]]:
    return [
        {"GroupId": f"sg-{number}", "GroupName": f"g{number}", "OwnerId": "1", "Description": ""}
        for number in range(first, first + count)
    ]


def test_groups_are_read_page_by_page_to_their_end(
    service: SecurityGroupService, stub: Stubber
) -> None:
    stub.add_response(
        "describe_security_groups",
        {"SecurityGroups": raw_groups(0, 2), "NextToken": "more"},
        {"MaxResults": 1000},
    )
    stub.add_response(
        "describe_security_groups",
        {"SecurityGroups": raw_groups(2, 1)},
        {"MaxResults": 1000, "NextToken": "more"},
    )
    found = service.some_security_groups(10)
    assert [group.group_id for group in found] == ["sg-0", "sg-1", "sg-2"]


def test_no_page_is_read_beyond_what_is_wanted(
    service: SecurityGroupService, stub: Stubber
) -> None:
    answer = {"SecurityGroups": raw_groups(0, 3), "NextToken": "more"}
    stub.add_response("describe_security_groups", answer, {"MaxResults": 1000})
    assert len(service.some_security_groups(2)) == 2


@pytest.mark.parametrize(
    ("asked", "filters"),
    [
        ({}, []),
        ({"name": "prod-*"}, [("group-name", "prod-*")]),
        ({"name": "a?b\\c"}, [("group-name", "a\\?b\\\\c")]),
        ({"vpc_id": "vpc-1"}, [("vpc-id", "vpc-1")]),
        ({"tag": ("team", None)}, [("tag-key", "team")]),
        ({"tag": ("team", "data*")}, [("tag:team", "data\\*")]),
        (
            {"name": "*", "vpc_id": "vpc-1", "tag": ("team", "")},
            [("group-name", "*"), ("vpc-id", "vpc-1"), ("tag:team", "")],
        ),
    ],
)
def test_groups_are_filtered_by_aws_and_a_star_is_the_only_wildcard(
    service: SecurityGroupService,
    stub: Stubber,
    asked: dict[str, Any],
    filters: list[tuple[str, str]],
) -> None:
    listed = [{"Name": name, "Values": [value]} for name, value in filters]
    expected = ({"Filters": listed} if listed else {}) | {"MaxResults": 1000}
    stub.add_response("describe_security_groups", {"SecurityGroups": []}, expected)
    assert service.list_security_groups(**asked) == ()


def test_groups_of_all_pages_are_listed_by_name_then_id(
    service: SecurityGroupService, stub: Stubber
) -> None:
    method, vpc = "describe_security_groups", [{"Name": "vpc-id", "Values": ["vpc-1"]}]
    named = [raw | {"GroupName": name} for raw, name in zip(raw_groups(0, 3), "bab", strict=True)]
    asked = {"Filters": vpc, "MaxResults": 1000}
    stub.add_response(method, {"SecurityGroups": named[1:], "NextToken": "more"}, asked)
    stub.add_response(method, {"SecurityGroups": named[:1]}, {**asked, "NextToken": "more"})
    found = service.list_security_groups(vpc_id="vpc-1")
    assert [group.group_id for group in found] == ["sg-1", "sg-0", "sg-2"]
