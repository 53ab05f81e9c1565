"""Clients that hurry, change their minds, do not listen, or die; and libraries that chatter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 30.0
ADDRESS = "203.0.113.77"
CANCEL = b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}'

CHATTER = """
import os, sys

def chatter(event, arguments):
    if event == "import" and arguments[0] == "awswhitelist.sandbox":
        print("stray print")
        os.write(1, b"stray write\\n")
        os.system("echo stray child")

sys.addaudithook(chatter)
"""

PARENT = """
import subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-m", "awswhitelist", "serve", "--sandbox"],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE,
)
child.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\\n')
child.stdin.flush()
print(child.stdout.readline().decode(), end="", flush=True)
child.wait()
"""


@pytest.mark.requirement("PING-1")
def test_a_hundred_pings_overtake_a_slow_call(start: Callable[..., Any], words: Any) -> None:
    program = start(SANDBOX__LATENCY_MS=500)
    slow = words.request("slow", "list_rules", target="prod-bastion")
    program.send(words.lines([slow, *(words.request(n, "ping") for n in range(100))]))
    answers = program.receive_all(101)
    assert [answer["id"] for answer in answers] == [*range(100), "slow"]


@pytest.mark.requirement("CANCEL-3", "STDIO-5")
def test_a_call_cancelled_before_its_write_is_not_answered_writes_nothing_and_is_on_record(
    start: Callable[..., Any], words: Any
) -> None:
    program = start(SANDBOX__LATENCY_MS=500)
    change = {"target": "prod-bastion", "source": ADDRESS, "port": 22, "expires_in": "1h"}
    listed = program.ask(words.request(0, "list_rules", target="prod-bastion"))
    group_id = listed["result"]["items"][0]["group_id"]
    program.send(words.lines([words.request(1, "whitelist", **change)]))
    # Another worker makes one call of AWS for this, and the first needs two before it may write:
    # by now it has made one of them.
    assert program.ask(words.request("id", "list_rules", target=group_id))["id"] == "id"
    program.send(CANCEL + b"\n")
    look = program.ask(words.request(2, "list_rules", target="prod-bastion"))
    assert (look["id"], look["result"]["total"]) == (2, 2)
    assert not [rule for rule in look["result"]["items"] if ADDRESS in rule["cidr"]]
    assert program.finish() == []
    outcomes = [record.get("outcome") for record in program.audit]
    assert outcomes == ["cancelled"]


def test_a_client_that_does_not_read_loses_its_answers_but_not_its_changes(
    start: Callable[..., Any], words: Any
) -> None:
    program = start(SANDBOX__LATENCY_MS=100, SERVER__DRAIN_SECONDS=2.0)
    change = {"target": "prod-bastion", "source": ADDRESS, "port": 22, "expires_in": "1h"}
    program.ask(words.request(0, "list_rules", target="prod-bastion"))
    program.send(words.lines([words.request(1, "whitelist", **change)]))
    program.clog(words.request(2, "server/discover") + b"\n")
    program.process.send_signal(signal.SIGTERM)
    assert program.process.wait(PATIENCE) == 0
    events = [record["event"] for record in program.audit]
    assert (events[0], events[-1]) == ("intent", "outcome")


def test_the_second_signal_ends_the_program_within_a_call(
    start: Callable[..., Any], words: Any
) -> None:
    program = start(SANDBOX__LATENCY_MS=60_000, SERVER__DRAIN_SECONDS=600.0)
    program.send(words.lines([words.request(1, "list_rules", target="prod-bastion")]))
    assert program.ask(words.request(2, "ping"))["id"] == 2
    program.process.send_signal(signal.SIGINT)
    program.process.send_signal(signal.SIGTERM)
    assert program.process.wait(PATIENCE) in (128 + signal.SIGINT, 128 + signal.SIGTERM)


def test_a_client_that_does_not_read_the_log_is_served_and_cannot_keep_the_program_from_ending(
    start: Callable[..., Any], words: Any
) -> None:
    ours, theirs = os.pipe()
    program = start(log=theirs, LOGGING__LEVEL="DEBUG")
    os.close(theirs)
    try:
        answers = [program.ask(words.request(n, "capabilities")) for n in range(300)]
        assert [answer["id"] for answer in answers] == list(range(300))
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(PATIENCE) == 0
    finally:
        os.close(ours)


@pytest.mark.requirement("STDIO-6")
def test_the_program_ends_when_its_parent_is_killed(
    environ: dict[str, str], tmp_path: Path
) -> None:
    # The program holds the other end of this pipe as its standard error, until it ends.
    ours, theirs = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environ,
        cwd=tmp_path,
    ) as parent:
        os.close(theirs)
        assert parent.stdout is not None
        assert parent.stdout.readline() == b'{"jsonrpc":"2.0","id":1,"result":{}}\n'
        parent.kill()
        with open(ours, "rb") as log:
            assert log.read() == b""


@pytest.mark.requirement("STDIO-3")
def test_what_a_library_prints_lands_on_standard_error(
    environ: dict[str, str], tmp_path: Path, start: Callable[..., Any], words: Any
) -> None:
    chatty = tmp_path / "chatty"
    chatty.mkdir()
    (chatty / "sitecustomize.py").write_text(textwrap.dedent(CHATTER), encoding="utf-8")
    paths = [str(chatty), *filter(None, [environ.get("PYTHONPATH")])]
    environ["PYTHONPATH"] = os.pathsep.join(paths)
    program = start()
    answer = program.ask(words.request(1, "list_rules", target="prod-bastion"))
    assert answer["result"]["total"] == 2
    assert program.finish() == []
    log = program.log().splitlines()
    assert {"stray print", "stray write", "stray child"} <= set(log)
