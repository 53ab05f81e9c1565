"""The entries of a bulk call: taken apart, each read by itself, each with its place in the call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from awswhitelist.access.intents import AllowIntent
from awswhitelist.config import Config
from awswhitelist.exceptions import AwsWhitelistError, InvalidArgumentError
from awswhitelist.model_parsing import parse_model
from awswhitelist.resources.references import clean_target
from awswhitelist.text import printable
from awswhitelist.tools.arguments import ChangeArguments
from awswhitelist.tools.sources import ME
from awswhitelist.tools.wishes import Terms, Wish

Values = Mapping[str, Any]

_ROOT = re.compile(r"[^.\[]*")
SHOWN = 100

Entries = Annotated[
    list[Any],
    Field(min_length=1),
    WithJsonSchema({"type": "array", "items": {"type": "object"}}),
]
"""What is wrong with one of them is that entry's failure, so they are read one by one."""


class BulkWhitelistRequest(Terms, ChangeArguments):
    """Arguments of ``whitelist_bulk``: entries, or lists of which every combination is meant."""

    entries: Annotated[
        Entries | None,
        Field(
            description="Each as the arguments of `whitelist`: target, source, port, … What one "
            "leaves out is taken from here."
        ),
    ] = None
    targets: Annotated[
        list[str] | None,
        Field(min_length=1, description="Instead of `entries`: each with each source and port."),
    ] = None
    sources: Annotated[list[str] | None, Field(min_length=1)] = None
    ports: Annotated[list[int | str] | None, Field(min_length=1)] = None
    atomic: Annotated[bool, Field(description="All or nothing.")] = False

    def terms(self) -> Values:
        """What was said for all entries."""
        return self.model_dump(include=set(Terms.model_fields), exclude_unset=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """One entry as it was asked for.

    ``values`` are its own (anything, where the caller gave no object). Its ``path`` in the call is
    empty where it is a combination; then ``paths`` says where each value stands.
    """

    values: Any
    path: str = ""
    paths: Mapping[str, str] = field(default_factory=dict)

    @property
    def own(self) -> Values:
        """Its own values, as far as it has any."""
        return self.values if isinstance(self.values, Mapping) else {}

    def place(self, name: str | None, terms: Values) -> str | None:
        """Where in the call the argument stands that one of its fields is; None for no place."""
        if name is None:
            return self.path or None
        root = _ROOT.match(name)
        start = root[0] if root else ""
        if start in terms and start not in self.own:
            return name
        if self.path:
            return f"{self.path}.{name}"
        return self.paths.get(start, start) + name[len(start) :]

    @property
    def target(self) -> str | None:
        """The target as it may be shown: without the secrets of a connection string."""
        try:
            return printable(clean_target(self.own["target"]), SHOWN)
        except (KeyError, AttributeError, TypeError, InvalidArgumentError):
            return None

    def words(self, name: str) -> str | None:
        """One of its values on one line; None where it has none."""
        value = self.own.get(name)
        if isinstance(value, list):
            value = ", ".join(map(str, value))
        return None if value is None else printable(str(value), SHOWN)


def asked_for(request: BulkWhitelistRequest, most: int) -> tuple[Asked, ...]:
    """The entries of a call in order; of combinations, the ports change quickest.

    InvalidArgumentError where the call does not say which entries are meant, or means more than
    ``most``.
    """
    lists = (request.targets, request.sources, request.ports)
    if request.entries is not None and any(each is not None for each in lists):
        raise InvalidArgumentError(
            "The call has both `entries` and lists to combine.",
            field="entries",
            remedy="Give `entries`, or `targets` with `sources` and `ports`.",
        )
    if request.entries is not None:
        _check_number(len(request.entries), "entries", most)
        return tuple(Asked(each, f"entries[{index}]") for index, each in enumerate(request.entries))
    return _combined(request, most)


def _combined(request: BulkWhitelistRequest, most: int) -> tuple[Asked, ...]:
    if request.targets is None:
        raise InvalidArgumentError(
            "Neither `entries` nor `targets` is given.",
            field="entries",
            remedy="Give `entries`, or `targets` with `sources` and `ports`.",
        )
    sources = request.sources or [ME]
    ports: Sequence[int | str | None] = request.ports or [None]
    _check_number(len(request.targets) * len(sources) * len(ports), "targets", most)
    return tuple(_combinations(request, sources, ports))


def _combinations(
    request: BulkWhitelistRequest, sources: Sequence[str], ports: Sequence[int | str | None]
) -> Iterator[Asked]:
    numbered = (enumerate(each) for each in (request.targets or (), sources, ports))
    for (a, target), (b, source), (c, port) in product(*numbered):
        values = {"target": target, "source": source, "port": port}
        paths = {
            "target": f"targets[{a}]",
            "source": f"sources[{b}]" if request.sources else "sources",
            "port": f"ports[{c}]" if request.ports else "ports",
        }
        yield Asked({name: each for name, each in values.items() if each is not None}, "", paths)


def _check_number(count: int, name: str, most: int) -> None:
    if count > most:
        raise InvalidArgumentError(
            f"The call has {count} entries; policy permits {most}.",
            field=name,
            remedy="Split the call. The limit is the operator's (`policy.max_bulk_entries`).",
            limit=most,
        )


def read_wish(
    asked: Asked, terms: Values, config: Config, me: Callable[[], str]
) -> AllowIntent | AwsWhitelistError:
    """What an entry wants, or why it cannot be had: that is the entry's own failure.

    Raises InvalidArgumentError where the fault is in what was said for all entries.
    """
    try:
        values = {**terms, **asked.own} if isinstance(asked.values, Mapping) else asked.values
        return parse_model(Wish, values).intent(config, me)
    except AwsWhitelistError as exc:
        if exc.field is not None and asked.place(exc.field, terms) == exc.field:
            raise
        return exc
