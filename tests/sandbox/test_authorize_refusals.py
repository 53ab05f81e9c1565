"""What authorize refuses; a refused call leaves no trace, so that one sandbox serves all tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from awswhitelist.sandbox import Sandbox

ADDRESS = "203.0.113.7/32"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("permission", "expected"),
    [
        ({"IpProtocol": "tcp", "FromPort": 1, "ToPort": 65536}, "InvalidParameterValue"),
        ({"IpProtocol": "tcp", "FromPort": -1, "ToPort": 22}, "InvalidParameterValue"),
        ({"IpProtocol": "udp", "FromPort": 90, "ToPort": 80}, "InvalidParameterValue"),
        ({"IpProtocol": "tcp", "FromPort": 22}, "InvalidParameterValue"),
        ({"IpProtocol": "icmp", "FromPort": 256, "ToPort": -1}, "InvalidParameterValue"),
        ({"IpProtocol": "spx", "FromPort": 1, "ToPort": 1}, "InvalidParameterValue"),
        ({"IpProtocol": "256"}, "InvalidParameterValue"),
    ],
)
def test_bad_protocols_and_ports_are_refused(
    ec2: Any, bastion: str, refusal: Any, permission: dict[str, Any], expected: str
) -> None:
    ranges = {"IpRanges": [{"CidrIp": ADDRESS}]}
    code = refusal(
        ec2.authorize_security_group_ingress,
        GroupId=bastion,
        IpPermissions=[permission | ranges],
    )
    assert code == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"IpRanges": [{"CidrIp": "203.0.113.7"}]}, "InvalidParameterValue"),
        ({"IpRanges": [{"CidrIp": "203.0.113.7/33"}]}, "InvalidParameterValue"),
        ({"IpRanges": [{"CidrIp": "2001:db8::1/128"}]}, "InvalidParameterValue"),
        ({"Ipv6Ranges": [{"CidrIpv6": ADDRESS}]}, "InvalidParameterValue"),
        ({"IpRanges": [{"CidrIp": ADDRESS, "Description": "naïve"}]}, "InvalidParameterValue"),
        ({"IpRanges": [{"CidrIp": ADDRESS, "Description": "x" * 256}]}, "InvalidParameterValue"),
        ({"UserIdGroupPairs": [{"GroupId": "sg-00000000000000000"}]}, "InvalidGroup.NotFound"),
        ({"UserIdGroupPairs": [{"UserId": "111122223333"}]}, "MissingParameter"),
        ({"PrefixListIds": [{"PrefixListId": "pl-0"}]}, "InvalidPrefixListID.NotFound"),
        ({"IpRanges": []}, "MissingParameter"),
    ],
)
def test_bad_sources_and_descriptions_are_refused(
    ec2: Any, bastion: str, refusal: Any, rules: Any, source: dict[str, Any], expected: str
) -> None:
    before = rules(bastion)
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22} | source
    code = refusal(
        ec2.authorize_security_group_ingress, GroupId=bastion, IpPermissions=[permission]
    )
    assert (code, rules(bastion)) == (expected, before)


@pytest.mark.parametrize(
    ("specification", "expected"),
    [
        ({"ResourceType": "instance", "Tags": []}, "InvalidParameterValue"),
        ({"Tags": [{"Key": "aws:mine", "Value": "1"}]}, "InvalidParameterValue"),
        ({"Tags": [{"Key": "k" * 129, "Value": "1"}]}, "InvalidParameterValue"),
        ({"Tags": [{"Key": "k", "Value": "v" * 257}]}, "InvalidParameterValue"),
        ({"Tags": [{"Key": f"k{n}", "Value": ""} for n in range(51)]}, "TagLimitExceeded"),
    ],
)
def test_tags_that_aws_does_not_accept_are_refused(
    ec2: Any, bastion: str, refusal: Any, tcp: Any, specification: dict[str, Any], expected: str
) -> None:
    code = refusal(
        ec2.authorize_security_group_ingress,
        GroupId=bastion,
        IpPermissions=[tcp(22, ADDRESS)],
        TagSpecifications=[{"ResourceType": "security-group-rule"} | specification],
    )
    assert code == expected
