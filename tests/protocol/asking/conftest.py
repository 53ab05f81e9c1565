"""Tools that ask a person, and a client whose user answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.access.approval.sealing import Seal
from awswhitelist.access.files.state import StateDirectory
from awswhitelist.calls import AnswerKind, CallContext, Choice, Question
from awswhitelist.exceptions import ApprovalUnavailableError, CallCancelledError
from awswhitelist.mcp.registry import ToolHints, ToolResult, ToolSpec

CHOICES = (Choice("reject", "Reject"), Choice("approve", "Approve"))
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
HINTS = ToolHints(read_only=False, destructive=False, idempotent=True, open_world=False)


def summary(text: str, **facts: Any) -> ToolResult:
    return ToolResult({"summary": text, **facts}, text, True)


@pytest.fixture
def asking_tools(gate: Any) -> list[ToolSpec]:
    """The tools; ``gate`` keeps a record of what happens in them."""

    def decide(arguments: Any, ctx: CallContext) -> ToolResult:
        gate.note("a run begins")
        if ctx.cancelled():
            gate.note("the run saw that it was cancelled")
            raise CallCancelledError
        answer = ctx.ask(Question("approval", "Really?", CHOICES, "token"))
        gate.note(f"answered: {answer.kind} {answer.value}".strip())
        return summary(f"{answer.kind}.", value=answer.value, state=answer.state)

    def insist(arguments: Any, ctx: CallContext) -> ToolResult:
        answer = ctx.ask(Question("approval", "Really?", CHOICES))
        if answer.kind is AnswerKind.UNAVAILABLE:
            raise ApprovalUnavailableError(["it lets in more than one address"])
        return summary(f"{answer.kind}.")

    def two(arguments: Any, ctx: CallContext) -> ToolResult:
        groups = (Choice("none", "None"), Choice("sg-1", "One"), Choice("sg-2", "Two"))
        target = ctx.ask(Question("target", "Which?", groups))
        first = ctx.ask(Question("approval", "Really?", CHOICES, "first plan"))
        second = ctx.ask(Question("approval", "It has changed. Really?", CHOICES, "second plan"))
        return summary("Done.", target=target.value, states=[first.state, second.state])

    def count(arguments: Any, ctx: CallContext) -> ToolResult:
        for step in (1, 2, 3):
            ctx.progress(step, 3, f"step {step}")
        return summary("Counted.")

    def spec(name: str, call: Callable[..., ToolResult]) -> ToolSpec:
        return ToolSpec(name, name, name, HINTS, dict, dict, call, ordered_by="target")

    tools = {"decide": decide, "insist": insist, "two": two, "count": count}
    return [spec(name, call) for name, call in tools.items()]


@pytest.fixture
def serve(connect: Callable[..., Any], asking_tools: Any, tmp_path: Path) -> Callable[..., Any]:
    """Connect to a new server that has these tools."""
    state = StateDirectory(tmp_path / "state", now=lambda: 0.0)

    def make(**settings: Any) -> Any:
        return connect(
            lambda: asking_tools, new_sealer=lambda: Seal(state, b"rounds\n"), **settings
        )

    return make


@pytest.fixture
def greet(messages: Any) -> Callable[..., None]:
    """Open a connection as a client whose user can be asked in these ways (none: not at all)."""

    def initialize(wire: Any, version: str = "2025-11-25", elicitation: Any = None) -> None:
        opening = messages.initialize(0, version)
        if elicitation is not None:
            opening["params"]["capabilities"] = {"elicitation": elicitation}
        assert wire.ask(opening)["result"]["protocolVersion"] == version
        wire.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    return initialize


@pytest.fixture
def reply() -> Callable[..., Any]:
    """A client's response to a request of ours."""

    def make(question: Any, decision: str | None = None, **instead: Any) -> dict[str, Any]:
        accepted = {"result": {"action": "accept", "content": {"decision": decision}}}
        return {"jsonrpc": "2.0", "id": question["id"]} | (instead or accepted)

    return make


@pytest.fixture
def modern_call(messages: Any) -> Callable[..., Any]:
    """A modern ``tools/call`` of a client whose user can be asked, unless told otherwise."""

    def make(number: Any, tool: str, /, can_ask: bool = True, **params: Any) -> Any:
        request = messages.modern(number, "tools/call", name=tool, **params)
        capabilities: dict[str, Any] = {"elicitation": {}} if can_ask else {}
        request["params"]["_meta"][CAPABILITIES] = capabilities
        return request

    return make
