"""The real program in the sandbox, and the official clients of others in environments of theirs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

PATIENCE = 60
"""Seconds after which a process that a test waits for has failed."""

HERE = Path(__file__).parent
NODE = HERE / "node"
SDK1 = HERE.parents[1] / ".venv-sdk1"

KEPT = (
    "PATH",
    "LD_LIBRARY_PATH",
    "SYSTEMROOT",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
)
"""What a process may need of our own environment, and what measures coverage in it."""


@dataclass(frozen=True)
class Place:
    """How the server is started, with nothing of the user's own in its reach."""

    home: Path
    command: str = sys.executable
    args: tuple[str, ...] = ("-m", "awswhitelist", "serve", "--sandbox")

    @property
    def env(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return kept | {"HOME": str(self.home), "XDG_STATE_HOME": str(self.home / "state")}

    @property
    def server(self) -> dict[str, Any]:
        """The same as clients are configured with it."""
        return {"command": self.command, "args": list(self.args), "env": self.env}

    @property
    def audit(self) -> list[dict[str, Any]]:
        """The records of the audit log."""
        path = self.home / "state" / "awswhitelist" / "sandbox" / "audit.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def _node() -> str:
    """Where Node.js is; skips the test where it or the packages are not."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not here")
    if not (NODE / "node_modules" / ".ready").exists():
        pytest.skip("node packages are not installed: `make interop` does it")
    return found


def _sdk1(program: str) -> str:
    """A program of the environment with version 1 of the Python SDK; skips where there is none."""
    if not (SDK1 / ".ready").exists():
        pytest.skip("the environment of SDK 1 is not there: `make interop` makes it")
    return str(SDK1 / "bin" / program)


@pytest.fixture(scope="session")
def commands() -> dict[str, Callable[[], list[str]]]:
    """How each program of others is started; skips the test if it is not installed."""
    clients = HERE / "clients"
    return {
        "python 1": lambda: [_sdk1("python"), str(clients / "sdk1.py")],
        "python 2": lambda: [sys.executable, str(clients / "sdk2.py")],
        "typescript 1": lambda: [_node(), str(NODE / "sdk1.mjs")],
        "typescript 2": lambda: [_node(), str(NODE / "sdk2.mjs")],
        "inspector": lambda: [_node(), str(NODE / "node_modules" / ".bin" / "mcp-inspector")],
        "mcp-proxy": lambda: [_sdk1("mcp-proxy")],
    }


def run(command: Sequence[str], place: Place, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a client to its end, in the same bare environment as the server."""
    return subprocess.run(
        command,
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=place.env,
        cwd=place.home,
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture(scope="session")
def run_client() -> Callable[..., subprocess.CompletedProcess[str]]:
    return run


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """What a function gives as JSON, worked out once for all processes that run tests."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def get(name: str, work: Callable[[Place], Any]) -> Any:
        folder = shared / f"interop-{name.replace(' ', '-')}"
        kept = folder / "result.json"
        with FileLock(f"{folder}.lock"):
            if not kept.exists():
                folder.mkdir(exist_ok=True)
                kept.write_text(json.dumps(work(Place(folder))), encoding="utf-8")
        return json.loads(kept.read_text(encoding="utf-8"))

    return get
