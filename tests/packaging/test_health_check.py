"""deploy/healthcheck.sh: what becomes of each exit code of ``awswhitelist health``."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "healthcheck.sh"


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize(
    ("ended_with", "arguments", "expected"),
    [
        (0, (), 0),
        (4, (), 0),
        (4, ("--strict",), 1),
        (0, ("--strict",), 0),
        (5, (), 1),
        (2, (), 1),
        (127, (), 1),
    ],
)
def test_healthy_and_degraded_pass_and_all_else_fails(
    tmp_path: Path, ended_with: int, arguments: tuple[str, ...], expected: int, beside: bool
) -> None:
    program = tmp_path / "awswhitelist"
    program.write_text(f'#!/bin/sh\necho "$@"\nexit {ended_with}\n', encoding="utf-8")
    program.chmod(0o755)
    script = shutil.copy(SCRIPT, tmp_path / "beside") if beside else SCRIPT
    path = "/usr/bin:/bin" if beside else f"{tmp_path}:/usr/bin:/bin"
    done = subprocess.run(
        [script, *arguments, "--json"],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (expected, "health --json\n")


def test_the_installed_program_is_healthy_in_the_sandbox(installed: Any) -> None:
    ended = installed.place.run(installed.prefix / "bin" / "awswhitelist-healthcheck", "--sandbox")
    assert ended.code == 0, ended.err
