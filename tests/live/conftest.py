"""Where the end-to-end suite runs: a moto server always, and a real account when one is named.

``AWSWHITELIST_LIVE_REGION`` and ``AWSWHITELIST_LIVE_GROUP`` (a group's id or name) name it; the
credentials are those that AWS's own tools would use in this environment.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session
from moto.server import ThreadedMotoServer

from awswhitelist.constants import TAG_EXPIRES_AT

REGION, GROUP = "AWSWHITELIST_LIVE_REGION", "AWSWHITELIST_LIVE_GROUP"
EMULATED = "eu-north-1"
"""All moto servers of a process share what they hold; here no other suite has left anything."""

PATIENCE = 60
LOOKS = 10
"""A read right after a write may be stale in AWS: as many looks, a second apart."""


@dataclass(frozen=True)
class Place:
    """An account to run in. ``ec2`` looks at it past the program; ``environ`` is the program's."""

    target: str
    group_id: str
    region: str
    ec2: Any
    environ: Mapping[str, str]
    endpoint: str | None = None
    source: str = field(default_factory=lambda: f"198.51.100.{random.randint(1, 254)}/32")
    elsewhere: str = field(default_factory=lambda: f"203.0.113.{random.randint(1, 254)}/32")
    port: int = field(default_factory=lambda: random.randint(49152, 65535))
    """Addresses that nobody has (RFC 5737) and a port that nobody knows: holes into nothing."""

    def rule_ids(self, *sources: str) -> set[str]:
        """The rules that let our sources (or those given) in on our port, as AWS has them."""
        wanted = sources or (self.source, self.elsewhere)
        told = self.ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [self.group_id]}]
        )["SecurityGroupRules"]
        return {
            rule["SecurityGroupRuleId"]
            for rule in told
            if rule.get("CidrIpv4") in wanted and rule.get("FromPort") == self.port
        }

    def comes_to(self, wanted: set[str]) -> bool:
        """Whether these come to be the rules that AWS shows."""
        for _ in range(LOOKS):
            if self.rule_ids() == wanted:
                return True
            time.sleep(1)  # never with moto, which shows at once what was written
        return False

    def end_long_ago(self) -> None:
        """Write another end onto our rules: one that is past."""
        past = {"Key": TAG_EXPIRES_AT, "Value": "2020-01-01T00:00:00Z"}
        self.ec2.create_tags(Resources=sorted(self.rule_ids()), Tags=[past])

    def clean_up(self) -> None:
        """Remove what a failed test has left."""
        left = sorted(self.rule_ids())
        if left:
            self.ec2.revoke_security_group_ingress(GroupId=self.group_id, SecurityGroupRuleIds=left)


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


def _emulated(url: str) -> Place:
    keys = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
    session = Session()
    session.set_credentials(*keys.values())
    ec2: Any = session.create_client("ec2", region_name=EMULATED, endpoint_url=url)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    name = f"live-{random.randrange(10**9)}"
    group = ec2.create_security_group(GroupName=name, Description="For tests", VpcId=vpc)
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return Place(name, group["GroupId"], EMULATED, ec2, _without_aws() | keys | nothing, url)


def _live() -> Place:
    region, target = os.environ.get(REGION), os.environ.get(GROUP)
    if not region or not target:
        pytest.skip(f"{REGION} and {GROUP} name no real account to test in")
    ec2: Any = Session().create_client("ec2", region_name=region)
    name = "group-id" if target.startswith("sg-") else "group-name"
    (group,) = ec2.describe_security_groups(Filters=[{"Name": name, "Values": [target]}])[
        "SecurityGroups"
    ]
    ours = {key: value for key, value in os.environ.items() if not key.startswith("AWSWHITELIST_")}
    return Place(target, group["GroupId"], region, ec2, ours)


def _without_aws() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("AWS")}


@pytest.fixture(params=["moto", pytest.param("live", marks=pytest.mark.live)])
def place(request: pytest.FixtureRequest, moto_url: str) -> Iterator[Any]:
    """A :class:`Place`; tests name its type as Any, for a conftest cannot be imported."""
    made = _emulated(moto_url) if request.param == "moto" else _live()
    yield made
    made.clean_up()


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Trimmed service models, made once for all of these tests."""
    return str(tmp_path_factory.mktemp("models"))


@pytest.fixture
def program(place: Place, model_cache: str, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """The real program over a pipe: a method and its parameters in, its result out."""
    config = tmp_path / "config.json"
    aws = {"endpoint_url": place.endpoint} if place.endpoint else {}
    settings = {
        "aws": {"model_cache": model_cache, **aws},
        "defaults": {"region": place.region, "owner": "awswhitelist-tests"},
        "state": {"directory": str(tmp_path / "state")},
    }
    config.write_text(json.dumps(settings))
    server = subprocess.Popen(
        [sys.executable, "-m", "awswhitelist", "serve", "--config", str(config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(place.environ),
    )
    assert server.stdin is not None and server.stdout is not None
    wire_in, wire_out = server.stdin, server.stdout

    def call(method: str, **params: Any) -> Any:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        wire_in.write(json.dumps(request) + "\n")
        wire_in.flush()
        answer = json.loads(wire_out.readline())
        return answer.get("result") or answer["error"]["data"]

    yield call
    server.communicate(timeout=PATIENCE)
    assert server.returncode == 0
