"""The messages of JSON-RPC 2.0 as MCP uses them, and its error codes.

Named tuples, not models: they are made for every line of the wire, and ``parser.py`` has checked
their fields by the time they exist. Source: MCP 2026-07-28, basic, "Messages" and "Error Codes".
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

JSONRPC = "2.0"

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
MISSING_CLIENT_CAPABILITY = -32021
"""MCP 2026-07-28, schema, MissingRequiredClientCapabilityError."""
UNSUPPORTED_PROTOCOL_VERSION = -32022
"""MCP 2026-07-28, schema, UnsupportedProtocolVersionError."""

RequestId: TypeAlias = str | int
Json: TypeAlias = dict[str, Any]


class McpError(NamedTuple):
    """The ``error`` member of an answer. ``data`` is left out of the wire when it is None."""

    code: int
    message: str
    data: Json | None = None


class McpRequest(NamedTuple):
    """A call that wants an answer."""

    id: RequestId
    method: str
    params: Json


class McpNotification(NamedTuple):
    """A message that is never answered, not even when it is wrong."""

    method: str
    params: Json


class McpResponse(NamedTuple):
    """An answer: ours to a client's request, or a client's to ours.

    Exactly one of ``result`` and ``error`` is set in an answer of ours; a client's has a
    ``result`` if it is an object, and never an ``error``: what went wrong there makes no
    difference here. ``id`` is None where the id of what is answered could not be read.
    """

    id: RequestId | None
    result: Json | None = None
    error: McpError | None = None


class Malformed(NamedTuple):
    """Something that is no message; ``id`` is that of the answer it gets."""

    id: RequestId | None
    error: McpError


Item: TypeAlias = McpRequest | McpNotification | McpResponse | Malformed


class Batch(NamedTuple):
    """A JSON-RPC array of messages; never empty. Whether it is allowed is the revision's matter."""

    items: tuple[Item, ...]


Parsed: TypeAlias = Item | Batch


class ProtocolError(Exception):
    """The request is answered with a JSON-RPC error: the first of MCP's two error planes.

    Raised by handlers, answered by the router. ``error`` goes to the wire as it is, so it holds
    words of ours only, or the client's own words.
    """

    def __init__(self, code: int, message: str, data: Json | None = None) -> None:
        super().__init__(message)
        self.error = McpError(code, message, data)
