"""A program run to its end, with nothing of our own environment but what is given."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ended:
    """A process that has ended: what it wrote, and how it went."""

    code: int
    out: str
    err: str

    @property
    def answers(self) -> list[Any]:
        """Standard output as what it must be: one JSON message per line and nothing else."""
        return [json.loads(line) for line in self.out.splitlines()]


def run_to_end(
    command: Sequence[str | Path],
    *,
    environ: Mapping[str, str],
    patience: float,
    lines: str = "",
    cwd: Path | None = None,
) -> Ended:
    """Feed ``lines`` to a program and wait for its end, at most ``patience`` seconds."""
    done = subprocess.run(
        [str(each) for each in command],
        input=lines.encode(),
        capture_output=True,
        env=dict(environ),
        cwd=cwd,
        timeout=patience,
        check=False,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
