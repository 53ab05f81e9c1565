"""The command lines of `install` and `uninstall`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from awswhitelist.commands.install import installing
from awswhitelist.commands.install.clients import CLIENTS
from awswhitelist.commands.install.entry import running_command
from awswhitelist.commands.install.interface import DEFAULT_NAME, InstallOptions, InstallReport
from awswhitelist.exceptions import ClientConfigError

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _shared(command: _Command) -> _Command:
    """The arguments of both commands."""
    decorators = (
        click.argument(
            "client", type=click.Choice([each.key for each in CLIENTS]), metavar="CLIENT"
        ),
        click.option(
            "--name", default=DEFAULT_NAME, show_default=True, help="The server's name there."
        ),
        click.option(
            "--project",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            metavar="DIR",
            help="The configuration of the project in DIR, not the user's own.",
        ),
        click.option(
            "--config-file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="The client's configuration file, if it is not where it usually is.",
        ),
        click.option("--dry-run", is_flag=True, help="Show what would change and change nothing."),
    )
    for decorate in reversed(decorators):
        command = decorate(command)
    return command


@click.command(
    epilog=f"CLIENT is one of: {', '.join(each.key for each in CLIENTS)}.",
    help="Add this server to the configuration of an MCP client. Everything else in it stays as it "
    "is, and a copy of the file as it was is kept beside it.",
)
@_shared
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The configuration file that the server is to use.",
)
@click.option("--sandbox", is_flag=True, help="Let the server use the embedded AWS.")
def install(
    client: str,
    name: str,
    project: Path | None,
    config_file: Path | None,
    dry_run: bool,
    config: Path | None,
    sandbox: bool,
) -> None:
    """Raises AwsWhitelistError where the file cannot be used."""
    options = InstallOptions(
        command=running_command(sys.argv[0], sys.executable),
        name=name,
        config=config,
        sandbox=sandbox,
        config_file=config_file,
        project=project,
        dry_run=dry_run,
    )
    report = installing.install(client, options, _home(), os.environ, sys.platform)
    _tell(report, unchanged="It is already there.", next_step=report.client.next_step)


@click.command(
    epilog=f"CLIENT is one of: {', '.join(each.key for each in CLIENTS)}.",
    help="Take this server out of the configuration of an MCP client. Everything else in it stays "
    "as it is, and a copy of the file as it was is kept beside it.",
)
@_shared
def uninstall(
    client: str, name: str, project: Path | None, config_file: Path | None, dry_run: bool
) -> None:
    """Raises AwsWhitelistError where the file cannot be used."""
    options = InstallOptions(name=name, config_file=config_file, project=project, dry_run=dry_run)
    report = installing.uninstall(client, options, _home(), os.environ, sys.platform)
    _tell(report, unchanged="It is not there.", next_step="Restart the client to let it go.")


def _home() -> Path:
    """The user's home directory. Raises ClientConfigError where there is none."""
    try:
        return Path.home()
    except RuntimeError as problem:
        raise ClientConfigError(
            "There is no home directory to look for the client's configuration in.",
            remedy="Set HOME.",
        ) from problem


def _tell(report: InstallReport, *, unchanged: str, next_step: str) -> None:
    if not report.changed:
        click.echo(f"{report.path}: {unchanged}")
        return
    for line in report.diff.splitlines():
        # Nothing in the file may move the cursor, or turn the text around.
        click.echo("".join(char for char in line.expandtabs(4) if char.isprintable()))
    if report.dry_run:
        click.echo("Nothing was changed (--dry-run).")
        return
    if report.backup is not None:
        click.echo(f"The file as it was: {report.backup}")
    click.echo(next_step)
