"""JSON Schemas of the operations' models, kept small: a model pays for every byte of them.

Dialect: JSON Schema 2020-12, MCP's default (MCP 2026-07-28, basic, "JSON Schema Usage").
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel

DROPPED = frozenset({"title", "default"})
DROPPED_FROM_ANSWERS = DROPPED | {"additionalProperties"}
"""Clients keep a schema for an hour: an answer may gain a field without being thrown away."""


def input_schema(model: type[BaseModel], hidden: Collection[str] = ()) -> dict[str, Any]:
    """The schema of a request model without the ``hidden`` arguments; those that it does not name
    are refused."""
    schema = _small(model.model_json_schema(mode="validation"), DROPPED)
    properties = schema.get("properties", {})
    shown = {name: field for name, field in properties.items() if name not in hidden}
    return {**schema, "properties": shown} if properties else schema


def output_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a result model, as it is answered: without nulls, only the summary required."""
    schema = _small(model.model_json_schema(mode="serialization"), DROPPED_FROM_ANSWERS)
    return {**schema, "required": ["summary"]}


def _small(schema: dict[str, Any], dropped: frozenset[str]) -> dict[str, Any]:
    definitions = schema.pop("$defs", {})
    schema.pop("description", None)  # the tool's own says it better
    small: dict[str, Any] = _cleaned(schema, definitions, dropped)
    return small


def _cleaned(node: Any, definitions: dict[str, Any], dropped: frozenset[str]) -> Any:
    """A node without references, nulls and the keywords to drop."""
    if isinstance(node, list):
        return [_cleaned(item, definitions, dropped) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = definitions[node["$ref"].rpartition("/")[2]]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        node.pop("description", None)
    cleaned = {
        key: (_properties if key == "properties" else _cleaned)(value, definitions, dropped)
        for key, value in node.items()
        if key not in dropped
    }
    return _without_null(cleaned)


def _properties(
    properties: dict[str, Any], definitions: dict[str, Any], dropped: frozenset[str]
) -> dict[str, Any]:
    """Here the keys are names of fields, of which one may be "title"."""
    return {name: _cleaned(value, definitions, dropped) for name, value in properties.items()}


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    """``anyOf`` without the null branch; nothing is ever answered or expected as null."""
    branches = node.get("anyOf")
    if branches is None:
        return node
    left = [branch for branch in branches if branch != {"type": "null"}]
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**left[0], **rest} if len(left) == 1 else {**rest, "anyOf": left}
