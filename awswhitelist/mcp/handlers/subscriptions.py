"""Being told of changes: ``resources/subscribe``, ``resources/unsubscribe`` (MCP 2025-11-25,
server/resources) and ``subscriptions/listen`` (MCP 2026-07-28, basic/patterns/subscriptions).
"""

from __future__ import annotations

from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.mcp.catalog import Catalog, Found
from awswhitelist.mcp.events import Stream
from awswhitelist.mcp.handlers.interface import (
    LEGACY,
    MODERN,
    Handler,
    Incoming,
    text_param,
)
from awswhitelist.mcp.handlers.resources import resource_missing
from awswhitelist.mcp.messages import INVALID_PARAMS, Json, ProtocolError
from awswhitelist.mcp.peer import Peer

_FILTER = "resourceSubscriptions"


class SubscribeHandler(Handler):
    """Tells of one resource from now on."""

    eras = LEGACY

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def handle(self, incoming: Incoming) -> Json:
        """An empty result. Raises ProtocolError where there will be nothing to tell."""
        uri = text_param(incoming.params, "uri")
        found = self._catalog.find(uri)
        if found is None:
            raise self._unwatchable(uri, incoming.peer)
        try:
            found.spec.check(found.variables)
            self._catalog.subscriptions.subscribe(uri, found.canonical)
        except found.spec.missing as error:
            raise resource_missing(uri, incoming.peer, error.to_object()) from error
        except AwsWhitelistError as error:
            raise _refused(error) from error
        return {}

    def _unwatchable(self, uri: str, peer: Peer) -> ProtocolError:
        if self._catalog.resource(uri) is None:
            return resource_missing(uri, peer)
        message = "Invalid params: changes of this resource are not told."
        return ProtocolError(INVALID_PARAMS, message, {"uri": uri})


class UnsubscribeHandler(Handler):
    """Tells of it no more."""

    eras = LEGACY
    quick = True

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def handle(self, incoming: Incoming) -> Json:
        """An empty result, whether there was a subscription or not."""
        self._catalog.subscriptions.unsubscribe(text_param(incoming.params, "uri"))
        return {}


class ListenHandler(Handler):
    """Opens a stream. Our lists do not change while we run, so only resources can be watched."""

    eras = MODERN

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def handle(self, incoming: Incoming) -> Stream:
        """The stream, which has been acknowledged with what it will tell of.

        Raises ProtocolError for a filter that is malformed, or when there are too many streams.
        """
        honoured = self._honoured(_uris(incoming.params.get("notifications")))
        try:
            return self._catalog.subscriptions.listen(incoming.id, honoured)
        except AwsWhitelistError as error:
            raise _refused(error) from error

    def _honoured(self, wanted: list[str]) -> dict[str, str]:
        """Those that can be watched, as they were spelt; nobody else is asked."""
        honoured: dict[str, str] = {}
        for uri in wanted:
            found = self._catalog.find(uri)
            if found is not None and _is_possible(found):
                honoured[uri] = found.canonical
        return honoured


def _uris(notifications: object) -> list[str]:
    """The resources that a SubscriptionFilter names; what else it asks for, we do not have."""
    uris = notifications.get(_FILTER, []) if isinstance(notifications, dict) else None
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        raise ProtocolError(
            INVALID_PARAMS,
            f"Invalid params: `notifications` must be an object, its `{_FILTER}` a list of URIs.",
        )
    return uris


def _is_possible(found: Found) -> bool:
    try:
        found.spec.check(found.variables)
    except AwsWhitelistError:
        return False
    return True


def _refused(error: AwsWhitelistError) -> ProtocolError:
    return ProtocolError(error.number, error.summary, error.to_object())
