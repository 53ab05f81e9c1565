"""Plans that wait for a person at a terminal: put up by a server, confirmed by ``awswhitelist
approve ID``.

For doors through which nobody can be asked. What is put up is sealed and names the very plan, call
and caller that an approval is bound to; a confirmation is used once. Its id stays the same when
the call is repeated, so that it does not matter which of the answers the person was shown.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from awswhitelist.access.files.open_files import open_regular
from awswhitelist.access.approval.sealing import Seal
from awswhitelist.access.files.state import StateDirectory
from awswhitelist.exceptions import ApprovalNotFoundError, StateUnavailableError

PENDING = b"awswhitelist pending\n"
CONFIRMED = b"awswhitelist confirmed\n"
"""Signed before what is put up, and before a person's word on it."""

ID_LENGTH = 8
LONGEST = 256 * 1024
"""What waits is no longer than this (bytes)."""


class Pending(NamedTuple):
    """A plan that waits: what a person is shown, until when (Unix time), and what an approval of
    just that is bound to."""

    id: str
    message: str
    until: int
    binding: Mapping[str, str]


class Confirmations:
    """What waits, and what was confirmed, in one state directory."""

    def __init__(self, state: StateDirectory, *, now: Callable[[], float]) -> None:
        """``now`` gives Unix time in seconds."""
        self._state = state
        self._now = now
        self._pending = Seal(state, PENDING)
        self._confirmed = Seal(state, CONFIRMED)

    def put_up(self, binding: Mapping[str, str], message: str, until: int) -> str:
        """Let a plan wait for a person; its id. Raises StateUnavailableError."""
        body = {"message": message, "until": until, "binding": dict(binding)}
        identity = id_of(binding)
        self._write("pending", identity, self._pending.seal(_packed(body)))
        return identity

    def pending(self, identity: str) -> Pending:
        """What waits under an id. Raises ApprovalNotFoundError, StateUnavailableError."""
        body = self._waiting(identity)
        return Pending(_canonical(identity), body["message"], body["until"], body["binding"])

    def confirm(self, shown: Pending) -> None:
        """A person has approved what they were shown, and nothing that has come in its place since:
        an id is short, so that two plans of one id can be made on purpose.

        Raises ApprovalNotFoundError where it waits no more, StateUnavailableError.
        """
        if self._waiting(shown.id)["binding"] != shown.binding:
            raise ApprovalNotFoundError()
        word = {"until": shown.until, "binding": dict(shown.binding)}
        self._write("confirmed", shown.id, self._confirmed.seal(_packed(word)))

    def is_confirmed(self, binding: Mapping[str, str]) -> bool:
        """Whether a person's approval of it waits to be used."""
        body = self._read("confirmed", id_of(binding), self._confirmed)
        return body is not None and body["binding"] == dict(binding)

    def use(self, binding: Mapping[str, str]) -> bool:
        """Use a person's approval up; False where there is none, or another call was faster."""
        if not self.is_confirmed(binding):
            return False
        identity = id_of(binding)
        try:
            (self._folder("confirmed") / identity).unlink()
            (self._folder("pending") / identity).unlink(missing_ok=True)
        except FileNotFoundError:
            return False
        except OSError as exc:
            raise StateUnavailableError("The state directory cannot be written.") from exc
        return True

    def _waiting(self, identity: str) -> dict[str, Any]:
        body = self._read("pending", _canonical(identity), self._pending)
        if body is None or id_of(body["binding"]) != _canonical(identity):
            raise ApprovalNotFoundError()
        return body

    def _read(self, folder: str, identity: str, seal: Seal) -> dict[str, Any] | None:
        """What is written there, if it is ours and has not had its time."""
        try:
            descriptor = open_regular(self._folder(folder) / identity, os.O_RDONLY)
            with os.fdopen(descriptor, "rb") as file:
                payload = seal.unseal(file.read(LONGEST).decode("ascii", errors="replace"))
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise StateUnavailableError("The state directory cannot be read.") from exc
        body: dict[str, Any] = {} if payload is None else json.loads(payload)
        return body if body and body["until"] > self._now() else None

    def _write(self, folder: str, identity: str, sealed: str) -> None:
        """Whole or not at all; what has had its time goes."""
        try:
            place = self._folder(folder)
            self._prune(place)
            draft = place / f".{identity}.{secrets.token_hex(4)}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(sealed)
            os.replace(draft, place / identity)
        except OSError as exc:
            raise StateUnavailableError("The state directory cannot be written.") from exc

    def _prune(self, place: Path) -> None:
        """Nothing waits for longer than a day, however long a policy lets an approval last."""
        for file in place.iterdir():
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < self._now() - 86_400:
                    file.unlink()

    def _folder(self, name: str) -> Path:
        return self._state.folder(name)


def id_of(binding: Mapping[str, str]) -> str:
    """A short name of what an approval is bound to, easy to type: ``K7QF-3MWD``."""
    digest = hashlib.sha256(_packed(dict(binding))).digest()
    text = base64.b32encode(digest).decode("ascii")[:ID_LENGTH]
    return f"{text[:4]}-{text[4:]}"


def _canonical(identity: str) -> str:
    """An id as it was typed, in one way of writing. ApprovalNotFoundError if it is none."""
    text = identity.strip().upper().replace("-", "")
    if len(text) != ID_LENGTH or not (text.isascii() and text.isalnum()):
        raise ApprovalNotFoundError()
    return f"{text[:4]}-{text[4:]}"


def _packed(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode("ascii")
