"""Reading a client's file, keeping a copy of it, and putting another in its place, all or nothing.

Only a regular file of this user is touched; links are followed, and stay. Times are UTC.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from awswhitelist.exceptions import ClientConfigError

NEW_FILE_MODE = 0o600
"""Of a file that we make: such files come to hold other servers' keys."""


@dataclass(frozen=True)
class Original:
    """A file as it was read: ``path`` with all links followed; ``data`` is None where none is."""

    path: Path
    data: bytes | None
    mode: int = NEW_FILE_MODE
    group: int | None = None


def read_original(path: Path) -> Original:
    """The file at ``path``. Raises ClientConfigError where it is none that may be changed."""
    real = Path(os.path.realpath(path))
    with _said("read", real):
        try:
            # Without waiting, and without following: what is there may be a pipe, or a new link.
            flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
            handle = os.open(real, os.O_RDONLY | getattr(os, "O_BINARY", 0) | flags)
        except FileNotFoundError:
            return Original(real, None)
        try:
            status = os.fstat(handle)
            _check_ours(real, status)
            with open(handle, "rb", closefd=False) as stream:
                data = stream.read()
        finally:
            os.close(handle)
        return Original(real, data, stat.S_IMODE(status.st_mode), status.st_gid)


def _check_ours(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ClientConfigError(f"{path} is not a regular file.", path=str(path))
    if sys.platform != "win32" and status.st_uid != os.geteuid():
        raise ClientConfigError(
            f"{path} belongs to another user.",
            path=str(path),
            remedy="Run this as the user whose file it is.",
        )


def back_up(original: Original, now: datetime) -> Path | None:
    """A copy beside the file, named after ``now``, of the same mode; None where there is no file.

    Raises ClientConfigError.
    """
    if original.data is None:
        return None
    copy = original.path.with_name(f"{original.path.name}.{now:%Y%m%dT%H%M%S.%fZ}.bak")
    with _said("copied", original.path):
        _placed(original, original.data, copy)
    return copy


def replace(original: Original, data: bytes) -> None:
    """Put ``data`` in the file's place. Raises ClientConfigError, and then nothing has changed.

    Mode and group are kept, and so is the owner, who is this user.
    """
    with _said("written", original.path):
        original.path.parent.mkdir(parents=True, exist_ok=True)
        if read_original(original.path).data != original.data:
            raise ClientConfigError(
                f"{original.path} was changed by somebody else meanwhile.",
                path=str(original.path),
                remedy="Run the command again, if need be after closing the client.",
            )
        _placed(original, data, original.path)


def _placed(original: Original, data: bytes, target: Path) -> None:
    """A whole file appears at ``target``, or none: it is written beside it and renamed."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with open(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if original.group is not None and sys.platform != "win32":
            os.chown(name, -1, original.group)
        os.chmod(name, original.mode)
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    _sync_directory(target.parent)


def _sync_directory(directory: Path) -> None:
    """The renaming itself to disk; Windows opens no directories."""
    if sys.platform != "win32":
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _said(done: str, path: Path) -> Iterator[None]:
    """What the system refuses, as our error."""
    try:
        yield
    except OSError as exc:
        raise ClientConfigError(
            f"{path} cannot be {done}.",
            path=str(path),
            reason=os.strerror(exc.errno) if exc.errno else None,
            remedy="Check the path and its permissions. The file is as it was.",
        ) from None
