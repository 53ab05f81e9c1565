"""Every pipe that the README shows runs, as it stands there, and does what the text says."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"
PIPES = [
    block
    for block in re.findall(r"^```sh\n(.*?)^```", README.read_text("utf-8"), re.M | re.S)
    if "| awswhitelist serve" in block
]
EXPECTED: dict[str, set[str | None]] = {"whitelist": {"added", "planned"}, "list_rules": {None}}
"""By method: the statuses that an answer may have. A list has none."""


def command(folder: Path) -> Path:
    """A directory with the command ``awswhitelist``, as this Python has it."""
    program = folder / "bin" / "awswhitelist"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m awswhitelist "$@"\n')
    program.chmod(0o755)
    return program.parent


@pytest.mark.parametrize("script", PIPES)
def test_a_pipe_of_the_readme_runs_in_the_sandbox(script: str, home: Any) -> None:
    assert "serve --sandbox" in script
    environ = home.environment()
    environ["PATH"] = f"{command(home.path)}:{environ['PATH']}"
    done = subprocess.run(
        ["sh", "-euc", script], env=environ, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    methods = {one["id"]: one["method"] for one in map(json.loads, re.findall(r"'(\{.*)'", script))}
    answers = {one["id"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert answers.keys() == methods.keys()
    for number, method in methods.items():
        assert answers[number]["result"].get("status") in EXPECTED[method], answers[number]


def test_the_readme_shows_pipes() -> None:
    assert len(PIPES) >= 2
