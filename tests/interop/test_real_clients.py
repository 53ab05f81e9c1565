"""What clients in daily use were seen to say and do, in their order, to the real program."""

from __future__ import annotations

import json
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

Json: TypeAlias = dict[str, Any]

PATIENCE = 30
PREFIX = "io.modelcontextprotocol/"
META = {
    f"{PREFIX}protocolVersion": "2026-07-28",
    f"{PREFIX}clientCapabilities": {"elicitation": {}},
    f"{PREFIX}clientInfo": {"name": "a-client", "version": "1"},
}
LISTEN = {"notifications": {"toolsListChanged": True, "resourcesListChanged": True}}


def request(request_id: Any, method: str, **params: Any) -> Json:
    return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}


def modern(request_id: Any, method: str, **params: Any) -> Json:
    return request(request_id, method, **params, _meta=META)


def initialize(revision: str) -> Json:
    client = {"name": "a-client", "version": "1"}
    return request(0, "initialize", protocolVersion=revision, capabilities={}, clientInfo=client)


def notification(method: str, **params: Any) -> Json:
    return {"jsonrpc": "2.0", "method": method, "params": params}


INITIALIZED = notification("notifications/initialized")


class Program:
    """The real program, as its client holds it."""

    def __init__(self, place: Any) -> None:
        with (place.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [place.command, *place.args],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=place.env,
            )
        assert self.process.stdin and self.process.stdout
        self._in, self._out = self.process.stdin, self.process.stdout

    def send(self, *messages: Json) -> None:
        """All in one write."""
        self._in.write(b"".join(json.dumps(each).encode() + b"\n" for each in messages))
        self._in.flush()

    def receive(self) -> Any:
        """The next message; None at the end of the output."""
        line = self._out.readline()
        return json.loads(line) if line else None

    def ask(self, *messages: Json) -> Any:
        self.send(*messages)
        return self.receive()

    def finish(self) -> list[Any]:
        """End the input; what was still to be read, once the program has ended well."""
        self._in.close()
        left = list(iter(self.receive, None))
        assert self.process.wait(PATIENCE) == 0
        return left

    def close(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        self._in.close()
        self._out.close()


@pytest.fixture
def start(place: Any) -> Iterator[Callable[[], Program]]:
    programs: list[Program] = []

    def make() -> Program:
        programs.append(Program(place))
        return programs[-1]

    yield make
    for program in programs:
        program.close()


@pytest.fixture
def program(start: Callable[[], Program]) -> Program:
    return start()


def test_copilot_listens_before_it_has_discovered_anything(program: Program) -> None:
    program.send(modern(0, "server/discover"), modern(1, "subscriptions/listen", **LISTEN))
    discovered, acknowledged = program.receive(), program.receive()
    assert "2026-07-28" in discovered["result"]["supportedVersions"]
    assert acknowledged["method"] == "notifications/subscriptions/acknowledged"
    assert program.ask(modern(2, "tools/list"))["id"] == 2
    (ended,) = program.finish()
    assert (ended["id"], ended["result"]["resultType"]) == (1, "complete")


def test_claude_code_falls_back_to_the_handshake_in_the_same_process(program: Program) -> None:
    assert program.ask(modern(0, "server/discover"))["result"]["resultType"] == "complete"
    agreed = program.ask(initialize("2025-11-25"))["result"]
    assert agreed["protocolVersion"] == "2025-11-25"
    tools = program.ask(INITIALIZED, request(1, "tools/list"))["result"]
    assert set(tools) == {"tools"}
    assert program.finish() == []


def test_codex_lists_resources_without_a_look_at_what_is_declared(program: Program) -> None:
    agreed = program.ask(initialize("2025-06-18"))["result"]
    assert agreed["protocolVersion"] == "2025-06-18"
    methods = ("tools/list", "resources/list", "resources/templates/list")
    program.send(
        INITIALIZED, *(request(number, method) for number, method in enumerate(methods, 1))
    )
    answers = [program.receive() for _ in methods]
    assert [answer["id"] for answer in answers] == [1, 2, 3]
    assert all("result" in answer for answer in answers)
    assert program.finish() == []


def test_gemini_asks_whether_the_server_is_well_and_leaves(program: Program) -> None:
    assert program.ask(initialize("2025-06-18"))["result"]["protocolVersion"] == "2025-06-18"
    assert program.ask(INITIALIZED, request(1, "ping"))["result"] == {}
    assert program.finish() == []


def test_opencode_cancels_calls_that_have_finished(program: Program) -> None:
    program.ask(initialize("2025-11-25"))
    call = {"name": "list_rules", "arguments": {"target": "prod-bastion"}}
    assert program.ask(INITIALIZED, request(1, "tools/call", **call))["id"] == 1
    late = notification("notifications/cancelled", requestId=1, reason="AbortError")
    assert program.ask(late, late, request(2, "ping"))["id"] == 2
    assert program.ask(request(1, "tools/call", **call))["result"]["isError"] is False
    assert program.finish() == []


def test_claude_code_stops_the_program_with_two_signals(program: Program, place: Any) -> None:
    program.ask(modern(0, "server/discover"))
    program.ask(modern(1, "subscriptions/listen", **LISTEN))
    program.process.send_signal(signal.SIGINT)
    assert program.receive()["id"] == 1
    program.process.send_signal(signal.SIGTERM)
    # The second may find it within its last steps, where nothing of ours handles signals any more.
    ends = (0, 128 + signal.SIGTERM, -signal.SIGTERM)
    assert program.process.wait(PATIENCE) in ends
    assert "Traceback" not in (place.home / "log").read_text(encoding="utf-8")


def test_two_programs_side_by_side_share_one_audit_log(
    start: Callable[[], Program], place: Any
) -> None:
    programs = [start(), start()]
    arguments = {"target": "prod-bastion", "port": 22, "expires_in": "1h"}
    for number, program in enumerate(programs):
        calls = [
            request(each, "whitelist", **arguments, source=f"203.0.113.{10 * number + each}")
            for each in range(1, 6)
        ]
        program.send(*calls)
    for program in programs:
        answers = [program.receive() for _ in range(5)]
        assert {answer["result"]["status"] for answer in answers} == {"added"}
        assert program.finish() == []
    events = Counter((record["pid"], record["event"]) for record in place.audit)
    for program in programs:
        assert events[program.process.pid, "intent"] == 5
        assert events[program.process.pid, "outcome"] == 5
