"""What one rule costs from a cold start, and what we add to AWS's own calls when warm.

    python benchmarks/cold_call.py [--rounds N] [--calls N] [--aws PATH]

Cold: a whole process each time, from its start to its end, against an EC2 on a loopback port. Ours
handshakes, serves one `whitelist` and stops. Our cache of trimmed models is there already, as it is
in every process but a user's first. ``--aws`` names an AWS CLI; the one in `.venv-awscli` is taken
otherwise, and without any the comparison with it is left out.

Warm: calls in one process, in turn with the same calls and records made by the least code.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from subprocess import PIPE, Popen
from typing import Any, NamedTuple

from benchmarks.rig.figures import Goal, Measure, table
from benchmarks.rig.loopback_ec2 import GROUP, serving

HERE = Path(__file__).resolve().parent
OURS, SCRIPT, CLI = "awswhitelist", "boto3 script", "AWS CLI"
BARE = "bare calls and records"

GOALS = (Goal(CLI, 0.6), Goal(SCRIPT, 0.8))
MEASURES = (
    Measure("CPU time of the process", "ms", 1e3, GOALS),
    Measure("From its start to its end", "ms", 1e3, GOALS),
    Measure("Most memory at a time", "MiB", 1 / 1024, (Goal(SCRIPT, 1.1),)),
)
WARM_GOAL = 1e-3
"""Seconds that a warm call may take beside the calls of AWS and the disk, at the median."""
WARM = Measure("A warm call, beside AWS's own calls and a flush", "ms", 1e3, ())

LINE = b"x" * 1023 + b"\n"
"""As long as a line of the audit log."""


class Cost(NamedTuple):
    """What one process took: seconds of CPU and of waiting, KiB in RAM at most."""

    cpu: float
    wall: float
    memory: float


class Warm(NamedTuple):
    """Seconds: a call beside the calls of AWS; and one flush of a line to the same disk."""

    own: float
    disk: float


def aws_cli(named: str | None) -> str | None:
    """The AWS CLI to compare with, if there is one."""
    found = Path(named) if named else HERE.parent / ".venv-awscli" / "bin" / "aws"
    return str(found) if found.exists() else None


def environment(home: str, endpoint: str) -> dict[str, str]:
    """A user with keys, a region and nothing else, whose AWS is the endpoint."""
    return {
        "PATH": os.defpath,
        "HOME": home,
        "PYTHONPATH": str(HERE.parent),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIDBENCH",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }


def whole_process(argv: Sequence[str], stdin: bytes, environ: Mapping[str, str]) -> Cost:
    """Run it. RuntimeError where it did not add a rule."""
    began = time.perf_counter()
    with Popen(argv, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=dict(environ)) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(stdin)
        process.stdin.close()
        said = process.stdout.read()
        complained = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if process.returncode != 0 or b"sgr-" not in said:
        raise RuntimeError(f"{argv} added no rule: {said!r} {complained!r}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss)


def our_lines(cidr: str) -> bytes:
    """A handshake and one call, as an MCP client writes them."""
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "bench", "version": "1"},
    }
    arguments = {"target": GROUP, "source": cidr, "port": 22, "expires_in": "1h"}
    messages: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": hello},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "whitelist", "arguments": arguments}},
    ]
    return b"".join(json.dumps({"jsonrpc": "2.0"} | each).encode() + b"\n" for each in messages)


def contenders(cli: str | None) -> dict[str, Callable[[str], tuple[list[str], bytes]]]:
    """For each contender what to run, and what to write to it, for a CIDR."""
    script = str(HERE / "contenders" / "boto3_script.py")
    found: dict[str, Callable[[str], tuple[list[str], bytes]]] = {
        OURS: lambda cidr: ([sys.executable, "-m", "awswhitelist", "serve"], our_lines(cidr)),
        SCRIPT: lambda cidr: ([sys.executable, script, GROUP, cidr], b""),
    }
    if cli is not None:
        asked = [cli, "ec2", "authorize-security-group-ingress", "--group-id", GROUP]
        more = ["--protocol", "tcp", "--port", "22", "--output", "json", "--cidr"]
        found[CLI] = lambda cidr: ([*asked, *more, cidr], b"")
    return found


def measure_cold(rounds: int, cli: str | None) -> dict[str, list[Cost]]:
    """The costs of each contender, a process in each round, after one round that does not count."""
    running = contenders(cli)
    costs: dict[str, list[Cost]] = {name: [] for name in running}
    with serving() as endpoint, tempfile.TemporaryDirectory() as home:
        environ = environment(home, endpoint)
        for number in range(rounds + 1):
            names = list(running)
            first = number % len(names)
            for place, name in enumerate([*names[first:], *names[:first]]):
                argv, stdin = running[name](f"203.0.{number % 256}.{place}/32")
                cost = whole_process(argv, stdin, environ)
                if number:
                    costs[name].append(cost)
    return costs


class Stopwatch:
    """Knows when calls of AWS were under way: hooks for botocore's events."""

    def __init__(self) -> None:
        self._open: dict[int, float] = {}
        self._spans: list[tuple[float, float]] = []

    def tap(self, session: Any) -> Any:
        """The same session, of botocore's, whose clients tell of their calls."""
        emitter = session.get_component("event_emitter")
        emitter.register_first("before-parameter-build", self.begin)
        emitter.register_last("after-call", self.end)
        return session

    def begin(self, context: Any, **_: Any) -> None:
        """A call begins."""
        self._open[id(context)] = time.perf_counter()

    def end(self, context: Any, **_: Any) -> None:
        """It has been answered."""
        self._spans.append((self._open.pop(id(context)), time.perf_counter()))

    def taken(self) -> float:
        """Seconds in which at least one call was under way; starts over."""
        spans, self._spans = sorted(self._spans), []
        return covered(spans)


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """The length of the union of sorted spans."""
    total, until = 0.0, float("-inf")
    for began, ended in spans:
        total += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return total


def time_of_flush(file: Path) -> float:
    """Seconds until a line that was appended to the file is on the disk."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, LINE)
        began = time.perf_counter()
        os.fsync(descriptor)
        return time.perf_counter() - began
    finally:
        os.close(descriptor)


def measure_warm(calls: int) -> dict[str, list[Warm]]:
    """What each of so many calls took of each contender, and a flush after it; after five calls of
    each that do not count. They take turns."""
    with serving() as endpoint, tempfile.TemporaryDirectory() as home:
        os.environ.update(environment(home, endpoint))
        watch, beside = Stopwatch(), Path(home) / "flushed"
        running = {OURS: our_call(Path(home), watch), BARE: bare_call(Path(home), watch)}

        def own_time(name: str, source: str) -> float:
            began = time.perf_counter()
            running[name](source)
            return time.perf_counter() - began - watch.taken()

        found: dict[str, list[Warm]] = {name: [] for name in running}
        for number in range(calls + 5):
            for place, name in enumerate(running):
                source = f"198.{18 + place}.{number // 250}.{number % 250}"
                found[name].append(Warm(own_time(name, source), time_of_flush(beside)))
        return {name: each[5:] for name, each in found.items()}


def our_call(home: Path, watch: Stopwatch) -> Callable[[str], None]:
    """A `whitelist` for a source, in this process. RuntimeError where it adds no rule."""
    from awswhitelist.application import Surroundings, real_cloud, tools_of
    from awswhitelist.calls import PlainContext
    from awswhitelist.config import load_config

    file = home / "config.json"
    loose = {"max_changing_calls_per_minute": 100_000, "max_changes_per_hour": 100_000}
    file.write_text(json.dumps({"policy": loose}), encoding="utf-8")
    config = load_config(file, os.environ, operator_policy=home / "none")
    cloud = real_cloud(config, os.environ)
    tapped = cloud.__class__(
        new_session=lambda profile: watch.tap(cloud.new_session(profile)),
        default_profile=None,
        default_region=None,
        addresses=cloud.addresses,
        is_sandbox=False,
    )
    specs = tools_of(tapped, config, Surroundings("bench", os.environ))
    (whitelist,) = (spec for spec in specs if spec.name == "whitelist")

    def call(source: str) -> None:
        asked = {"target": GROUP, "source": source, "port": 22, "expires_in": "1h"}
        answer = whitelist.call(asked, PlainContext("bench"))
        if (answer.structured or {}).get("status") != "added":
            raise RuntimeError(f"no rule was added: {answer.text}")

    return call


def bare_call(home: Path, watch: Stopwatch) -> Callable[[str], None]:
    """The same with the least code; see :mod:`benchmarks.contenders.bare_whitelist`."""
    from botocore.session import Session

    from benchmarks.contenders.bare_whitelist import BareWhitelist

    bare = BareWhitelist(watch.tap(Session()), GROUP, home)

    def call(source: str) -> None:
        bare.add(f"{source}/32")

    return call


def report(costs: Mapping[str, list[Cost]]) -> str:
    """A table for each measure; goals that name a contender who is not here are left out."""
    tables = []
    for measure, picked in zip(MEASURES, Cost._fields, strict=True):
        goals = tuple(goal for goal in measure.goals if goal.against in costs)
        samples = {name: [getattr(cost, picked) for cost in each] for name, each in costs.items()}
        tables.append(table(measure._replace(goals=goals), samples, OURS))
    return "\n\n".join(tables)


def warm_report(found: Mapping[str, Sequence[Warm]]) -> str:
    """A table of what is neither AWS's nor the disk's; the goal is for that."""
    samples = {name: [each.own - each.disk for each in calls] for name, calls in found.items()}
    ours, disk = median(samples[OURS]), median(each.disk for each in found[OURS])
    verdict = "met" if ours <= WARM_GOAL else "MISSED"
    return (
        f"{table(WARM, samples, OURS)}\n"
        f"One flush of a line to that disk: median {disk * 1e3:.2f} ms\n"
        f"Goal ≤ {WARM_GOAL * 1e3:g} ms: {verdict} ({ours * 1e3:.2f})"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, and print what was seen."""
    parser = argparse.ArgumentParser(description="Measure a cold and a warm whitelist.")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--aws", help="an AWS CLI to compare with")
    given = parser.parse_args(argv)
    cli = aws_cli(given.aws)
    if cli is None:
        print(
            "No AWS CLI to compare with. To have one: python -m venv .venv-awscli && "
            ".venv-awscli/bin/pip install awscli\n"
        )
    print(report(measure_cold(given.rounds, cli)))
    print(f"\n{warm_report(measure_warm(given.calls))}")


if __name__ == "__main__":
    main()
