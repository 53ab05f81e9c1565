"""An operation, declared once: from it come the MCP tool and the bare method."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any, Generic, TypeVar, get_args, get_origin

from awswhitelist.calls import CallContext
from awswhitelist.collecting import uncollected
from awswhitelist.config_sections import ServerConfig
from awswhitelist.mcp.registry import ToolHints
from awswhitelist.tools.arguments import Arguments
from awswhitelist.tools.results import OperationResult
from awswhitelist.tools.services import Services

RequestT = TypeVar("RequestT", bound=Arguments)
ResultT = TypeVar("ResultT", bound=OperationResult)


class Handler(ABC, Generic[RequestT, ResultT]):
    """Serves one operation. A subclass names its two models: ``Handler[MyRequest, MyResponse]``."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @abstractmethod
    def handle(self, request: RequestT, ctx: CallContext) -> ResultT:
        """Do it. Raises AwsWhitelistError."""


@dataclass(frozen=True)
class Operation:
    """One row of the table of operations.

    ``served_by`` names the handler's class as ``module:Class``, the module being one beside this
    one. It is loaded when the operation is first looked into, so that a call of one operation does
    not wait for the modules of all others. ``ordered_by`` names the argument whose text orders
    calls within a connection. ``timeout`` is how long a call may take, in seconds; None: as long as
    any.
    """

    name: str
    title: str
    description: str
    hints: ToolHints
    served_by: str
    ordered_by: str | None = None
    timeout: Callable[[ServerConfig], float] | None = None

    @cached_property
    def handler(self) -> type[Handler[Any, Any]]:
        """The class that serves it. TypeError where the row does not name a handler."""
        module, _, name = self.served_by.partition(":")
        with uncollected():
            found = getattr(import_module(f"{__package__}.{module}"), name)
        if not (isinstance(found, type) and issubclass(found, Handler)):
            raise TypeError(f"{self.served_by} is no handler of an operation")
        return found

    @property
    def request_model(self) -> type[Arguments]:
        """What its arguments are read into."""
        return self._models[0]

    @property
    def result_model(self) -> type[OperationResult]:
        """What it answers."""
        return self._models[1]

    @cached_property
    def _models(self) -> tuple[type[Arguments], type[OperationResult]]:
        """The two models that the handler's class names."""
        bases = getattr(self.handler, "__orig_bases__", ())
        request, result = next(get_args(base) for base in bases if get_origin(base) is Handler)
        return request, result
