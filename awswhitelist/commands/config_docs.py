"""The reference of all settings as Markdown, made from the JSON Schema of the config file.

Run as ``python -m awswhitelist.commands.config_docs --write FILE`` to write it, or without
``--write`` to print it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from awswhitelist.commands.config_schema import config_schema
from awswhitelist.config_sources import SCHEMA_KEY, variable_name

Json = Mapping[str, Any]

HEAD = """\
# Configuration

<!-- Made by `python -m awswhitelist.commands.config_docs --write docs/configuration.md`. -->

The configuration is a JSON file. It is named by `--config` or by the environment variable
`AWSWHITELIST_CONFIG`; otherwise it is `awswhitelist/config.json` in the user's configuration
directory (`$XDG_CONFIG_HOME`, usually `~/.config`), if there is one. Everything has a default:
without a file the server starts too. What is unknown or wrong is told, with its name, and nothing
starts.

- `awswhitelist config init` writes a file to begin with, `awswhitelist config check` finds what is
  wrong in one, `awswhitelist config show` tells what is in force and where each value comes from.
- Stronger than the file is an environment variable `AWSWHITELIST_<SECTION>__<FIELD>`; its value is
  JSON if it reads as JSON, else text. In `ports` and `profiles` the field is the name of a port or
  profile, in lower case. There is no variable for the policy and for the state directory.
- The [policy](policy.md) of the operator bounds the section `policy`.
- A duration is a text such as "90m", "8h" or "7d". Paths are absolute or begin with `~/`.
- A `$schema` in the file is for editors, which complete and check it: `awswhitelist config schema`
  prints the schema.
"""

_TYPES = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "null": "null",
    "object": "object",
}


class Row(NamedTuple):
    """One setting: its dotted path, and what is told of it."""

    path: str
    type: str
    default: str
    variable: str | None
    meaning: str


def markdown() -> str:
    """The whole reference."""
    return f"{HEAD}\n{sections_markdown()}"


def sections_markdown() -> str:
    """A chapter for each section of the file."""
    schema = config_schema()
    names = (name for name in schema["properties"] if name != SCHEMA_KEY)
    return "\n".join(_section(name, schema) for name in names)


def rows_of(section: str, schema: Json) -> Iterator[Row]:
    """The settings of one section, nested ones by their paths."""
    field = schema["properties"][section]
    found = _resolved(field, schema)
    if "properties" in found:
        yield from _rows(section, found, schema)
        return
    each, named = found["additionalProperties"], f"{section}.<name>"
    inner = _resolved(each, schema)
    if "properties" in inner:
        yield from _rows(named, inner, schema)
    else:
        yield _row(named, {"description": field["description"], **each}, schema)


def _rows(path: str, model: Json, schema: Json, about: str = "") -> Iterator[Row]:
    """``about`` is what is told of the model as a whole."""
    for name, field in model["properties"].items():
        meaning = f"{about} {field.get('description', '')}".strip()
        inner = _resolved(field, schema)
        if "properties" in inner:
            yield from _rows(f"{path}.{name}", inner, schema, meaning)
        else:
            needed = name in model.get("required", ())
            yield _row(f"{path}.{name}", {**field, "description": meaning}, schema, needed=needed)


def _row(path: str, field: Json, schema: Json, *, needed: bool = False) -> Row:
    section, _, name = path.partition(".")
    shown = json.dumps(field["default"]) if field.get("default") is not None else ""
    return Row(
        path,
        _type(field, schema) + (" (needed)" if needed else ""),
        f"`{shown}`" if shown else "–",
        variable_name(section, name) if name.isidentifier() else None,
        field["description"],
    )


def _resolved(field: Json, schema: Json) -> Json:
    reference = field.get("$ref")
    return schema["$defs"][reference.rpartition("/")[2]] if reference else field


def _type(field: Json, schema: Json) -> str:
    """What a value may be, in words."""
    found = _resolved(field, schema)
    if "enum" in found:
        return " or ".join(f"`{each}`" for each in found["enum"])
    if "const" in found:
        return f"`{json.dumps(found['const'])}`"
    if "title" in found:
        return str(found["title"])
    if "anyOf" in found:
        return " or ".join(_type(each, schema) for each in found["anyOf"])
    if found["type"] == "array":
        return f"list of {_type(found['items'], schema)}"
    if found.get("format") == "path":
        return "path"
    return _TYPES[found["type"]] + _bounds(found)


def _bounds(found: Json) -> str:
    low, high = found.get("minimum"), found.get("maximum")
    if low is None:
        return ""
    return f", at least {low}" if high is None else f", {low} to {high}"


def _section(name: str, schema: Json) -> str:
    field = schema["properties"][name]
    about = field.get("description") or _resolved(field, schema).get("description", "")
    rows = tuple(rows_of(name, schema))
    has_variables = any(row.variable for row in rows)
    head = ["setting", "type", "default", *(["variable"] if has_variables else []), "meaning"]
    lines = [_line(head), _line(["---"] * len(head))]
    for row in rows:
        variable = [f"`{row.variable}`" if row.variable else "–"] if has_variables else []
        lines.append(_line([f"`{row.path}`", row.type, row.default, *variable, row.meaning]))
    return "\n".join([f"## {name}", "", about, "", *lines, ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the reference, or write it to a file."""
    parser = argparse.ArgumentParser(prog="python -m awswhitelist.commands.config_docs")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write it to this file")
    arguments = parser.parse_args(argv)
    if arguments.write is None:
        sys.stdout.write(markdown())
    else:
        arguments.write.write_text(markdown(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
