"""Data into models: the first problem, by its path, in plain words, without the value."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, Field

from awswhitelist.exceptions import ConfigurationError, InvalidArgumentError
from awswhitelist.model_parsing import stated
from awswhitelist.models import Frozen
from awswhitelist.validators import check_region, parse_model

SECRET = "hunter2-hunter2"


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def _even(value: int) -> int:
    if value % 2:
        raise stated("must be even {really}")
    return value


def _broken(value: str) -> str:
    raise ValueError(f"cannot use {value}")


class Inner(Frozen):
    name: str
    size: Annotated[int, Field(strict=True, le=9), AfterValidator(_even)] = 2


class Outer(Frozen):
    security_group: str
    port: Annotated[int, Field(strict=True)] | Annotated[str, Field(strict=True)] = 22
    colour: Colour = Colour.RED
    inner: Inner | None = None
    many: tuple[Inner, ...] = ()
    either: str | tuple[str, ...] = ()
    mixed: int | Inner = 0
    limits: Mapping[str, int] = Field(default_factory=dict)
    region: Annotated[str, AfterValidator(check_region)] = "eu-west-1"
    broken: Annotated[str, AfterValidator(_broken)] = ""
    short: Annotated[str, Field(max_length=3)] = ""


def test_good_data_becomes_the_model() -> None:
    parsed = parse_model(Outer, {"security_group": "sg", "port": "ssh", "inner": {"name": "x"}})
    assert parsed == Outer(security_group="sg", port="ssh", inner=Inner(name="x"))


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"inner": {}}, "inner.name", "is missing"),
        ({"inner": 5}, "inner", "must be an object, not a whole number"),
        ({"inner": {"name": None}}, "inner.name", "must be text, not null"),
        ({"inner": {"name": "x", "size": True}}, "inner.size", "a whole number, not true or false"),
        ({"inner": {"name": "x", "size": 11}}, "inner.size", "must be at most 9"),
        ({"inner": {"name": "x", "size": 3}}, "inner.size", "must be even {really}"),
        ({"many": [{"name": "x"}, {"name": 1.5}]}, "many[1].name", "must be text, not a number"),
        ({"many": {}}, "many", "must be a list, not an object"),
        ({"port": [SECRET]}, "port", "must be a whole number or text, not a list"),
        ({"either": [1]}, "either[0]", "must be text, not a whole number"),
        ({"mixed": {"name": 1}}, "mixed.name", "must be text, not a whole number"),
        ({"limits": {"a": SECRET}}, "limits.a", "must be a whole number, not text"),
        ({"colour": SECRET}, "colour", "must be one of 'red' or 'blue'"),
        ({"broken": SECRET}, "broken", "cannot be used as it is"),
        ({"short": SECRET}, "short", "must have at most 3 characters"),
    ],
)
def test_the_first_problem_is_told_by_path_and_without_the_value(
    given: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_model(Outer, {"security_group": "sg", **given})
    assert caught.value.field == field
    assert words in caught.value.summary
    assert SECRET not in str(caught.value.to_object())


def test_an_unknown_field_is_answered_with_the_near_miss_and_the_known_ones() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_model(Outer, {"security_group": "sg", "security_grp": "x"})
    assert caught.value.field == "security_grp"
    assert caught.value.remedy.startswith("Did you mean `security_group`? Known here: ")


@pytest.mark.parametrize("key", ["inner", "many"])
def test_the_near_miss_of_a_nested_field_is_looked_for_where_it_stands(key: str) -> None:
    nested = {"name": "x", "siez": 2}
    given = {"security_group": "sg", key: nested if key == "inner" else [nested]}
    with pytest.raises(InvalidArgumentError) as caught:
        parse_model(Outer, given)
    assert caught.value.remedy == "Did you mean `size`? Known here: `name`, `size`."


def test_an_unknown_field_like_no_other_gets_the_list_alone() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_model(Inner, {"name": "x", "zzzzzz": 1})
    assert caught.value.remedy == "Known here: `name`, `size`."


def test_the_class_of_the_error_and_the_word_for_a_field_can_be_chosen() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_model(Inner, {}, error=ConfigurationError, noun="setting", at="policy")
    assert caught.value.field == "policy.name"
    assert caught.value.remedy == "Give the setting `policy.name`."


def test_data_that_is_no_object_is_an_error_without_a_field() -> None:
    given: Any = 5
    with pytest.raises(InvalidArgumentError) as caught:
        parse_model(Inner, given)
    assert caught.value.field is None
    assert caught.value.summary == "What was given must be an object, not a whole number."


def test_an_error_of_ours_passes_through_untouched() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_model(Outer, {"security_group": "sg", "region": "moon"}, error=ConfigurationError)
    assert type(caught.value) is InvalidArgumentError
