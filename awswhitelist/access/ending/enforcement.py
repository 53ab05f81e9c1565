"""What is known to end access by itself: this process while it runs, this machine's timer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from awswhitelist.exceptions import AuditUnavailableError, StateUnavailableError

PROCESS = "process"
TIMER = "timer"

INTERVALS = 3
"""A sweep that is so many intervals old counts no more: the timer has stopped."""

LOOK_EVERY = timedelta(seconds=10)
"""The audit log is not searched more often for a sweep that is not there."""

Place = tuple[str | None, str | None]


class Sweeps(Protocol):
    """The sweeps of this machine, as its audit log has them."""

    def last_sweep(
        self, account: str | None, region: str | None, *, since: datetime | None = None
    ) -> datetime | None:
        """When all that had ended was last swept; None stands for any.

        AuditUnavailableError, StateUnavailableError.
        """


class Enforcement:
    """Knows what ends access in an account and region. For all threads."""

    def __init__(
        self,
        sweeps: Sweeps,
        interval: timedelta,
        *,
        now: Callable[[], datetime],
        has_process: bool,
    ) -> None:
        """``interval`` is how often the timer sweeps. ``has_process`` says whether this process
        stays to end what it opens."""
        self._sweeps = sweeps
        self._within = INTERVALS * interval
        self._now = now
        self._has_process = has_process
        self._known: dict[Place, _Known] = {}

    def active(
        self, account: str | None = None, region: str | None = None, *, process: bool = True
    ) -> tuple[str, ...]:
        """The names of what ends access there; without a place, anywhere. ``process`` is False for
        what this process does not follow."""
        names = [PROCESS] if self._has_process and process else []
        return (*names, TIMER) if self.has_sweeper(account, region) else tuple(names)

    def has_sweeper(self, account: str | None, region: str | None) -> bool:
        """Whether a timer sweeps there. Not, where the audit log cannot tell."""
        now, place = self._now(), (account, region)
        known = self._known.get(place)
        if known is None or not (self._is_recent(known.swept_at, now) or known.is_fresh(now)):
            known = self._known[place] = _Known(now, self._last_sweep(place, now))
        return self._is_recent(known.swept_at, now)

    def _is_recent(self, swept_at: datetime | None, now: datetime) -> bool:
        return swept_at is not None and now - swept_at <= self._within

    def _last_sweep(self, place: Place, now: datetime) -> datetime | None:
        try:
            return self._sweeps.last_sweep(*place, since=now - self._within)
        except (AuditUnavailableError, StateUnavailableError):
            return None


class _Known(NamedTuple):
    """What the audit log said, and when it was looked into."""

    looked_at: datetime
    swept_at: datetime | None

    def is_fresh(self, now: datetime) -> bool:
        """Whether it is too early to look again."""
        return timedelta(0) <= now - self.looked_at < LOOK_EVERY
