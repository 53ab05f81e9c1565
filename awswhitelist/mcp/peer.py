"""Who sent a request, and under which revision: read from the handshake or from ``_meta``."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from awswhitelist.mcp.messages import (
    INVALID_PARAMS,
    UNSUPPORTED_PROTOCOL_VERSION,
    Json,
    McpRequest,
    ProtocolError,
)
from awswhitelist.mcp.revisions import REVISIONS, SUPPORTED, UNOPENED, Revision

VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
CLIENT_KEY = "io.modelcontextprotocol/clientInfo"
SERVER_KEY = "io.modelcontextprotocol/serverInfo"

ALWAYS_MODERN = frozenset({"server/discover", "subscriptions/listen"})
"""Methods that only the modern era has, so their sender can mean nothing else."""

# W3C Trace Context, "traceparent": version ff and ids of zeros alone are invalid.
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
_NAME_LENGTH = 100


class Peer(NamedTuple):
    """The client as it describes itself. ``capabilities`` are what it says it can do."""

    revision: Revision
    client_name: str
    capabilities: Json


UNKNOWN_PEER = Peer(UNOPENED, "", {})
"""A client that has not introduced itself, as shell scripts do not."""


def is_modern(request: McpRequest) -> bool:
    """Whether the request is to be read by the rules of the modern era."""
    return VERSION_KEY in meta_of(request.params) or request.method in ALWAYS_MODERN


def peer_of(request: McpRequest, agreed: Peer) -> Peer:
    """Who sent this request; ``agreed`` is what the handshake of the connection settled.

    Raises ProtocolError for modern metadata that is missing, malformed (-32602) or of a revision
    that is not served in this way (-32022). Source: MCP 2026-07-28, basic, "_meta".
    """
    if not is_modern(request):
        return agreed
    meta = meta_of(request.params)
    requested = meta.get(VERSION_KEY)
    if not isinstance(requested, str):
        raise _malformed(VERSION_KEY)
    revision = REVISIONS.get(requested)
    if revision is None or not revision.modern:
        raise ProtocolError(
            UNSUPPORTED_PROTOCOL_VERSION,
            "Unsupported protocol version.",
            {"supported": list(SUPPORTED), "requested": requested},
        )
    capabilities = meta.get(CAPABILITIES_KEY)
    if not isinstance(capabilities, dict):
        raise _malformed(CAPABILITIES_KEY)
    client = meta.get(CLIENT_KEY)
    if client is not None and not _is_implementation(client):
        raise _malformed(CLIENT_KEY)
    return Peer(revision, client_name(client), capabilities)


def client_name(info: Any) -> str:
    """The name in a client's ``clientInfo``, safe for a log line; empty where there is none."""
    name = info.get("name") if isinstance(info, dict) else None
    if not isinstance(name, str):
        return ""
    return "".join(letter for letter in name if letter.isprintable())[:_NAME_LENGTH]


def trace_id(params: Json) -> str:
    """The W3C ``traceparent`` of a request, or an empty string if it has none or a false one."""
    value = meta_of(params).get("traceparent")
    return value if isinstance(value, str) and _TRACEPARENT.fullmatch(value) else ""


def meta_of(params: Json) -> Json:
    """The ``_meta`` object of a request; empty where there is none."""
    meta = params.get("_meta")
    return meta if isinstance(meta, dict) else {}


def _is_implementation(info: Any) -> bool:
    """Whether this is an ``Implementation`` of the schema: an object with a name and a version."""
    return isinstance(info, dict) and all(
        isinstance(info.get(key), str) for key in ("name", "version")
    )


def _malformed(key: str) -> ProtocolError:
    return ProtocolError(
        INVALID_PARAMS, f"Invalid params: `_meta` needs a well-formed `{key}`.", {"field": key}
    )
