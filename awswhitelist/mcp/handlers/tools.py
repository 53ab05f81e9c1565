"""The tools: ``tools/call``, and each tool as a method of its own name.

A call that the protocol does not allow is a JSON-RPC error; a call that fails is a result with
``isError``, which a model can act on. Source: MCP 2026-07-28, server/tools, "Error Handling".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.mcp.catalog import MIME_TYPE
from awswhitelist.mcp.handlers.interface import (
    Handler,
    Incoming,
    Work,
    object_param,
    text_param,
)
from awswhitelist.mcp.messages import (
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    MISSING_CLIENT_CAPABILITY,
    Json,
    ProtocolError,
)
from awswhitelist.mcp.parser import to_text
from awswhitelist.mcp.registry import Callee, Excerpt, ToolRegistry, ToolResult
from awswhitelist.mcp.turns import Turn

_SHOWN = 100

FormerMethods = Callable[[str, Json], Json | None]
"""For a method and its params: what the error says besides, where an earlier version had the
method under that name; None where none had."""


def no_former_methods(_method: str, _params: Json) -> None:
    """No earlier version had other methods."""


class CallToolHandler(Handler):
    """Calls a tool, and shows what comes of it as a tool result."""

    def __init__(self, registry: ToolRegistry) -> None:
        self._registry = registry

    def handle(self, incoming: Incoming) -> Work:
        """The work to do. Raises ProtocolError (-32602) for an unknown tool."""
        name = text_param(incoming.params, "name")
        arguments = object_param(incoming.params, "arguments")
        spec = self._registry.get(name)
        if spec is None:
            raise ProtocolError(INVALID_PARAMS, f"Unknown tool: {name[:_SHOWN]}")
        shown = partial(tool_result, links=incoming.peer.revision.links)
        if not incoming.peer.revision.modern:
            return Work(spec, arguments, shown, tool_failure, asks=True)
        _check_round(incoming.params)
        return Work(spec, arguments, shown, modern_tool_failure, asks=True)


class BareMethodHandler(Handler):
    """Calls the tool that the method is named after; the result is the structured result itself."""

    def __init__(self, registry: ToolRegistry, former: FormerMethods = no_former_methods) -> None:
        self._registry = registry
        self._former = former

    def handle(self, incoming: Incoming) -> Work:
        """The work to do. Raises ProtocolError (-32601) where no tool has that name; its data says
        what the request is today, where an earlier version had that method."""
        # Every method of MCP but two has a slash and no tool has one: asking for a part of the
        # protocol that is not served must not load the tools.
        named = "/" not in incoming.method
        spec = self._registry.get(incoming.method) if named else None
        if spec is None:
            former = self._former(incoming.method, incoming.params) if named else None
            raise unknown_method(incoming.method, former)
        arguments = {key: value for key, value in incoming.params.items() if key != "_meta"}
        return Work(spec, arguments, bare_result, bare_failure)


def unknown_method(method: str, former: Json | None = None) -> ProtocolError:
    """The answer to a method that does not exist, or not in the sender's era.

    ``former`` is what is to be said of one that an earlier version had.
    """
    hint = ". An earlier version had it: see `data.replacement`." if former else ""
    return ProtocolError(METHOD_NOT_FOUND, f"Method not found: {method[:_SHOWN]}{hint}", former)


def turn_of(spec: Callee, arguments: Mapping[str, Any]) -> Turn | None:
    """The call's place in the order; None for a tool that reads and is not ordered.

    An ordered read without its argument looks at everything, so it waits for every earlier change.
    """
    changes = not spec.hints.read_only
    if spec.ordered_by is None:
        return Turn(None, alone=True) if changes else None
    key = arguments.get(spec.ordered_by)
    return Turn(key if isinstance(key, str) else None, alone=changes)


def tool_result(result: ToolResult, *, links: bool = True) -> Json:
    """A CallToolResult: text first, then the structured result as text, unless it adds nothing.

    Of a long result an excerpt, with a link to the whole where the revision has ``links``.
    """
    excerpt = result.excerpt
    if excerpt is None:
        return _shown(result.text, result.structured, result.text_is_complete, is_error=False)
    shown = _shown(result.text, excerpt.structured, result.text_is_complete, is_error=False)
    if links:
        shown["content"].append(_link(excerpt))
    return shown


def tool_failure(error: AwsWhitelistError, request_id: str) -> Json:
    """A CallToolResult with ``isError``, whose text says what was wrong and what to do."""
    structured = {
        "summary": error.summary,
        "error": error.to_object(),
        "request_id": request_id,
    }
    return _shown(f"{error.summary} {error.remedy}", structured, False, is_error=True)


def modern_tool_failure(error: AwsWhitelistError, request_id: str) -> Json:
    """The same; raises ProtocolError (-32021) where the client lacks what the call needs.

    Source: MCP 2026-07-28, schema, MissingRequiredClientCapabilityError.
    """
    if error.missing_capability is None:
        return tool_failure(error, request_id)
    required: Json = {"requiredCapabilities": {error.missing_capability: {}}}
    data = required | error.to_object() | {"request_id": request_id}
    raise ProtocolError(MISSING_CLIENT_CAPABILITY, error.summary, data)


def bare_result(result: ToolResult) -> Json:
    """The operation's own result object."""
    return result.structured


def bare_failure(error: AwsWhitelistError, request_id: str) -> Json:
    """Raises the JSON-RPC error of a bare method, with the error object as its data."""
    raise ProtocolError(error.number, error.summary, error.to_object() | {"request_id": request_id})


def _check_round(params: Json) -> None:
    """Raise ProtocolError (-32602) where what a repeated call brings along has the wrong type."""
    object_param(params, "inputResponses")
    if params.get("requestState") is not None:
        text_param(params, "requestState")


def _link(excerpt: Excerpt) -> Json:
    """Source: MCP 2026-07-28, server/tools, "Resource Links"."""
    return {
        "type": "resource_link",
        "uri": excerpt.uri,
        "name": excerpt.name,
        "title": excerpt.title,
        "mimeType": MIME_TYPE,
    }


def _shown(text: str, structured: Json, complete: bool, *, is_error: bool) -> Json:
    texts = (text,) if complete else (text, to_text(structured))
    return {
        "content": [{"type": "text", "text": each} for each in texts],
        "structuredContent": structured,
        "isError": is_error,
    }
