"""What the tools' descriptions cost a model: the bytes and about the tokens of ``tools/list``.

    python benchmarks/schemas.py

A client puts names, descriptions and input schemas before its model in every conversation; some
add the output schemas. Tokens are counted as the pieces that tokenisers of byte pairs first cut
text into (a word, up to three digits, a run of signs); most become one token each.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from benchmarks.rig.wire_client import running

INPUT_GOAL, OUTPUT_GOAL = 3_500, 2_500
"""Tokens: of what every client shows its model, and of the output schemas."""

_PIECE = re.compile(r" ?[A-Za-z]+|[0-9]{1,3}|[^A-Za-z0-9\s]+")


class Cost(NamedTuple):
    """What a text costs."""

    size: int
    tokens: int

    def __str__(self) -> str:
        return f"{self.size:,} | {self.tokens:,}"


def cost(value: object) -> Cost:
    """The cost of a value as compact JSON: bytes, and about how many tokens."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return Cost(len(text.encode()), len(_PIECE.findall(text)))


def asked(tool: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a tool that a model needs for calling it."""
    return {name: tool[name] for name in ("name", "description", "inputSchema")}


def total(costs: Iterable[Cost]) -> Cost:
    """All costs together."""
    sizes, tokens = zip(*costs, strict=True)
    return Cost(sum(sizes), sum(tokens))


def list_tools() -> list[dict[str, Any]]:
    """The tools as our server lists them, all pages of them."""
    tools: list[dict[str, Any]] = []
    with (
        tempfile.TemporaryDirectory() as home,
        running((sys.executable, "-m", "awswhitelist", "serve"), home) as client,
    ):
        client.open()
        page = client.ask("tools/list")
        tools += page["tools"]
        while "nextCursor" in page:
            page = client.ask("tools/list", {"cursor": page["nextCursor"]})
            tools += page["tools"]
    return tools


def report(tools: Sequence[Mapping[str, Any]]) -> str:
    """A Markdown table, a row per tool, with the totals and the goals below it."""
    costs = {tool["name"]: (cost(asked(tool)), cost(tool["outputSchema"])) for tool in tools}
    inputs = total(first for first, _ in costs.values())
    outputs = total(second for _, second in costs.values())
    rows = [f"| `{name}` | {first} | {second} |" for name, (first, second) in costs.items()]
    return "\n".join(
        [
            "| tool | name, description, input: bytes | tokens | output: bytes | tokens |",
            "|---|---:|---:|---:|---:|",
            *rows,
            f"| all | {inputs} | {outputs} |",
            "",
            _verdict("To call the tools", inputs.tokens, INPUT_GOAL),
            _verdict("Their output schemas", outputs.tokens, OUTPUT_GOAL),
            f"The whole of `tools/list`: {cost(tools).size:,} bytes.",
        ]
    )


def _verdict(what: str, tokens: int, goal: int) -> str:
    met = "met" if tokens <= goal else "MISSED"
    return f"{what}: about {tokens:,} tokens; goal ≤ {goal:,}: {met}."


if __name__ == "__main__":
    print(report(list_tools()))
