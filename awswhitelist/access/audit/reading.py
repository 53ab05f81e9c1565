"""The audit log read back: receipts for ``undo``, interrupted plans and sweeps for ``health``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from awswhitelist.access.audit.log_files import lines_with
from awswhitelist.access.audit.sealed_lines import is_genuine
from awswhitelist.exceptions import ReceiptForgedError
from awswhitelist.validators import parse_time

Record = dict[str, Any]
IsAlive = Callable[[str | None, int, str], bool]
"""A boot id, a process id and when that process started, to whether it still runs."""


class Interrupted(NamedTuple):
    """A call that said what it was about to do, and whose process ended before the outcome."""

    request_id: str
    operation: str
    time: str
    principal: str
    plan: tuple[str, ...]


class AuditReader:
    """Reads what :class:`AuditLog` wrote.

    Every method raises AuditUnavailableError where a file is there but cannot be read, and passes
    over lines that are no records.
    """

    def __init__(self, path: Path, verify: Callable[[bytes, bytes], bool]) -> None:
        """``verify`` says whether a signature of a message is ours; StateUnavailableError."""
        self._path = path
        self._verify = verify

    def records(self, *, since: datetime | None = None) -> Iterator[Record]:
        """Every record, newest first."""
        for _, record in self._found(b"", since=since):
            yield record

    def receipts_of(self, request_id: str) -> tuple[Record, ...]:
        """The receipts of one call in the order in which they were written; empty if none is there.

        A copy of a line counts once. ReceiptForgedError where one of them was not written by us,
        or was altered afterwards.
        """
        found: dict[bytes, Record] = {}
        for line, record in self._found(_member("request_id", request_id)):
            if _has(record, event="receipt", request_id=request_id):
                if not is_genuine(line, self._verify):
                    raise ReceiptForgedError()
                found[line] = record
        return tuple(reversed(found.values()))

    def interrupted(
        self, is_alive: IsAlive, host: str, *, since: datetime | None = None
    ) -> tuple[Interrupted, ...]:
        """The calls of this host that have an intent and no outcome and whose process is gone,
        newest first."""
        parts = _member("event", "intent"), _member("event", "outcome")
        ended: set[object] = set()
        open_ones: dict[str, Record] = {}
        for _, record in self._found(*parts, since=since):
            request_id = record.get("request_id")
            if _has(record, event="outcome"):
                ended.add(request_id)
            elif _has(record, event="intent", host=host) and request_id not in ended:
                open_ones[str(request_id)] = record
        gone = (record for record in open_ones.values() if not _runs(record, is_alive))
        return tuple(map(_interrupted, gone))

    def last_sweep(
        self, account: str | None, region: str | None, *, since: datetime | None = None
    ) -> datetime | None:
        """When a command last swept all that had ended in an account and region, as we wrote down.

        None stands for any of them. What a server swept because a client asked does not count: a
        client must not be able to make itself look like a timer.
        """
        place = {"account": account, "region": region}
        wanted = {name: each for name, each in place.items() if each is not None}
        for line, record in self._found(_member("operation", "sweep_expired"), since=since):
            is_sweep = _has(
                record,
                event="outcome",
                operation="sweep_expired",
                outcome="done",
                everywhere=True,
                stays=False,
                **wanted,
            )
            if is_sweep and is_genuine(line, self._verify):
                return _time_of(record)
        return None

    def _found(
        self, *parts: bytes, since: datetime | None = None
    ) -> Iterator[tuple[bytes, Record]]:
        """The lines with one of the parts, newest first, and what they hold."""
        for line in lines_with(self._path, *parts, since=since):
            record = _parsed(line)
            if record is not None and not _is_before(record, since):
                yield line, record


def _member(name: str, value: str) -> bytes:
    """A member of an object, as :class:`AuditLog` writes it."""
    return f"{json.dumps(name)}:{json.dumps(value)}".encode("ascii")


def _parsed(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _has(record: Record, **members: object) -> bool:
    return all(record.get(name) == value for name, value in members.items())


def _time_of(record: Record) -> datetime | None:
    return parse_time(str(record.get("time", "")))


def _is_before(record: Record, since: datetime | None) -> bool:
    """Whether a record is surely older; one that says no time is not."""
    at = _time_of(record) if since else None
    return at is not None and since is not None and at < since


def _runs(record: Record, is_alive: IsAlive) -> bool:
    """Whether the process that wrote a record is there. It is, where a record does not say."""
    boot_id, pid = record.get("boot_id"), record.get("pid")
    if not isinstance(pid, int):
        return True
    started = str(record.get("pid_started") or "")
    return is_alive(boot_id if isinstance(boot_id, str) else None, pid, started)


def _interrupted(record: Record) -> Interrupted:
    plan = record.get("plan")
    return Interrupted(
        request_id=str(record.get("request_id", "")),
        operation=str(record.get("operation", "")),
        time=str(record.get("time", "")),
        principal=str(record.get("principal", "")),
        plan=tuple(map(str, plan)) if isinstance(plan, list) else (),
    )
