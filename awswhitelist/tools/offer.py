"""Everything that is offered beside the operations, on services made for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from awswhitelist.calls import CallContext
from awswhitelist.mcp.offers import Offer, Read
from awswhitelist.tools.binding import SANDBOX_NOTE
from awswhitelist.tools.completions import Suggestions
from awswhitelist.tools.prompts import prompt_specs
from awswhitelist.tools.resources import resource_specs, template_specs
from awswhitelist.tools.services import Services


def offer_of(services: Services, principal: str, *, sandbox: bool) -> Offer:
    """Prompts, resources and templates. ``principal`` is the local user of this process.

    A sandbox marks what is read from it, as it marks the answers of operations.
    """
    suggestions = Suggestions(services)
    resources = resource_specs(services, principal)
    templates = template_specs(services, suggestions)
    if sandbox:
        resources = tuple(replace(each, read=_marked(each.read)) for each in resources)
        templates = tuple(replace(each, read=_marked(each.read)) for each in templates)
    return Offer(prompt_specs(services, suggestions), resources, templates)


def _marked(read: Read) -> Read:
    def marked(variables: Mapping[str, Any], ctx: CallContext) -> dict[str, Any]:
        document = read(variables, ctx)
        if document.get("sandbox"):  # the answer of an operation, marked already
            return document
        return document | {"summary": SANDBOX_NOTE + document["summary"], "sandbox": True}

    return marked
