"""What the scripts beside this one share: take the steps of a scenario, report what came of each.

In, as JSON on standard input:
``{server, mode, steps: [{as, do, params, undoes}], answers: [string]}``.
Out, as JSON on standard output: ``{revision, server, results: {as: result}, questions: [params]}``.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

Action = Callable[[dict[str, Any]], Awaitable[Any]]
PATIENCE = 30
"""Seconds after which what is waited for will not come."""


class User:
    """A user who has these answers ready, and the questions that they were asked."""

    def __init__(self, answers: list[str], result: Callable[..., Any]) -> None:
        self._answers = answers
        self._result = result
        self.questions: list[Any] = []

    async def answer(self, _context: Any, params: Any) -> Any:
        question = plain(params)
        self.questions.append(question)
        value = self._answers.pop(0)
        if value == "cancel":
            return self._result(action="cancel")
        (field,) = question["requestedSchema"]["properties"]
        return self._result(action="accept", content={field: value})


class Updates:
    """The URI of the resource that the client is told of."""

    def __init__(self) -> None:
        self._next: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def note(self, message: Any) -> None:
        notification = getattr(message, "root", message)
        if getattr(notification, "method", "") == "notifications/resources/updated":
            self._next.set_result(str(notification.params.uri))

    async def wait(self, _params: dict[str, Any]) -> dict[str, str]:
        return {"uri": await asyncio.wait_for(self._next, PATIENCE)}


def plain(value: Any) -> Any:
    """A model of an SDK as it was on the wire."""
    dump = getattr(value, "model_dump", None)
    return dump(mode="json", by_alias=True, exclude_none=True) if dump else value


async def outcomes(steps: list[Any], actions: dict[str, Action]) -> dict[str, Any]:
    """The results of all steps by their names; that of one that failed is ``{error: …}``."""
    results = {}
    for step in steps:
        try:
            results[step["as"]] = plain(await actions[step["do"]](params_of(step, results)))
        except Exception as exc:
            error = getattr(exc, "error", None)
            told = {"code": getattr(error, "code", None), "message": f"{type(exc).__name__}: {exc}"}
            results[step["as"]] = {"error": told}
    return results


def params_of(step: dict[str, Any], results: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a step; one that undoes another makes the call that its answer names."""
    if "undoes" not in step:
        return dict(step.get("params", {}))
    undo = results[step["undoes"]]["structuredContent"]["undo"]
    return {"name": undo["operation"], "arguments": undo["arguments"]}


def run(converse: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]) -> None:
    """Read the scenario, play it, print the report."""
    print(json.dumps(asyncio.run(converse(json.load(sys.stdin)))))
