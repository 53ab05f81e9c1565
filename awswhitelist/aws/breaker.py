"""Circuit breakers: a service that keeps failing is left alone for a while.

One each for an account, a region and a service. It opens on outages and throttling storms, never
on a mistake of the caller's: that AWS refuses something shows that AWS works.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import NamedTuple

from awswhitelist.exceptions import AwsError, BreakerOpenError, ThrottledError, UnavailableError

FAILURES: tuple[type[AwsError], ...] = (UnavailableError, ThrottledError)
"""What counts against a service."""


class BreakerState(StrEnum):
    """``half_open``: one call is let through, to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class BreakerPolicy(NamedTuple):
    """When a breaker opens: ``failures`` within ``window`` seconds, and as many of the last
    ``looks`` calls failed as not. It stays open for ``cooldown`` seconds, twice as long each time
    that the call let through fails, at most ``longest``.
    """

    failures: int = 8
    window: float = 30.0
    looks: int = 20
    cooldown: float = 10.0
    longest: float = 60.0
    clock: Callable[[], float] = time.monotonic


class CircuitBreaker:
    """Counts how calls end. Safe under threads; no lock is held while a call is under way."""

    def __init__(self, policy: BreakerPolicy) -> None:
        self._policy = policy
        self._lock = threading.Lock()
        self._ends: deque[tuple[float, bool]] = deque(maxlen=policy.looks)
        self._opened_at: float | None = None
        self._openings = 0
        self._cooldown = policy.cooldown
        self._is_probed = False

    def state(self) -> BreakerState:
        """What a call would meet now."""
        with self._lock:
            if self._opened_at is None:
                return BreakerState.CLOSED
            return BreakerState.OPEN if self._left() > 0 else BreakerState.HALF_OPEN

    @contextmanager
    def passage(self) -> Iterator[None]:
        """Around one call. Raises BreakerOpenError, with ``retry_after``, where none may pass."""
        with self._lock:
            is_probe, openings = self._enter(), self._openings
        did_fail: bool | None = None
        try:
            yield
            did_fail = False
        except FAILURES:
            did_fail = True
            raise
        except AwsError as error:
            did_fail = None if error.aws_code is None else False
            raise
        finally:
            with self._lock:
                # What began before the breaker opened says nothing of the time after.
                if is_probe or openings == self._openings:
                    self._leave(is_probe, did_fail)

    def _enter(self) -> bool:
        """Whether the call that enters is the one that is let through to see."""
        if self._opened_at is None:
            return False
        left = self._left()
        if left > 0 or self._is_probed:
            raise BreakerOpenError(
                "This service of AWS failed repeatedly, so it is left alone for a while.",
                retry_after=round(max(left, 1.0), 1),
            )
        self._is_probed = True
        return True

    def _leave(self, is_probe: bool, did_fail: bool | None) -> None:
        """``did_fail`` is None for a call that ended without AWS having had its say."""
        if is_probe:
            self._is_probed = False
        if did_fail is None:
            return
        now = self._policy.clock()
        if is_probe and not did_fail:
            self._opened_at = None
            self._cooldown = self._policy.cooldown
            self._ends.clear()
        elif is_probe:
            self._opened_at = now
            self._cooldown = min(self._cooldown * 2, self._policy.longest)
        else:
            self._ends.append((now, did_fail))
            if self._is_failing(now):
                self._opened_at = now
                self._openings += 1

    def _is_failing(self, now: float) -> bool:
        recent = [failed for at, failed in self._ends if now - at <= self._policy.window]
        failed = sum(recent)
        return failed >= self._policy.failures and failed * 2 >= len(recent)

    def _left(self) -> float:
        """Seconds until a call is let through, while the breaker is open."""
        opened_at = self._opened_at if self._opened_at is not None else float("-inf")
        return opened_at + self._cooldown - self._policy.clock()


class BreakerKey(NamedTuple):
    """What a breaker is for. ``whose`` is an account id or, while that is not known, a profile."""

    whose: str
    region: str
    service: str


MOST_BREAKERS = 1024
"""Regions and keys come with calls, so that whoever calls could make new ones without end."""


class Breakers:
    """All breakers of the process, each made when first asked for."""

    def __init__(self, policy: BreakerPolicy | None = None) -> None:
        self._policy = policy or BreakerPolicy()
        self._lock = threading.Lock()
        self._breakers: dict[BreakerKey, CircuitBreaker] = {}

    def of(self, key: BreakerKey) -> CircuitBreaker:
        """The breaker of that key, the same one each time."""
        with self._lock:
            if key not in self._breakers:
                if len(self._breakers) >= MOST_BREAKERS:
                    self._forget()
                self._breakers[key] = CircuitBreaker(self._policy)
            return self._breakers[key]

    def _forget(self) -> None:
        """Make room: those that are closed have little to forget; of the others the oldest half."""
        shut = [each for each in self._breakers.items() if each[1].state() != BreakerState.CLOSED]
        self._breakers = dict(shut[-MOST_BREAKERS // 2 :])

    def states(self) -> dict[BreakerKey, BreakerState]:
        """Each breaker's state."""
        with self._lock:
            breakers = dict(self._breakers)
        return {key: breaker.state() for key, breaker in breakers.items()}
