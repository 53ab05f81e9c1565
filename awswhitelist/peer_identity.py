"""Who is at the other end of standard input: by the system's word, never by the peer's own.

A socket with a name was connected to (systemd's ``Accept=yes``, inetd): whoever connected asks, and
the kernel knows who that is. A pair of sockets without names is a pipe by another word: libuv, and
so every client on Node.js, talks to its children over one. Then it is our own user who asks.
"""

from __future__ import annotations

import os
import stat
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from awswhitelist.exceptions import ConfigurationError

if TYPE_CHECKING:
    from socket import socket

OVERFLOW_UID = Path("/proc/sys/kernel/overflowuid")
_CREDENTIALS = "iII"
"""``struct ucred``: process, user, group. unix(7), SO_PEERCRED."""
_CLOSE_IT = "Serve on a pipe or on a unix socket: see docs/deployment.md."


class Peer(NamedTuple):
    """The user who connected to the socket that we serve on."""

    uid: int
    user: str


def peer_of(fd: int) -> Peer | None:
    """The user at the other end of ``fd``; None where it is no socket that somebody connected to.

    Raises ConfigurationError for a socket that does not tell: nobody is served unknown.
    """
    if not _is_socket(fd):
        return None
    from socket import AF_UNIX, socket

    with socket(fileno=os.dup(fd)) as connection:
        if connection.family != AF_UNIX:
            raise ConfigurationError(
                "Standard input is a network connection, which does not tell who asks.",
                remedy=_CLOSE_IT,
            )
        if not (connection.getsockname() or connection.getpeername()):
            return None
        return named(_uid_of(connection), overflow_uid())


def named(uid: int, unknown: int | None) -> Peer:
    """The peer with this user id; ``unknown`` is the id that stands for everybody without one.

    Raises ConfigurationError where the kernel says "somebody from outside our user namespace", for
    then all of them would look like one user.
    """
    if uid == unknown:
        raise ConfigurationError(
            f"The user who connected is not known here (uid {uid}).",
            remedy="Run the service in the user namespace of its users: no PrivateUsers=.",
        )
    return Peer(uid, user_name(uid))


def own_user() -> str:
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


def _is_socket(fd: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(fd).st_mode)
    except OSError:
        return False


def _uid_of(connection: socket) -> int:
    """The user id of the process that connected, as it was at that time."""
    if sys.platform != "linux":
        raise ConfigurationError(
            "This system does not tell who connected to the socket.", remedy=_CLOSE_IT
        )
    from socket import SO_PEERCRED, SOL_SOCKET

    size = struct.calcsize(_CREDENTIALS)
    found = struct.unpack(_CREDENTIALS, connection.getsockopt(SOL_SOCKET, SO_PEERCRED, size))
    return int(found[1])


def overflow_uid(file: Path = OVERFLOW_UID) -> int | None:
    """The user id that stands for everybody without one here; None where nothing tells.

    user_namespaces(7), "Unmapped user and group IDs".
    """
    try:
        return int(file.read_text(encoding="ascii"))
    except OSError:
        return None
