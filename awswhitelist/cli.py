"""The command line's first step: serve at once, or hand over to the commands.

What a client of MCP starts must be quick: the plain forms of ``serve`` and ``--version`` are read
here, without any library. All else, help and mistakes too, is the business of
:mod:`awswhitelist.commands`, which knows the same ``serve``.

Exit codes: see :mod:`awswhitelist.commands.exits`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from awswhitelist import __version__
from awswhitelist.collecting import leave_behind, uncollected
from awswhitelist.exceptions import AwsWhitelistError, ConfigurationError

if TYPE_CHECKING:
    from awswhitelist.mcp.server import Server

WRONG_USE = 2

COMPLETING = "_AWSWHITELIST_COMPLETE"
"""Set by a shell that asks for completions; then there are no arguments."""

_PIPE = "Start the server with a pipe or a socket as its standard output."


class Serving(NamedTuple):
    """How to serve: the configuration file named, and whether in the sandbox."""

    config_file: Path | None = None
    sandbox: bool = False


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that ``argv`` (default: the process's own arguments) names.

    Without arguments: serve, or show help on a terminal. Returns the exit code.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments == ["--version"]:
        with suppress(OSError):  # The commands know how to say that it cannot be written.
            print(f"awswhitelist {__version__}", flush=True)
            return 0
    serving = _usual(arguments)
    return _hand_over(arguments) if serving is None else _serve(serving)


def _usual(arguments: list[str]) -> Serving | None:
    """How to serve, where that is wanted in the plain form; None for everything else."""
    if arguments[:1] == ["serve"]:
        return plain_serving(arguments[1:])
    if arguments or COMPLETING in os.environ or os.isatty(0):
        return None
    return Serving()


def plain_serving(arguments: Sequence[str]) -> Serving | None:
    """What the arguments after ``serve`` say; None where they are not understood at a glance."""
    config_file, sandbox, words = None, False, iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--sandbox":
            sandbox = True
        elif name == "--config" and (value or (not equals and (value := next(words, "")))):
            config_file = Path(value)
        else:
            return None
    return Serving(config_file, sandbox)


def _hand_over(arguments: list[str]) -> int:
    from awswhitelist.commands.host import Host
    from awswhitelist.commands.program import run
    from awswhitelist.peer_identity import own_user

    def serve(config_file: Path | None, sandbox: bool) -> int:
        return _serve(Serving(config_file, sandbox))

    return run(arguments, Host(serve=serve, principal=own_user, environ=os.environ))


def _serve(serving: Serving) -> int:
    """Serve until the input ends. A configuration that cannot be used is told of."""
    try:
        return _serve_wire(serving.config_file, sandbox=serving.sandbox)
    except AwsWhitelistError as exc:
        print(f"awswhitelist: {exc.summary}\n{exc.remedy}", file=sys.stderr)
        return WRONG_USE


def _serve_wire(config_file: Path | None, *, sandbox: bool) -> int:
    """Serve on standard input and output. Raises ConfigurationError."""
    from awswhitelist.mcp.stdio import take_stdin, take_stdout

    # pydantic asks every installed package for plugins otherwise: that takes its time, and nobody
    # else's code has to see what we validate.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        wire = take_stdout()
    except OSError as exc:
        raise ConfigurationError("There is no standard output to answer on.", remedy=_PIPE) from exc
    stdin = take_stdin()
    with uncollected(for_good=True):
        server = _load(config_file, stdin, sandbox=sandbox)

    from awswhitelist.mcp.server import install_signal_handlers

    install_signal_handlers(server)
    status = server.serve(stdin, wire)
    leave_behind()
    return status


def _load(config_file: Path | None, stdin: int, *, sandbox: bool) -> Server:
    """A server for whoever is at the other end of ``stdin``. Raises ConfigurationError."""
    from awswhitelist.application import Surroundings, build_server
    from awswhitelist.config import load_config
    from awswhitelist.log_stream import LogStream
    from awswhitelist.logging_config import configure_logging, log_uncaught
    from awswhitelist.peer_identity import own_user, peer_of
    from awswhitelist.peer_settings import settings_for
    from awswhitelist.redaction import known_secrets

    peer = peer_of(stdin)
    config = settings_for(load_config(config_file, os.environ), peer)
    configure_logging(config.logging, LogStream(2), secrets=known_secrets(os.environ))
    log_uncaught()
    principal = peer.user if peer else own_user()
    return build_server(config, Surroundings(principal, os.environ), sandbox=sandbox)
