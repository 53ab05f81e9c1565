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
