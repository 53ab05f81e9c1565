"""One server for each connection to a unix socket, as the systemd units start it.

``systemd-socket-activate --accept --inetd`` is what systemd does for a socket with ``Accept=yes``.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from awswhitelist.peer_identity import own_user

ACTIVATE = shutil.which("systemd-socket-activate")
PATIENCE = 60
SERVE = [sys.executable, "-m", "awswhitelist", "serve", "--sandbox"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the units are Linux's")
needs_systemd = pytest.mark.skipif(ACTIVATE is None, reason="systemd-socket-activate is not here")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A home of its own, with the state and the audit log in it."""
    named = ("PATH", "LD_LIBRARY_PATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
    kept = {name: os.environ[name] for name in named if name in os.environ}
    home = tmp_path / "home"
    home.mkdir()
    return kept | {"HOME": str(home), "XDG_STATE_HOME": str(home / "state")}


@pytest.fixture
def served(tmp_path: Path, environ: dict[str, str]) -> Iterator[Path]:
    """A socket at which systemd's own tool starts a server for each connection."""
    assert ACTIVATE is not None
    path = tmp_path / "mcp.sock"
    setenv = [f"--setenv={name}" for name in environ]
    with subprocess.Popen(
        [ACTIVATE, "--accept", "--inetd", f"--listen={path}", *setenv, *SERVE],
        env=environ,
        stderr=subprocess.PIPE,
    ) as activator:
        assert activator.stderr is not None
        activator.stderr.readline()  # it says where it listens once it does
        drain = threading.Thread(target=activator.stderr.read, daemon=True)
        drain.start()
        yield path
        activator.terminate()
        activator.wait(PATIENCE)
        drain.join(PATIENCE)


class Client:
    """A client on a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("rb")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        answer: dict[str, Any] = json.loads(self._lines.readline())
        return answer

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


@needs_systemd
def test_two_clients_are_served_at_once_and_apart(served: Path) -> None:
    with closing(Client(served)) as one, closing(Client(served)) as other:
        call = {"target": "prod-bastion", "source": "203.0.113.7", "port": "ssh"}
        assert one.ask("whitelist", **call)["result"]["status"] == "added"
        # Each has a sandbox of its own: what one opens is not there for the other.
        assert other.ask("whitelist", **call)["result"]["status"] == "added"
        assert one.ask("whitelist", **call)["result"]["status"] == "already_allowed"


@needs_systemd
def test_what_a_peer_opens_is_the_peers_own(served: Path) -> None:
    with closing(Client(served)) as client:
        call = {"target": "prod-bastion", "source": "203.0.113.7", "port": "ssh"}
        (rule,) = client.ask("whitelist", **call)["result"]["rules"]
        assert rule["owner"] == own_user()


@needs_systemd
def test_a_peer_may_not_act_for_others_unless_the_policy_says_so(served: Path) -> None:
    with closing(Client(served)) as client:
        call = {"target": "prod-bastion", "source": "203.0.113.7", "port": "ssh"}
        answer = client.ask("whitelist", **call, owner="somebody-else")
        assert answer["error"]["data"]["code"] == "policy_denied"


@needs_systemd
def test_on_a_socket_me_is_refused_and_the_audit_log_is_not_shown(served: Path) -> None:
    with closing(Client(served)) as client:
        answer = client.ask("whitelist", target="prod-bastion", source="me", port="ssh")
        assert answer["error"]["data"]["code"] == "me_is_the_server"
    with closing(Client(served)) as client:
        hello = {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        }
        client.ask("initialize", **hello)
        listed = client.ask("resources/list")["result"]["resources"]
        assert "awswhitelist://audit/recent" not in {each["uri"] for each in listed}


@needs_systemd
def test_awswhitelist_connect_is_the_client_end(
    served: Path, environ: dict[str, str], lines: Any
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "awswhitelist", "connect", str(served)],
        input=lines(("list_rules", {"target": "prod-bastion"}), ("capabilities", {})),
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    assert set(answers) == {1, 2}
    assert all("result" in answer for answer in answers.values()), answers


@needs_systemd
def test_the_audit_log_names_the_peer(served: Path, environ: dict[str, str]) -> None:
    with closing(Client(served)) as client:
        call = {"target": "prod-bastion", "source": "203.0.113.7", "port": "ssh"}
        client.ask("whitelist", **call)
    assert principals(environ) == {own_user()}


def principals(environ: dict[str, str]) -> set[str]:
    """Whom the audit log names."""
    logs = list(Path(environ["XDG_STATE_HOME"]).rglob("audit.jsonl"))
    entries = [json.loads(line) for log in logs for line in log.read_text("utf-8").splitlines()]
    return {entry["principal"] for entry in entries}


# -- as another user: the kernel's word is taken, not the peer's -----------------------------------


def accept_one(listener: socket.socket, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """A server on the next connection."""
    accepted, _ = listener.accept()
    with accepted:
        return subprocess.Popen(
            SERVE,
            stdin=accepted.fileno(),
            stdout=accepted.fileno(),
            stderr=subprocess.PIPE,
            env=environ,
        )


CONNECT_AS = """
import os, socket, sys
client = socket.socket(socket.AF_UNIX)
os.setgid(int(sys.argv[1]))
os.setuid(int(sys.argv[1]))
client.connect(sys.argv[2])
client.sendall(sys.stdin.buffer.read())
client.shutdown(socket.SHUT_WR)
while chunk := client.recv(65536):
    sys.stdout.buffer.write(chunk)
"""


@pytest.fixture
def open_to_all() -> Iterator[tuple[socket.socket, Path]]:
    """A listening socket that every user may connect to: not below a private directory."""
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        path = Path(folder) / "mcp.sock"
        listener.bind(str(path))
        path.parent.chmod(0o755)
        path.chmod(0o666)
        listener.listen()
        yield listener, path


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_a_user_without_a_name_here_is_known_by_number(
    open_to_all: tuple[socket.socket, Path], environ: dict[str, str], lines: Any
) -> None:
    listener, path = open_to_all
    call = {"target": "prod-bastion", "source": "203.0.113.7", "port": "ssh"}
    with subprocess.Popen(
        [sys.executable, "-c", CONNECT_AS, "61234", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as client:
        assert client.stdin is not None
        client.stdin.write(lines(("whitelist", call)).encode())
        client.stdin.close()
        client.stdin = None
        with accept_one(listener, environ) as server:
            _, told = server.communicate(timeout=PATIENCE)
        answered, _ = client.communicate(timeout=PATIENCE)
    assert server.returncode == 0, told.decode()
    assert json.loads(answered)["result"]["status"] == "added"
    assert principals(environ) == {"uid 61234"}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_nobody_is_not_served(
    open_to_all: tuple[socket.socket, Path], environ: dict[str, str]
) -> None:
    """The kernel gives that number to everybody from outside the user namespace."""
    listener, path = open_to_all
    nobody = Path("/proc/sys/kernel/overflowuid").read_text("ascii").strip()
    with subprocess.Popen(
        [sys.executable, "-c", CONNECT_AS, nobody, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as client:
        with accept_one(listener, environ) as server:
            _, told = server.communicate(timeout=PATIENCE)
        client.wait(PATIENCE)
    assert server.returncode == 2
    assert b"not known here" in told


def test_a_network_connection_is_not_served(environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()):
            with accept_one(listener, environ) as server:
                _, told = server.communicate(timeout=PATIENCE)
    assert server.returncode == 2
    assert b"does not tell who asks" in told


def test_on_a_socketpair_me_is_still_the_user(environ: dict[str, str], lines: Any) -> None:
    """Clients on Node.js start their servers so."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            server = subprocess.Popen(
                SERVE,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
                env=environ,
            )
        with server:
            ours.settimeout(PATIENCE)
            ours.sendall(lines(("get_my_ip", {})).encode())
            ours.shutdown(socket.SHUT_WR)
            answer = json.loads(ours.makefile("rb").readline())
    assert answer["result"]["ipv4"]
