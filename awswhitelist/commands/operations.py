"""A command for each operation, made of its row in the table of operations and its models."""

from __future__ import annotations

import contextlib
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from awswhitelist.commands.context import Asker, TerminalContext
from awswhitelist.commands.exits import ExitCode, code_of_error, code_of_result
from awswhitelist.commands.host import Host
from awswhitelist.commands.interrupts import Interruption
from awswhitelist.commands.metrics import write_metrics
from awswhitelist.commands.output import Output, console, say
from awswhitelist.commands.parameters import (
    OWN,
    Parameter,
    arguments_of,
    file_option,
    parameters_of,
)
from awswhitelist.commands.session import Place, Session, open_session
from awswhitelist.commands.tables import render
from awswhitelist.commands.terminal import Terminal, is_terminal
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.mcp.registry import ToolResult
from awswhitelist.tools.operation import Operation

Json = dict[str, Any]

KEEP = "keep "
"""Begins the lines of a plan that change nothing."""


def place_options() -> list[click.Parameter]:
    """The options of every command that may go to AWS."""
    return [
        click.Option(
            [f"{OWN}sandbox", "--sandbox"],
            is_flag=True,
            help="Use the embedded AWS: nothing real is read or touched.",
        ),
        click.Option(
            [f"{OWN}config", "--config"],
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="The configuration file.",
        ),
    ]


def json_option() -> click.Option:
    """``--json``."""
    return click.Option(
        [f"{OWN}json", "--json"],
        is_flag=True,
        help="Write the structured result as one line of JSON, as into a pipe.",
    )


def place_of(values: Mapping[str, Any]) -> Place:
    """What the options of :func:`place_options` say."""
    return Place(values[f"{OWN}config"], values[f"{OWN}sandbox"])


YES = click.Option(
    [f"{OWN}yes", "--yes", "-y"],
    is_flag=True,
    help="Do not ask before a change that the policy allows. It approves nothing.",
)
METRICS = click.Option(
    [f"{OWN}metrics", "--metrics"],
    metavar="FILE|-",
    help="Write the result as OpenMetrics text; - is standard output.",
)


def command_of(operation: Operation) -> click.Command:
    """The command of an operation."""
    parameters = parameters_of(operation.request_model)

    @click.pass_obj
    def callback(host: Host, /, **values: Any) -> int:
        arguments = arguments_of(parameters, values)
        return _Run(operation, arguments, values, host).run()

    return click.Command(
        operation.name.replace("_", "-"),
        params=[*(each.to_click() for each in parameters), *_own_options(operation, parameters)],
        callback=callback,
        help=operation.description,
        short_help=operation.title,
    )


def _own_options(operation: Operation, parameters: tuple[Parameter, ...]) -> list[click.Parameter]:
    extra = [
        file_option(parameters),
        None if operation.hints.read_only else YES,
        METRICS if operation.name == "health" else None,
    ]
    return [*filter(None, extra), json_option(), *place_options()]


@dataclass(frozen=True, slots=True)
class _Run:
    """One operation, asked for on the command line."""

    operation: Operation
    arguments: Json
    values: Mapping[str, Any]
    host: Host

    def run(self) -> ExitCode:
        """Do it and show what came of it."""
        output = Output(as_json=self.values[f"{OWN}json"])
        request_id = uuid.uuid4().hex
        try:
            session = open_session(place_of(self.values), self.host)
            caller = Caller(session, self.host, request_id)
            if self._wants_courtesy(output) and not self._goes_ahead(caller):
                say("Nothing was changed.")
                return ExitCode.NOT_APPROVED
            result = caller.call(self.operation, self.arguments)
            self._show(result.structured, output)
        except AwsWhitelistError as error:
            output.failure(error, request_id)
            return code_of_error(error)
        return code_of_result(result.structured)

    def _show(self, structured: Json, output: Output) -> None:
        metrics = self.values.get(f"{OWN}metrics")
        if metrics is not None:
            write_metrics(structured, metrics)
        if metrics != "-":
            output.result(structured)

    def _wants_courtesy(self, output: Output) -> bool:
        """Whether a person sees the plan first: where one reads and types, and did not decline."""
        return (
            output.for_people
            and is_terminal(sys.stdin)
            and not self.values.get(f"{OWN}yes", True)
            and not self.arguments.get("dry_run", False)
        )

    def _goes_ahead(self, caller: Caller) -> bool:
        """Show the plan and ask. What needs approval is asked for where it is given."""
        rehearsal = {name: each for name, each in self.arguments.items() if name != "approval"}
        planned = caller.call(self.operation, rehearsal | {"dry_run": True}).structured
        if planned.get("reasons") or _changes_nothing(planned):
            return True
        render(planned, console(stderr=True))
        answer = Terminal(sys.stdin, sys.stderr).ask("Go ahead? [y/N]")
        return (answer or "").lower() in ("y", "yes")


def _changes_nothing(planned: Json) -> bool:
    plan = planned.get("plan")
    return plan is not None and all(line.startswith(KEEP) for line in plan)


class Caller:
    """Makes the calls of one command, which have its request id."""

    def __init__(self, session: Session, host: Host, request_id: str) -> None:
        self._session = session
        self._asker = Asker(host.open_terminal, host.new_code)
        self._request_id = request_id

    def call(self, operation: Operation, arguments: Json) -> ToolResult:
        """Make a call. Raises AwsWhitelistError, and KeyboardInterrupt at a question."""
        spec = self._session.tools[operation.name]
        timeout = spec.timeout or self._session.config.server.call_timeout
        with Interruption(gently=not operation.hints.read_only) as interruption:
            context = TerminalContext(
                self._request_id, asker=self._asker, interruption=interruption, timeout=timeout
            )
            # A stray print of any library must not get among the results.
            with contextlib.closing(context), contextlib.redirect_stdout(sys.stderr):
                return spec.call(arguments, context)
