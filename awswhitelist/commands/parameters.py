"""Options and arguments of a command, made of an operation's request model.

The JSON Schema that MCP clients get says what each field takes; so commands cannot drift from it.
Only what was given on the command line is passed on: defaults and checks are the model's.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from awswhitelist.tools.schemas import input_schema

Schema = Mapping[str, Any]

POSITIONAL = ("target", "receipt")
"""Fields that are given without the name of an option."""

OWN = "own_"
"""Begins the names of parameters that are the command's and not the operation's."""

FILE = f"{OWN}file"

HELP: Mapping[str, str] = {
    "resource_type": "What kind of thing the target is.",
    "protocol": "The protocol.",
    "icmp_type": "The ICMP type; without it, all.",
    "icmp_code": "The ICMP code; without it, all.",
    "reason": "Why; kept on the rule and in the audit log.",
    "ticket": "The ticket it belongs to.",
    "owner": "Whose access it is.",
    "rule_ids": "The rules meant, by their ids.",
    "limit": "How many to show at most.",
    "cursor": "Where to go on: `next_cursor` of the page before.",
}
"""For fields whose schema says nothing: models are not sent what they know by the name."""


METAVARS: Mapping[str, str] = {"expires_in": "DURATION", "approval": "TOKEN"}
"""What stands for the value in the help, where the name's last word will not do."""


class Kind(Enum):
    """How a field is given on a command line."""

    FLAG = auto()
    NUMBER = auto()
    WORD = auto()
    WORDS = auto()
    """May be repeated."""

    DATA = auto()
    """JSON, or ``@FILE``, or ``-`` for standard input."""

    SECRET = auto()
    """``@FILE`` or ``-``: arguments can be seen by everybody on the machine."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A field of a request model, as the command line has it."""

    name: str
    kind: Kind
    schema: Schema
    field: FieldInfo
    singular: str | None = None
    """What else a list may be called, for one of it."""

    @property
    def is_single_or_list(self) -> bool:
        """Whether one word alone is passed on as it is, and not as a list of one."""
        return self.kind is Kind.WORDS and "anyOf" in self.schema

    def to_click(self) -> click.Parameter:
        """The option or argument."""
        if self.name in POSITIONAL:
            return click.Argument([self.name], required=self.field.is_required())
        return click.Option(
            [self.name, *self._spellings()],
            required=self.field.is_required() and self.kind is not Kind.DATA,
            default=None,
            help=self._help(),
            **self._type(),
        )

    def read(self, value: Any) -> Any:
        """What the model gets for what was given. Raises click.BadParameter."""
        match self.kind:
            case Kind.WORDS:
                alone = self.is_single_or_list and len(value) == 1
                return value[0] if alone else list(value)
            case Kind.DATA | Kind.SECRET:
                shown = "--" + self.name.replace("_", "-")
                return read_json(value, shown, inline=self.kind is Kind.DATA)
            case _:
                return value

    def _spellings(self) -> tuple[str, ...]:
        option = "--" + self.name.replace("_", "-")
        if self.kind is Kind.FLAG and self.field.default is not False:
            return (f"{option}/--no-{option[2:]}",)
        return (f"--{self.singular.replace('_', '-')}", option) if self.singular else (option,)

    def _type(self) -> dict[str, Any]:
        match self.kind:
            case Kind.FLAG:
                return {"is_flag": True}
            case Kind.NUMBER:
                whole = self.schema.get("type") == "integer"
                return {"type": click.INT if whole else click.FLOAT}
            case Kind.WORDS:
                return {"multiple": True, "metavar": self._metavar()}
            case Kind.DATA:
                return {"metavar": "JSON|@FILE|-"}
            case Kind.SECRET:
                return {"metavar": "@FILE|-"}
            case Kind.WORD:
                choices = self.schema.get("enum")
                return {"type": click.Choice(choices)} if choices else {"metavar": self._metavar()}

    def _metavar(self) -> str:
        return METAVARS.get(self.name, self.name.rpartition("_")[2].upper())

    def _help(self) -> str:
        text = str(self.schema.get("description") or HELP.get(self.name, ""))
        default = self.field.default
        shown = default is not None and default is not False and not self.field.is_required()
        how_often = "May be repeated." if self.kind is Kind.WORDS else ""
        return " ".join(
            part for part in (text, how_often, f"[default: {default}]" if shown else "") if part
        )


def parameters_of(model: type[BaseModel]) -> tuple[Parameter, ...]:
    """Every field of a request model, positional ones first."""
    properties = input_schema(model).get("properties", {})
    found = [
        Parameter(
            name, kind_of(schema), schema, model.model_fields[name], _singular(name, properties)
        )
        for name, schema in properties.items()
    ]
    return tuple(sorted(found, key=lambda each: each.name not in POSITIONAL))


def _singular(name: str, fields: Mapping[str, Schema]) -> str | None:
    """The name of one of a list's entries, unless another field has that name."""
    one = name.removesuffix("s")
    return one if kind_of(fields[name]) is Kind.WORDS and one not in fields else None


def kind_of(schema: Schema) -> Kind:
    """How a value of this schema is given."""
    types = {branch.get("type") for branch in schema.get("anyOf", [schema])}
    lists = [branch for branch in schema.get("anyOf", [schema]) if branch.get("type") == "array"]
    if types == {"boolean"}:
        return Kind.FLAG
    if types <= {"integer", "number"}:
        return Kind.NUMBER
    if any(not _holds_words(each.get("items", {})) for each in lists) or not types <= {
        *("string", "integer", "number", "array"),
    }:
        return Kind.SECRET if "'format': 'password'" in str(schema) else Kind.DATA
    return Kind.WORDS if lists else Kind.WORD


def _holds_words(items: Schema) -> bool:
    types = {branch.get("type") for branch in items.get("anyOf", [items])}
    return types <= {"string", "integer", "number"}


def file_option(parameters: tuple[Parameter, ...]) -> click.Option | None:
    """``--file`` for the one list of objects that an operation takes, if it takes one."""
    listed = _list_of_objects(parameters)
    if listed is None:
        return None
    return click.Option(
        [FILE, "--file"],
        metavar="FILE|-",
        help=f"Read `{listed.name}` from a JSON file; - is standard input.",
    )


def _list_of_objects(parameters: tuple[Parameter, ...]) -> Parameter | None:
    found = [
        each for each in parameters if each.kind is Kind.DATA and each.schema.get("type") == "array"
    ]
    return found[0] if len(found) == 1 else None


def arguments_of(parameters: tuple[Parameter, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """What was given on the command line, as the arguments of a call.

    Raises click.BadParameter for data that is no JSON.
    """
    return dict(_given(parameters, values))


def _given(
    parameters: tuple[Parameter, ...], values: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    for each in parameters:
        value = values.get(each.name)
        if value is not None and value != ():
            yield each.name, each.read(value)
    listed = _list_of_objects(parameters)
    if listed is not None and values.get(FILE) is not None:
        yield listed.name, _parsed(_contents(values[FILE], "--file"), "--file")


def read_json(text: str, shown: str, *, inline: bool = True) -> Any:
    """JSON given as it is (where that is allowed), as ``@FILE``, or as ``-`` for standard input.

    ``shown`` is what people call the place. Raises click.BadParameter.
    """
    if text == "-":
        return _parsed(_contents("-", shown), shown)
    if text.startswith("@"):
        return _parsed(_contents(text[1:], shown), shown)
    if not inline:
        raise click.BadParameter(
            f"{shown} takes @FILE or -: everybody on this machine can read a command's arguments."
        )
    return _parsed(text, shown)


def _contents(name: str, shown: str) -> str:
    try:
        # JSON is UTF-8, whatever the locale is.
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise click.BadParameter(f"{shown}: {name}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise click.BadParameter(f"{shown}: {name} cannot be read as UTF-8 text.") from None


def _parsed(text: str, shown: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as wrong:
        place = f"line {wrong.lineno}, column {wrong.colno}"
        raise click.BadParameter(f"{shown} is not valid JSON: see {place}.") from None
    except (ValueError, RecursionError):
        raise click.BadParameter(f"{shown} is not JSON that can be used.") from None
