"""The tables in ``docs/reliability.md``, made of the rows that are tested::

python -m tests.faults.document           # exit code 1 if the document is not up to date
python -m tests.faults.document --write   # brings it up to date
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from tests.faults.bulks import bulk_table
from tests.faults.kinds import COMMON, KINDS
from tests.faults.matrix import ROWS
from tests.faults.rows import Row

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
MARKS = "<!-- {}: begin -->\n", "<!-- {}: end -->"

MANY = 5
AS_USUAL = "as where all is well"


def call_table() -> str:
    """The calls in Markdown, with what comes of each where all is well."""
    lines = [
        "| call | its first write | more writes | the caller sees | in AWS stands |",
        "|---|---|---|---|---|",
    ]
    for name, kind in KINDS.items():
        cells = name, f"`{kind.write}`", str(kind.more), f"`{kind.says}`", kind.stands.value
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def table(rows: Iterable[Row] = ROWS) -> str:
    """The rows in Markdown: one line for each thing that goes wrong and what is said of it."""
    lines = [
        "| what goes wrong | call | the caller sees | in AWS stands | audited as | writes sent |",
        "|---|---|---|---|---|---|",
    ]
    for fault, group in groupby(rows, key=lambda row: row.fault):
        alike = list(group)
        lines.append(f"| {fault} | {' | '.join(_cells(alike))} |")
    return "\n".join(lines)


def _cells(rows: Sequence[Row]) -> Sequence[str]:
    """The cells of rows of one fault; many of them are told by what they have in common."""
    kinds = [KINDS[row.operation] for row in rows]
    stands = [row.stands for row in rows]
    sees, what = _joined(map(_seen, rows)), _joined(each.value for each in stands)
    sent = _joined(str(row.sent) for row in rows)
    if len(rows) >= MANY:
        if [row.says for row in rows] == [kind.says for kind in kinds]:
            sees = AS_USUAL
        if stands == [kind.untouched for kind in kinds]:
            what = "as before"
        if stands == [kind.stands for kind in kinds]:
            what = AS_USUAL
            sent = _joined(_more(row.sent - 1 - KINDS[row.operation].more) for row in rows)
    receipts = _joined(", ".join(row.receipts) or "–" for row in rows)
    return _calls([row.operation for row in rows]), sees, what, receipts, sent


def _calls(names: Sequence[str]) -> str:
    left = [name for name in COMMON if name not in names]
    if not left:
        return "every call"
    return f"every call but {' and '.join(left)}" if len(left) == 2 else "; ".join(names)


def _more(writes: int) -> str:
    return f"{writes} more" if writes else "as many"


def _seen(row: Row) -> str:
    if row.retryable is None:
        return f"`{row.says}`"
    return f"error `{row.says}`, {'' if row.retryable else 'not '}worth a retry"


def _joined(cells: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(cells))


def current(document: str) -> str:
    """The document with its tables as they ought to be; ValueError where marks are missing."""
    tables = {"calls": call_table(), "faults": table(), "bulks": bulk_table()}
    for name, wanted in tables.items():
        begin, end = (mark.format(name) for mark in MARKS)
        head, has_begin, rest = document.partition(begin)
        _, has_end, tail = rest.partition(end)
        if not (has_begin and has_end):
            raise ValueError(f"the marks of the table of {name} are missing")
        document = f"{head}{begin}{wanted}\n{end}{tail}"
    return document


def main(arguments: Sequence[str]) -> int:
    """Check, or write if asked to. Returns the exit code."""
    document = DOCUMENT.read_text(encoding="utf-8")
    wanted = current(document)
    if "--write" in arguments:
        DOCUMENT.write_text(wanted, encoding="utf-8")
        return 0
    if document != wanted:
        print("docs/reliability.md is not up to date: run this with --write", file=sys.stderr)
    return int(document != wanted)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
