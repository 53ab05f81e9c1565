"""How fast the wire is: our server beside three others, each in a process of its own.

    python benchmarks/wire.py [--rounds N] [--pings N] [--trips N]

In every round all contenders are measured, one after the other, so that a busy moment of the
machine hits them all; ratios are taken within a round. Goals are shown and judged, not enforced.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.rig.figures import Goal, Measure, table
from benchmarks.rig.wire_client import WireClient, running

HERE = Path(__file__).resolve().parent / "contenders"
OURS, SDK, BARE, MODEL = "awswhitelist", "official SDK", "bare loop", "loop with a model"

CONTENDERS: dict[str, tuple[str, ...]] = {
    OURS: (sys.executable, "-m", "awswhitelist", "serve"),
    SDK: (sys.executable, str(HERE / "sdk_server.py")),
    BARE: (sys.executable, str(HERE / "bare_loop.py")),
    MODEL: (sys.executable, str(HERE / "model_loop.py")),
}

MEASURES: dict[str, Measure] = {
    "initialize": Measure(
        "From start to the answer to `initialize`", "ms", 1e3, (Goal(MODEL, 1.25),)
    ),
    "resident": Measure(
        "Memory after `initialize` and `ping`", "MiB", 1 / 1024, (Goal(MODEL, 1.4),)
    ),
    "ping": Measure("One ping, there and back", "µs", 1e6, (Goal(BARE, 1.5),)),
    "rate": Measure(
        "Pings written at once, answered",
        "1,000/s",
        1e-3,
        (Goal(BARE, 0.5, more=True), Goal(SDK, 20, more=True)),
    ),
    "listed": Measure("Memory after all that and `tools/list`", "MiB", 1 / 1024, ()),
}

BLOCK = 50
"""Pings sent to one contender before it is the next one's turn."""

Samples = dict[str, dict[str, list[float]]]
"""By measure and contender, one figure per round."""


def measure(rounds: int, pings: int, trips: int) -> Samples:
    """The figures of so many rounds, each with ``pings`` at once and ``trips`` one by one."""
    samples: Samples = {name: {contender: [] for contender in CONTENDERS} for name in MEASURES}
    with tempfile.TemporaryDirectory() as home:
        for number in range(rounds):
            _round(samples, _turned(list(CONTENDERS), number), home, pings, trips)
    return samples


def _turned(names: list[str], by: int) -> list[str]:
    """Another contender begins in each round: to be first, or to follow a heavy one, may matter."""
    first = by % len(names)
    return names[first:] + names[:first]


def _round(samples: Samples, order: Sequence[str], home: str, pings: int, trips: int) -> None:
    with ExitStack() as stack:
        clients: dict[str, WireClient] = {}
        for name in order:
            client = clients[name] = stack.enter_context(running(CONTENDERS[name], home))
            samples["initialize"][name].append(client.open())
            client.ask("ping")
            samples["resident"][name].append(client.resident_kib())
        times: dict[str, list[float]] = {name: [] for name in clients}
        for _ in range(0, trips, BLOCK):
            for name, client in clients.items():
                times[name] += client.round_trips(min(BLOCK, trips))
        for name, client in clients.items():
            samples["ping"][name].append(median(times[name]))
            samples["rate"][name].append(pings / client.pipelined(pings))
            client.ask("tools/list")
            samples["listed"][name].append(client.resident_kib())


def report(samples: Samples) -> str:
    """All tables, with their goals."""
    tables = [table(MEASURES[name], samples[name], OURS) for name in MEASURES]
    return "\n\n".join(tables) + "\n"


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description="Measure the wire beside other servers.")
    parser.add_argument("--rounds", type=int, default=11, help="rounds of all contenders")
    parser.add_argument("--pings", type=int, default=10_000, help="pings written at once")
    parser.add_argument("--trips", type=int, default=1_000, help="pings sent one by one")
    given = parser.parse_args(argv)
    print(report(measure(given.rounds, given.pings, given.trips)), end="")


if __name__ == "__main__":
    main()
