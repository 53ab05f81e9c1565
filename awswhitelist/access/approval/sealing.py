"""Text that goes out and must come back unchanged: signed under the key of the state directory."""

from __future__ import annotations

import base64

from awswhitelist.access.files.state import StateDirectory


class Seal:
    """Signs payloads for one purpose; what was sealed for another is void.

    ``purpose`` is signed before each payload and ends in a line feed, which no purpose has inside.
    The key is the local user's own: what one user was given is void for every other.
    """

    def __init__(self, state: StateDirectory, purpose: bytes) -> None:
        self._state = state
        self._purpose = purpose

    def seal(self, payload: bytes) -> str:
        """The payload and its signature, in the alphabet of URLs. Raises StateUnavailableError."""
        return f"{_encode(payload)}.{_encode(self._state.sign(self._purpose + payload))}"

    def unseal(self, text: str) -> bytes | None:
        """The payload; None for whatever was not sealed here, for this purpose.

        Raises StateUnavailableError.
        """
        try:
            payload, signature = (_decode(part) for part in text.split("."))
        except ValueError:
            return None
        return payload if self._state.verify(self._purpose + payload, signature) else None


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
