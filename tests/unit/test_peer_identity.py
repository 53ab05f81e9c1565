"""Who is at the other end: by the kernel's word, over real sockets and pipes."""

from __future__ import annotations

import os
import pwd
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from awswhitelist.exceptions import ConfigurationError
from awswhitelist.peer_identity import (
    OVERFLOW_UID,
    Peer,
    named,
    overflow_uid,
    own_user,
    peer_of,
    user_name,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="SO_PEERCRED is Linux's")

ME = Peer(os.getuid(), own_user())


@pytest.fixture
def connected(tmp_path: Path) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection to a socket in the file system: accepted, connecting."""
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(str(tmp_path / "mcp.sock"))
        listener.listen()
        client.connect(str(tmp_path / "mcp.sock"))
        accepted, _ = listener.accept()
        with accepted:
            yield accepted, client


def test_who_connected_to_a_named_socket_is_known(
    connected: tuple[socket.socket, socket.socket],
) -> None:
    accepted, _ = connected
    assert peer_of(accepted.fileno()) == ME


def test_the_connecting_end_knows_who_listens(
    connected: tuple[socket.socket, socket.socket],
) -> None:
    _, client = connected
    assert peer_of(client.fileno()) == ME


def test_looking_leaves_the_connection_as_it_was(
    connected: tuple[socket.socket, socket.socket],
) -> None:
    accepted, client = connected
    peer_of(accepted.fileno())
    client.sendall(b"{}\n")
    assert accepted.recv(16) == b"{}\n"


def test_a_socketpair_is_a_pipe_by_another_word() -> None:
    """Clients on Node.js talk to their children over one: `me` must stay the user there."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert peer_of(ours.fileno()) is None


def test_a_pipe_has_no_peer() -> None:
    reading, writing = os.pipe()
    try:
        assert peer_of(reading) is None
    finally:
        os.close(reading)
        os.close(writing)


def test_a_closed_descriptor_has_no_peer() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    assert peer_of(reading) is None


def test_a_network_connection_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as client:
            with pytest.raises(ConfigurationError) as told:
                peer_of(client.fileno())
    assert "does not tell who asks" in told.value.summary


def test_everybody_from_outside_the_user_namespace_is_nobody_and_refused() -> None:
    with pytest.raises(ConfigurationError) as told:
        named(65534, unknown=65534)
    assert "PrivateUsers" in told.value.remedy


@pytest.mark.parametrize("unknown", [65534, None])
def test_a_user_known_here_is_named(unknown: int | None) -> None:
    assert named(os.getuid(), unknown) == ME


def test_the_kernel_tells_which_number_stands_for_the_unknown(tmp_path: Path) -> None:
    assert overflow_uid() == int(OVERFLOW_UID.read_text("ascii"))
    assert overflow_uid(tmp_path / "absent") is None


@pytest.mark.requirement("ELIC-7")
def test_a_user_has_the_name_that_the_system_knows() -> None:
    assert user_name(os.getuid()) == pwd.getpwuid(os.getuid()).pw_name == own_user()


def test_a_user_whom_the_system_does_not_know_is_a_number() -> None:
    known = {entry.pw_uid for entry in pwd.getpwall()}
    stranger = next(uid for uid in range(60_000, 65_000) if uid not in known)
    assert user_name(stranger) == f"uid {stranger}"
