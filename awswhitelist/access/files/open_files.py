"""Files that others may have put there, and may move or delete while they are open."""

from __future__ import annotations

import os
import stat
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO

# Windows has none of these: there are no links or FIFOs of others in a user's directories there.
_GUARDED = (
    getattr(os, "O_NOFOLLOW", 0)
    # A FIFO of that name would hold us up for ever.
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def open_regular(path: Path, flags: int, mode: int = 0o600) -> int:
    """A descriptor of a regular file. OSError where it is a link, a FIFO, a directory, a device."""
    descriptor = os.open(path, flags | _GUARDED, mode)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path.name} is not a regular file")
    return descriptor


def make_directories(path: Path) -> None:
    """A directory and whatever is missing above it, each for this user alone; of those that
    ``mkdir`` makes on the way, others could enter all but the last. OSError where that fails."""
    for each in reversed((path, *path.parents)):
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)


def is_ours(status: os.stat_result) -> bool:
    """Whether a file is this user's own; Windows has no such ids."""
    geteuid = getattr(os, "geteuid", None)
    return geteuid is None or status.st_uid == geteuid()


def is_at(descriptor: int, path: Path) -> bool:
    """Whether the open file is the one that the path leads to now."""
    try:
        there, ours = os.stat(path), os.fstat(descriptor)
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)
