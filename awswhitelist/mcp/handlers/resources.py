"""``resources/read``. Source: MCP 2026-07-28, server/resources; 2025-11-25 for the legacy era."""

from __future__ import annotations

from functools import partial

from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.mcp.catalog import MIME_TYPE, Catalog, Errand
from awswhitelist.mcp.handlers.interface import Handler, Incoming, Work, text_param
from awswhitelist.mcp.handlers.tools import bare_failure
from awswhitelist.mcp.messages import INVALID_PARAMS, Json, ProtocolError
from awswhitelist.mcp.parser import to_text
from awswhitelist.mcp.peer import Peer

RESOURCE_NOT_FOUND = -32002
"""What the legacy revisions say; the modern one says -32602 and reserves this code's range."""

_NOT_TO_BE_KEPT: Json = {"ttlMs": 0, "cacheScope": "private"}


class ReadResourceHandler(Handler):
    """Reads a resource. A failure is a JSON-RPC error with our error object as its data."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def handle(self, incoming: Incoming) -> Work:
        """The work to do. Raises ProtocolError for a URI that leads nowhere."""
        uri = text_param(incoming.params, "uri")
        succeeded = partial(_contents, uri, incoming.peer)
        resource = self._catalog.resource(uri)
        if resource is not None:
            return Work(Errand(resource.name, resource.read), {}, succeeded, bare_failure)
        found = self._catalog.find(uri)
        if found is None:
            raise resource_missing(uri, incoming.peer)
        spec = found.spec
        failed = partial(_failure, uri, incoming.peer, spec.missing)
        errand = Errand(spec.name, spec.read, ordered_by=spec.ordered_by)
        return Work(errand, found.variables, succeeded, failed)


def resource_missing(uri: str, peer: Peer, data: Json | None = None) -> ProtocolError:
    """The answer to a URI that no resource has."""
    code = INVALID_PARAMS if peer.revision.modern else RESOURCE_NOT_FOUND
    return ProtocolError(code, "Resource not found.", {"uri": uri, **(data or {})})


def _contents(uri: str, peer: Peer, document: Json) -> Json:
    """A ReadResourceResult: ours change under our hands, so nobody is to keep them."""
    contents = [{"uri": uri, "mimeType": MIME_TYPE, "text": to_text(document)}]
    return {"contents": contents, **(_NOT_TO_BE_KEPT if peer.revision.modern else {})}


def _failure(
    uri: str,
    peer: Peer,
    missing: tuple[type[AwsWhitelistError], ...],
    error: AwsWhitelistError,
    request_id: str,
) -> Json:
    if isinstance(error, missing):
        raise resource_missing(uri, peer, error.to_object() | {"request_id": request_id})
    return bare_failure(error, request_id)
