"""Ends access when its time is over, as long as this process runs.

One daemon thread waits for the next deadline and then sweeps the groups in question, through the
same pipe as everything else. When a rule ends is decided there, against AWS's time: the clock here
only says when to look. So a wrong clock, or a rule that somebody else has extended, does no harm.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from awswhitelist.access.ending.deadlines import Deadlines, Site, Watch
from awswhitelist.access.intents import Order
from awswhitelist.access.outcomes import Outcome
from awswhitelist.access.ending.watching import (
    HOUSEKEEPING_DELAY,
    Look,
    groups_of,
    is_followed,
    looks_after,
    next_look,
)
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.policy_config import PolicyConfig

log = logging.getLogger(__name__)

LONGEST_WAIT = 60.0
"""Seconds after which the clock is read again: a machine may have slept meanwhile."""

Sweep = Callable[[Site, tuple[str, ...], Callable[[], bool]], Outcome]
"""Sweeps groups of a site; the last argument says whether to give up. Raises AwsWhitelistError."""

Wait = Callable[[threading.Condition, float | None], object]


class Joinable(Protocol):
    """A thread, as far as we use it."""

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended, so many seconds at most."""


class EnforcerState(NamedTuple):
    """What the enforcer is at: how many rules it watches, and those that it could not end."""

    watched: int
    stuck: tuple[str, ...]


def start_daemon(run: Callable[[], None]) -> Joinable:
    """A thread that does not keep the process from ending."""
    thread = threading.Thread(target=run, name="awswhitelist-expiry", daemon=True)
    thread.start()
    return thread


class Enforcer:
    """Follows what the pipeline does; sweeps when something has ended."""

    def __init__(
        self,
        sweep: Sweep,
        policy: PolicyConfig,
        *,
        clock: Callable[[], float],
        wait: Wait = threading.Condition.wait,
        start: Callable[[Callable[[], None]], Joinable] = start_daemon,
    ) -> None:
        """``clock`` counts seconds and never goes back; ``wait`` waits on a condition that is held,
        so many seconds at most; ``start`` runs a function in a thread of its own."""
        self._sweep = sweep
        self._policy = policy
        self._clock = clock
        self._wait = wait
        self._start = start
        self._changed = threading.Condition()
        self._deadlines = Deadlines()
        self._thread: Joinable | None = None
        self._is_closing = False
        self._gives_up = False

    def follow(self, order: Order, outcome: Outcome) -> None:
        """See to what an order leaves behind. Returns at once; the thread starts when there is
        something to wait for."""
        if is_followed(order, outcome):
            site = Site(order.profile, outcome.scope.region)
            with self._changed:
                self._note(site, looks_after(outcome, self._policy))
                if len(self._deadlines) and self._thread is None and not self._is_closing:
                    self._begin()
                self._changed.notify_all()

    def state(self) -> EnforcerState:
        """What there is to be told."""
        with self._changed:
            stuck = sorted(watch.rule_id for watch in self._deadlines if watch.is_stuck)
            return EnforcerState(len(self._deadlines), tuple(stuck))

    def close(self, seconds: float) -> None:
        """End: what is due is still swept, for so many seconds at most."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(max(seconds, 0.0))
        self._gives_up = True
        left = len(self._deadlines)
        if left:
            log.info("expiry.left_to_others", extra={"rules": left})

    def _note(self, site: Site, looks: Iterable[Look]) -> None:
        now = self._clock()
        for look in looks:
            if look.after is None:
                self._deadlines.drop((site, look.group_id, look.rule_id))
            else:
                at = now + look.after.total_seconds()
                self._deadlines.put(Watch(site, look.group_id, look.rule_id, at))

    def _begin(self) -> None:
        """Start the thread. Where the system has none to give, the next change tries again."""
        self._thread = None
        try:
            self._thread = self._start(self._serve)
        except RuntimeError:
            log.error("expiry.no_thread")

    def _serve(self) -> None:
        """The thread. Where a defect ends it, another one goes on."""
        try:
            while batches := self._await_due():
                for batch in batches:
                    self._sweep_batch(batch)
        finally:
            with self._changed:
                if not self._is_closing:
                    self._begin()

    def _await_due(self) -> list[list[Watch]]:
        """What is to be swept now; nothing once it is over."""
        with self._changed:
            while not self._is_closing:
                now, at = self._clock(), self._deadlines.next_at()
                if at is not None and at <= now:
                    return self._deadlines.due(now)
                self._wait(self._changed, None if at is None else min(at - now, LONGEST_WAIT))
            soon = self._clock() + HOUSEKEEPING_DELAY.total_seconds()
            batches = self._deadlines.due(soon)
            return [batch for batch in batches if not any(watch.tries for watch in batch)]

    def _sweep_batch(self, batch: Sequence[Watch]) -> None:
        """Sweep, and see what became of each rule. Until that is known, it is to be tried again."""
        with self._changed:
            now = self._clock()
            pairs = [(watch, watch.after_failure(now)) for watch in batch]
            for _, again in pairs:
                self._deadlines.put(again)
        try:
            swept = self._sweep(batch[0].site, groups_of(batch), self._is_over)
        except AwsWhitelistError as exc:
            self._tell(pairs, exc.code)
            return
        with self._changed:
            failed = [pair for pair in pairs if not self._settle(*pair, swept)]
        if failed:
            self._tell(failed, "not_removed")

    def _settle(self, watch: Watch, again: Watch, swept: Outcome) -> bool:
        """Whether the sweep has done what was to be done about a rule."""
        look = next_look(watch, swept, self._policy)
        if look is not None and self._deadlines.holds(again):
            self._note(watch.site, [look])
        return look is not None

    def _tell(self, pairs: Sequence[tuple[Watch, Watch]], code: str) -> None:
        for _, again in pairs:
            level = logging.ERROR if again.is_stuck else logging.WARNING
            facts = {"rule_id": again.rule_id, "group_id": again.group_id, "tries": again.tries}
            log.log(level, "expiry.sweep_failed", extra={**facts, "code": code})

    def _is_over(self) -> bool:
        return self._gives_up
