"""What moto lists once the estate is in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from botocore import xform_name
from botocore.session import Session

from awswhitelist.sandbox.offline_session import REGION, offline_session
from awswhitelist.sandbox.recording import ACCOUNT, ELSEWHERE, Listed, as_text

Item = dict[str, Any]

_RECORDED = datetime(2026, 1, 1, tzinfo=UTC)
"""When everything was made. A recording does not tell when it was recorded."""

_LISTINGS = (
    ("ec2", "DescribeSecurityGroups", "SecurityGroups"),
    ("ec2", "DescribeSecurityGroupRules", "SecurityGroupRules"),
    ("ec2", "DescribeInstances", "Reservations"),
    ("ec2", "DescribeVpcs", "Vpcs"),
    ("ec2", "DescribeNetworkInterfaces", "NetworkInterfaces"),
    ("ec2", "DescribeManagedPrefixLists", "PrefixLists"),
    ("rds", "DescribeDBInstances", "DBInstances"),
    ("rds", "DescribeDBClusters", "DBClusters"),
    ("elbv2", "DescribeLoadBalancers", "LoadBalancers"),
    ("elb", "DescribeLoadBalancers", "LoadBalancerDescriptions"),
)
_NEUTRAL = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "MOTO_ACCOUNT_ID": ACCOUNT,
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}


class Region:
    """One region of moto's AWS."""

    def __init__(self, session: Session, name: str) -> None:
        self.name = name
        self._session = session
        self._clients: dict[str, Any] = {}

    def ask(self, service: str, operation: str, params: Item) -> Item:
        """moto's answer to one call."""
        if service not in self._clients:
            self._clients[service] = self._session.create_client(service, region_name=self.name)
        answer = getattr(self._clients[service], xform_name(operation))(**params)
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def groups(self) -> list[Item]:
        """Its security groups."""
        return list(self.ask("ec2", "DescribeSecurityGroups", {})["SecurityGroups"])


def draw_ids_from(name: str) -> None:
    """Make the next ids that moto draws a function of ``name``."""
    from moto.moto_api._internal import mock_random

    mock_random.seed(name)


def record(seeds: Mapping[str, Callable[[Region], None]]) -> str:
    """The text of a recording, always the same with the same moto and botocore."""
    with _fresh_moto():
        here, elsewhere = (Region(offline_session(), name) for name in (REGION, ELSEWHERE))
        for service, seed in seeds.items():
            draw_ids_from(service)
            seed(here)
        draw_ids_from(ELSEWHERE)
        return as_text({region.name: _listed(region) for region in (here, elsewhere)})


@contextmanager
def _fresh_moto() -> Iterator[None]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS")}
    with patch.dict(os.environ, kept | _NEUTRAL, clear=True):
        from moto import mock_aws

        with mock_aws(config={"core": {"mock_credentials": False}}):
            yield


def _listed(region: Region) -> Listed:
    found = {
        f"{service}:{operation}": region.ask(service, operation, {})[member]
        for service, operation, member in _LISTINGS
    }
    found["ec2:GetManagedPrefixListEntries"] = [
        {"PrefixListId": each["PrefixListId"], "Entry": entry}
        for each in found["ec2:DescribeManagedPrefixLists"]
        for entry in region.ask(
            "ec2", "GetManagedPrefixListEntries", {"PrefixListId": each["PrefixListId"]}
        )["Entries"]
    ]
    found["elbv2:DescribeListeners"] = [
        listener
        for each in found["elbv2:DescribeLoadBalancers"]
        for listener in region.ask(
            "elbv2", "DescribeListeners", {"LoadBalancerArn": each["LoadBalancerArn"]}
        )["Listeners"]
    ]
    for item in found["ec2:DescribeSecurityGroupRules"]:
        item["GroupOwnerId"] = ACCOUNT
    for item in found["elb:DescribeLoadBalancers"]:
        # moto has every classic load balancer in us-east-1.
        host = f"{item['LoadBalancerName']}-1234567890.{region.name}.elb.amazonaws.com"
        item |= {"DNSName": host, "CanonicalHostedZoneName": host}
    return {action: _settled(items) for action, items in found.items()}


def _settled(value: Any) -> Any:
    """Without what changes from one run to the next: times, and the order of an item's groups."""
    if isinstance(value, list):
        return sorted((_settled(item) for item in value), key=_group_name)
    if isinstance(value, dict):
        return {name: _settled(item) for name, item in value.items()}
    return _RECORDED if isinstance(value, datetime) else value


def _group_name(item: Any) -> str:
    """What the short form of a group is sorted by; everything else stays where it is."""
    is_group = isinstance(item, dict) and item.keys() == {"GroupId", "GroupName"}
    return str(item["GroupName"]) if is_group else ""
