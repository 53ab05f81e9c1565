"""``connect``: standard input and output joined to a server's Unix socket."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import click

from awswhitelist.commands.exits import ExitCode
from awswhitelist.exceptions import InvalidArgumentError

CHUNK = 1 << 16
STDIN, STDOUT = 0, 1


@click.command(short_help="Be the client end of a server's socket")
@click.argument("path", metavar="SOCKET", type=click.Path(path_type=Path))
def connect(path: Path) -> int:
    """Copy standard input to the server at SOCKET and its answers to standard output, until the
    server closes. The end of the input is passed on, so that a script gets all of its answers."""
    with _connected(path) as server:
        # A daemon: it may wait for input for ever, and nothing is lost when it ends.
        threading.Thread(target=_send_input, args=(server,), daemon=True).start()
        _receive_output(server)
    return ExitCode.DONE


def _connected(path: Path) -> socket.socket:
    """A connection to the socket. Raises InvalidArgumentError."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        server.connect(str(path))
    except OSError as problem:
        server.close()
        raise InvalidArgumentError(
            f"Nobody serves at the socket {path}, or this user may not use it.",
            field="socket",
            remedy="Check the path, start its unit (systemctl start awswhitelist.socket), and see "
            "to it that this user belongs to the socket's group.",
        ) from problem
    return server


def _send_input(server: socket.socket) -> None:
    """Standard input to the server, and its end too."""
    try:
        while chunk := os.read(STDIN, CHUNK):
            server.sendall(chunk)
        server.shutdown(socket.SHUT_WR)
    except OSError:
        return  # the server has gone, which the other direction sees


def _receive_output(server: socket.socket) -> None:
    """What the server sends to standard output. Raises BrokenPipeError."""
    while chunk := _received(server):
        view = memoryview(chunk)
        while view:
            view = view[os.write(STDOUT, view) :]


def _received(server: socket.socket) -> bytes:
    try:
        return server.recv(CHUNK)
    except ConnectionError:
        return b""
