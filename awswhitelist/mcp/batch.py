"""The answers to one JSON-RPC batch, which go out together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from awswhitelist.mcp.messages import (
    INVALID_REQUEST,
    Batch,
    Item,
    Malformed,
    McpError,
    McpRequest,
)
from awswhitelist.mcp.parser import encode_batch
from awswhitelist.mcp.peer import is_modern
from awswhitelist.mcp.revisions import Revision

REFUSED = Malformed(
    None, McpError(INVALID_REQUEST, "Invalid request: this protocol revision has no batches.")
)
REPEATED = McpError(INVALID_REQUEST, "Invalid request: this id is in the batch already.")


class BatchAnswer:
    """Collects answers from any thread and sends them when the last has come.

    ``expected`` counts the items that are settled. One that is settled with None (a cancelled call)
    has no part in the answer; if none has, nothing is sent. Source: JSON-RPC 2.0, section 6.
    """

    def __init__(self, expected: int, send: Callable[[bytes], None]) -> None:
        self._missing = expected
        self._send = send
        self._answers: list[bytes] = []
        self._lock = threading.Lock()

    def settle(self, answer: bytes | None) -> None:
        """One of the items has come to its end."""
        with self._lock:
            self._missing -= 1
            if answer is not None:
                self._answers.append(answer)
            complete = not self._missing
        if complete and self._answers:
            self._send(encode_batch(self._answers))


def is_allowed(batch: Batch, revision: Revision) -> bool:
    """Whether the array may be served; one modern request in it makes the whole of it modern."""
    return revision.batches and not any(
        isinstance(item, McpRequest) and is_modern(item) for item in batch.items
    )


def without_repeated_ids(items: Iterable[Item]) -> list[Item]:
    """The items, with each request whose id an earlier one has made an error.

    All of a batch is in flight until its answer is sent.
    """
    seen = set()
    checked: list[Item] = []
    for item in items:
        if isinstance(item, McpRequest):
            checked.append(Malformed(item.id, REPEATED) if item.id in seen else item)
            seen.add(item.id)
        else:
            checked.append(item)
    return checked
