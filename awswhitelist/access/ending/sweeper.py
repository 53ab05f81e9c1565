"""Sweeps that this process makes of its own accord, through the same pipe as those asked for."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Protocol

from awswhitelist.access.ending.deadlines import Site
from awswhitelist.access.ending.enforcer import Sweep
from awswhitelist.access.intents import Order, SweepIntent
from awswhitelist.access.outcomes import Outcome
from awswhitelist.calls import CallContext, PlainContext
from awswhitelist.constants import PRODUCT
from awswhitelist.log_context import serving

SWEEP_EXPIRED = "sweep_expired"
"""The operation, as the audit log names it."""


class Pipeline(Protocol):
    """The way to a write."""

    def change(self, order: Order, ctx: CallContext) -> Outcome:
        """Carry an order out. Raises AwsWhitelistError."""


def sweeper(pipeline: Callable[[], Pipeline], timeout: float) -> Sweep:
    """Sweeps through ``pipeline()``, each for ``timeout`` seconds at most, in our own name."""

    def sweep(site: Site, group_ids: tuple[str, ...], is_cancelled: Callable[[], bool]) -> Outcome:
        deadline = time.monotonic() + timeout
        ctx = PlainContext(
            uuid.uuid4().hex,
            client_name=PRODUCT,
            time_left=lambda: deadline - time.monotonic(),
            is_cancelled=is_cancelled,
        )
        order = Order(
            operation=SWEEP_EXPIRED,
            intent=SweepIntent(group_ids=group_ids),
            arguments={},
            profile=site.profile,
            region=site.region,
        )
        with serving(ctx.request_id):
            return pipeline().change(order, ctx)

    return sweep


def waking_clock() -> float:
    """Seconds that never go back and that count while the machine sleeps, where it can tell."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)
