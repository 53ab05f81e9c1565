"""What a server offers beside its tools: prompts, resources and templates, as values.

Loaded with whatever makes such values, and not at the start: the handshake does without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from awswhitelist.calls import CallContext
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.mcp.messages import Json
from awswhitelist.mcp.uri_templates import UriTemplate

Completer = Callable[[Mapping[str, str], CallContext], Iterable[str]]
"""The arguments settled so far to every value that fits them, best first."""

Read = Callable[[Mapping[str, Any], CallContext], Json]
"""The variables of the URI to what the resource holds. Raises AwsWhitelistError."""


@dataclass(frozen=True, slots=True)
class PromptArgument:
    """One argument of a prompt; all are text."""

    name: str
    description: str
    required: bool = False
    complete: Completer | None = None


@dataclass(frozen=True, slots=True)
class PromptSpec:
    """A message that a user may send to a model.

    ``render`` gets the arguments that are known and not empty, the required ones among them, and
    raises InvalidArgumentError for a value that cannot be used.
    """

    name: str
    title: str
    description: str
    arguments: tuple[PromptArgument, ...]
    render: Callable[[Mapping[str, str]], str]


@dataclass(frozen=True, slots=True)
class ResourceSpec:
    """One JSON document under one URI."""

    uri: str
    name: str
    title: str
    description: str
    read: Read


@dataclass(frozen=True, slots=True)
class TemplateSpec:
    """JSON documents under URIs of one form.

    ``read`` raises one of ``missing`` where there is no such document. ``check`` raises
    AwsWhitelistError for variables that no document can have, without asking anybody: where it
    does not, changes can be told of. ``ordered_by`` names the variable that orders reads among
    calls, as with :class:`~awswhitelist.mcp.registry.ToolSpec`.
    """

    template: UriTemplate
    name: str
    title: str
    description: str
    read: Read
    check: Callable[[Mapping[str, str]], None]
    missing: tuple[type[AwsWhitelistError], ...] = ()
    ordered_by: str | None = None
    completers: Mapping[str, Completer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """Everything that is offered, in the order of the lists."""

    prompts: tuple[PromptSpec, ...] = ()
    resources: tuple[ResourceSpec, ...] = ()
    templates: tuple[TemplateSpec, ...] = ()
