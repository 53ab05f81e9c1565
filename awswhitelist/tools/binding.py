"""Operations as tools: arguments in, structured result and text out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from awswhitelist.calls import CallContext
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.mcp.registry import Excerpt, Lazy, ToolResult, ToolSpec
from awswhitelist.model_parsing import parse_model
from awswhitelist.tools.operation import Handler, Operation
from awswhitelist.tools.results import OperationResult
from awswhitelist.tools.schemas import input_schema, output_schema
from awswhitelist.tools.services import Services
from awswhitelist.tools.uris import result_uri

SANDBOX_NOTE = "Sandbox (nothing real was touched): "


def bind(operation: Operation, services: Services, *, sandbox: bool) -> ToolSpec:
    """The tool of an operation, on the services given; a sandbox marks its answers."""
    hidden = () if services.config.policy.allow_inline_credentials else ("credentials",)
    return ToolSpec(
        name=operation.name,
        title=operation.title,
        description=operation.description,
        hints=operation.hints,
        input_schema=lambda: input_schema(operation.request_model, hidden),
        output_schema=lambda: output_schema(operation.result_model),
        call=_caller(operation, services, sandbox),
        ordered_by=operation.ordered_by,
        timeout=operation.timeout and operation.timeout(services.config.server),
    )


def _caller(
    operation: Operation, services: Services, sandbox: bool
) -> Callable[[Mapping[str, Any], CallContext], ToolResult]:
    handler: Lazy[Handler[Any, Any]] = Lazy(lambda: operation.handler(services))

    def call(arguments: Mapping[str, Any], ctx: CallContext) -> ToolResult:
        try:
            services.pace.take()
            request = parse_model(operation.request_model, arguments)
            result = handler.get().handle(request, ctx)
        except AwsWhitelistError as exc:
            if sandbox:
                exc.details["sandbox"] = True
            raise
        marks: dict[str, Any] = {"request_id": ctx.request_id}
        if sandbox:
            marks |= {"sandbox": True, "summary": SANDBOX_NOTE + result.summary}
            marks |= result.in_sandbox()
        return _answer(result.model_copy(update=marks), services, ctx)

    return call


def _answer(result: OperationResult, services: Services, ctx: CallContext) -> ToolResult:
    """A result for the wire; a long one is kept, and its excerpt goes along."""
    uri = result_uri(ctx.request_id)
    excerpt = result.excerpt(uri)
    if excerpt is None:
        return rendered(result)
    shown, whole = rendered(excerpt), plain(result)
    services.results.keep(ctx.request_id, whole)
    part = Excerpt(shown.structured, uri, "result", "The whole result")
    return shown._replace(structured=whole, excerpt=part)


def rendered(result: OperationResult) -> ToolResult:
    """A result for the wire: what is not known is left out, never null."""
    lines = [result.summary, *result.facts()]
    lines += [f"Warning: {warning.message}" for warning in result.warnings or ()]
    return ToolResult(plain(result), "\n".join(lines))


def plain(result: OperationResult) -> dict[str, Any]:
    """A result as it is written in JSON."""
    return result.model_dump(mode="json", exclude_none=True)
