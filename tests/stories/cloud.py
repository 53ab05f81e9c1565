"""An AWS that outlives the server: a moto server, and a proxy in front of it."""

from __future__ import annotations

from typing import Any

from tests.faults.proxy import Address, FaultProxy

REGION = "eu-west-1"


class Nobody:
    """There are no strangers in these stories."""

    def let_in(self) -> None:
        raise AssertionError("nobody adds rules here")

    lock_out = new_keys = let_in


class Cloud:
    """The account of a story. ``ec2`` is a client that goes past the proxy."""

    def __init__(self, moto: Address, ec2: Any) -> None:
        self.proxy = FaultProxy(moto, Nobody())
        self._ec2 = ec2
        self._vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    @property
    def environment(self) -> dict[str, str]:
        """Keys as AWS's own tools read them."""
        return {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}

    def settings(self) -> dict[str, Any]:
        """The sections of a configuration whose AWS this is."""
        return {
            "aws": {"endpoint_url": self.proxy.url},
            "defaults": {"region": REGION, "owner": "mara"},
        }

    def new_group(self, name: str) -> str:
        """Make a security group; its id."""
        made = self._ec2.create_security_group(
            GroupName=name, Description="For a story", VpcId=self._vpc
        )
        return str(made["GroupId"])

    def sources(self, group_id: str) -> list[str]:
        """Who may come in, as AWS itself has it: a double would show twice."""
        rules = self._ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group_id]}]
        )["SecurityGroupRules"]
        return sorted(rule["CidrIpv4"] for rule in rules if not rule["IsEgress"])
