"""What the process gives to the command line; tests give something else."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from awswhitelist.commands.terminal import Terminal, open_terminal

UNMISTAKABLE = "ACDEFHJKMNPQRTUVWXY347"
"""Characters of a code to be typed: none of them looks like another."""


def new_code() -> str:
    """Four characters that a person types to approve what they have been shown."""
    return "".join(secrets.choice(UNMISTAKABLE) for _ in range(4))


@dataclass(frozen=True, slots=True)
class Host:
    """The process as the commands see it.

    ``serve`` serves until its input ends and gives the exit code; ``principal`` is the user's
    name; ``open_terminal`` gives the controlling terminal, None where there is none.
    """

    serve: Callable[[Path | None, bool], int]
    principal: Callable[[], str]
    environ: Mapping[str, str]
    open_terminal: Callable[[], Terminal | None] = open_terminal
    new_code: Callable[[], str] = new_code


pass_host = click.make_pass_decorator(Host)
