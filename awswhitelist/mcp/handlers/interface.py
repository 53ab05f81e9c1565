"""What a handler is: one class per method, which knows the method's params and its result."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, TypeAlias

from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.mcp.events import Stream
from awswhitelist.mcp.messages import (
    INVALID_PARAMS,
    Json,
    McpNotification,
    ProtocolError,
    RequestId,
)
from awswhitelist.mcp.peer import Peer
from awswhitelist.mcp.registry import Callee
from awswhitelist.mcp.revisions import Era
from awswhitelist.mcp.session import Session

LEGACY = frozenset({Era.LEGACY})
MODERN = frozenset({Era.MODERN})
BOTH = LEGACY | MODERN

HOUR_MS = 3_600_000


class Incoming(NamedTuple):
    """A request on its way to its handler."""

    id: RequestId
    method: str
    params: Json
    peer: Peer
    session: Session


class Work(NamedTuple):
    """A call that a worker is to make: what to call, and how to show what comes of it.

    ``failed`` gets the error and our request id; it returns a result, or raises ProtocolError.
    ``asks`` says that the answer to this method may be waited for while a person is asked.
    """

    spec: Callee
    arguments: Mapping[str, Any]
    succeeded: Callable[[Any], Json]
    failed: Callable[[AwsWhitelistError, str], Json]
    asks: bool = False


Outcome: TypeAlias = Json | Work | Stream
"""A result, the way to one, or a request that stays open and has been taken note of."""


class Handler(ABC):
    """Serves one method in the ``eras`` that know it.

    ``quick`` handlers answer from memory; before others, answers that are ready are sent off.
    ``ttl_ms`` is how long a modern client may keep the result; None: it is no cacheable result
    (MCP 2026-07-28, server/utilities/caching).
    """

    eras: ClassVar[frozenset[Era]] = BOTH
    quick: ClassVar[bool] = False
    ttl_ms: ClassVar[int | None] = None

    @abstractmethod
    def handle(self, incoming: Incoming) -> Outcome:
        """What becomes of the request. Raises ProtocolError. Runs on the reader."""


class NotificationHandler(ABC):
    """Serves one notification. There is no answer, so it ignores what it cannot use."""

    @abstractmethod
    def handle(self, notification: McpNotification, session: Session) -> None:
        """Take note. Runs on the reader."""


def object_param(params: Json, name: str) -> Json:
    """An optional param that is an object; empty where it is absent or null.

    Raises ProtocolError (-32602) for anything else.
    """
    value = params.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ProtocolError(INVALID_PARAMS, f"Invalid params: `{name}` must be an object.")
    return value


def text_param(params: Json, name: str) -> str:
    """A required param that is a string. Raises ProtocolError (-32602) for anything else."""
    value = params.get(name)
    if not isinstance(value, str):
        raise ProtocolError(INVALID_PARAMS, f"Invalid params: `{name}` must be a string.")
    return value
