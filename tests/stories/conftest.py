"""A user of a machine: a home with nothing of ours in it, a configuration, servers, a terminal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session
from moto.server import ThreadedMotoServer

from examples.terminal import Terminal
from tests.stories.cloud import REGION, Cloud
from tests.stories.server import Server

KEPT = (
    "PATH",
    "LD_LIBRARY_PATH",
    "SYSTEMROOT",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
)
"""What a Python process may need of our own environment, and what measures its coverage."""


@dataclass
class User:
    """Somebody with a home directory. What they start is stopped at the end of the story."""

    home: Path
    settings: dict[str, Any] = field(default_factory=dict)
    servers: list[Server] = field(default_factory=list)
    more: dict[str, str] = field(default_factory=dict)

    @property
    def audit(self) -> list[dict[str, Any]]:
        """What the audit log of the sandbox says, in order; it is there with the first change."""
        log = self.home / "state" / "sandbox" / "audit.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return kept | {"HOME": str(self.home), "TERM": "xterm"} | self.more

    def configured(self) -> list[str]:
        """The option that names a file with the settings of this story."""
        path = self.home / "config.json"
        settings = {
            "defaults": {"owner": "mara"},
            "state": {"directory": str(self.home / "state")},
            **self.settings,
        }
        path.write_text(json.dumps(settings))
        return ["--config", str(path)]

    def serve(self, *, sandbox: bool = True) -> Server:
        """Start a server; in the sandbox, its AWS is a new one."""
        arguments = ["--sandbox"] if sandbox else []
        log = self.home / "server.log"
        self.servers.append(Server([*arguments, *self.configured()], self.environment(), log))
        return self.servers[-1]

    def at_terminal(self, *arguments: str) -> Terminal:
        """Type a command."""
        command = [sys.executable, "-m", "awswhitelist", *arguments, "--sandbox"]
        return Terminal([*command, *self.configured()], self.environment())


@pytest.fixture
def new_user(tmp_path: Path) -> Iterator[Callable[..., User]]:
    """Makes a user whose configuration has these sections."""
    users: list[User] = []

    def make(**settings: Any) -> User:
        users.append(User(tmp_path, settings))
        return users[-1]

    yield make
    for user in users:
        for server in user.servers:
            server.close()


@pytest.fixture
def user(new_user: Callable[..., User]) -> User:
    """A user who has changed no setting that matters."""
    return new_user()


@pytest.fixture
def server(user: User) -> Server:
    """A server of theirs, in the sandbox."""
    return user.serve()


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """An AWS of the story's own, which outlives the servers."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    session = Session()
    session.set_credentials("AKIASTRANGER", "secret")
    endpoint = "http://{}:{}".format(*moto.get_host_and_port())
    ec2 = session.create_client("ec2", region_name=REGION, endpoint_url=endpoint)
    made = Cloud(moto.get_host_and_port(), ec2)
    yield made
    made.proxy.close()
    ec2.close()
    moto.stop()
