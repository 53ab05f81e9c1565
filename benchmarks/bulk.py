"""What a bulk of many entries costs: AWS calls and time, beside a plain loop over the entries.

    python benchmarks/bulk.py [--entries N …] [--sample N] [--profile]

AWS is an EC2 on a loopback port that answers each call after 100 ms (see rig/slow_ec2.py). Ours is
`whitelist_bulk` of a server that has made its clients before. The plain loop describes the rules of
the group and authorizes, entry by entry, with one boto3 client; it is run for a sample of the
entries and its figures are scaled.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.cold_call import environment
from benchmarks.rig.slow_ec2 import serving, tally

GROUPS = 20
COUNTS = (10, 100, 1000)
SAMPLE = 20
MOST_CALLS, MOST_SECONDS = 45, 1.5
"""The goals, for 1,000 entries."""

Entry = dict[str, Any]


class Cost(NamedTuple):
    """AWS calls and seconds."""

    calls: float
    seconds: float

    def times(self, factor: float) -> Cost:
        """The same for so many times as much."""
        return Cost(self.calls * factor, self.seconds * factor)


def group_ids(run: int) -> list[str]:
    """Groups that nobody has given rules."""
    return [f"sg-{run:08x}{number:09x}" for number in range(GROUPS)]


def entries_for(groups: Sequence[str], count: int) -> list[Entry]:
    """So many different addresses, spread over the groups."""
    return [
        {"target": groups[n % len(groups)], "source": f"51.{n // 250}.{n % 250}.7", "port": 443}
        for n in range(count)
    ]


def our_tool(environ: dict[str, str], home: Path) -> Any:
    """`whitelist_bulk`, on an AWS that was called once."""
    from awswhitelist.application import Surroundings, real_cloud, tools_of
    from awswhitelist.calls import PlainContext
    from awswhitelist.config import load_config

    file = home / "config.json"
    loose = {"max_changing_calls_per_minute": 100_000, "max_changes_per_hour": 100_000}
    file.write_text(json.dumps({"policy": loose}), encoding="utf-8")
    config = load_config(file, environ, operator_policy=home / "none")
    cloud = real_cloud(config, environ)
    specs = {each.name: each for each in tools_of(cloud, config, Surroundings("bench", environ))}
    ours = specs["whitelist_bulk"]
    rehearsal = {"entries": [{"target": "sg-0123456789abcdef0", "source": "51.0.0.1", "port": 443}]}
    ours.call(rehearsal, PlainContext("warm-up"))

    def call(entries: list[Entry]) -> None:
        answer = ours.call({"entries": entries, "expires_in": "2h"}, PlainContext("bench"))
        if answer.structured["totals"] != {"added": len(entries)}:
            raise RuntimeError(answer.text)

    return call


def plain_loop(ec2: Any, entries: Sequence[Entry]) -> None:
    """What a script does."""
    for entry in entries:
        group, cidr = entry["target"], f"{entry['source']}/32"
        filters = [{"Name": "group-id", "Values": [group]}]
        there = ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
        if not any(rule.get("CidrIpv4") == cidr and not rule["IsEgress"] for rule in there):
            ranges = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
            permission = {**ranges, "IpRanges": [{"CidrIp": cidr, "Description": "bulk"}]}
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])


def timed(endpoint: str, act: Any, entries: Sequence[Entry]) -> Cost:
    """What it costs to act on the entries."""
    tally(endpoint)
    began = time.perf_counter()
    act(list(entries))
    seconds = time.perf_counter() - began
    return Cost(sum(tally(endpoint).values()), seconds)


def measure(counts: Sequence[int], sample: int, profile: bool) -> dict[int, tuple[Cost, Cost]]:
    """For each number of entries our cost and that of the loop."""
    import boto3

    with serving() as endpoint, tempfile.TemporaryDirectory() as home:
        environ = environment(home, endpoint)
        os.environ.update(environ)
        ec2 = boto3.client("ec2", region_name="eu-west-1", endpoint_url=endpoint)
        ours = our_tool(environ, Path(home))
        found = {}
        for run, count in enumerate(counts):
            entries = entries_for(group_ids(2 * run), count)
            meter = cProfile.Profile() if profile else None
            if meter:
                meter.enable()
            mine = timed(endpoint, ours, entries)
            if meter:
                meter.disable()
                pstats.Stats(meter).sort_stats("cumulative").print_stats(45)
            some = entries_for(group_ids(2 * run + 1), min(sample, count))
            loop = timed(endpoint, lambda each: plain_loop(ec2, each), some)
            found[count] = (mine, loop.times(count / len(some)))
    return found


def report(found: dict[int, tuple[Cost, Cost]], sample: int) -> str:
    """A table, and whether the goals are met."""
    lines = [
        "| entries | AWS calls | seconds | calls of a plain loop | its seconds |",
        "|---:|---:|---:|---:|---:|",
    ]
    for count, (mine, loop) in found.items():
        lines.append(
            f"| {count:,} | {mine.calls:.0f} | {mine.seconds:.2f} "
            f"| {loop.calls:,.0f} | {loop.seconds:,.1f} |"
        )
    lines.append(f"\nThe loop was run for at most {sample} entries, and scaled.")
    if 1000 in found:
        mine = found[1000][0]
        for words, value, goal in (
            ("calls", mine.calls, MOST_CALLS),
            ("seconds", mine.seconds, MOST_SECONDS),
        ):
            verdict = "met" if value <= goal else "MISSED"
            lines.append(f"Goal for 1,000 entries ≤ {goal:g} {words}: {verdict} ({value:.3g})")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, and print what was seen."""
    parser = argparse.ArgumentParser(description="Measure a bulk of whitelist entries.")
    parser.add_argument("--entries", type=int, nargs="+", default=list(COUNTS))
    parser.add_argument("--sample", type=int, default=SAMPLE)
    parser.add_argument("--profile", action="store_true", help="show where our time goes")
    given = parser.parse_args(argv)
    print(report(measure(given.entries, given.sample, given.profile), given.sample))


if __name__ == "__main__":
    main()
