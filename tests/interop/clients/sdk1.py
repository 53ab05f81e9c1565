"""The official Python SDK 1.x, whose client knows the legacy revisions alone."""

from __future__ import annotations

from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import ElicitResult, PromptReference
from pydantic import AnyUrl
from steps import Action, Updates, User, outcomes, plain, run


def actions_of(session: ClientSession, updates: Updates) -> dict[str, Action]:
    return {
        "tools": lambda _: session.list_tools(),
        "prompts": lambda _: session.list_prompts(),
        "resources": lambda _: session.list_resources(),
        "templates": lambda _: session.list_resource_templates(),
        "call": lambda params: session.call_tool(**params),
        "prompt": lambda params: session.get_prompt(**params),
        "read": lambda params: session.read_resource(AnyUrl(params["uri"])),
        "complete": lambda params: session.complete(
            PromptReference(**params["ref"]), params["argument"]
        ),
        "watch": lambda params: session.subscribe_resource(AnyUrl(params["uri"])),
        "wait": updates.wait,
    }


async def converse(scenario: dict[str, Any]) -> dict[str, Any]:
    user, updates = User(scenario["answers"], ElicitResult), Updates()
    async with (
        stdio_client(StdioServerParameters(**scenario["server"])) as streams,
        ClientSession(
            *streams, elicitation_callback=user.answer, message_handler=updates.note
        ) as session,
    ):
        greeting = await session.initialize()
        results = await outcomes(scenario["steps"], actions_of(session, updates))
    return {
        "revision": greeting.protocolVersion,
        "server": plain(greeting.serverInfo),
        "results": results,
        "questions": user.questions,
    }


if __name__ == "__main__":
    run(converse)
