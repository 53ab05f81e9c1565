"""The state directory: the HMAC key and the spent nonces. Losing it loses no access.

The directory is this user's alone (mode 0700). The key is made once; a nonce is spent by an
exclusive create, so that single use holds between processes.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from awswhitelist.exceptions import StateUnavailableError

KEY_BYTES = 32
OTHERS = 0o077


class StateDirectory:
    """Keys and nonces below one directory, which is made when it is first needed."""

    def __init__(self, path: Path, *, now: Callable[[], float]) -> None:
        """``now`` gives Unix time in seconds: nonces are pruned by it."""
        self._path = path
        self._now = now

    def sign(self, message: bytes) -> bytes:
        """The HMAC-SHA256 of a message under this user's key. Raises StateUnavailableError."""
        return hmac.new(self._key(), message, hashlib.sha256).digest()

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

    def check(self) -> None:
        """Raise StateUnavailableError unless the directory can be used.

        Tried out with a nonce that has expired already: its mark goes with the next pruning.
        """
        self._key()
        self.spend(secrets.token_hex(16), until=0)

    def _make(self, path: Path) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.stat().st_mode & OTHERS:
            raise StateUnavailableError(
                "The state directory is open to other users.",
                remedy="Run `chmod 700` on the directory that `state.directory` names.",
            )

    def _spent(self) -> Path:
        """Where the marks of spent nonces are; those that have had their time are removed."""
        spent = self._path / "spent"
        self._make(self._path)
        self._make(spent)
        self._prune(spent)
        return spent

    def _prune(self, spent: Path) -> None:
        for mark in spent.iterdir():
            if mark.suffix[1:].isdecimal() and int(mark.suffix[1:]) < self._now():
                mark.unlink(missing_ok=True)

    def _key(self) -> bytes:
        file = self._path / "key"
        try:
            self._make(self._path)
            with suppress(FileNotFoundError):
                return _checked(file.read_bytes())
            return _checked(_create_key(file))
        except OSError as exc:
            raise StateUnavailableError("The state directory cannot be used.") from exc


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise StateUnavailableError(
            "The key in the state directory is damaged.",
            remedy="Delete the file `key` in the state directory; open approvals become void.",
        )
    return key


def _create_key(file: Path) -> bytes:
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
    return file.read_bytes()
