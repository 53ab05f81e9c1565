"""``prompts/get``. Source: MCP 2026-07-28, server/prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.mcp.catalog import Catalog
from awswhitelist.mcp.handlers.interface import Handler, Incoming, object_param, text_param
from awswhitelist.mcp.messages import INVALID_PARAMS, Json, ProtocolError

if TYPE_CHECKING:
    from awswhitelist.mcp.offers import PromptSpec

_SHOWN = 100
LONGEST_ARGUMENT = 255


class GetPromptHandler(Handler):
    """Fills a prompt in."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def handle(self, incoming: Incoming) -> Json:
        """The message. Raises ProtocolError (-32602) naming the argument that is wrong."""
        name = text_param(incoming.params, "name")
        spec = self._catalog.prompt(name)
        if spec is None:
            raise ProtocolError(INVALID_PARAMS, f"Unknown prompt: {name[:_SHOWN]}")
        text = _render(spec, _checked(spec, object_param(incoming.params, "arguments")))
        content = {"type": "text", "text": text}
        return {
            "description": spec.description,
            "messages": [{"role": "user", "content": content}],
        }


def _render(spec: PromptSpec, arguments: dict[str, str]) -> str:
    try:
        return spec.render(arguments)
    except AwsWhitelistError as error:
        raise ProtocolError(INVALID_PARAMS, error.summary, error.to_object()) from error


def _checked(spec: PromptSpec, given: Json) -> dict[str, str]:
    """The arguments, those left empty in a form not among them."""
    known = {argument.name for argument in spec.arguments}
    for name, value in given.items():
        if name not in known:
            raise _wrong(name[:_SHOWN], "is not known to this prompt")
        if not isinstance(value, str) or len(value) > LONGEST_ARGUMENT:
            raise _wrong(name, f"must be a string of at most {LONGEST_ARGUMENT} characters")
    filled = {name: value.strip() for name, value in given.items() if value.strip()}
    for argument in spec.arguments:
        if argument.required and argument.name not in filled:
            raise _wrong(argument.name, "is required")
    return filled


def _wrong(name: str, problem: str) -> ProtocolError:
    return ProtocolError(
        INVALID_PARAMS, f"Invalid params: the argument `{name}` {problem}.", {"field": name}
    )
