"""Input that no client should send: it costs little, harms nobody, and the next line is served."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LIMIT = 4 * 1024 * 1024
"""The usual ``server.max_line_bytes``."""

SLACK = 2 * 1024 * 1024
"""What reading may cost beside the line itself: one chunk, split, and the allocator's pages."""

PING = b'{"jsonrpc":"2.0","id":"still there","method":"ping"}'
PONG = {"jsonrpc": "2.0", "id": "still there", "result": {}}
BAD_LINES = {
    "100,000 brackets": (b"[" * 100_000, -32700),
    "100,000 brackets that are closed": (b"[" * 100_000 + b"]" * 100_000, -32700),
    "100,000 objects": (b'{"a":' * 100_000, -32700),
    "NaN": (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":NaN}}', -32700),
    "UTF-16": ('{"jsonrpc":"2.0","id":1,"method":"ping"}'.encode("utf-16-le"), -32700),
    "a number of 5,000 digits": (b"9" * 5_000, -32700),
    "an HTTP request": (b"GET / HTTP/1.1\r", -32700),
    "an empty batch": (b"[]", -32600),
    "a line of zero bytes": (b"\0" * 1000, -32700),
}


def nested(depth: int) -> bytes:
    """A call whose argument is so many lists deep."""
    return (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whitelist","arguments":'
        b'{"target":"prod-bastion","source":' + b"[" * depth + b"]" * depth + b"}}}"
    )


def peak(process_id: int) -> int:
    """The most memory that a process has held, in bytes."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    [kilobytes] = re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(kilobytes) * 1024


def test_each_bad_line_costs_one_error_and_the_next_is_served(start: Callable[..., Any]) -> None:
    program = start()
    for name, (line, code) in BAD_LINES.items():
        program.send(line + b"\n" + PING + b"\r\n")
        refusal, pong = program.receive_all(2)
        assert (refusal["id"], refusal["error"]["code"]) == (None, code), name
        assert pong == PONG, name
    assert program.finish() == []


def test_nesting_of_any_depth_is_refused_and_survived(start: Callable[..., Any]) -> None:
    program = start()
    for depth in (10, 300, 900, 960, 980, 990, 1000, 1100, 5000):
        answer = program.ask(nested(depth))
        failed = answer.get("result", {}).get("isError") or answer.get("error", {}).get("code")
        assert failed in (True, -32700), (depth, answer)
    assert program.ask(PING) == PONG


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_fifty_megabytes_on_one_line_cost_no_more_memory_than_the_limit(
    start: Callable[..., Any],
) -> None:
    program = start()
    assert program.ask(PING) == PONG
    before = peak(program.process.pid)
    for _ in range(50):
        program.send(b"x" * (1 << 20))
    program.send(b"\n")
    assert program.receive()["error"]["code"] == -32700
    assert program.ask(PING) == PONG
    assert peak(program.process.pid) - before < LIMIT + SLACK


def test_ten_thousand_requests_in_one_write_are_each_answered_once(
    start: Callable[..., Any], words: Any
) -> None:
    program = start()
    methods = ["ping"] * 6 + ["nonsense", "server/discover", "tools/call"] + ["ping"] * 91
    methods += ["list_rules"]
    burst = [words.request(n, methods[n % 101], target="prod-bastion") for n in range(10_000)]
    writer = program.send_while_reading(words.lines(burst))
    answers = program.receive_all(10_000)
    writer.join()
    assert sorted(answer["id"] for answer in answers) == list(range(10_000))
    assert all(
        answer["result"] == {} for answer in answers if methods[answer["id"] % 101] == "ping"
    )
    assert program.finish() == []


def test_ids_of_every_size_and_look_come_back_as_they_were(
    start: Callable[..., Any], words: Any
) -> None:
    program = start()
    for identifier in (0, -1, 2**64, 10**300, "", "0", "x" * 100_000, "a\nb\u2028\x7f\x00"):
        assert program.ask(words.request(identifier, "ping"))["id"] == identifier


def test_the_answers_to_a_batch_of_everything_are_one_line(
    start: Callable[..., Any], words: Any
) -> None:
    items = [words.request(n, "ping") for n in range(500)]
    items += [b"1", b"null", b"[]", b"{}", b'{"jsonrpc":"2.0","method":"x"}', items[0]]
    program = start()
    answers = program.ask(b"[" + b",".join(items) + b"]")
    assert [each["id"] for each in answers if "result" in each] == list(range(500))
    refused = [(each["id"], each["error"]["code"]) for each in answers if "error" in each]
    assert refused == [(None, -32600)] * 4 + [(0, -32600)]
