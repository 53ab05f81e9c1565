"""Finds what a server offers beside its tools, which is loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from awswhitelist.calls import CallContext
from awswhitelist.mcp.events import Subscriptions
from awswhitelist.mcp.messages import Json
from awswhitelist.mcp.registry import Lazy, ToolHints

if TYPE_CHECKING:
    from awswhitelist.mcp.offers import Offer, PromptSpec, ResourceSpec, TemplateSpec

MIME_TYPE = "application/json"

READS = ToolHints(read_only=True, destructive=False, idempotent=True, open_world=False)


class Errand(NamedTuple):
    """What a worker does for a method that calls no tool. Only reads: see ``hints``."""

    name: str
    call: Callable[[Mapping[str, Any], CallContext], Any]
    ordered_by: str | None = None
    timeout: float | None = None
    hints: ToolHints = READS


class Found(NamedTuple):
    """A template, and the variables with which it leads to a URI."""

    spec: TemplateSpec
    variables: dict[str, str]

    @property
    def canonical(self) -> str:
        """The one spelling of the URI under which changes of the resource are told."""
        return self.spec.template.expand(self.variables)


class Catalog:
    """Finds what is offered. ``load`` runs once, at the first use.

    ``subscriptions`` are those of the one connection that the catalog is served on.
    """

    def __init__(self, load: Callable[[], Offer]) -> None:
        self._offer = Lazy(load)
        self.subscriptions = Subscriptions()

    def prompt(self, name: str) -> PromptSpec | None:
        """The prompt of that name, if there is one."""
        return next((spec for spec in self._offer.get().prompts if spec.name == name), None)

    def resource(self, uri: str) -> ResourceSpec | None:
        """The resource that is listed under that URI, if there is one."""
        return next((spec for spec in self._offer.get().resources if spec.uri == uri), None)

    def template(self, text: str) -> TemplateSpec | None:
        """The template that is spelt in that way, if there is one."""
        templates = self._offer.get().templates
        return next((spec for spec in templates if spec.template.template == text), None)

    def find(self, uri: str) -> Found | None:
        """The template that leads to that URI, if there is one."""
        for spec in self._offer.get().templates:
            variables = spec.template.match(uri)
            if variables is not None:
                return Found(spec, variables)
        return None

    def list_prompts(self) -> list[Json]:
        """Every prompt as the wire shows it. Source: MCP 2026-07-28, server/prompts, "Prompt"."""
        return [_prompt(spec) for spec in self._offer.get().prompts]

    def list_resources(self) -> list[Json]:
        """Every resource. Source: MCP 2026-07-28, server/resources, "Resource"."""
        return [{"uri": spec.uri, **_shown(spec)} for spec in self._offer.get().resources]

    def list_templates(self) -> list[Json]:
        """Every template. Source: MCP 2026-07-28, schema, ResourceTemplate."""
        templates = self._offer.get().templates
        return [{"uriTemplate": spec.template.template, **_shown(spec)} for spec in templates]


def _shown(spec: ResourceSpec | TemplateSpec) -> Json:
    return {
        "name": spec.name,
        "title": spec.title,
        "description": spec.description,
        "mimeType": MIME_TYPE,
    }


def _prompt(spec: PromptSpec) -> Json:
    arguments = [
        {"name": each.name, "description": each.description, "required": each.required}
        for each in spec.arguments
    ]
    return {
        "name": spec.name,
        "title": spec.title,
        "description": spec.description,
        "arguments": arguments,
    }
