"""Processes of this machine: which of them are still there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

PROC = Path("/proc")
_BOOT_ID = "sys/kernel/random/boot_id"
_START = 22
"""The field of ``/proc/PID/stat`` that says when a process started. Source: proc_pid_stat(5)."""


def boot_id(proc: Path = PROC) -> str | None:
    """What tells this run of the machine from every other; None where the system has no word."""
    try:
        return (proc / _BOOT_ID).read_text(encoding="ascii").strip()
    except OSError:
        return None


def started(pid: int, proc: Path = PROC) -> str:
    """When a process started, in ticks since the machine did; empty where that cannot be known.

    With the boot id it tells a process from a later one that was given the same number.
    """
    try:
        text = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The second field is a name in parentheses, which may hold anything, blanks too.
    fields = text.rpartition(")")[2].split()
    return fields[_START - 3] if len(fields) > _START - 3 else ""


def is_alive(boot: str | None, pid: int, start: str, *, proc: Path = PROC) -> bool:
    """Whether the process with that number and start, of that run of the machine, still runs.

    In doubt it does: a plan is called interrupted only where that is known.
    """
    here = boot_id(proc)
    if boot is not None and here is not None and boot != here:
        return False
    if not _is_there(pid):
        return False
    now = started(pid, proc)
    return not (start and now and start != now)


def _is_there(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # signal 0 would end the process there
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return pid > 0  # other numbers stand for groups of processes
