"""Where things are in a text of JSON, or of JSON with comments. Pure.

RFC 8259; comments and trailing commas, where they are allowed, as in "JSON with Comments"
(code.visualstudio.com, docs/languages/json). No library that we found edits such a text in place
without Node.js, so that this finds the places, and `json_format` cuts there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from awswhitelist.commands.install.interface import UnreadableError

DEEPEST = 100
"""Levels of nesting that are read; deeper ones are refused instead of exhausting the stack."""

_GAP = re.compile(r"[ \t\r\n]*")
_GAP_OR_COMMENT = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_SCALAR = re.compile(
    rf"{_STRING.pattern}|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.+-])"
    r"|(?:true|false|null)(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Value:
    """A value at ``start`` up to ``end``; an object has its ``members``, others have None."""

    start: int
    end: int
    data: Any
    members: tuple[Member, ...] | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object, from its key at ``start`` up to ``end``: behind the comma after it, or
    behind its value where there ``has_comma`` is false."""

    key: str
    start: int
    value: Value
    end: int
    has_comma: bool


def read(text: str, *, lenient: bool) -> Value:
    """The value that ``text`` is. Raises UnreadableError.

    ``lenient`` allows comments and trailing commas. Numbers are kept as what they look like.
    """
    return _Reader(text, lenient=lenient).document()


_One = TypeVar("_One", Value, tuple[Value, int, Value])


class _Reader:
    def __init__(self, text: str, *, lenient: bool) -> None:
        self._text = text
        self._lenient = lenient
        self._gap = _GAP_OR_COMMENT if lenient else _GAP

    def document(self) -> Value:
        value = self._value(self._skip(0), 0)
        end = self._skip(value.end)
        if end != len(self._text):
            raise self._wrong(end, "nothing may follow the end of the document")
        return value

    def _value(self, at: int, depth: int) -> Value:
        if depth > DEEPEST:
            raise self._wrong(at, f"it is nested deeper than {DEEPEST} levels")
        opening = self._text[at : at + 1]
        if opening == "{":
            return self._object(at, depth)
        if opening == "[":
            return self._array(at, depth)
        return self._scalar(at, _SCALAR, "a value is expected")

    def _scalar(self, at: int, pattern: re.Pattern[str], expected: str) -> Value:
        found = pattern.match(self._text, at)
        if found is None:
            raise self._wrong(at, expected)
        # As text: a number of thousands of digits is legal, and int() refuses it.
        data = json.loads(found.group(), parse_int=str, parse_float=str)
        return Value(at, found.end(), data)

    def _object(self, start: int, depth: int) -> Value:
        def member(at: int) -> tuple[Value, int, Value]:
            key = self._scalar(at, _STRING, "a key in double quotes or `}` is expected")
            colon = self._skip(key.end)
            if self._text[colon : colon + 1] != ":":
                raise self._wrong(colon, "a colon is expected")
            value = self._value(self._skip(colon + 1), depth + 1)
            return key, value.end, value

        found, end = self._series(start, "}", member, lambda one: one[1])
        members = tuple(
            Member(key.data, key.start, value, value_end if c is None else c + 1, c is not None)
            for (key, value_end, value), c in found
        )
        return Value(start, end, {each.key: each.value.data for each in members}, members)

    def _array(self, start: int, depth: int) -> Value:
        found, end = self._series(
            start, "]", lambda at: self._value(at, depth + 1), lambda one: one.end
        )
        return Value(start, end, [one.data for one, _ in found])

    def _series(
        self,
        start: int,
        close: str,
        one: Callable[[int], _One],
        end_of: Callable[[_One], int],
    ) -> tuple[list[tuple[_One, int | None]], int]:
        """What is between two brackets, each with the place of its comma, and where that ends."""
        found: list[tuple[_One, int | None]] = []
        at = self._skip(start + 1)
        while self._text[at : at + 1] != close:
            item = one(at)
            after = self._skip(end_of(item))
            has_comma = self._text[after : after + 1] == ","
            found.append((item, after if has_comma else None))
            at = self._skip(after + 1) if has_comma else after
            closes = self._text[at : at + 1] == close
            if has_comma and closes and not self._lenient:
                raise self._wrong(after, f"a comma may not stand before `{close}`")
            if not has_comma and not closes:
                raise self._wrong(at, f"a comma or `{close}` is expected")
        return found, at + 1

    def _skip(self, at: int) -> int:
        found = self._gap.match(self._text, at)
        return found.end() if found else at

    def _wrong(self, at: int, reason: str) -> UnreadableError:
        if self._text.startswith(("//", "/*"), at):
            reason = "a comment does not end" if self._lenient else "comments are not allowed"
        return UnreadableError.at(self._text, at, reason)
