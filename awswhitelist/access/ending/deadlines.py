"""Which rules are to be looked at, and when: a heap of deadlines. No threads, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 600.0
HOURLY = 3600.0
MOST_TRIES = 8
"""After so many failures in a row, which take some 20 minutes, it is left to the timer: we look
again only once an hour, and ``health`` says so."""


class Site(NamedTuple):
    """Where a sweep goes: a profile as calls name it (None: the usual one), and a region."""

    profile: str | None
    region: str


class Watch(NamedTuple):
    """A rule that is to be looked at, ``at`` seconds of the enforcer's clock.

    Where AWS has not shown the rule yet, other words stand for its id. ``tries`` counts failures.
    """

    site: Site
    group_id: str
    rule_id: str
    at: float
    tries: int = 0

    @property
    def key(self) -> tuple[Site, str, str]:
        """The rule that it is about."""
        return self.site, self.group_id, self.rule_id

    @property
    def is_stuck(self) -> bool:
        """Whether it is left to the timer."""
        return self.tries >= MOST_TRIES

    def after_failure(self, now: float) -> Watch:
        """The next look, later and later."""
        tries = self.tries + 1
        pause = min(FIRST_PAUSE * 2.0**self.tries, LONGEST_PAUSE)
        return self._replace(at=now + (HOURLY if tries >= MOST_TRIES else pause), tries=tries)


class Deadlines:
    """At most one watch for each rule; the newest counts."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Watch]] = []
        self._current: dict[tuple[Site, str, str], Watch] = {}
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._current)

    def __iter__(self) -> Iterator[Watch]:
        return iter(tuple(self._current.values()))

    def put(self, watch: Watch) -> None:
        """Look at a rule at that time, and not at an earlier one that was set."""
        self._current[watch.key] = watch
        heappush(self._heap, (watch.at, next(self._numbers), watch))

    def drop(self, key: tuple[Site, str, str]) -> None:
        """Look at a rule no more."""
        self._current.pop(key, None)

    def holds(self, watch: Watch) -> bool:
        """Whether nothing else was set for the rule since."""
        return self._current.get(watch.key) is watch

    def next_at(self) -> float | None:
        """When something is due; None for never."""
        while self._heap and not self.holds(self._heap[0][2]):
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> list[list[Watch]]:
        """What is due, as it is to be swept: the rules of a site at once; those that failed before
        group by group, so that one that cannot be swept holds up no other. They stay.
        """
        batches: dict[tuple[Site, str], list[Watch]] = {}
        for watch in sorted(self._current.values(), key=lambda each: each.at):
            if watch.at <= now:
                group = watch.group_id if watch.tries else ""
                batches.setdefault((watch.site, group), []).append(watch)
        return list(batches.values())
