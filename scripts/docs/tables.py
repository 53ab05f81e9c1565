"""Tables and heads of generated pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

HEAD = "# {title}\n\n<!-- Made by `python -m scripts.docs`, of the code. Do not edit it here. -->\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars within a cell are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join([*map(_line, lines), ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
