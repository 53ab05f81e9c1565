"""How often AWS may be changed: sliding windows per account, in the state directory.

They outlive a process, so that starting the server anew is no fresh start. MCP 2026-07-28,
server/tools, "Security Considerations": servers MUST rate limit tool invocations.
"""

from __future__ import annotations

import json
import math
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from awswhitelist.exceptions import RateLimitedError, StateUnavailableError

LOCK_SECONDS = 10.0
MINUTE = 60.0
HOUR = 3600.0

Event = tuple[float, int]
"""When (Unix time, seconds), and how much of the limit it used."""

Kept = dict[str, list[Event]]


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``limit`` within any ``seconds``; ``noun`` is what is counted."""

    noun: str
    limit: int
    seconds: float

    def recent(self, events: list[Event], now: float) -> list[Event]:
        """The events that still count. Those of a clock that ran ahead do not."""
        return [event for event in events if now - self.seconds < event[0] <= now]

    def wait(self, events: list[Event], amount: int, now: float) -> float:
        """Seconds until ``amount`` more fits; zero if it fits now, infinity if it never will.

        ``events`` are recent ones, oldest first.
        """
        room = self.limit - sum(used for _, used in events) - amount
        if room >= 0:
            return 0.0
        for at, used in events:
            room += used
            if room >= 0:
                return at + self.seconds - now
        return math.inf


class RateLimits:
    """Counts changing calls and changed rules of this user, by AWS account."""

    def __init__(
        self,
        directory: Path,
        *,
        calls_per_minute: int,
        changes_per_hour: int,
        now: Callable[[], float],
    ) -> None:
        """``directory`` is private to the user and made when needed; ``now`` is Unix time."""
        self._directory = directory
        self._windows = {
            "calls": Window("changing calls in a minute", calls_per_minute, MINUTE),
            "changes": Window("changed rules in an hour", changes_per_hour, HOUR),
        }
        self._now = now
        self._threads = threading.Lock()

    def take(self, account: str, changes: int) -> None:
        """Count one call that makes so many changes.

        RateLimitedError says when it would fit; then nothing is counted.
        StateUnavailableError where it cannot be recorded.
        """
        with self._locked(account) as file:
            _write(file, self._with_one_more(_read(file), changes))

    def check(self, account: str, changes: int) -> None:
        """Raise what :meth:`take` would raise now, and count nothing."""
        with self._locked(account) as file:
            self._with_one_more(_read(file), changes)

    def _with_one_more(self, kept: Kept, changes: int) -> Kept:
        now, amounts = self._now(), {"calls": 1, "changes": changes}
        counted = {}
        for name, window in self._windows.items():
            recent = window.recent(kept[name], now)
            _refuse_if_full(window, window.wait(recent, amounts[name], now))
            counted[name] = [*recent, (now, amounts[name])]
        return counted

    @contextmanager
    def _locked(self, account: str) -> Iterator[Path]:
        """The account's file; one thread and one process at a time."""
        file = self._directory / f"rates-{account}.json"
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._threads, FileLock(f"{file}.lock", timeout=LOCK_SECONDS, mode=0o600):
                yield file
        except (OSError, Timeout) as exc:
            raise StateUnavailableError("The rate limits cannot be recorded.") from exc


class CallPace:
    """Counts calls of any kind in this process: a runaway client must not tire AWS for others."""

    def __init__(self, calls_per_minute: int, *, clock: Callable[[], float]) -> None:
        """``clock`` counts seconds and never goes back."""
        self._window = Window("calls in a minute", calls_per_minute, MINUTE)
        self._clock = clock
        self._lock = threading.Lock()
        self._recent: deque[float] = deque()

    def take(self) -> None:
        """Count one call. RateLimitedError says when it would fit; then it is not counted."""
        with self._lock:
            now = self._clock()
            while self._recent and self._recent[0] <= now - self._window.seconds:
                self._recent.popleft()
            if len(self._recent) >= self._window.limit:
                _refuse_if_full(self._window, self._recent[0] + self._window.seconds - now)
            self._recent.append(now)


def _refuse_if_full(window: Window, wait: float) -> None:
    if wait <= 0:
        return
    if math.isinf(wait):
        raise RateLimitedError(
            f"One call may not make that many changes: {window.limit} {window.noun} are permitted.",
            remedy="Split the call.",
        )
    seconds = math.ceil(wait)
    raise RateLimitedError(
        f"The limit of {window.limit} {window.noun} is reached.",
        remedy=f"Call again in {seconds} seconds. The limit is the operator's.",
        retry_after=seconds,
    )


def _read(file: Path) -> Kept:
    try:
        data = json.loads(file.read_bytes())
        return {
            name: [(float(at), int(used)) for at, used in data[name]]
            for name in ("calls", "changes")
        }
    except FileNotFoundError:
        return {"calls": [], "changes": []}
    except (ValueError, TypeError, KeyError) as exc:
        raise StateUnavailableError(
            "The record of the rate limits is damaged.",
            remedy=f"Delete the file {file.name} in the state directory, then call again.",
        ) from exc


def _write(file: Path, kept: Kept) -> None:
    draft = file.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(json.dumps(kept, separators=(",", ":")), encoding="ascii")
    draft.replace(file)
