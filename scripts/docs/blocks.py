"""The code blocks of our documents, and what a comment before a block says of it.

A block of commands (``sh``) is run by a test, as it stands there, in a sandbox of its own. A
comment on the line before it may say otherwise::

    <!-- prints: added, 203.0.113.7 -->         it is run, and prints these words
    <!-- not run: needs Docker -->              it is not run, for one of the REASONS
    <!-- run by: tests/packaging/test_x.py -->  another test runs it
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

COMMANDS = "sh"
"""The language of blocks that are commands."""

REASONS = frozenset(
    {
        "needs a real account",
        "needs root",
        "needs Docker",
        "needs the network",
        "needs a terminal",
        "takes minutes",
        "changes the clone",
    }
)
"""Why a block cannot be run where the tests run."""

_FENCE = re.compile(r"(?P<indent> *)(?P<fence>`{3,})(?P<language>[\w-]*)\s*")
_MARK = re.compile(r"<!-- (?P<kind>prints|not run|run by): (?P<words>.+?) -->")
_LIST_ITEM = re.compile(r" *([-*]|\d+\.) ")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: where it is, its language and text, and its mark's kind and words."""

    page: str
    line: int
    language: str
    text: str
    kind: str = ""
    words: str = ""

    @property
    def is_commands(self) -> bool:
        """Whether it shows commands."""
        return self.language == COMMANDS

    @property
    def is_run_here(self) -> bool:
        """Whether the test of the commands runs it."""
        return self.is_commands and self.kind in ("", "prints")

    @property
    def printed(self) -> tuple[str, ...]:
        """What its commands print, among other things."""
        return tuple(self.words.split(", ")) if self.kind == "prints" else ()

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def documents() -> tuple[str, ...]:
    """All our documents, as paths from the top of the repository."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return tuple(sorted(path.relative_to(ROOT).as_posix() for path in found))


def text_of(page: str) -> str:
    """A document's text."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks_of(page: str, text: str) -> Iterator[Block]:
    """The fenced blocks of a document, in their order."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        opened = _FENCE.fullmatch(lines[at])
        if not opened:
            at += 1
            continue
        end = next(
            (n for n in range(at + 1, len(lines)) if lines[n].strip() == opened["fence"]),
            len(lines),
        )
        inner = (line.removeprefix(opened["indent"]) for line in lines[at + 1 : end])
        mark = _MARK.fullmatch(lines[at - 1].strip()) if at else None
        yield Block(
            page,
            at + 1,
            opened["language"],
            "".join(f"{line}\n" for line in inner),
            mark["kind"] if mark else "",
            mark["words"] if mark else "",
        )
        at = end + 1


def indented_blocks(text: str) -> Iterator[int]:
    """The lines at which code begins that is indented and not fenced; such code is unmarked."""
    before, is_open, in_fence = "", False, False
    for number, line in enumerate(text.splitlines(), 1):
        if _FENCE.fullmatch(line):
            in_fence = not in_fence
        elif not in_fence and line.startswith("    ") and is_open:
            if not (_LIST_ITEM.match(before) or before.startswith(" ")):
                yield number
        if line.strip():
            before = line
        is_open = not line.strip()


def every_block() -> Iterator[Block]:
    """The blocks of all documents."""
    for page in documents():
        yield from blocks_of(page, text_of(page))
