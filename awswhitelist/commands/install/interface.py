"""The nouns of installing: what a client is, what a format can do, what is asked and reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

DEFAULT_NAME = "awswhitelist"

Entry = Mapping[str, str | list[str]]
"""The members of our entry, in the order in which they are written."""


class UnreadableError(ValueError):
    """A text is not of its format, or not shaped as its client wants it.

    ``line`` and ``column`` count from 1; both are None where the whole text is meant. ``reason``
    is a clause in our own words, without anything of the text; ``remedy`` is given where it is not
    to correct that place.
    """

    def __init__(
        self,
        reason: str,
        line: int | None = None,
        column: int | None = None,
        *,
        remedy: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column
        self.remedy = remedy

    @classmethod
    def at(cls, text: str, offset: int, reason: str) -> UnreadableError:
        """The error at ``offset`` of ``text``."""
        before = text[:offset]
        return cls(reason, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


class Format(Protocol):
    """A configuration format that is edited in place: all that is not our entry stays as it is.

    Every method raises UnreadableError where the text cannot be read or edited.
    """

    def read(self, text: str) -> dict[str, Any]:
        """What the whole text says. A blank text says nothing."""
        ...

    def put(self, text: str, container: str, name: str, entry: Entry) -> str:
        """``text`` with those members in ``container``'s entry ``name``; made where missing."""
        ...

    def remove(self, text: str, container: str, name: str) -> str:
        """``text`` without ``container``'s entry ``name``, which is there."""
        ...


@dataclass(frozen=True)
class Places:
    """What decides where a client keeps its configuration; ``platform`` is a ``sys.platform``."""

    home: Path
    environ: Mapping[str, str] = field(repr=False)
    platform: str

    def variable(self, name: str) -> Path | None:
        """The absolute path in a variable; None where it is unset, empty or relative."""
        path = Path(self.environ.get(name, ""))
        return path if path.is_absolute() else None


@dataclass(frozen=True)
class Client:
    """An MCP client: where its configuration is and how it looks.

    ``container`` is the member that holds the servers, ``fixed`` what an entry has besides command
    and arguments. ``project`` is the file of one project, below its directory; None where the
    client has none. ``expands`` says that it replaces ``$`` in what it reads. ``docs`` is the page
    all this is from, ``next_step`` what the user does then.
    """

    key: str
    title: str
    path: Callable[[Places], Path]
    format: Format
    container: str
    docs: str
    next_step: str
    project: str | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)
    expands: bool = True


@dataclass(frozen=True)
class InstallOptions:
    """What is asked of install and uninstall.

    ``command`` starts this program; it may hold leading arguments (``python -m awswhitelist``).
    ``config`` and ``sandbox`` become arguments of `serve`. ``config_file`` names the client's file
    outright; ``project`` the directory of a project. Uninstall uses neither ``command`` nor
    ``config`` nor ``sandbox``.
    """

    command: tuple[str, ...] = (DEFAULT_NAME,)
    name: str = DEFAULT_NAME
    config: Path | None = None
    sandbox: bool = False
    config_file: Path | None = None
    project: Path | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class InstallReport:
    """What was done, or would be (``dry_run``).

    ``path`` is the client's file, links followed. ``diff`` is a unified diff, empty where nothing
    changes; what looks like a secret is blanked in it. ``backup`` is the copy of the file as it
    was; None where none was made. ``changed`` says that the file differs, or would.
    """

    client: Client
    path: Path
    diff: str
    backup: Path | None
    changed: bool
    dry_run: bool
