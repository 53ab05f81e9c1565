"""An operation, declared once: from it come the MCP tool and the bare method."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from awswhitelist.calls import CallContext
from awswhitelist.mcp.registry import ToolHints
from awswhitelist.tools.arguments import Arguments
from awswhitelist.tools.results import OperationResult
from awswhitelist.tools.services import Services

RequestT = TypeVar("RequestT", bound=Arguments)
ResultT = TypeVar("ResultT", bound=OperationResult)


class Handler(ABC, Generic[RequestT, ResultT]):
    """Serves one operation."""

    def __init__(self, services: Services) -> None:
        self.services = services

    @abstractmethod
    def handle(self, request: RequestT, ctx: CallContext) -> ResultT:
        """Do it. Raises AwsWhitelistError."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table of operations.

    ``ordered_by`` names the argument whose text orders calls within a connection.
    """

    name: str
    title: str
    description: str
    hints: ToolHints
    request_model: type[Arguments]
    result_model: type[OperationResult]
    handler: type[Handler[Any, Any]]
    ordered_by: str | None = None
