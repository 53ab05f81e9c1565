"""How much memory a process has in RAM."""

from __future__ import annotations

import subprocess
from pathlib import Path


def resident_kib(pid: int) -> int:
    """The resident set of a process in KiB: from ``/proc``, and from ``ps`` where there is none."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1])
    told = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True
    )
    return int(told.stdout)
