"""``completion/complete``. Source: MCP 2026-07-28, server/utilities/completion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from awswhitelist.mcp.catalog import Catalog, Errand
from awswhitelist.mcp.handlers.interface import Handler, Incoming, Outcome, Work, object_param
from awswhitelist.mcp.handlers.interface import text_param
from awswhitelist.mcp.handlers.tools import bare_failure
from awswhitelist.mcp.messages import INVALID_PARAMS, Json, ProtocolError

if TYPE_CHECKING:
    from awswhitelist.mcp.offers import Completer

MOST_VALUES = 100
"""The most that the specification lets an answer have."""

PATIENCE = 5.0
"""Seconds after which nobody waits for a suggestion any more."""


class CompleteHandler(Handler):
    """Suggests values for an argument of a prompt, or a variable of a template."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def handle(self, incoming: Incoming) -> Outcome:
        """What begins, in any case, with what was typed. Raises ProtocolError (-32602)."""
        argument = object_param(incoming.params, "argument")
        name, typed = text_param(argument, "name"), text_param(argument, "value")
        completers = self._completers(object_param(incoming.params, "ref"))
        if name not in completers:
            raise ProtocolError(INVALID_PARAMS, "Invalid params: there is no such argument.")
        complete = completers[name]
        if complete is None:
            return _completion(typed, ())
        settled = _settled(object_param(incoming.params, "context"))
        errand = Errand("completion", complete, timeout=PATIENCE)
        return Work(errand, settled, partial(_completion, typed), bare_failure)

    def _completers(self, ref: Json) -> Mapping[str, Completer | None]:
        """Every argument of what the reference means, with what suggests values for it."""
        if ref.get("type") == "ref/prompt":
            prompt = self._catalog.prompt(text_param(ref, "name"))
            if prompt is not None:
                return {argument.name: argument.complete for argument in prompt.arguments}
        elif ref.get("type") == "ref/resource":
            template = self._catalog.template(text_param(ref, "uri"))
            if template is not None:
                return {name: template.completers.get(name) for name in template.template.names}
        raise ProtocolError(
            INVALID_PARAMS, "Invalid params: `ref` names no prompt and no template of ours."
        )


def _settled(context: Json) -> dict[str, str]:
    """The arguments that have values already; what is no text is none."""
    arguments = object_param(context, "arguments")
    return {name: value for name, value in arguments.items() if isinstance(value, str) and value}


def _completion(typed: str, values: Iterable[str]) -> Json:
    """A CompleteResult. ``total`` counts what fits, shown or not."""
    wanted = typed.casefold()
    fitting = [value for value in dict.fromkeys(values) if value.casefold().startswith(wanted)]
    completion = {
        "values": fitting[:MOST_VALUES],
        "total": len(fitting),
        "hasMore": len(fitting) > MOST_VALUES,
    }
    return {"completion": completion}
