"""Bytes to messages and back: pure and total, without I/O.

:func:`parse` accepts any bytes and never raises; :func:`encode` gives one line without its end.
"""

from __future__ import annotations

import json
import math
from typing import Any

from awswhitelist.mcp.messages import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    JSONRPC,
    PARSE_ERROR,
    Batch,
    Item,
    Json,
    Malformed,
    McpError,
    McpNotification,
    McpRequest,
    McpResponse,
    Parsed,
    RequestId,
)

NOT_JSON = Malformed(None, McpError(PARSE_ERROR, "Parse error: the line is not UTF-8 JSON."))
TOO_LONG = Malformed(None, McpError(PARSE_ERROR, "Parse error: the line is too long."))
NOT_AN_OBJECT = Malformed(
    None, McpError(INVALID_REQUEST, "Invalid request: a message is a JSON object.")
)
EMPTY_BATCH = Malformed(None, McpError(INVALID_REQUEST, "Invalid request: the batch is empty."))
BAD_ID = Malformed(
    None, McpError(INVALID_REQUEST, "Invalid request: `id` must be a string or an integer.")
)
BAD_VERSION = McpError(INVALID_REQUEST, 'Invalid request: `jsonrpc` must be "2.0".')
BAD_METHOD = McpError(INVALID_REQUEST, "Invalid request: `method` must be a string.")
BAD_PARAMS = McpError(INVALID_PARAMS, "Invalid params: `params` must be an object.")

_NO_PARAMS: Json = {}
_MISSING: Any = object()


def _refuse_constant(name: str) -> float:
    """Refuse ``NaN`` and the infinities: Python reads them, RFC 8259 does not know them."""
    raise ValueError(name)


def _finite(text: str) -> float:
    """Read a number, refusing one that overflows: it could not be written back as JSON."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


# One decoder and two encoders for good: json.loads and json.dumps make new ones for every call
# that has arguments, which costs more than the reading of a short message.
_decode = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite).decode
_encode = json.JSONEncoder(
    separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode
_encode_ascii = json.JSONEncoder(
    separators=(",", ":"), ensure_ascii=True, allow_nan=False, check_circular=False
).encode


def parse(line: bytes) -> Parsed:
    """Read one line (without its newline) as a message, a batch, or what is wrong with it."""
    try:
        value = _decode(line.decode())
    except (ValueError, RecursionError):  # deep nesting exhausts the stack, not the grammar
        return NOT_JSON
    if isinstance(value, dict):
        return _read(value)
    if not isinstance(value, list):
        return NOT_AN_OBJECT
    if not value:
        return EMPTY_BATCH
    return Batch(tuple(_read(item) if isinstance(item, dict) else NOT_AN_OBJECT for item in value))


def _read(value: Json) -> Item:
    """Classify one JSON object. Source: JSON-RPC 2.0, sections 4 and 5; MCP basic, "Requests"."""
    method = value.get("method")
    identifier = value.get("id", _MISSING)
    speaks = value.get("jsonrpc") == JSONRPC
    if method is None and speaks and ("result" in value or "error" in value):
        # Never answered, whatever else is wrong with it: two sides that answer each other's
        # answers would not stop.
        result = value.get("result")
        return McpResponse(_id_or_none(identifier), result if isinstance(result, dict) else None)
    if identifier is not _MISSING and _id_or_none(identifier) is None:
        return BAD_ID
    known = None if identifier is _MISSING else identifier
    if not speaks:
        return Malformed(known, BAD_VERSION)
    if not isinstance(method, str):
        return Malformed(known, BAD_METHOD)
    params = value.get("params", _NO_PARAMS)
    if known is None:
        return McpNotification(method, params if isinstance(params, dict) else _NO_PARAMS)
    if not isinstance(params, dict):
        return Malformed(known, BAD_PARAMS)
    return McpRequest(known, method, params)


def _id_or_none(value: Any) -> RequestId | None:
    """The id if it is one: ``True`` is an int to Python, and is none to JSON-RPC."""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return None


def encode(response: McpResponse) -> bytes:
    """One answer as a line of UTF-8 JSON without a newline in or after it.

    Raises TypeError, ValueError or RecursionError for a result that JSON cannot hold.
    """
    message: Json = {"jsonrpc": JSONRPC, "id": response.id}
    if response.error is None:
        message["result"] = response.result
    else:
        code, text, data = response.error
        message["error"] = {"code": code, "message": text}
        if data is not None:
            message["error"]["data"] = data
    return _to_utf8(message)


def encode_request(request: McpRequest) -> bytes:
    """A request of ours as a line without its end; raises as :func:`encode` does."""
    return _to_utf8({"jsonrpc": JSONRPC} | request._asdict())


def encode_notification(notification: McpNotification) -> bytes:
    """A notification of ours as a line without its end; raises as :func:`encode` does."""
    return _to_utf8({"jsonrpc": JSONRPC} | notification._asdict())


def encode_batch(answers: list[bytes]) -> bytes:
    """The answers to a batch, each encoded already, as one line."""
    return b"[" + b",".join(answers) + b"]"


def to_text(value: Json) -> str:
    """A JSON object as compact text, for the text block that repeats a structured result."""
    return _encode(value)


def _to_utf8(message: Json) -> bytes:
    """UTF-8 text; escaped to ASCII where it holds a lone surrogate, which UTF-8 cannot."""
    try:
        return _encode(message).encode()
    except UnicodeEncodeError:
        return _encode_ascii(message).encode()
