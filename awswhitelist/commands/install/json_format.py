"""JSON, with comments or without, edited in place: one member is put in or taken out. Pure.

What is put in looks like its neighbours (indentation, line ends, one line or several), and taking
it out again gives the text as it was, wherever the object that holds it had members before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from awswhitelist.commands.install import jsonc
from awswhitelist.commands.install.interface import Entry, UnreadableError
from awswhitelist.commands.install.jsonc import Member, Value

_REST_OF_LINE = re.compile(r"[ \t]*(?:(?://[^\r\n]*|/\*[^\r\n]*?\*/[ \t]*)(?=\r?\n))?")
"""Blanks, and a comment that ends its line: it is about what stands before it."""


@dataclass(frozen=True)
class JsonFormat:
    """JSON; ``lenient`` where the client reads comments and trailing commas."""

    lenient: bool

    def read(self, text: str) -> dict[str, Any]:
        """See Format."""
        if not text.strip():
            return {}
        root = jsonc.read(text, lenient=self.lenient)
        if root.members is None:
            raise UnreadableError.at(text, root.start, "the document is not an object")
        return dict(root.data)

    def put(self, text: str, container: str, name: str, entry: Entry) -> str:
        """See Format."""
        if not text.strip():
            return _rendered({container: {name: dict(entry)}}, "  ", "", "\n") + "\n"
        if name not in self.read(text).get(container, {}):
            return self._set(text, (container, name), dict(entry))
        for key, value in entry.items():
            text = self._set(text, (container, name, key), value)
        return text

    def remove(self, text: str, container: str, name: str) -> str:
        """See Format."""
        root = jsonc.read(text, lenient=self.lenient)
        servers = _required(text, root, container).value
        ours = _required(text, servers, name)
        members = _members(text, servers)
        return _without(text, members, members.index(ours))

    def _set(self, text: str, path: Sequence[str], data: Any) -> str:
        value = jsonc.read(text, lenient=self.lenient)
        for depth, key in enumerate(path):
            member = _only(text, value, key)
            if member is None:
                for outer in reversed(path[depth + 1 :]):
                    data = {outer: data}
                return _with_member(text, value, key, data)
            value = member.value
        return text if value.data == data else _with_value(text, value, data)


def _members(text: str, value: Value) -> tuple[Member, ...]:
    if value.members is None:
        raise UnreadableError.at(text, value.start, "an object is expected")
    return value.members


def _only(text: str, value: Value, key: str) -> Member | None:
    """The member of that key. Two of the same key are refused: readers differ in which counts."""
    found = [each for each in _members(text, value) if each.key == key]
    if len(found) > 1:
        raise UnreadableError.at(text, found[1].start, f"`{key}` is there twice")
    return found[0] if found else None


def _required(text: str, value: Value, key: str) -> Member:
    member = _only(text, value, key)
    if member is None:
        raise UnreadableError.at(text, value.start, f"`{key}` is not there")
    return member


def _with_member(text: str, value: Value, key: str, data: Any) -> str:
    members = _members(text, value)
    if not members:
        return _with_first(text, value, key, data)
    last = members[-1]
    if _starts_line(text, last.start):
        return _with_line(text, last, key, data)
    compact = _is_compact(text, last)
    new = ("" if compact else " ") + _inline({key: data}, compact=compact)[1:-1]
    return _spliced(text, last.end, last.end, new + "," if last.has_comma else "," + new)


def _with_line(text: str, last: Member, key: str, data: Any) -> str:
    """A member on a line of its own, after the last one and the comment that ends its line."""
    indent = _indent_of(text, last.start)
    newline = _newline(text)
    new = newline + indent + _pair(key, data, _unit(text), indent, newline)
    found = _REST_OF_LINE.match(text, last.end)
    comment = text[last.end : found.end()].rstrip(" \t") if found else ""
    before, behind = ("", ",") if last.has_comma else (",", "")
    return _spliced(text, last.end, last.end + len(comment), before + comment + new + behind)


def _with_first(text: str, value: Value, key: str, data: Any) -> str:
    """The first member of an empty object, below the comments that stand in it."""
    inside = text[value.start + 1 : value.end - 1].rstrip()
    is_one_line = "\n" not in text.strip() and text.strip("{} \t\r\n") != ""
    if is_one_line:
        new = _inline({key: data}, compact=False)[1:-1]
    else:
        base, unit, newline = _indent_of(text, value.start), _unit(text), _newline(text)
        pair = _pair(key, data, unit, base + unit, newline)
        new = f"{newline}{base}{unit}{pair}{newline}{base}"
    return _spliced(text, value.start + 1, value.end - 1, inside + new)


def _with_value(text: str, value: Value, data: Any) -> str:
    if "\n" in text[value.start : value.end]:
        new = _rendered(data, _unit(text), _indent_of(text, value.start), _newline(text))
    else:
        new = _inline(data, compact=False)
    return _spliced(text, value.start, value.end, new)


def _without(text: str, members: Sequence[Member], where: int) -> str:
    member = members[where]
    begin, end = member.start, member.end
    if _starts_line(text, begin) and re.match(r"[ \t]*\r?\n", text[end:]):
        # A line to itself: it goes with the line end before it.
        begin = text.rfind("\n", 0, begin)
        begin -= text[begin - 1 : begin] == "\r"
    elif where > 0:
        begin = _end_before(text, members, where)
    else:
        end += len(text[end:]) - len(text[end:].lstrip(" \t"))
    text = _spliced(text, begin, end, "")
    if where > 0 and not member.has_comma:
        comma_end = members[where - 1].end
        text = _spliced(text, comma_end - 1, comma_end, "")
    return text


def _end_before(text: str, members: Sequence[Member], where: int) -> int:
    """Where what stands before a member ends.

    A line end is only given up before a bracket, and never one that ends a comment.
    """
    begin = members[where].start
    gap = text[members[where - 1].end : begin]
    blanks = " \t\r\n" if where == len(members) - 1 and "//" not in gap else " \t"
    return len(text[:begin].rstrip(blanks))


def _spliced(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _starts_line(text: str, at: int) -> bool:
    line = text.rfind("\n", 0, at) + 1
    return line > 0 and not text[line:at].strip(" \t")


def _indent_of(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _unit(text: str) -> str:
    """One level of indentation: that of the first indented key, else two blanks."""
    found = re.search(r'^([ \t]+)"', text, re.MULTILINE)
    return found.group(1) if found else "  "


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _is_compact(text: str, member: Member) -> bool:
    return text[member.value.start - 1] == ":"


def _inline(data: Any, *, compact: bool) -> str:
    separators = (",", ":") if compact else (", ", ": ")
    return json.dumps(data, ensure_ascii=False, separators=separators)


def _pair(key: str, data: Any, unit: str, indent: str, newline: str) -> str:
    return f"{_inline(key, compact=False)}: {_rendered(data, unit, indent, newline)}"


def _rendered(data: Any, unit: str, indent: str, newline: str) -> str:
    lines = json.dumps(data, ensure_ascii=False, indent=unit).split("\n")
    return (newline + indent).join(lines)
