"""The real program in a process of its own, in an environment of its own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.running import Ended, run_to_end

PATIENCE = 60
"""Seconds after which a process that a test waits for has failed."""

KEPT = (
    "PATH",
    "LD_LIBRARY_PATH",
    "SYSTEMROOT",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
)
"""What a Python process may need of our own environment, and what measures its coverage."""


@dataclass(frozen=True)
class Home:
    """A user's home directory that holds nothing of ours yet."""

    path: Path

    @property
    def state(self) -> Path:
        """Where the program keeps its state."""
        return self.path / "state" / "awswhitelist"

    def environment(self, **more: str) -> dict[str, str]:
        """An environment with nothing in it but what every process needs."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return kept | {"HOME": str(self.path), "XDG_STATE_HOME": str(self.path / "state")} | more

    def run(
        self,
        *arguments: str,
        lines: str = "",
        environ: Mapping[str, str] | None = None,
        interpreter: tuple[str, ...] = (),
    ) -> Ended:
        """Run ``awswhitelist`` with these arguments, feed it ``lines``, wait for its end."""
        return run_to_end(
            [sys.executable, *interpreter, "-m", "awswhitelist", *arguments],
            environ=self.environment(**(environ or {})),
            patience=PATIENCE,
            lines=lines,
        )

    def text_of_files(self) -> str:
        """All that is in any file below the home directory."""
        files = (path for path in self.path.rglob("*") if path.is_file())
        return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture(scope="module")
def module_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One home for all tests of a module."""
    return Home(tmp_path_factory.mktemp("home"))


def line(request_id: int, method: str, **params: Any) -> str:
    """A request as it goes over the wire."""
    return json.dumps(message(request_id, method, **params)) + "\n"


def message(request_id: int, method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}


@pytest.fixture(scope="session")
def lines() -> Callable[..., str]:
    """Requests as lines: (method, params) each, numbered from 1."""

    def make(*calls: tuple[str, dict[str, Any]]) -> str:
        return "".join(
            line(number, name, **params) for number, (name, params) in enumerate(calls, 1)
        )

    return make
