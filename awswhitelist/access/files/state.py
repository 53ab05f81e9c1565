"""The state directory: the HMAC key and the spent nonces. Losing it loses no access.

The directory is this user's alone (mode 0700). The key is made once; a nonce is spent by an
exclusive create, so that single use holds between processes.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from awswhitelist.access.files.open_files import OTHERS, is_ours, make_directories, open_regular
from awswhitelist.exceptions import StateUnavailableError

KEY_BYTES = 32

_Stamp = tuple[int, ...]
"""What changes whenever a file is replaced or written to."""


class StateDirectory:
    """Keys and nonces below one directory, which is made when it is first needed."""

    def __init__(self, path: Path, *, now: Callable[[], float]) -> None:
        """``now`` gives Unix time in seconds: nonces are pruned by it."""
        self._path = path
        self._now = now
        self._known_key: tuple[_Stamp, bytes] | None = None

    def sign(self, message: bytes) -> bytes:
        """The HMAC-SHA256 of a message under this user's key. Raises StateUnavailableError."""
        return hmac.digest(self._key(), message, "sha256")

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether :meth:`sign` made the signature."""
        return hmac.compare_digest(self.sign(message), signature)

    def spend(self, nonce: str, until: float) -> bool:
        """Use a nonce up; False if it was used before.

        The mark is kept until ``until`` (Unix time), after which whatever the nonce belongs to
        has expired anyway. Raises StateUnavailableError where it cannot be recorded.
        """
        try:
            mark = self._spent() / f"{nonce}.{int(until) + 1}"
            with suppress(FileExistsError):
                mark.touch(mode=0o600, exist_ok=False)
                return True
            return False
        except OSError as exc:
            raise StateUnavailableError("The state directory cannot be written.") from exc

    def folder(self, name: str) -> Path:
        """A directory of that name for this user alone, made if it is not there.

        Raises StateUnavailableError, OSError.
        """
        make_private(self._path)
        make_private(self._path / name)
        return self._path / name

    def check(self) -> None:
        """Raise StateUnavailableError unless the directory can be used.

        Tried out with a nonce that has expired already: its mark goes with the next pruning.
        """
        self._key()
        self.spend(secrets.token_hex(16), until=0)

    def _spent(self) -> Path:
        """Where the marks of spent nonces are; those that have had their time are removed."""
        spent = self.folder("spent")
        self._prune(spent)
        return spent

    def _prune(self, spent: Path) -> None:
        for mark in spent.iterdir():
            if mark.suffix[1:].isdecimal() and int(mark.suffix[1:]) < self._now():
                mark.unlink(missing_ok=True)

    def _key(self) -> bytes:
        """The key, read again whenever its file is not the one that was read last."""
        file = self._path / "key"
        try:
            make_private(self._path)
            with suppress(FileNotFoundError):
                return self._read(file)
            _create_key(file)
            return self._read(file)
        except OSError as exc:
            raise StateUnavailableError("The state directory cannot be used.") from exc

    def _read(self, file: Path) -> bytes:
        status = os.stat(file)
        stamp = (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)
        known = self._known_key
        if known is None or known[0] != stamp:
            known = self._known_key = (stamp, _read_key(file))
        return known[1]


def make_private(path: Path) -> None:
    """A directory of this user's own that nobody else can enter, made if it is not there.

    StateUnavailableError where it is another's or open to others, OSError where it is none.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        make_directories(path)
        status = os.stat(path)
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(path)
    if not is_ours(status):
        raise StateUnavailableError(
            "The state directory belongs to another user.",
            remedy="Run `chown` on the directory that `state.directory` names, or name another.",
        )
    if status.st_mode & OTHERS:
        raise StateUnavailableError(
            "The state directory is open to other users.",
            remedy="Run `chmod 700` on the directory that `state.directory` names.",
        )


def _read_key(file: Path) -> bytes:
    """The key, if nobody else can have made, read or changed it."""
    with os.fdopen(open_regular(file, os.O_RDONLY), "rb") as stream:
        status = os.fstat(stream.fileno())
        key = stream.read(KEY_BYTES + 1)
    if not is_ours(status) or status.st_mode & OTHERS:
        raise StateUnavailableError(
            "The key in the state directory is open to other users.",
            remedy="Delete the file `key` in the state directory; open approvals become void, and "
            "so do the receipts of earlier calls.",
        )
    if len(key) != KEY_BYTES:
        raise StateUnavailableError(
            "The key in the state directory is damaged.",
            remedy="Delete the file `key` in the state directory; open approvals become void.",
        )
    return key


def _create_key(file: Path) -> None:
    """Make the key appear whole or not at all; the first process to do so wins."""
    draft = file.with_name(f"key.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(KEY_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)
