"""A directory of JSON files that may be lost at any time, and is believed only if surely ours.

Whoever can write here could change what we send to AWS. So a directory or file counts only if
this user owns it, nobody else may write it, and it is no symbolic link.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

LONGEST = 16 * 1024 * 1024
"""Bytes of a file; the largest of ours is far shorter."""

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_FLAGS = ("O_NOFOLLOW", "O_CLOEXEC", "O_DIRECTORY", "O_NONBLOCK")
_NO_LINK, _CLOSE, _FOLDER, _AT_ONCE = (getattr(os, name, 0) for name in _FLAGS)
_READ = os.O_RDONLY | _NO_LINK | _CLOSE
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _CLOSE
_CAN_TELL = bool(_NO_LINK and _FOLDER)
"""Whether the system can open a directory and what lies in it without following links."""


class NotOursError(OSError):
    """Somebody else could have written this."""


class ModelCache:
    """Never raises: what cannot be read is not there, what cannot be written is not kept."""

    def __init__(self, directory: Path | None) -> None:
        """``directory`` is made when first needed; None keeps nothing, and so does a system on
        which it cannot be told whose files they are (Windows)."""
        self._directory = directory if _CAN_TELL else None

    def read(self, name: str) -> dict[str, Any] | None:
        """The object in the file of that name; None if there is none, or none to be trusted."""
        try:
            with self._opened() as folder:
                found = json.loads(_content(name, folder))
        except (OSError, ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    def write(self, name: str, data: Mapping[str, Any]) -> None:
        """Keep ``data`` under that name, whole or not at all."""
        if self._directory is None:
            return
        with suppress(OSError):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._opened() as folder:
                _replace(name, json.dumps(data, separators=(",", ":")).encode(), folder)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """A descriptor of the directory, checked: what is opened by it lies in this very one."""
        if self._directory is None:
            raise NotOursError
        folder = os.open(self._directory, _READ | _FOLDER)
        try:
            _check(folder)
            yield folder
        finally:
            os.close(folder)


def _check(descriptor: int) -> os.stat_result:
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid() or status.st_mode & _WRITABLE_BY_OTHERS:
        raise NotOursError
    return status


def _content(name: str, folder: int) -> bytes:
    # Without O_NONBLOCK, a FIFO of that name would hold us up.
    descriptor = os.open(name, _READ | _AT_ONCE, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(_check(descriptor).st_mode):
            raise NotOursError
        content = file.read(LONGEST + 1)
    if len(content) > LONGEST:
        raise NotOursError
    return content


def _replace(name: str, content: bytes, folder: int) -> None:
    draft = f".{name}.{secrets.token_hex(8)}"
    descriptor = os.open(draft, _CREATE, 0o600, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        os.unlink(draft, dir_fd=folder)
        raise
