"""A fresh sandbox for each test, and a guard: no test of the sandbox may open a connection."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from awswhitelist.sandbox import Sandbox

Permission = dict[str, Any]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: socket.socket, address: object) -> None:
        raise AssertionError(f"a request left the sandbox, for {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


@pytest.fixture
def ec2(sandbox: Sandbox) -> Any:
    return sandbox.new_session(None).create_client("ec2", region_name=sandbox.region)


@pytest.fixture
def group_id(ec2: Any) -> Callable[[str], str]:
    ids = {
        group["GroupName"]: group["GroupId"]
        for group in ec2.describe_security_groups()["SecurityGroups"]
    }
    return ids.__getitem__


@pytest.fixture
def bastion(group_id: Callable[[str], str]) -> str:
    """A group of a VPC that is not the default one, with one IPv4 and one IPv6 rule."""
    return group_id("prod-bastion")


@pytest.fixture
def in_default_vpc(ec2: Any) -> str:
    """The default group of the default VPC."""
    vpcs = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    filters = [{"Name": "vpc-id", "Values": [vpcs[0]["VpcId"]]}]
    return str(ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"])


@pytest.fixture
def tcp() -> Callable[..., Permission]:
    """One TCP port, open to IPv4 addresses."""

    def permission(port: int, *cidrs: str, **more: Any) -> Permission:
        ranges = [{"CidrIp": cidr} for cidr in cidrs]
        return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges, **more}

    return permission


@pytest.fixture
def refusal() -> Callable[..., str]:
    """The AWS error code with which a call is refused."""

    def code(call: Callable[..., Any], **params: Any) -> str:
        with pytest.raises(ClientError) as caught:
            call(**params)
        return str(caught.value.response["Error"]["Code"])

    return code


@pytest.fixture
def rules(ec2: Any) -> Callable[[str], list[dict[str, Any]]]:
    """The ingress rules of a group, as DescribeSecurityGroupRules tells them."""

    def read(group: str) -> list[dict[str, Any]]:
        answer = ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group]}]
        )
        return [rule for rule in answer["SecurityGroupRules"] if not rule["IsEgress"]]

    return read
