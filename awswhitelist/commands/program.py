"""The program ``awswhitelist``: its table of commands, and the boundary where errors become exit
codes."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from awswhitelist import __version__
from awswhitelist.commands.exits import MEANINGS, ExitCode, code_of_error
from awswhitelist.commands.host import Host
from awswhitelist.constants import PRODUCT
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.mcp.stdio import ensure_open

VARIABLE = "_AWSWHITELIST_COMPLETE"
"""Set by a shell's completion script: the same name as in :mod:`awswhitelist.cli`."""

SUMMARY = "Let an address reach an AWS resource, for a while, and close it again."


@dataclass(frozen=True, slots=True)
class Row:
    """A command that is no operation: ``found_at`` is ``module:attribute``, the module being one
    beside this one, loaded when the command is first looked at."""

    name: str
    found_at: str
    short_help: str

    def load(self) -> click.Command:
        """The command."""
        module, _, attribute = self.found_at.partition(":")
        command: click.Command = getattr(import_module(f"{__package__}.{module}"), attribute)
        return command


COMMANDS: tuple[Row, ...] = (
    Row("serve", "serve:serve", "Serve MCP and plain JSON-RPC on standard input and output"),
    Row("doctor", "doctor:doctor", "Say what is well, what is not, and what to do about it"),
    Row(
        "approve",
        "approve:approve_command",
        "Approve a change that a server could ask nobody about",
    ),
    Row("config", "config_command:config_group", "Write, show, check and explain the settings"),
    Row("install", "install.command:install", "Add the server to an MCP client's configuration"),
    Row("uninstall", "install.command:uninstall", "Take it out of there again"),
    Row("call", "call:call", "Send one request through the server's router"),
    Row("connect", "connect:connect", "Be the client end of a server's socket"),
    Row("completion", "completion:completion", "Print the completion script of a shell"),
)
"""The commands beside the operations. A new one is a module beside this one and a row here."""


class Program(click.Group):
    """All commands. None of their modules is loaded before it is needed."""

    def __init__(self) -> None:
        super().__init__(PRODUCT, help=SUMMARY)
        self.params.append(_version_option())
        self._rows = {row.name: row for row in COMMANDS}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, operations first."""
        from awswhitelist.tools.table import OPERATION_NAMES

        return [*(_command_name(name) for name in OPERATION_NAMES), *self._rows]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; operations may be spelt as their tools are."""
        if cmd_name in self._rows:
            return self._rows[cmd_name].load()
        from awswhitelist.commands.operations import command_of
        from awswhitelist.tools.table import OPERATIONS

        wanted = cmd_name.replace("-", "_")
        found = (operation for operation in OPERATIONS if operation.name == wanted)
        return next(map(command_of, found), None)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them without loading them."""
        from awswhitelist.tools.table import OPERATIONS

        with formatter.section("Operations"):
            formatter.write_dl([(_command_name(each.name), each.title) for each in OPERATIONS])
        with formatter.section("Other commands"):
            formatter.write_dl([(row.name, row.short_help) for row in COMMANDS])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The exit codes, line by line."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), words) for code, words in MEANINGS.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; help and version are shown here already."""
        try:
            return super().parse_args(ctx, args)
        except OSError as problem:
            ctx.exit(_not_written(problem))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command chosen; errors of ours become words and an exit code."""
        try:
            return self._told(ctx)
        except OSError as problem:
            return _not_written(problem)

    def _told(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AwsWhitelistError as error:
            from awswhitelist.commands.output import tell

            tell(error)
            return code_of_error(error)


def run(arguments: Sequence[str], host: Host) -> int:
    """Run the program on these arguments; without any, show help. Returns the exit code."""
    _complete_streams()
    words = list(arguments) or ([] if VARIABLE in host.environ else ["--help"])
    try:
        code = Program().main(
            words, prog_name=PRODUCT, complete_var=VARIABLE, standalone_mode=False, obj=host
        )
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except click.Abort:
        return ExitCode.INTERRUPTED
    return code if isinstance(code, int) else ExitCode.DONE


def _command_name(operation_name: str) -> str:
    return operation_name.replace("_", "-")


def _version_option() -> click.Option:
    def tell(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
        if wanted:
            click.echo(f"{PRODUCT} {__version__}")
            ctx.exit()

    return click.Option(
        ["--version"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=tell,
        help="Show the version and exit.",
    )


def _complete_streams() -> None:
    """Standard streams that were closed lead to nowhere: left free, their places would be taken by
    the next files opened. What the locale has no character for is written as an escape."""
    for fd, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            ensure_open(fd)
            setattr(sys, name, open(fd, mode, encoding="utf-8", closefd=False))
    if isinstance(sys.stdout, io.TextIOWrapper):
        with suppress(OSError):  # What it still holds cannot be written: the next write says so.
            sys.stdout.reconfigure(errors="backslashreplace")


def _not_written(problem: OSError) -> ExitCode:
    """The exit code where the output could not be written. What is wrong with any other file is
    an error of ours before it comes here."""
    _forget_output()
    if isinstance(problem, BrokenPipeError):
        return ExitCode.BROKEN_PIPE
    with suppress(OSError):  # Nobody can be told.
        what = problem.filename or "The output cannot be written"
        click.echo(f"error: {what}: {problem.strerror or problem}.", err=True)
    return ExitCode.FAILED


def _forget_output() -> None:
    """Let what is left in the buffer go nowhere, so that the interpreter's end does not stumble."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
