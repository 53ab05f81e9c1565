"""Does memory grow with use? The resident memory of our server over very many mixed requests.

    python benchmarks/memory.py [--requests N]

The first tenth of the requests is warm-up: it loads what is loaded on first use and lets the
allocator settle. With the sandbox tools are really called; without it the process is far smaller,
so that less growth shows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from benchmarks.rig.wire_client import WireClient, line, running

GOAL = 1.05
"""The memory at the end, against that after the warm-up."""

SAMPLES = 10

MODERN = {
    "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
}


def _call(name: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    return "tools/call", {"name": name, "arguments": arguments}


MIX: tuple[tuple[str, dict[str, Any]], ...] = (
    *[("ping", {})] * 30,
    *[("server/discover", MODERN)] * 5,
    ("tools/list", {}),
    ("prompts/list", {}),
    ("resources/list", {}),
    ("no/such/method", {}),
    ("tools/list", {"cursor": "of nobody"}),
    _call("no_such_tool"),
    _call("list_rules", target="prod-bastion", limit="many"),
)
"""Requests that are served, refused by the protocol, and refused by a tool; none asks AWS."""

REPEATS = 10
"""How often the mix is sent before its answers are waited for; few enough calls to be queued."""

CALLS = (
    _call("get_my_ip"),
    _call("list_rules", target="prod-bastion"),
    _call("whitelist", target="prod-bastion", source="203.0.113.7", port=22, dry_run=True),
)
"""Calls that come as far as the embedded AWS, which takes a while over each: once in a burst."""

BROKEN = b'{"jsonrpc": "2.0", "id":\n[1, "2"\n\xff\xfe\n'
"""Lines that are no messages; each is answered with an error."""

SILENT = line({"method": "notifications/cancelled", "params": {"requestId": "unknown"}})
"""A message that is not answered."""


def burst(*, calls: bool) -> tuple[bytes, int]:
    """What is written at once, and how many answers there are to it."""
    requests = [
        line({"id": number, "method": method, "params": params})
        for number, (method, params) in enumerate(MIX * REPEATS + (CALLS if calls else ()))
    ]
    return b"".join([*requests, BROKEN, SILENT]), len(requests) + BROKEN.count(b"\n")


def measure(requests: int, *, sandbox: bool) -> list[int]:
    """KiB in RAM after the warm-up and after each further tenth of about so many requests."""
    argv = (sys.executable, "-m", "awswhitelist", "serve", *(["--sandbox"] if sandbox else []))
    lines, answers = burst(calls=sandbox)
    bursts = max(1, requests // SAMPLES // answers)
    with tempfile.TemporaryDirectory() as home, running(argv, home) as client:
        client.open()
        return [_after(client, bursts, lines, answers) for _ in range(SAMPLES)]


def _after(client: WireClient, bursts: int, lines: bytes, answers: int) -> int:
    for _ in range(bursts):
        client.exchange(lines, answers)
    return client.resident_kib()


def growth(samples: Sequence[int]) -> float:
    """The last sample against the first."""
    return samples[-1] / samples[0]


def report(title: str, samples: Sequence[int]) -> str:
    """The samples and what they come to, in words."""
    shown = ", ".join(f"{kib / 1024:.1f}" for kib in samples)
    verdict = "met" if growth(samples) <= GOAL else "MISSED"
    return (
        f"{title}: resident MiB after each tenth: {shown}\n"
        f"Last against first: {growth(samples):.3f}; goal ≤ {GOAL}: {verdict}"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, and print what was seen."""
    parser = argparse.ArgumentParser(description="Measure memory over very many requests.")
    parser.add_argument("--requests", type=int, default=100_000)
    requests: int = parser.parse_args(argv).requests
    for title, sandbox in (("serve", False), ("serve --sandbox", True)):
        print(report(f"{title}, {requests:,} requests", measure(requests, sandbox=sandbox)))


if __name__ == "__main__":
    main()
