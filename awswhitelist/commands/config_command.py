"""``awswhitelist config``: write, show, check and explain the configuration."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from awswhitelist.commands.config_files import file_to_write, write_first_config
from awswhitelist.commands.config_origins import DEFAULT, Origin, origins
from awswhitelist.commands.config_problems import Problems, problems_of_config, problems_of_policy
from awswhitelist.commands.config_schema import CONFIG_SCHEMA, POLICY_SCHEMA, schema_files
from awswhitelist.commands.host import Host, pass_host
from awswhitelist.config_sources import shown_path

WRONG = 2
"""The exit code of ``check`` where something is wrong."""

FILE = click.Path(path_type=Path)

_config_option = click.option(
    "--config", "config_file", type=FILE, metavar="FILE", help="The configuration file."
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Answer with JSON.")


@click.group("config")
def config_group() -> None:
    """Write, show, check and explain the configuration."""


@config_group.command("init")
@_config_option
@click.option("--force", is_flag=True, help="Replace files that are there already.")
@pass_host
def init(host: Host, config_file: Path | None, force: bool) -> None:
    """Write a first configuration file, and a companion that explains every setting."""
    for file in write_first_config(file_to_write(config_file, host.environ), force=force):
        click.echo(f"Wrote {shown_path(file)}")


@config_group.command("show")
@_config_option
@_json_option
@click.option("--changed", is_flag=True, help="Leave out what has its default.")
@pass_host
def show(host: Host, config_file: Path | None, as_json: bool, changed: bool) -> None:
    """Show what is in force, and where each value comes from. Secrets are blanked."""
    config, found = origins(config_file, host.environ)
    rows = [row for row in found if row.source != DEFAULT] if changed else found
    if as_json or not sys.stdout.isatty():
        click.echo(json.dumps([row._asdict() for row in rows], indent=2))
    else:
        click.echo("\n".join(_aligned(rows)))
    if config.policy_error is not None:
        click.echo(f"Nothing may be changed: {config.policy_error}", err=True)


@config_group.command("check")
@click.argument("file", type=FILE, required=False)
@_config_option
@click.option("--policy", type=FILE, metavar="FILE", help="Check this operator's policy instead.")
@_json_option
@pass_host
@click.pass_context
def check(
    context: click.Context,
    host: Host,
    file: Path | None,
    config_file: Path | None,
    policy: Path | None,
    as_json: bool,
) -> None:
    """Find everything that is wrong with FILE, the environment and the policies.

    Without FILE it is the file that would be used. Exit code 2 where something is wrong.
    """
    if policy is None:
        problems = problems_of_config(file or config_file, host.environ)
    else:
        problems = problems_of_policy(policy)
    if as_json:
        click.echo(json.dumps([problem.to_object() for problem in problems], indent=2))
    else:
        _tell(problems)
    context.exit(WRONG if problems else 0)


@config_group.command("schema")
@click.option("--policy", is_flag=True, help="The schema of the operator's policy file instead.")
def schema(policy: bool) -> None:
    """Print the JSON Schema of the configuration file, for editors and checks."""
    click.echo(schema_files()[POLICY_SCHEMA if policy else CONFIG_SCHEMA], nl=False)


@config_group.command("path")
@_config_option
@pass_host
def path(host: Host, config_file: Path | None) -> None:
    """Print where the configuration file is, or where it would be."""
    click.echo(str(file_to_write(config_file, host.environ)))


def _aligned(rows: Iterable[Origin]) -> list[str]:
    """The rows for people: name and value in a column of their own, the source in brackets."""
    shown = [(row.setting, json.dumps(row.value, ensure_ascii=False), row.source) for row in rows]
    widest = max((len(setting) for setting, _, _ in shown), default=0)
    return [f"{setting:{widest}}  {value}  [{source}]" for setting, value, source in shown]


def _tell(problems: Problems) -> None:
    for problem in problems:
        click.echo(f"{problem.summary}\n  {problem.remedy}", err=True)
    if not problems:
        click.echo("Nothing is wrong.")
