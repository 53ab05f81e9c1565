"""The command line: arguments in, exit code out. Imports nothing that serving does not need.

Exit codes: 0 all went well; 2 the arguments or the configuration are wrong.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from awswhitelist import __version__
from awswhitelist.collecting import uncollected
from awswhitelist.exceptions import AwsWhitelistError, SandboxUnavailableError

if TYPE_CHECKING:
    from awswhitelist.mcp.server import Server

WRONG_USE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that ``argv`` (default: the process's own arguments) names."""
    arguments = _parser().parse_args(argv)
    try:
        return _serve(arguments.config, sandbox=arguments.sandbox)
    except AwsWhitelistError as exc:
        print(f"awswhitelist: {exc.summary}\n{exc.remedy}", file=sys.stderr)
        return WRONG_USE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="awswhitelist",
        description="Let an address reach an AWS resource, for a while, and close it again.",
    )
    parser.add_argument("--version", action="version", version=f"awswhitelist {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="serve MCP and plain JSON-RPC on standard input and output",
        description="Serve MCP and plain JSON-RPC 2.0, one message per line, on standard input "
        "and output, until the input ends.",
    )
    serve.add_argument(
        "--sandbox",
        action="store_true",
        help="use the embedded AWS: nothing real is read or touched",
    )
    serve.add_argument("--config", type=Path, metavar="FILE", help="the configuration file")
    return parser


def _serve(config_file: Path | None, *, sandbox: bool) -> int:
    """Serve until the input ends. Raises ConfigurationError."""
    from awswhitelist.mcp.stdio import take_stdin, take_stdout

    stdin = take_stdin()
    with uncollected(for_good=True):
        server = _load(config_file, sandbox=sandbox)

    from awswhitelist.mcp.server import install_signal_handlers

    wire = take_stdout()
    install_signal_handlers(server)
    return server.serve(stdin, wire)


def _load(config_file: Path | None, *, sandbox: bool) -> Server:
    from awswhitelist.application import Surroundings, build_server
    from awswhitelist.config import load_config
    from awswhitelist.logging_config import configure_logging
    from awswhitelist.redaction import known_secrets

    if sandbox and importlib.util.find_spec("moto") is None:
        raise SandboxUnavailableError()
    config = load_config(config_file, os.environ)
    configure_logging(config.logging, sys.stderr, secrets=known_secrets(os.environ))
    return build_server(config, Surroundings(_principal(), os.environ), sandbox=sandbox)


def _principal() -> str:
    """The user that this process runs as, by the system's word and not by the environment's."""
    if sys.platform == "win32":
        return os.getlogin()
    return user_name(os.getuid())


def user_name(uid: int) -> str:
    """The name of a user by its number; the number where the system has no name for it."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
