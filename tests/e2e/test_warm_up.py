"""What the first call needs is loaded while nobody asks for anything."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from benchmarks.rig.loopback_ec2 import GROUP, serving

PATIENCE = 60.0
HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}
CALL = {"target": GROUP, "source": "203.0.113.7", "port": 22, "expires_in": "1h"}
OURS = {"awswhitelist", "botocore", "urllib3", "encodings"}


@contextmanager
def served(home: Any, endpoint: str) -> Iterator[subprocess.Popen[str]]:
    """A server whose AWS is the endpoint, and which tells on standard error what it imports."""
    environ = {
        "AWSWHITELIST_LOGGING__LEVEL": "DEBUG",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIDTEST",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    command = [sys.executable, "-X", "importtime", "-m", "awswhitelist", "serve"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=home.environment(**environ)
    ) as process:
        overdue = threading.Timer(PATIENCE, process.kill)
        overdue.start()
        try:
            yield process
        finally:
            overdue.cancel()
            process.kill()


def ask(process: subprocess.Popen[str], wanted: str) -> Any:
    """The answer to the one request in ``wanted``."""
    assert process.stdin and process.stdout
    process.stdin.write(wanted)
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def until(process: subprocess.Popen[str], event: str) -> str:
    """Standard error up to that event of the log; all of it where it does not come."""
    assert process.stderr
    read = []
    for line in process.stderr:
        read.append(line)
        if event in line:
            break
    return "".join(read)


def imported(log: str) -> set[str]:
    """The modules that ``-X importtime`` tells of."""
    told = (line for line in log.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in told}


@pytest.fixture
def endpoint() -> Iterator[str]:
    with serving() as url:
        yield url


def test_the_first_call_finds_all_its_modules_loaded(
    home: Any, lines: Callable[..., str], endpoint: str
) -> None:
    with served(home, endpoint) as process:
        ask(process, lines(("initialize", HELLO)))
        listed = ask(process, lines(("tools/list", {})))
        assert len(listed["result"]["tools"]) > len(OURS)
        warmed = until(process, "warmed_up")
        answer = ask(process, lines(("whitelist", CALL)))
        assert process.stdin
        process.stdin.close()
        rest = until(process, "nothing of that name")
        assert process.wait(60) == 0
    assert {"botocore.session", "awswhitelist.access.executor"} <= imported(warmed)
    assert '"outcome": "ok"' in warmed.splitlines()[-1]
    assert answer["result"]["status"] == "added"
    late = {name for name in imported(rest) if name.partition(".")[0] in OURS}
    assert late == set()
