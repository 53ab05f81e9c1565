"""Locks on security groups: one change at a time per (region, group), within this process.

A group id is unique in its region whatever the account, so the account is not part of the key:
it is often not known before the first read. Between processes AWS offers no lock.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from awswhitelist.calls import CallContext
from awswhitelist.exceptions import CallTimeoutError

LONGEST_WAIT = threading.TIMEOUT_MAX


class GroupLocks:
    """Hands out locks by key, and forgets those that nobody holds or waits for."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[tuple[str, str], tuple[threading.Lock, int]] = {}

    @contextmanager
    def hold(self, region: str, group_ids: Sequence[str], ctx: CallContext) -> Iterator[None]:
        """Hold the locks of the groups; raises CallTimeoutError when the call's time runs out.

        Taken in sorted order, so that two calls never wait for each other.
        """
        with ExitStack() as held:
            for group_id in sorted(set(group_ids)):
                held.enter_context(self._hold_one((region, group_id), ctx))
            yield

    @contextmanager
    def _hold_one(self, key: tuple[str, str], ctx: CallContext) -> Iterator[None]:
        lock = self._borrow(key)
        try:
            if not lock.acquire(timeout=max(0.0, min(ctx.remaining(), LONGEST_WAIT))):
                raise CallTimeoutError(
                    "The security group was busy with other changes for too long.",
                    remedy="Nothing was changed; call again.",
                )
            try:
                yield
            finally:
                lock.release()
        finally:
            self._give_back(key)

    def _borrow(self, key: tuple[str, str]) -> threading.Lock:
        with self._guard:
            lock, users = self._locks.get(key, (threading.Lock(), 0))
            self._locks[key] = (lock, users + 1)
            return lock

    def _give_back(self, key: tuple[str, str]) -> None:
        with self._guard:
            lock, users = self._locks.pop(key)
            if users > 1:
                self._locks[key] = (lock, users - 1)
