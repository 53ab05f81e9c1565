"""Operations as tools: arguments in, structured result and text out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from awswhitelist.access.rates import CallPace
from awswhitelist.calls import CallContext
from awswhitelist.mcp.registry import ToolResult, ToolSpec
from awswhitelist.model_parsing import parse_model
from awswhitelist.tools.operation import Handler, Operation
from awswhitelist.tools.results import OperationResult
from awswhitelist.tools.schemas import input_schema, output_schema
from awswhitelist.tools.services import Services

SANDBOX_NOTE = "Sandbox (nothing real was touched): "


def bind(operation: Operation, services: Services, *, sandbox: bool) -> ToolSpec:
    """The tool of an operation, on the services given; a sandbox marks its answers."""
    handler = operation.handler(services)
    hidden = () if services.config.policy.allow_inline_credentials else ("credentials",)
    return ToolSpec(
        name=operation.name,
        title=operation.title,
        description=operation.description,
        hints=operation.hints,
        input_schema=partial(input_schema, operation.request_model, hidden),
        output_schema=partial(output_schema, operation.result_model),
        call=_caller(operation, handler, services.pace, sandbox),
        ordered_by=operation.ordered_by,
    )


def _caller(
    operation: Operation, handler: Handler[Any, Any], pace: CallPace, sandbox: bool
) -> Callable[[Mapping[str, Any], CallContext], ToolResult]:
    def call(arguments: Mapping[str, Any], ctx: CallContext) -> ToolResult:
        pace.take()
        request = parse_model(operation.request_model, arguments)
        result = handler.handle(request, ctx)
        marks: dict[str, Any] = {"request_id": ctx.request_id}
        if sandbox:
            marks |= {"sandbox": True, "summary": SANDBOX_NOTE + result.summary}
        return rendered(result.model_copy(update=marks))

    return call


def rendered(result: OperationResult) -> ToolResult:
    """A result for the wire: what is not known is left out, never null."""
    lines = [result.summary, *result.facts()]
    lines += [f"Warning: {warning.message}" for warning in result.warnings or ()]
    structured = result.model_dump(mode="json", exclude_none=True)
    return ToolResult(structured, "\n".join(lines))
