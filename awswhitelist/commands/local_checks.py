"""What ``doctor`` looks at on this machine, beside what the operation ``health`` does."""

from __future__ import annotations

import os
import platform
import stat
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from awswhitelist import __version__
from awswhitelist.config import Config
from awswhitelist.config_sources import settings_file
from awswhitelist.exceptions import AwsWhitelistError

OK, DEGRADED, DOWN = "ok", "degraded", "down"
SEVERITY = (DOWN, DEGRADED, OK)

TIMER = "timer"
"""Among the enforcers of expiry: a sweep was seen on this machine not long ago."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, in the shape that ``health`` has for it."""

    name: str
    status: str
    detail: str
    remedy: str | None = None

    def to_object(self) -> dict[str, str]:
        """Without what is not known."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def program() -> Check:
    """Which program this is, and on what it runs."""
    python = f"Python {platform.python_version()} ({sys.executable})"
    return Check("program", OK, f"awswhitelist {__version__} on {python}")


def failed(name: str, error: AwsWhitelistError) -> Check:
    """What could not be looked at, and why."""
    return Check(name, DOWN, error.summary, error.remedy)


def configuration(path: Path | None, environ: Mapping[str, str]) -> Check:
    """Which file is read."""
    file = settings_file(path, environ)
    return Check("configuration", OK, str(file) if file else "no file: the defaults hold")


def policy_source(config: Config) -> Check:
    """Whose policy holds."""
    if config.policy_files:
        files = ", ".join(map(str, config.policy_files))
        return Check("policy source", OK, f"the operator's: {files}")
    return Check("policy source", OK, "the user's own configuration; no operator's file bounds it")


def state_directory(directory: Path) -> Check:
    """Whether the state is for this user alone."""
    name = "state directory"
    try:
        status = directory.stat()
    except FileNotFoundError:
        return Check(name, OK, f"{directory} is made when it is first needed")
    except OSError:
        return Check(name, DOWN, f"{directory} cannot be looked at", "Let this user own it.")
    if sys.platform != "win32" and status.st_uid != os.getuid():
        return Check(name, DOWN, f"{directory} belongs to another user", "Let this user own it.")
    mode = stat.S_IMODE(status.st_mode)
    if sys.platform != "win32" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        remedy = f"Run: chmod 700 '{directory}'"
        return Check(name, DOWN, f"{directory} is open to others (mode {mode:03o})", remedy)
    return Check(name, OK, f"{directory}, for this user alone")


def sweeper(enforcers: Sequence[str]) -> Check:
    """Whether anything on this machine ends access while no server runs."""
    if TIMER in enforcers:
        return Check("sweep timer", OK, "expired rules are swept on this machine")
    return Check(
        "sweep timer",
        DEGRADED,
        "no sweep was seen on this machine: what expires while no server runs stays",
        "Enable awswhitelist-sweep.timer, or run `awswhitelist sweep-expired` from cron.",
    )


def worst(checks: Sequence[Mapping[str, object]]) -> str:
    """The status of them all."""
    return next(each for each in SEVERITY if any(one["status"] == each for one in checks))
