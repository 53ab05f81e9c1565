"""Options come from the operations' own schemas: none is missing, none has a mind of its own."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import click
import pytest
from pydantic import BaseModel, Field, SecretStr

from awswhitelist.commands.operations import command_of
from awswhitelist.commands.parameters import (
    FILE,
    OWN,
    POSITIONAL,
    Kind,
    arguments_of,
    file_option,
    parameters_of,
)
from awswhitelist.tools.operation import Operation
from awswhitelist.tools.schemas import input_schema
from awswhitelist.tools.table import OPERATIONS


class Entry(BaseModel):
    target: str


class Keys(BaseModel):
    secret: SecretStr


class Everything(BaseModel):
    """One field of each kind."""

    count: Annotated[int, Field(ge=1, description="How many.")] = 20
    share: float | None = None
    quiet: bool = False
    loud: bool = True
    managed: bool | None = None
    target: str
    source: str | list[str] = "me"
    port: int | str | None = None
    ports: list[int | str] | None = None
    rule_ids: list[str] | None = None
    entries: list[Entry] | None = None
    tag: dict[str, str] | None = None
    keys: Keys | None = None
    anything: Any = None


KINDS = {
    "count": Kind.NUMBER,
    "share": Kind.NUMBER,
    "quiet": Kind.FLAG,
    "loud": Kind.FLAG,
    "managed": Kind.FLAG,
    "target": Kind.WORD,
    "source": Kind.WORDS,
    "port": Kind.WORD,
    "ports": Kind.WORDS,
    "rule_ids": Kind.WORDS,
    "entries": Kind.DATA,
    "tag": Kind.DATA,
    "keys": Kind.SECRET,
    "anything": Kind.DATA,
}
PARAMETERS = parameters_of(Everything)


def given(*words: str) -> dict[str, Any]:
    """The arguments of a call, from what is typed."""
    options = [each.to_click() for each in PARAMETERS]
    extra = file_option(PARAMETERS)
    assert extra is not None
    command = click.Command("try", params=[*options, extra])
    with command.make_context("try", list(words)) as context:
        return arguments_of(PARAMETERS, context.params)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_field_of_every_operation_is_an_option_of_its_command(operation: Operation) -> None:
    command = command_of(operation)
    fields = input_schema(operation.request_model).get("properties", {})
    named = {each.name for each in command.params if not str(each.name).startswith(OWN)}
    assert named == set(fields)
    alone = {each.name for each in command.params if isinstance(each, click.Argument)}
    assert alone == set(fields) & set(POSITIONAL)
    for each in command.params:
        if isinstance(each, click.Option) and not str(each.name).startswith(OWN):
            spelt = f"--{str(each.name).replace('_', '-')}"
            assert spelt in (*each.opts, *(text.partition("/")[0] for text in each.opts))
            assert each.help, f"{operation.name} {spelt} explains nothing"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_changing_command_can_be_told_not_to_ask(operation: Operation) -> None:
    options = {opt for each in command_of(operation).params for opt in each.opts}
    assert ("--yes" in options) is not operation.hints.read_only
    assert {"--json", "--sandbox", "--config"} <= options


def test_choices_are_those_of_the_schema() -> None:
    (whitelist,) = (each for each in OPERATIONS if each.name == "whitelist")
    (protocol,) = (each for each in command_of(whitelist).params if each.name == "protocol")
    assert isinstance(protocol.type, click.Choice)
    assert list(protocol.type.choices) == ["tcp", "udp", "icmp", "icmpv6", "all"]


def test_each_kind_of_field_is_known_by_its_schema() -> None:
    assert {each.name: each.kind for each in PARAMETERS} == KINDS


def test_what_is_not_given_is_left_to_the_model() -> None:
    assert given("db") == {"target": "db"}


def test_flags_say_yes_and_where_it_makes_a_difference_no() -> None:
    assert given("db", "--quiet", "--no-loud", "--managed") == {
        "target": "db",
        "quiet": True,
        "loud": False,
        "managed": True,
    }
    with pytest.raises(click.NoSuchOption):
        given("db", "--no-quiet")


def test_numbers_are_numbers() -> None:
    assert given("db", "--count", "3", "--share", "0.5") == {
        "target": "db",
        "count": 3,
        "share": 0.5,
    }


def test_one_source_is_a_text_and_several_are_a_list() -> None:
    assert given("db", "--source", "a")["source"] == "a"
    assert given("db", "--source", "a", "--source", "b")["source"] == ["a", "b"]


def test_a_list_is_a_list_even_of_one_and_may_be_named_for_one() -> None:
    assert given("db", "--rule-id", "a")["rule_ids"] == ["a"]
    assert given("db", "--rule-ids", "a", "--rule-id", "b")["rule_ids"] == ["a", "b"]


def test_objects_are_json_or_a_file_or_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "entries.json"
    file.write_text('[{"target": "x"}]')
    wanted = [{"target": "x"}]
    assert given("db", "--entries", json.dumps(wanted))["entries"] == wanted
    assert given("db", "--entries", f"@{file}")["entries"] == wanted
    assert given("db", "--file", str(file))["entries"] == wanted
    monkeypatch.setattr(sys, "stdin", typed(json.dumps(wanted)))
    assert given("db", "--file", "-")["entries"] == wanted
    monkeypatch.setattr(sys, "stdin", typed(json.dumps(wanted)))
    assert given("db", "--entries", "-")["entries"] == wanted


def typed(text: str, encoding: str = "utf-8") -> io.TextIOWrapper:
    """Standard input that holds a text in UTF-8, in a locale of another ``encoding``."""
    return io.TextIOWrapper(io.BytesIO(text.encode()), encoding=encoding)


def test_the_input_is_utf_8_in_any_locale_and_may_begin_with_a_mark_as_files_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", typed('\ufeff[{"target": "caf\u00e9"}]', "latin-1"))
    assert given("db", "--file", "-")["entries"] == [{"target": "caf\u00e9"}]


def test_without_a_list_of_objects_there_is_no_file() -> None:
    assert file_option(parameters_of(Entry)) is None
    assert arguments_of(parameters_of(Entry), {"target": "x", FILE: None}) == {"target": "x"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": ', "line 1, column 7"),
        ("@/nowhere/entries.json", "No such file or directory"),
        ("[" * 100_000, "not JSON that can be used"),
    ],
)
def test_what_is_no_json_is_wrong_use(text: str, told: str) -> None:
    with pytest.raises(click.BadParameter) as wrong:
        given("db", "--tag", text)
    assert "--tag" in wrong.value.message
    assert told in wrong.value.message


def test_a_file_that_is_no_text_is_wrong_use(tmp_path: Path) -> None:
    file = tmp_path / "entries.json"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(click.BadParameter, match="UTF-8"):
        given("db", "--file", str(file))


def test_secrets_are_taken_from_a_file_and_not_from_the_arguments(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text('{"secret": "x"}')
    assert given("db", "--keys", f"@{file}")["keys"] == {"secret": "x"}
    with pytest.raises(click.BadParameter) as wrong:
        given("db", "--keys", '{"secret": "marker"}')
    assert "marker" not in wrong.value.message


def test_help_tells_what_a_field_takes() -> None:
    options = {each.name: each.to_click() for each in PARAMETERS}
    count, source = options["count"], options["source"]
    assert isinstance(count, click.Option) and isinstance(source, click.Option)
    assert count.help == "How many. [default: 20]"
    assert source.help == "May be repeated. [default: me]"
