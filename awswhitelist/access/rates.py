"""How often AWS may be changed: sliding windows per account, in the state directory.

They outlive a process, so that starting the server anew is no fresh start. MCP 2026-07-28,
server/tools, "Security Considerations": servers MUST rate limit tool invocations.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from awswhitelist.access.files.state import make_private
from awswhitelist.access.tally import Event, Tally
from awswhitelist.exceptions import RateLimitedError, StateUnavailableError

MINUTE = 60.0
HOUR = 3600.0


class Window(NamedTuple):
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
        self._calls = Window("changing calls in a minute", calls_per_minute, MINUTE)
        self._changes = Window("changed rules in an hour", changes_per_hour, HOUR)
        self._now = now
        self._guard = threading.Lock()
        self._tallies: dict[str, Tally] = {}

    def take(self, account: str, changes: int) -> None:
        """Count one call that makes so many changes.

        RateLimitedError says when it would fit; then nothing is counted.
        StateUnavailableError where it cannot be recorded.
        """
        with self._locked(account) as tally:
            now = self._now()
            self._check(tally.since(now - HOUR), changes, now)
            tally.add((now, changes))

    def check(self, account: str, changes: int) -> None:
        """Raise what :meth:`take` would raise now, and count nothing."""
        with self._locked(account) as tally:
            now = self._now()
            self._check(tally.since(now - HOUR), changes, now)

    def _check(self, events: list[Event], changes: int, now: float) -> None:
        calls = [(at, 1) for at, _ in self._calls.recent(events, now)]
        _refuse_if_full(self._calls, self._calls.wait(calls, 1, now))
        changed = self._changes.recent(events, now)
        _refuse_if_full(self._changes, self._changes.wait(changed, changes, now))

    @contextmanager
    def _locked(self, account: str) -> Iterator[Tally]:
        """The account's tally; one thread and one process at a time."""
        with self._guard:
            tally = self._tallies.get(account)
            if tally is None:
                tally = Tally(self._directory / f"rates-{account}.jsonl")
                self._tallies[account] = tally
        try:
            make_private(self._directory)
            with tally.lock.held():
                yield tally
        except OSError as exc:
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
