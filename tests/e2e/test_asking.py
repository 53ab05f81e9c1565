"""A person is asked over the raw wire: the real program, in both eras, in the sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

ARGUMENTS = {
    "target": "prod-bastion",
    "source": "203.0.113.0/28",
    "port": 443,
    "expires_in": "2h",
    "reason": "a demo",
}
YES = {"action": "accept", "content": {"decision": "approve"}}
META = "io.modelcontextprotocol/"
PATIENCE = 60


def call(number: int, arguments: dict[str, Any] = ARGUMENTS, **params: Any) -> dict[str, Any]:
    given = {"name": "whitelist", "arguments": arguments, **params}
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": given}


def modern(number: int, arguments: dict[str, Any] = ARGUMENTS, **params: Any) -> dict[str, Any]:
    capabilities: dict[str, Any] = {"elicitation": {}}
    meta = {f"{META}protocolVersion": "2026-07-28", f"{META}clientCapabilities": capabilities}
    return call(number, arguments, _meta=meta, **params)


@pytest.fixture
def tell(home: Any) -> Callable[..., list[Any]]:
    """Send messages to a new process; its answers, in the order of their ids."""

    def run(*messages: Any) -> list[Any]:
        lines = "".join(json.dumps(each) + "\n" for each in messages)
        ended = home.run("serve", "--sandbox", lines=lines)
        assert ended.code == 0
        return sorted(ended.answers, key=lambda answer: int(answer["id"]))

    return run


def state_of(answer: Any) -> str:
    result = answer["result"]
    assert result["resultType"] == "input_required"
    assert list(result["inputRequests"]) == ["approval"]
    return str(result["requestState"])


def message_of(answer: Any) -> str:
    return str(answer["result"]["inputRequests"]["approval"]["params"]["message"])


def test_a_modern_client_may_bring_its_answer_to_another_process_once(tell: Any) -> None:
    (question,) = tell(modern(1))
    assert "203.0.113.0/28" in message_of(question)
    kept: dict[str, Any] = {"requestState": state_of(question), "inputResponses": {"approval": YES}}
    (done,) = tell(modern(2, **kept))
    assert done["result"]["structuredContent"]["status"] == "added"
    (replayed,) = tell(modern(3, **kept))
    assert "it has been used before" in message_of(replayed)


def test_what_does_not_belong_to_the_call_is_asked_again(tell: Any) -> None:
    (question,) = tell(modern(1))
    state = state_of(question)
    payload, _, signature = state.partition(".")
    forged = [f"{payload}.{signature[::-1]}", f"{payload[::-1]}.{signature}", "", state.upper()]
    answers = tell(
        *(
            modern(number, requestState=each, inputResponses={"approval": YES})
            for number, each in enumerate(forged, 2)
        ),
        modern(9, {**ARGUMENTS, "port": 22}, requestState=state, inputResponses={"approval": YES}),
        {"jsonrpc": "2.0", "id": 10, "method": "list_rules", "params": {"target": "prod-bastion"}},
    )
    *asked, listed = answers
    assert len(asked) == 5
    assert all(state_of(answer) not in ("", state) for answer in asked)
    assert not any("Asked again" in message_of(answer) for answer in asked)
    assert "203.0.113.0/28" not in [item["cidr"] for item in listed["result"]["items"]]


@pytest.fixture
def talk(home: Any) -> Iterator[Callable[..., Any]]:
    """A process that is kept: it is told some messages, and one line that follows is read."""
    process = subprocess.Popen(
        [sys.executable, "-m", "awswhitelist", "serve", "--sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=home.environment(),
    )
    reading, writing = process.stdout, process.stdin
    assert reading is not None and writing is not None

    def exchange(*messages: Any) -> Any:
        writing.writelines(json.dumps(message).encode() + b"\n" for message in messages)
        writing.flush()
        return json.loads(reading.readline())

    yield exchange
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def test_a_legacy_client_is_asked_within_the_call(talk: Any, home: Any) -> None:
    opening = {
        "protocolVersion": "2025-06-18",
        "capabilities": {"elicitation": {}},
        "clientInfo": {"name": "raw", "version": "1"},
    }
    talk({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": opening})
    question = talk({"jsonrpc": "2.0", "method": "notifications/initialized"}, call(1))
    assert question["method"] == "elicitation/create"
    field = question["params"]["requestedSchema"]["properties"]["decision"]
    assert field["enum"] == ["reject", "approve"]
    done = talk({"jsonrpc": "2.0", "id": question["id"], "result": YES})
    assert done["id"] == 1
    assert done["result"]["structuredContent"]["status"] == "added"
    again = talk(call(2, ARGUMENTS | {"source": "203.0.113.128/28"}))
    declined = talk({"jsonrpc": "2.0", "id": again["id"], "result": {"action": "decline"}})
    assert declined["result"]["structuredContent"]["status"] == "declined"
    log = (home.state / "sandbox" / "audit.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in log] == ["intent", "receipt", "outcome"]
    assert json.loads(log[0])["verdict"] == "approved"
