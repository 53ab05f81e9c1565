"""A log file that several processes share: readable by this user alone, put aside when it is full.

Every MCP client starts a server of its own, so several processes append to one file. Each looks
before it writes whether the file is still the one that it has open: another process, or logrotate,
may have put it aside.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from filelock import FileLock, Timeout

from awswhitelist.exceptions import ConfigurationError

_FLAGS = (
    os.O_WRONLY
    | os.O_APPEND
    | os.O_CREAT
    # Windows has neither links in log directories nor pipes that would block.
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
)


class LogFile:
    """What a log handler takes for a stream. Its handler must keep threads apart, as all do."""

    def __init__(self, path: Path, *, max_bytes: int, backups: int) -> None:
        """``backups`` files put aside are kept: ``.1`` is the newest.

        Makes the directory where there is none. Raises ConfigurationError where the file cannot
        be opened.
        """
        self._path = path
        self._max_bytes = max_bytes
        self._backups = backups
        try:
            # One by one: of those that `parents=True` makes, others could enter all but the last.
            for each in reversed(path.parents):
                if not each.exists():
                    each.mkdir(mode=0o700, exist_ok=True)
            self._descriptor = self._open()
        except OSError as error:
            raise ConfigurationError(
                "The log file cannot be opened.",
                field="logging.file",
                remedy="Name a file that this user can write, no link and no directory, or leave "
                "`logging.file` out to log to standard error.",
            ) from error

    def write(self, text: str) -> int:
        """Append the text in one piece; the number of its characters. Raises OSError."""
        data = text.encode("utf-8", "backslashreplace")
        self._follow()
        if 0 < os.fstat(self._descriptor).st_size > self._max_bytes - len(data):
            self._put_aside()
        os.write(self._descriptor, data)
        return len(text)

    def flush(self) -> None:
        """Nothing: what was written is with the system already."""

    def close(self) -> None:
        """Let go of the file; again does nothing. What is written afterwards raises OSError."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self) -> int:
        descriptor = os.open(self._path, _FLAGS, 0o600)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError("not a regular file")
        os.chmod(self._path, 0o600)  # A file that was there may have been open to others.
        return descriptor

    def _follow(self) -> None:
        """Open the file anew if it is no longer the one that stands under its name."""
        if not self._is_current():
            opened = self._open()
            os.close(self._descriptor)
            self._descriptor = opened

    def _is_current(self) -> bool:
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._descriptor))
        except FileNotFoundError:
            return False

    def _put_aside(self) -> None:
        """Make room, unless another process has just done so.

        Where it cannot be done (no right to, or another process is at it), the file grows on: too
        long a log is better than none.
        """
        try:
            with FileLock(f"{self._path}.lock", timeout=0, mode=0o600):
                if self._is_current():
                    self._rename()
            self._follow()
        except (OSError, Timeout):
            return

    def _rename(self) -> None:
        if self._backups == 0:
            os.ftruncate(self._descriptor, 0)
            return
        for number in range(self._backups - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self._path.replace(self._numbered(1))

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
