"""Troubleshooting by code: the error tree and the warnings, with what to do."""

from __future__ import annotations

import inspect

from awswhitelist.commands.exits import code_of_name
from awswhitelist.exceptions import AwsWhitelistError, error_classes
from awswhitelist.tools.results import WarningCode
from scripts.docs.error_words import CAUSES, WARNINGS
from scripts.docs.tables import HEAD, table

INTRODUCTION = """\
A call that fails says in `error`: `summary` (what went wrong), `code` (from the table below; it
stays the same), `remedy` (what to do), `retryable` (whether the same call may go well a little
later), and what the code needs besides, such as `field`, `candidates` or `missing_permissions`. As
an MCP tool it is a result with `isError`; as a bare method a JSON-RPC error with the *number* as
its code and the error object as `data`; as a command it has the *exit code*.

Errors of the protocol itself, with numbers from -32700 to -32021, are in
[the protocol](protocol.md#errors).
"""

WARNINGS_INTRODUCTION = """\
## Warnings

A result may carry `warnings`, each with a `code` and a `message`. The call did what it says; these
are what would otherwise cost an hour.
"""


def errors() -> tuple[type[AwsWhitelistError], ...]:
    """The class of each code: the topmost, where several share one."""
    found: dict[str, type[AwsWhitelistError]] = {}
    for error_class in error_classes():
        found.setdefault(error_class.code, error_class)
    return tuple(sorted(found.values(), key=lambda each: each.number))


def markdown() -> str:
    """The whole page."""
    rows = (
        [
            f"[`{each.code}`](#{each.code})",
            str(each.number),
            "yes" if each.retryable else "no",
            str(int(code_of_name(each.code))),
            _meaning(each),
        ]
        for each in errors()
    )
    head = ("code", "number", "retryable", "exit code", "meaning")
    return "\n".join(
        [
            HEAD.format(title="Errors and warnings"),
            INTRODUCTION,
            table(head, rows),
            *map(_error, errors()),
            WARNINGS_INTRODUCTION,
            *map(_warning, WarningCode),
        ]
    )


def _meaning(error_class: type[AwsWhitelistError]) -> str:
    """The first paragraph of the docstring, as Markdown; the root stands for what has no class."""
    if error_class is AwsWhitelistError:
        return "Something failed that should not have."
    text = inspect.cleandoc(error_class.__doc__ or "").partition("\n\n")[0]
    return " ".join(text.split()).replace("``", "`")


def _error(error_class: type[AwsWhitelistError]) -> str:
    return "\n\n".join(
        [
            f"### {error_class.code}",
            _meaning(error_class),
            CAUSES[error_class.code],
            f"**What to do:** {error_class.remedy}\n",
        ]
    )


def _warning(code: WarningCode) -> str:
    meaning, remedy = WARNINGS[code]
    return "\n\n".join([f"### {code.value}", meaning, f"**What to do:** {remedy}\n"])
