"""The official Python SDK 2.x, in the mode that the scenario names: "legacy" or "auto"."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import ElicitResult, PromptReference
from steps import PATIENCE, Action, Updates, User, outcomes, plain, run


class Watch:
    """Being told of a change: by a stream in the modern era, by a subscription in the legacy."""

    def __init__(self, client: Client, updates: Updates, stack: AsyncExitStack) -> None:
        self._client = client
        self._updates = updates
        self._stack = stack
        self._stream: Any = None

    async def begin(self, params: dict[str, Any]) -> Any:
        if self._client.protocol_version < "2026":
            return await self._client.subscribe_resource(params["uri"])
        listening = self._client.listen(resource_subscriptions=[params["uri"]])
        self._stream = await self._stack.enter_async_context(listening)
        return self._stream.honored

    async def wait(self, params: dict[str, Any]) -> Any:
        if self._stream is None:
            return await self._updates.wait(params)
        event = await asyncio.wait_for(anext(aiter(self._stream)), PATIENCE)
        return {"uri": event.uri}


def actions_of(client: Client, watch: Watch) -> dict[str, Action]:
    return {
        "tools": lambda _: client.list_tools(),
        "prompts": lambda _: client.list_prompts(),
        "resources": lambda _: client.list_resources(),
        "templates": lambda _: client.list_resource_templates(),
        "call": lambda params: client.call_tool(**params),
        "prompt": lambda params: client.get_prompt(**params),
        "read": lambda params: client.read_resource(params["uri"]),
        "complete": lambda params: client.complete(
            PromptReference(**params["ref"]), params["argument"]
        ),
        "watch": watch.begin,
        "wait": watch.wait,
    }


async def converse(scenario: dict[str, Any]) -> dict[str, Any]:
    user, updates = User(scenario["answers"], ElicitResult), Updates()
    client = Client(
        StdioServerParameters(**scenario["server"]),
        mode=scenario["mode"],
        elicitation_callback=user.answer,
        message_handler=updates.note,
    )
    async with client, AsyncExitStack() as stack:
        actions = actions_of(client, Watch(client, updates, stack))
        results = await outcomes(scenario["steps"], actions)
        return {
            "revision": client.protocol_version,
            "server": plain(client.server_info),
            "results": results,
            "questions": user.questions,
        }


if __name__ == "__main__":
    run(converse)
