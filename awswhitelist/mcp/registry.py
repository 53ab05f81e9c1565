"""The tools a server offers, as values; built when they are first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from awswhitelist.calls import CallContext

_T = TypeVar("_T")


class Excerpt(NamedTuple):
    """What the caller of a tool is shown of a long result, and where the whole of it can be read.

    ``structured`` fits the tool's output schema as the whole does; ``uri`` is that of a resource.
    """

    structured: dict[str, Any]
    uri: str
    name: str
    title: str


class ToolResult(NamedTuple):
    """What a tool gives back.

    ``structured`` begins with ``summary`` and is ready for JSON; ``text`` is for people and
    models. ``text_is_complete`` says that the text holds every fact, so that the serialized
    structured result need not be sent as a second text block. With an ``excerpt``, that is what
    a tool's caller gets, and ``text`` says no more than it does; a bare method answers with all.
    """

    structured: dict[str, Any]
    text: str
    text_is_complete: bool = False
    excerpt: Excerpt | None = None


class ToolHints(NamedTuple):
    """The annotations of a tool. Source: MCP 2026-07-28, schema, ToolAnnotations."""

    read_only: bool
    destructive: bool
    idempotent: bool
    open_world: bool


class ToolSpec(NamedTuple):
    """One operation as the wire offers it: a tool, and a bare method of the same name.

    ``call`` raises AwsWhitelistError for failures that are to be expected. ``ordered_by`` names the
    string argument whose text orders calls: same text, same order. None means not ordered for a
    tool that only reads, and a barrier for one that changes things. ``timeout`` is in seconds;
    None means the server's own.
    """

    name: str
    title: str
    description: str
    hints: ToolHints
    input_schema: Callable[[], dict[str, Any]]
    output_schema: Callable[[], dict[str, Any]]
    call: Callable[[Mapping[str, Any], CallContext], ToolResult]
    ordered_by: str | None = None
    timeout: float | None = None


class Callee(Protocol):
    """Something that a worker can call: a tool, or a read for another method.

    The fields mean what they mean in :class:`ToolSpec`; ``call`` may give back anything.
    """

    @property
    def name(self) -> str:
        """For the log."""

    @property
    def hints(self) -> ToolHints:
        """Whether it changes things."""

    @property
    def ordered_by(self) -> str | None:
        """The argument that orders calls."""

    @property
    def timeout(self) -> float | None:
        """Seconds; None: the server's own."""

    @property
    def call(self) -> Callable[[Mapping[str, Any], CallContext], Any]:
        """What is to be done. Raises AwsWhitelistError."""


class Lazy(Generic[_T]):
    """A value that is made when it is first wanted, once, whoever wants it at the same time."""

    def __init__(self, make: Callable[[], _T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: tuple[_T] | None = None

    @property
    def is_made(self) -> bool:
        """Whether somebody has wanted it already."""
        return self._made is not None

    def get(self) -> _T:
        """The value. Raises what making it raises; the next call then tries again."""
        with self._lock:
            if self._made is None:
                self._made = (self._make(),)
            return self._made[0]


class ToolRegistry:
    """The tools in their order. ``load`` runs once, at the first use, under a lock."""

    def __init__(self, load: Callable[[], Iterable[ToolSpec]]) -> None:
        self._specs = Lazy(lambda: {spec.name: spec for spec in load()})
        self._listing = Lazy(lambda: [_describe(spec) for spec in self.all()])

    def all(self) -> tuple[ToolSpec, ...]:
        """Every tool, in the order of the list."""
        return tuple(self._specs.get().values())

    def get(self, name: str) -> ToolSpec | None:
        """The tool of that name, if there is one."""
        return self._specs.get().get(name)

    @property
    def was_listed(self) -> bool:
        """Whether somebody has asked for the list."""
        return self._listing.is_made

    def listing(self) -> list[dict[str, Any]]:
        """Every tool as ``tools/list`` shows it; built at the first call, then the same value."""
        return self._listing.get()


def _describe(spec: ToolSpec) -> dict[str, Any]:
    """A tool on the wire. Source: MCP 2026-07-28, server/tools, "Tool"."""
    return {
        "name": spec.name,
        "title": spec.title,
        "description": spec.description,
        "inputSchema": spec.input_schema(),
        "outputSchema": spec.output_schema(),
        "annotations": {
            "title": spec.title,
            "readOnlyHint": spec.hints.read_only,
            "destructiveHint": spec.hints.destructive,
            "idempotentHint": spec.hints.idempotent,
            "openWorldHint": spec.hints.open_world,
        },
    }
