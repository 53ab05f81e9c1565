"""``approve``: a person's word on a plan that a server could ask nobody about."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

import click

from awswhitelist.access.approval.confirmations import Confirmations
from awswhitelist.access.files.state import StateDirectory
from awswhitelist.application import sandboxed
from awswhitelist.commands.context import typed_code
from awswhitelist.commands.exits import ExitCode
from awswhitelist.commands.host import Host
from awswhitelist.commands.operations import place_of, place_options
from awswhitelist.commands.session import load_settings
from awswhitelist.exceptions import TerminalNeededError

DONE = "Approved. Repeat the call now, with the token of its answer as `approval`."
LEFT = "Nothing was approved."


@click.pass_obj
def _callback(host: Host, /, identity: str, **values: Any) -> int:
    place = place_of(values)
    settings = load_settings(place, host)
    config = sandboxed(settings) if place.sandbox else settings
    state = StateDirectory(config.state.directory, now=time.time)
    approved = approve(identity, Confirmations(state, now=time.time), host)
    click.echo(DONE if approved else LEFT, err=True)
    return ExitCode.DONE if approved else ExitCode.NOT_APPROVED


def approve(identity: str, confirmations: Confirmations, host: Host) -> bool:
    """Show what waits under the id, and let the person at the controlling terminal approve it by
    typing the code shown. False where they type anything else.

    Raises ApprovalNotFoundError, StateUnavailableError, TerminalNeededError.
    """
    pending = confirmations.pending(identity)
    terminal = host.open_terminal()
    if terminal is None:
        raise TerminalNeededError()
    with closing(terminal):
        terminal.say(*pending.message.splitlines())
        if not typed_code(terminal, host.new_code()):
            return False
    confirmations.confirm(pending)
    return True


approve_command = click.Command(
    "approve",
    params=[click.Argument(["identity"], metavar="ID"), *place_options()],
    callback=_callback,
    short_help="Approve a change that a server could ask nobody about",
    help="Show the plan that waits under ID, and approve it by typing the code shown. Only the "
    "person at the controlling terminal can do that, and only the user whom the server runs as.",
)
