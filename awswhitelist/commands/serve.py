"""``serve`` as the other commands are: for its help, and for what is wrong with its arguments.

The plain form of it never comes here: see :mod:`awswhitelist.cli`.
"""

from __future__ import annotations

from pathlib import Path

import click

from awswhitelist.commands.host import Host, pass_host


@click.command(short_help="Serve MCP and plain JSON-RPC on standard input and output")
@click.option(
    "--sandbox", is_flag=True, help="Use the embedded AWS: nothing real is read or touched."
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The configuration file.",
)
@pass_host
def serve(host: Host, sandbox: bool, config: Path | None) -> int:
    """Serve MCP and plain JSON-RPC 2.0, one message per line, on standard input and output, until
    the input ends."""
    return host.serve(config, sandbox)
