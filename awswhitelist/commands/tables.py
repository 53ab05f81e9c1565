"""Structured results for people: a summary, tables, and facts. Knows shapes, not operations."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from awswhitelist.commands.parameters import POSITIONAL
from awswhitelist.text import printable

Facts = Mapping[str, Any]

LONGEST_CELL = 300
SENTENCE_WIDTH = 24
"""The narrowest column that a sentence is put into."""

GAP = 2
"""Blanks between two columns."""

LONGEST_WHOLE = 20
"""Text with blanks that is longer is a sentence, which may go over several lines."""

APART = ("summary", "warnings", "request_id", "aws_request_ids", "sandbox", "breakers")
"""Not among the facts: shown first, shown last, or for programs alone. (What is to be said of
breakers is among the checks.)"""

STYLES: Mapping[str, str] = {
    **dict.fromkeys(("added", "extended", "moved", "restored", "ok"), "green"),
    **dict.fromkeys(("revoked", "released", "planned"), "cyan"),
    **dict.fromkeys(("approval_required", "declined", "degraded", "unverified"), "yellow"),
    **dict.fromkeys(("failed", "rolled_back", "unknown", "undo_conflict", "down"), "red"),
    **dict.fromkeys(("EXPIRED", "OPEN TO THE WORLD"), "bold red"),
}

MARKS = {"ok": "+", "degraded": "!", "down": "x"}


def render(structured: Facts, screen: Console) -> None:
    """Show a structured result."""
    screen.print(Text(_cell(structured.get("summary", "")), "bold"))
    scalars: dict[str, str] = {}
    for name, value in structured.items():
        if name in APART or value == []:
            continue
        if name == "undo":
            screen.print(Text(f"To take it back: {command_line(value)}"))
        elif _is_table(value):
            screen.print(RENDERERS.get(name, _general)(value))
        elif isinstance(value, list | tuple):
            _lines(name, value, screen)
        elif isinstance(value, Mapping):
            _lines(name, [f"{_words(key)} {_cell(each)}" for key, each in value.items()], screen)
        else:
            scalars[name] = _cell(value)
    _place(scalars, screen)
    for warning in structured.get("warnings", ()):
        screen.print(Text.assemble(("Warning: ", "yellow"), _cell(warning["message"])))


def command_line(call: Facts) -> str:
    """A call as it is written in a shell."""
    words = ["awswhitelist", call["operation"].replace("_", "-")]
    for name, value in call["arguments"].items():
        option = "--" + name.replace("_", "-")
        for each in value if isinstance(value, list | tuple) else (value,):
            words += [str(each)] if name in POSITIONAL else [option, str(each)]
    return shlex.join(words)


def _is_table(value: Any) -> bool:
    """Whether the value is a list of objects."""
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(each, Mapping) for each in value)
    )


def _lines(name: str, values: Sequence[Any], screen: Console) -> None:
    cells = [_cell(value) for value in values]
    if not any(map(_is_sentence, cells)):
        screen.print(Text.assemble((f"{_words(name)}: ", "dim"), ", ".join(cells)))
        return
    screen.print(Text(f"{_words(name)}:", "dim"))
    for cell in cells:
        screen.print(Text(f"  {cell}"))


def _is_sentence(cell: str) -> bool:
    return " " in cell and len(cell) > LONGEST_WHOLE


def _place(scalars: Mapping[str, str], screen: Console) -> None:
    """What is left, on one line."""
    parts = [f"{_words(name)} {value}" for name, value in scalars.items() if value]
    if parts:
        screen.print(Text(", ".join(parts), "dim"))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: Any) -> str:
    """One value on one line, whatever it is; nothing of it can move the cursor."""
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case Mapping():
            text = str(value.get("summary") or value.get("rule_id") or _pairs(value))
        case list() | tuple():
            text = ", ".join(map(_cell, value))
        case _:
            text = str(value)
    return printable(text, LONGEST_CELL)


def _pairs(value: Facts) -> str:
    return " ".join(f"{name}={_cell(each)}" for name, each in value.items())


class Rows:
    """Rows of those columns that have anything in them: a table where the screen has room for its
    words, else a block of lines for each row. Words are kept whole, to be copied."""

    def __init__(
        self, columns: Mapping[str, Callable[[Facts], str]], rows: Sequence[Facts]
    ) -> None:
        cells = {name: [_cell(read(row)) for row in rows] for name, read in columns.items()}
        self._columns = {_words(name): column for name, column in cells.items() if any(column)}

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        yield self._table() if self._least_width() <= options.max_width else self._blocks()

    def _table(self) -> Table:
        table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, GAP, 0, 0))
        for name, column in self._columns.items():
            no_wrap = not any(map(_is_sentence, column))
            table.add_column(name.upper(), overflow="fold", no_wrap=no_wrap)
        for row in zip(*self._columns.values(), strict=True):
            table.add_row(*map(_styled, row))
        return table

    def _blocks(self) -> Table:
        table = Table.grid(padding=(0, GAP, 0, 0))
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for number, row in enumerate(zip(*self._columns.values(), strict=True)):
            if number:
                table.add_row()
            for name, cell in zip(self._columns, row, strict=True):
                if cell:
                    table.add_row(name.upper(), _styled(cell))
        return table

    def _least_width(self) -> int:
        """What the table takes if sentences go over several lines."""
        widths = [
            max(
                cell_len(name),
                *(SENTENCE_WIDTH if _is_sentence(cell) else cell_len(cell) for cell in column),
            )
            for name, column in self._columns.items()
        ]
        return sum(widths) + GAP * (len(widths) - 1)


def _styled(cell: str) -> Text:
    return Text(cell, STYLES.get(cell, ""))


def _general(rows: Sequence[Facts]) -> Rows:
    """Any objects: a column for each field, in the order in which they first come."""
    if any("cidr" in row or "rule_id" in row for row in rows):
        return _rules(rows)
    names = dict.fromkeys(name for row in rows for name in row)
    return Rows({name: _reader(name) for name in names}, rows)


def _rules(rows: Sequence[Facts]) -> Rows:
    """Rules; their group only where there are several, for the summary names a single one."""
    left_out = "" if len({row.get("group_id") for row in rows}) > 1 else "group"
    return Rows({name: each for name, each in RULE_COLUMNS.items() if name != left_out}, rows)


def _reader(name: str) -> Callable[[Facts], str]:
    return lambda row: _cell(row.get(name))


def _ports(row: Facts) -> str:
    """Protocol and ports as people write them."""
    first, last = row.get("from_port"), row.get("to_port")
    if first is None or first == -1:
        return str(row.get("protocol", ""))
    span = f"{first}" if last in (None, first) else f"{first}-{last}"
    return f"{row.get('protocol', '')} {span}"


def _left(row: Facts) -> str:
    """For how long the rule lasts."""
    return (
        "EXPIRED"
        if row.get("expired")
        else str(row.get("expires_in") or row.get("expires_at") or "")
    )


def _source(row: Facts) -> str:
    return str(row.get("cidr") or row.get("source_group") or row.get("prefix_list") or "")


def _note(row: Facts) -> str:
    if row.get("open_to_world"):
        return "OPEN TO THE WORLD"
    # Ours only repeat what the other columns say.
    return "" if row.get("managed") else str(row.get("description") or "")


RULE_COLUMNS: Mapping[str, Callable[[Facts], str]] = {
    "rule": _reader("rule_id"),
    "status": _reader("status"),
    "group": _reader("group_id"),
    "ports": _ports,
    "source": _source,
    "owner": _reader("owner"),
    "left": _left,
    "note": _note,
}


def _checks(rows: Sequence[Facts]) -> Table:
    """What was looked at, and what to do where it is not well."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(width=1)
    table.add_column()
    table.add_column(overflow="fold")
    for row in rows:
        status = str(row.get("status", ""))
        mark = Text(MARKS.get(status, "?"), STYLES.get(status, ""))
        table.add_row(mark, Text(_cell(row.get("name"))), Text(_cell(row.get("detail"))))
        if row.get("remedy"):
            table.add_row("", "", Text(f"-> {_cell(row['remedy'])}", "bold"))
    return table


RENDERERS: Mapping[str, Callable[[Sequence[Facts]], RenderableType]] = {"checks": _checks}
"""By the name of the field, where a list of objects has a form of its own."""
