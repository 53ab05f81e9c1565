"""A bulk of 200 entries over ten groups, in a real process, given up half-way and asked again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

Json = dict[str, Any]
ENTRIES = 200
GROUPS = 10


class Talk:
    """A process that is spoken to line by line; everything that it says is kept."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.heard: list[Json] = []

    def say(self, method: str, request_id: int | None = None, **params: Any) -> None:
        message: Json = {"jsonrpc": "2.0", "method": method, "params": params}
        if request_id is not None:
            message["id"] = request_id
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def hear(self) -> Iterator[Json]:
        """What comes from now on."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.heard.append(json.loads(line))
            yield self.heard[-1]

    def answer(self, request_id: int) -> Json:
        return next(each for each in self.hear() if each.get("id") == request_id)


@pytest.fixture
def talk(home: Any) -> Iterator[Talk]:
    file = home.path / "config.json"
    # One group after the other, each a while away.
    slow = {"server": {"workers": 1}, "sandbox": {"latency_ms": 100}}
    file.write_text(json.dumps(slow), encoding="utf-8")
    argv = [sys.executable, "-m", "awswhitelist", "serve", "--sandbox", "--config", str(file)]
    with subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=home.environment(),
    ) as process:
        yield Talk(process)
        process.communicate(timeout=60)
        assert process.returncode == 0


def test_a_cancelled_bulk_is_not_answered_writes_no_more_and_is_completed_by_the_same_call(
    talk: Talk, home: Any
) -> None:
    talk.say("list_security_groups", 1, limit=100)
    groups = [group["group_id"] for group in talk.answer(1)["result"]["items"]]
    assert len(groups) == GROUPS
    entries = [
        {"target": groups[n % len(groups)], "source": f"203.0.113.{n}", "port": 4433}
        for n in range(ENTRIES)
    ]
    bulk: Json = {"entries": entries, "expires_in": "2h"}
    asked = {"name": "whitelist_bulk", "arguments": bulk, "_meta": {"progressToken": "p"}}
    talk.say("tools/call", 2, **asked)
    half = (
        each
        for each in talk.hear()
        if each.get("method") == "notifications/progress"
        and each["params"]["progress"] >= ENTRIES / 2
    )
    assert next(half)["params"]["total"] == ENTRIES
    talk.say("notifications/cancelled", requestId=2)

    talk.say("whitelist_bulk", 3, **bulk)
    again = talk.answer(3)["result"]
    totals = again["totals"]
    assert totals.keys() == {"added", "already_allowed"} and sum(totals.values()) == ENTRIES
    rules = {rule["rule_id"] for item in again["items"] for rule in item["rules"]}
    assert len(rules) == ENTRIES
    assert not [each for each in talk.heard if each.get("id") == 2]

    audit = (home.state / "sandbox" / "audit.jsonl").read_text().splitlines()
    records = [json.loads(line) for line in audit]
    first = [each for each in records if each["request_id"] != again["request_id"]]
    intent, *receipts, outcome = first
    assert (intent["event"], outcome["outcome"]) == ("intent", "cancelled")
    done = [each for each in receipts if each["status"] == "done"]
    assert len(done) == totals["already_allowed"]
    # Of the call that was about to be sent when the word came, it is said that it was not.
    dropped = [each for each in receipts if each["status"] != "done"]
    assert {(each["status"], each["error"]["code"]) for each in dropped} <= {
        ("failed", "cancelled")
    }
