"""How a client and the server meet: ``initialize``, ``ping`` and ``server/discover``."""

from __future__ import annotations

from typing import NamedTuple


from awswhitelist.mcp.handlers.interface import (
    HOUR_MS,
    LEGACY,
    MODERN,
    Handler,
    Incoming,
    NotificationHandler,
    object_param,
    text_param,
)
from awswhitelist.mcp.messages import Json, McpNotification
from awswhitelist.mcp.peer import Peer, client_name
from awswhitelist.mcp.revisions import SUPPORTED, negotiate
from awswhitelist.mcp.session import Session


class Identity(NamedTuple):
    """What the server says of itself: ``info`` is an ``Implementation`` of the schema."""

    info: Json
    instructions: str
    capabilities: Json


class InitializeHandler(Handler):
    """Agrees on a legacy revision. Source: MCP 2025-11-25, basic/lifecycle."""

    eras = LEGACY
    quick = True

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def handle(self, incoming: Incoming) -> Json:
        """The server's half of the handshake; the session keeps the client's half."""
        revision = negotiate(text_param(incoming.params, "protocolVersion"))
        capabilities = object_param(incoming.params, "capabilities")
        client = object_param(incoming.params, "clientInfo")
        incoming.session.peer = Peer(revision, client_name(client), capabilities)
        return {
            "protocolVersion": revision.name,
            "capabilities": self._identity.capabilities,
            "serverInfo": self._identity.info,
            "instructions": self._identity.instructions,
        }


class InitializedHandler(NotificationHandler):
    """The handshake is over. Source: MCP 2025-11-25, basic/lifecycle, "Initialization"."""

    def handle(self, notification: McpNotification, session: Session) -> None:
        """From now on the client may be asked something."""
        session.ready = True


class PingHandler(Handler):
    """Says that we are there. Source: MCP 2025-11-25, basic/utilities/ping."""

    eras = LEGACY
    quick = True

    def handle(self, incoming: Incoming) -> Json:
        """An empty result."""
        return {}


class DiscoverHandler(Handler):
    """Says what is served. Source: MCP 2026-07-28, server/discover.

    ``serverInfo`` goes into ``_meta`` here as in every modern result; the router adds it.
    """

    eras = MODERN
    quick = True
    ttl_ms = HOUR_MS

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def handle(self, incoming: Incoming) -> Json:
        """Revisions, capabilities and instructions."""
        return {
            "supportedVersions": list(SUPPORTED),
            "capabilities": self._identity.capabilities,
            "instructions": self._identity.instructions,
        }
