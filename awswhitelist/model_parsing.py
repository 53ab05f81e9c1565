"""Data from outside into a model, with our own words for the first thing that is wrong.

pydantic's own text is never shown: it repeats values (which may be secrets) and speaks of
Python's types. A validator of ours that has something to say raises :func:`stated`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from awswhitelist.exceptions import AwsWhitelistError, InvalidArgumentError
from awswhitelist.text import near_miss, printable

Model = TypeVar("Model", bound=BaseModel)

_STATED = "stated"

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "an object",
    "mapping_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "url_type": "a URL",
    "url_parsing": "a URL",
    "path_type": "a path",
}
"""pydantic's error types that mean "something else was expected", and what."""

_BOUNDS = {
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
}
"""Error types whose context holds only what the model says, never what was given."""

_JSON_WORDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number"),
    (str, "text"),
    (Mapping, "an object"),
    ((list, tuple), "a list"),
)


def stated(problem: str) -> PydanticCustomError:
    """An error for a validator to raise whose words are ours and hold no value: "must be …"."""
    return PydanticCustomError(_STATED, problem)


def _json_word(value: object) -> str:
    return next((word for kind, word in _JSON_WORDS if isinstance(value, kind)), "null")


def _path(data: object, detail: ErrorDetails) -> Iterator[int | str]:
    """Those parts of the problem's location that are in the data: no names of union members.

    The field that is missing is part of the path, though not in the data.
    """
    current, location = data, detail["loc"]
    missing = len(location) - 1 if detail["type"] == "missing" else None
    for position, part in enumerate(location):
        if isinstance(current, Mapping):
            if part in current or position == missing:
                yield part
                current = current.get(part)
        elif isinstance(current, (list, tuple)) and isinstance(part, int):
            yield part
            current = current[part] if part < len(current) else None


def _dotted(at: str, path: Sequence[int | str]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{printable(part)}" for part in path)
    return "".join((at, *parts)).removeprefix(".")


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _fields_at(model: type[BaseModel], path: Sequence[int | str]) -> list[str]:
    """The names of the fields that the model (or the model within it) has at ``path``."""
    models = [model]
    for name in path:
        fields = [at.model_fields[str(name)] for at in models if str(name) in at.model_fields]
        models = [inner for field in fields for inner in _models_in(field.annotation)] or models
    return [name for at in models for name in at.model_fields]


def _unknown(model: type[BaseModel], path: Sequence[int | str], noun: str) -> tuple[str, str]:
    known = _fields_at(model, path[:-1])
    meant = near_miss(str(path[-1]), known)
    listed = ", ".join(f"`{name}`" for name in known)
    hint = f"Did you mean `{meant}`? " if meant else ""
    return f"there is no such {noun}.", f"{hint}Known here: {listed or 'nothing'}."


def _first_place(
    data: object, details: Sequence[ErrorDetails]
) -> tuple[tuple[int | str, ...], list[ErrorDetails]]:
    """Where the first problem is, and all problems told of that place.

    Each member of a union tells its own; the one that goes deepest understood the data best.
    """
    paths = [tuple(_path(data, detail)) for detail in details]
    chosen = max((path for path in paths if path[:1] == paths[0][:1]), key=len)
    return chosen, [detail for path, detail in zip(paths, details, strict=True) if path == chosen]


def _problem(here: Sequence[ErrorDetails]) -> str:
    kind, context = here[0]["type"], here[0].get("ctx", {})
    if kind == _STATED:
        return here[0]["msg"]
    if kind in _BOUNDS:
        return _BOUNDS[kind].format(**context)
    types = [detail["type"] for detail in here]
    expected = dict.fromkeys(_EXPECTED[name] for name in types if name in _EXPECTED)
    if not expected:
        return "cannot be used as it is"
    return f"must be {' or '.join(expected)}, not {_json_word(here[0]['input'])}"


def _error_at(
    model: type[BaseModel],
    path: Sequence[int | str],
    here: Sequence[ErrorDetails],
    error: type[AwsWhitelistError],
    noun: str,
    at: str,
) -> AwsWhitelistError:
    """The error that tells what is wrong at one place."""
    kind, field = here[0]["type"], _dotted(at, path)
    if kind == "extra_forbidden":
        wrong, remedy = _unknown(model, path, noun)
    elif kind == "missing":
        wrong, remedy = "is missing.", f"Give the {noun} `{field}`."
    else:
        wrong = _problem(here) + "."
        remedy = f"Correct the {noun} `{field}`: it {wrong}" if field else error.remedy
    shown = f"`{field}`: {wrong}" if field else f"What was given {wrong}"
    return error(shown, field=field or None, remedy=remedy)


def parse_model(
    model: type[Model],
    data: Mapping[str, Any],
    *,
    error: type[AwsWhitelistError] = InvalidArgumentError,
    noun: str = "argument",
    at: str = "",
) -> Model:
    """``data`` as a ``model``; the first thing wrong becomes an ``error``.

    ``noun`` is what a field is called, ``at`` the path of ``data`` itself. The error has
    ``field`` (a dotted path), what was wrong in plain words and a remedy; it repeats names of
    fields, never values. Errors of our own tree that a validator of the model raises pass
    through untouched.
    """
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        details = problem.errors(include_url=False)
    path, here = _first_place(data, details)
    raise _error_at(model, path, here, error, noun, at)


def find_problems(
    model: type[BaseModel],
    data: Mapping[str, Any],
    *,
    error: type[AwsWhitelistError] = InvalidArgumentError,
    noun: str = "argument",
    at: str = "",
) -> tuple[AwsWhitelistError, ...]:
    """Everything that keeps ``data`` from being a ``model``, one error for each place.

    The arguments are those of :func:`parse_model`, which tells the first alone.
    """
    try:
        model.model_validate(data)
    except ValidationError as problem:
        details = problem.errors(include_url=False)
    else:
        return ()
    places: dict[tuple[int | str, ...], list[ErrorDetails]] = {}
    for detail in details:
        places.setdefault(tuple(_path(data, detail)), []).append(detail)
    # Of a union, the member that goes deepest understood the data best.
    deepest = [
        path
        for path in places
        if not any(len(other) > len(path) and other[: len(path)] == path for other in places)
    ]
    return tuple(_error_at(model, path, places[path], error, noun, at) for path in deepest)
