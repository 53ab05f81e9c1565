"""A lock between processes where there is no ``flock``."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout


class LockedFile:
    """One lock; only one thread may use this object at a time."""

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path, timeout=0)

    def try_to_acquire(self) -> bool:
        """Whether it is ours now."""
        try:
            self._lock.acquire()
        except Timeout:
            return False
        return True

    def release(self) -> None:
        """Give it back."""
        self._lock.release()
