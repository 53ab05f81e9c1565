"""Long results of which a caller was shown an excerpt: kept for as long as the connection lasts."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from awswhitelist.calls import CallContext
from awswhitelist.exceptions import InvalidArgumentError

MOST_KEPT = 8
"""Results; a long one takes half a megabyte. The oldest makes way."""

Document = dict[str, Any]


class KeptResults:
    """The newest long results of one connection, by the request id of their calls."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: dict[str, Document] = {}

    def keep(self, request_id: str, document: Document) -> None:
        """Have it read later, until there are too many newer ones."""
        with self._guard:
            self._kept[request_id] = document
            while len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]

    def check(self, variables: Mapping[str, str]) -> None:
        """Raise InvalidArgumentError unless the result of ``request_id`` is kept."""
        self._find(variables["request_id"])

    def read(self, variables: Mapping[str, Any], _ctx: CallContext) -> Document:
        """The result of ``request_id``. Raises InvalidArgumentError."""
        return self._find(variables["request_id"])

    def ids(self, _settled: Mapping[str, str], _ctx: CallContext) -> tuple[str, ...]:
        """The request ids of what is kept, newest first."""
        with self._guard:
            return tuple(reversed(self._kept))

    def _find(self, request_id: str) -> Document:
        with self._guard:
            document = self._kept.get(request_id)
        if document is None:
            raise InvalidArgumentError(
                "No result is kept under that request id.",
                field="request_id",
                remedy="Results are kept while the connection lasts, and only the newest "
                f"{MOST_KEPT}: look in the audit log, or make the call again.",
            )
        return document
