"""The reference of the operations, made of their table and their models."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from awswhitelist.commands.exits import STATUSES as EXITS
from awswhitelist.tools.operation import Operation
from awswhitelist.tools.results import OperationResult
from awswhitelist.tools.table import OPERATIONS
from scripts.docs.operation_words import ARGUMENTS, EXAMPLES, FIELDS, STATUSES, STATUSES_OF
from scripts.docs.tables import HEAD, table

Json = Mapping[str, Any]

INTRODUCTION = """\
Each operation is an MCP tool, a JSON-RPC method of the same name, and a
[command](command-line.md) (`list_rules` is `awswhitelist list-rules`). The hints are those of MCP:
*reads* changes nothing; *destructive* may take access away; *open world* asks services outside AWS;
all are idempotent, so that the same call again does no harm.

Arguments that an operation does not have are refused, and so are values of another type.
`credentials` is there only where the policy admits keys in a call.
"""

SHARED = tuple(OperationResult.model_fields)
"""The fields of every result."""

_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
}


def markdown() -> str:
    """The whole page."""
    rows = ([f"[`{each.name}`](#{each.name})", _hints(each), each.title] for each in OPERATIONS)
    parts = [
        HEAD.format(title="Operations"),
        INTRODUCTION,
        table(("operation", "hints", "what it does"), rows),
        "## Every result\n\nWhat is not known is left out, never null.\n",
        _fields(OPERATIONS[0], SHARED),
        "## Statuses\n",
        _statuses(STATUSES),
        *(_section(operation) for operation in OPERATIONS),
    ]
    return "\n".join(parts)


def _section(operation: Operation) -> str:
    own = [name for name in operation.result_model.model_fields if name not in SHARED]
    statuses = STATUSES_OF.get(operation.name)
    words = ", ".join(f"`{status}`" for status in statuses or ())
    return "\n".join(
        [
            f"## {operation.name}\n",
            f"{operation.description}\n\n*{_hints(operation)}*\n",
            _arguments(operation),
            _example(operation),
            "Its result, besides [what every result has](#every-result):\n",
            _fields(operation, own),
            *([f"[Statuses](#statuses): {words}.\n"] if statuses else []),
        ]
    )


def _hints(operation: Operation) -> str:
    hints = operation.hints
    words = ["reads" if hints.read_only else "writes"]
    words += ["destructive"] if hints.destructive else []
    words += ["open world"] if hints.open_world else []
    return ", ".join(words)


def arguments_of(operation: Operation) -> Iterator[tuple[str, Json, bool]]:
    """The arguments: name, schema, and whether it is needed; those that are come first."""
    schema = operation.request_model.model_json_schema(mode="validation")
    needed = schema.get("required", ())
    fields = schema.get("properties", {})
    for name in sorted(fields, key=lambda each: each not in needed):
        yield name, _resolved(fields[name], schema.get("$defs", {})), name in needed


def _resolved(field: Any, definitions: Json) -> Any:
    """A schema without references."""
    if isinstance(field, list):
        return [_resolved(each, definitions) for each in field]
    if not isinstance(field, dict):
        return field
    reference = field.get("$ref")
    found = definitions[reference.rpartition("/")[2]] if reference else {}
    own = {key: _resolved(each, definitions) for key, each in field.items() if key != "$ref"}
    return {**found, **own}


def description_of(name: str, field: Json, glossary: Mapping[str, str]) -> str:
    """What a field means: its own words, or those of the glossary. KeyError without any."""
    branches = [field, *field.get("anyOf", ())]
    return (
        next(
            (
                each["description"]
                for each in branches
                if "description" in each and "$ref" not in each
            ),
            None,
        )
        or glossary[name]
    )


def _arguments(operation: Operation) -> str:
    rows = [
        [
            f"`{name}`",
            type_words(field),
            "needed" if needed else _default(field),
            description_of(name, field, ARGUMENTS),
        ]
        for name, field, needed in arguments_of(operation)
    ]
    if not rows:
        return "It takes no arguments.\n"
    return table(("argument", "type", "default", "meaning"), rows)


def _default(field: Json) -> str:
    default = field.get("default")
    return "–" if default is None else f"`{json.dumps(default)}`"


def type_words(field: Json) -> str:
    """What a value may be."""
    if "enum" in field:
        return " or ".join(f"`{each}`" for each in field["enum"])
    if "anyOf" in field:
        branches = (each for each in field["anyOf"] if each.get("type") != "null")
        return " or ".join(dict.fromkeys(type_words(each) for each in branches))
    if field.get("type") == "array":
        inner = field.get("items") or {}
        return f"list of {type_words(inner)}{_bounds(field, 'minItems', 'maxItems')}"
    kind = _TYPES[field["type"]]
    return f"{kind}{_bounds(field, 'minimum', 'maximum')}"


def _bounds(field: Json, least: str, most: str) -> str:
    low, high = field.get(least), field.get(most)
    if high is None:
        return ""
    return f" ({low} to {high})" if low is not None else f" (at most {high})"


def _example(operation: Operation) -> str:
    request = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": operation.name,
        "params": EXAMPLES[operation.name],
    }
    return f"```json\n{json.dumps(request, indent=2)}\n```\n"


def _fields(operation: Operation, names: Iterable[str]) -> str:
    schema = operation.result_model.model_json_schema(mode="serialization")
    fields = schema["properties"]
    rows = [[f"`{name}`", description_of(name, fields[name], FIELDS)] for name in names]
    return table(("field", "meaning"), rows)


def _statuses(statuses: Mapping[str, str]) -> str:
    rows = [
        [f"`{status}`", meaning, str(int(EXITS[status]))] for status, meaning in statuses.items()
    ]
    return table(("status", "meaning", "[exit code](command-line.md#exit-codes)"), rows)
