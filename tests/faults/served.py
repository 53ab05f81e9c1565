"""The real program in a process of its own, over a pipe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.faults.world import Told

PATIENCE = 60


class Served:
    """The program, serving. Calling it makes a call."""

    def __init__(self, config: Path) -> None:
        command = [sys.executable, "-m", "awswhitelist", "serve", "--config", str(config)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def __call__(self, method: str, params: dict[str, Any]) -> Told:
        self.send(method, params)
        assert self._process.stdout is not None
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            return Told(answer["error"]["data"], is_error=True)
        return Told(answer["result"], is_error=False)

    def send(self, method: str, params: dict[str, Any]) -> None:
        """Make a call without waiting for the answer."""
        assert self._process.stdin is not None
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def wait(self) -> None:
        """Until it has ended by itself, or was made to."""
        self._process.wait(PATIENCE)

    def kill(self) -> None:
        """End it as nothing can be prepared for: SIGKILL."""
        self._process.kill()

    def end(self) -> int:
        """Its exit code, once its input has ended."""
        self._process.communicate(timeout=PATIENCE)
        return self._process.returncode
