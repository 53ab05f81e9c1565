"""TOML, edited in place: a table is appended, its values changed, or its lines taken out. Pure.

TOML 1.0.0 (toml.io/en/v1.0.0). `tomllib` reads and judges; this only finds which lines are ours.
tomlkit, which edits too, takes the comments below a table away with it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from awswhitelist.commands.install.interface import Entry, UnreadableError

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|(?P<comment>\#[^\n]*)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<newline>\n)|(?P<equals>=)"
    r"|[^\"'\#\[\]{}\n=]+",
    re.DOTALL,
)
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True)
class _Statement:
    """One statement with its line end: a header, a key and its value, a comment or a blank line.

    ``path`` is what it defines, from the root on; () for comments and blank lines. ``value`` is
    where its value is, from the text's start.
    """

    start: int
    end: int
    path: tuple[str, ...]
    is_header: bool = False
    value: tuple[int, int] = (0, 0)


class TomlFormat:
    """TOML."""

    def read(self, text: str) -> dict[str, Any]:
        """See Format."""
        try:
            return tomllib.loads(text, parse_float=str)
        except (tomllib.TOMLDecodeError, RecursionError) as exc:
            found = _PLACE.search(str(exc))
            line, column = (int(found[1]), int(found[2])) if found else _end_of(text)
            raise UnreadableError("it is not TOML", line, column) from None

    def put(self, text: str, container: str, name: str, entry: Entry) -> str:
        """See Format."""
        if name not in self.read(text).get(container, {}):
            return text + _separator(text) + _table(container, name, entry, _newline(text))
        for key, value in entry.items():
            text = _with_value(text, (container, name), key, value)
        return text

    def remove(self, text: str, container: str, name: str) -> str:
        """See Format."""
        statements = list(_statements(text))
        ours = [i for i, each in enumerate(statements) if each.path[:2] == (container, name)]
        if not ours:
            raise _not_a_table(name)
        gone = set(ours) | _between(statements, ours) | _blank_before(text, statements, ours)
        kept = (each for i, each in enumerate(statements) if i not in gone)
        return "".join(text[each.start : each.end] for each in kept)


def _with_value(text: str, table: tuple[str, str], key: str, value: str | list[str]) -> str:
    new = _toml(value)
    for each in _statements(text):
        if each.path == (*table, key) and not each.is_header:
            start, end = each.value
            same = tomllib.loads("x = " + text[start:end])["x"] == value
            return text if same else text[:start] + new + text[end:]
    for each in _statements(text):
        if each.is_header and each.path == table:
            return f"{text[: each.end]}{key} = {new}{_newline(text)}{text[each.end :]}"
    raise _not_a_table(table[1])


def _not_a_table(name: str) -> UnreadableError:
    return UnreadableError(
        f"`{name}` is not in a table of its own", remedy="Edit this entry by hand."
    )


def _statements(text: str) -> Iterator[_Statement]:
    """The statements of a legal text, in order and without gaps."""
    table: tuple[str, ...] = ()
    start = depth = 0
    tokens: list[re.Match[str]] = []
    for token in _TOKEN.finditer(text):
        tokens.append(token)
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if (token.lastgroup == "newline" and depth == 0) or token.end() == len(text):
            statement = _statement(text, start, tokens, table)
            table = statement.path if statement.is_header else table
            yield statement
            start, tokens = token.end(), []


def _statement(
    text: str, start: int, tokens: Sequence[re.Match[str]], table: tuple[str, ...]
) -> _Statement:
    end = tokens[-1].end()
    words = text[start:end].strip()
    if not words or words.startswith("#"):
        return _Statement(start, end, ())
    if words.startswith("["):
        return _Statement(start, end, _path(tomllib.loads(text[start:end])), is_header=True)
    equals = next(token for token in tokens if token.lastgroup == "equals")
    key = _path(tomllib.loads(text[start : equals.start()] + "= 0"))
    return _Statement(start, end, table + key, value=_value(text, equals.end(), tokens))


def _value(text: str, start: int, tokens: Sequence[re.Match[str]]) -> tuple[int, int]:
    start += len(text[start:]) - len(text[start:].lstrip(" \t"))
    trailing = [token for token in tokens[-2:] if token.lastgroup in ("comment", "newline")]
    end = trailing[0].start() if trailing else tokens[-1].end()
    return start, len(text[:end].rstrip())


def _path(data: Any) -> tuple[str, ...]:
    """The keys down to the innermost table of a text that defines one thing."""
    path: list[str] = []
    while data:
        if isinstance(data, list):
            data = data[0]
            continue
        key, data = next(iter(data.items()))
        path.append(key)
    return tuple(path)


def _between(statements: Sequence[_Statement], ours: Sequence[int]) -> set[int]:
    """Comments and blank lines inside one of our tables: before its last value, not below it."""
    inside: set[int] = set()
    for before, after in zip(ours, ours[1:], strict=False):
        gap = range(before + 1, after)
        if not statements[after].is_header and not any(statements[i].path for i in gap):
            inside.update(gap)
    return inside


def _blank_before(text: str, statements: Sequence[_Statement], ours: Sequence[int]) -> set[int]:
    """The blank line before our table, where another one, or the end, comes behind it."""

    def is_blank(where: int) -> bool:
        each = statements[where]
        return not text[each.start : each.end].strip()

    first, behind = ours[0] - 1, ours[-1] + 1
    ends = behind == len(statements) or is_blank(behind)
    return {first} if first >= 0 and ends and is_blank(first) else set()


def _table(container: str, name: str, entry: Entry, newline: str) -> str:
    """``container`` and ``name`` are bare keys."""
    lines = [f"[{container}.{name}]", *(f"{key} = {_toml(value)}" for key, value in entry.items())]
    return newline.join([*lines, ""])


def _separator(text: str) -> str:
    newline = _newline(text)
    if not text:
        return ""
    return newline if text.endswith("\n") else newline * 2


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _toml(value: str | list[str]) -> str:
    """A value as TOML: JSON's escapes are TOML's too, but TOML also wants DEL escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _end_of(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1
