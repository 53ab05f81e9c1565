"""What a command writes: JSON for programs, tables for people; results alone on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from awswhitelist.commands.tables import render
from awswhitelist.commands.terminal import is_terminal
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.text import printable

LONGEST_LINE = 1000

NARROWEST = 20
"""Columns that are written to in any case: with fewer (COLUMNS=0, say) text would be left out."""


class Output:
    """One command's output. ``as_json``: asked for; without a terminal it is JSON in any case."""

    def __init__(self, *, as_json: bool) -> None:
        self.for_people = is_terminal(sys.stdout) and not as_json

    def result(self, structured: Mapping[str, Any]) -> None:
        """The structured result of an operation: the command's own output."""
        if self.for_people:
            render(structured, console())
        else:
            write_json(structured)

    def failure(self, error: AwsWhitelistError, request_id: str) -> None:
        """An error, for people; for programs its object, in the shape of a result, too."""
        tell(error)
        if not self.for_people:
            facts = {"summary": error.summary, "error": error.to_object()}
            write_json(facts | {"request_id": request_id})


def console(*, stderr: bool = False) -> Console:
    """Where people read. Text of others is text: no markup, no emoji. Colour on a terminal only,
    and not where NO_COLOR is set (which rich sees to)."""
    stream = sys.stderr if stderr else sys.stdout
    screen = Console(
        file=stream,
        force_terminal=is_terminal(stream),
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )
    screen.width = max(screen.width, NARROWEST)
    return screen


def write_json(value: Any) -> None:
    """One line of JSON on standard output, in ASCII: whatever the locale is, it can be written."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def tell(error: AwsWhitelistError) -> None:
    """What went wrong, what to do about it, and its code, on standard error."""
    screen = console(stderr=True)
    head = Text.assemble(("error: ", "bold red"), printable(error.summary, LONGEST_LINE))
    screen.print(head)
    screen.print(Text(printable(error.remedy, LONGEST_LINE)))
    for line in _facts(error.details):
        screen.print(Text(f"  {line}"))
    screen.print(Text(f"code: {error.code}", "dim"))


def say(*lines: str) -> None:
    """Lines for the person at the terminal that are no result."""
    screen = console(stderr=True)
    for line in lines:
        screen.print(Text(printable(line, LONGEST_LINE)))


def _facts(details: Mapping[str, Any]) -> list[str]:
    return [
        f"{name.replace('_', ' ')}: {_words(value)}"
        for name, value in details.items()
        if value not in ("", [], {})
    ]


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        named = (f"{key} {_words(each)}" for key, each in value.items() if each not in (None, ""))
        shown = ", ".join(named)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        shown = "; ".join(map(_words, value))
    else:
        shown = str(value)
    return printable(shown, LONGEST_LINE)
