"""The recorded estate: moto's own, and fit for every region."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from awswhitelist.sandbox.offline_session import REGION
from awswhitelist.sandbox.recording import ELSEWHERE, recorded

ROOT = Path(__file__).parents[2]


def test_the_recording_is_what_moto_lists_today() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "scripts.estate", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (ended.returncode, ended.stdout) == (
        0,
        "The recording is what moto lists.\n",
    ), ended.stderr


def test_no_two_regions_share_an_id() -> None:
    def ids(region: str) -> set[str]:
        return set(re.findall(r"\b[a-z-]+-[0-9a-f]{8,17}\b", str(recorded(region))))

    here, elsewhere, west, south = map(ids, (REGION, ELSEWHERE, "us-west-2", "eu-south-1"))
    assert len(elsewhere) == len(west) == len(south) > 5
    assert len(here | elsewhere | west | south) == sum(map(len, (here, elsewhere, west, south)))


def test_another_region_names_itself_only() -> None:
    moved = str(recorded("us-west-2"))
    assert "us-west-2" in moved
    assert ELSEWHERE not in moved and REGION not in moved


def test_every_copy_is_ones_own() -> None:
    first = recorded(REGION)["ec2:DescribeVpcs"]
    first[0]["VpcId"] = "changed"
    assert recorded(REGION)["ec2:DescribeVpcs"][0]["VpcId"] != "changed"
