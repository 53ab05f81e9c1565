"""The methods of the protocol: a table of handlers, one class per method."""

from __future__ import annotations

from collections.abc import Mapping

from awswhitelist.mcp.catalog import Catalog
from awswhitelist.mcp.handlers.cancellation import CancelledHandler
from awswhitelist.mcp.handlers.completion import CompleteHandler
from awswhitelist.mcp.handlers.interface import Handler, NotificationHandler
from awswhitelist.mcp.handlers.listing import ListHandler
from awswhitelist.mcp.handlers.opening import (
    DiscoverHandler,
    Identity,
    InitializedHandler,
    InitializeHandler,
    PingHandler,
)
from awswhitelist.mcp.handlers.prompts import GetPromptHandler
from awswhitelist.mcp.handlers.resources import ReadResourceHandler
from awswhitelist.mcp.handlers.subscriptions import (
    ListenHandler,
    SubscribeHandler,
    UnsubscribeHandler,
)
from awswhitelist.mcp.handlers.tools import CallToolHandler
from awswhitelist.mcp.registry import ToolRegistry


def request_handlers(
    identity: Identity, registry: ToolRegistry, page_size: int
) -> Mapping[str, Handler]:
    """The table of methods; a method that is not in it may still be the name of a tool."""
    return {
        "initialize": InitializeHandler(identity),
        "ping": PingHandler(),
        "server/discover": DiscoverHandler(identity),
        "tools/list": ListHandler("tools", "name", registry.listing, page_size),
        "tools/call": CallToolHandler(registry),
    }


def catalog_handlers(catalog: Catalog, page_size: int) -> Mapping[str, Handler]:
    """The methods of a server that offers more than tools."""
    return {
        "prompts/list": ListHandler("prompts", "name", catalog.list_prompts, page_size),
        "prompts/get": GetPromptHandler(catalog),
        "resources/list": ListHandler("resources", "uri", catalog.list_resources, page_size),
        "resources/templates/list": ListHandler(
            "resourceTemplates", "uriTemplate", catalog.list_templates, page_size
        ),
        "resources/read": ReadResourceHandler(catalog),
        "resources/subscribe": SubscribeHandler(catalog),
        "resources/unsubscribe": UnsubscribeHandler(catalog),
        "subscriptions/listen": ListenHandler(catalog),
        "completion/complete": CompleteHandler(catalog),
    }


def notification_handlers() -> Mapping[str, NotificationHandler]:
    """The notifications that make a difference; every other one is ignored."""
    return {
        "notifications/initialized": InitializedHandler(),
        "notifications/cancelled": CancelledHandler(),
    }
