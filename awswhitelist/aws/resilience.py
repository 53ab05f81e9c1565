"""When a failed AWS call is made again. botocore's own retries are off: this is the one owner."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from awswhitelist.calls import CallContext
from awswhitelist.exceptions import (
    AwsError,
    BreakerOpenError,
    CallCancelledError,
    CallTimeoutError,
    UnavailableError,
)

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")
Passage = Callable[[str], AbstractContextManager[None]]
"""A service's name to what a call of it passes through (:meth:`CircuitBreaker.passage`)."""


def _freely(_service: str) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with full jitter, bounded by the call's own deadline.

    ``attempts`` counts the first one too; the wait before attempt n+1 is drawn evenly from zero
    to ``base * 2**(n-1)`` seconds, at most ``longest``, and is never shorter than AWS's
    Retry-After. No attempt begins later than ``total`` seconds after the first one.
    Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
    """

    attempts: int = 4
    base: float = 0.2
    longest: float = 5.0
    total: float = 45.0
    sleep: Callable[[float], None] = time.sleep
    draw: Callable[[float, float], float] = random.uniform
    clock: Callable[[], float] = time.monotonic
    passage: Passage = _freely

    def guarded(self, passage: Passage) -> RetryPolicy:
        """This policy, with every attempt passing through ``passage``."""
        return replace(self, passage=passage)

    def run(
        self, call: Callable[[], T], ctx: CallContext, *, service: str = "", repeatable: bool = True
    ) -> T:
        """Make the call, again after a retryable :class:`AwsError` if it is ``repeatable``.

        Raises what the call raised last, when it may not or cannot be repeated in time;
        BreakerOpenError, at once, if it may not be made at all; CallCancelledError once the caller
        has cancelled; CallTimeoutError if no time is left before an attempt.
        """
        latest = self.clock() + self.total
        attempts = _Attempts(call, lambda: self.passage(service))
        _check_in_time(ctx)
        try:
            return attempts()
        except AwsError as error:
            if not (repeatable and error.retryable):
                raise
            attempts.replay(error)
        return self._repeat(attempts, ctx, latest)

    def _repeat(self, attempts: _Attempts[T], ctx: CallContext, latest: float) -> T:
        """Whatever follows a first attempt that failed; its failure is played again."""
        # Loaded here: few processes ever need it, and it takes its time.
        from tenacity import Retrying, retry_if_exception, stop_after_attempt

        give_up = stop_after_attempt(self.attempts)
        retrying = Retrying(
            retry=retry_if_exception(_is_retryable),
            wait=self._wait,
            stop=lambda state: attempts.held_back
            or give_up(state)
            or state.upcoming_sleep >= min(ctx.remaining(), latest - self.clock()),
            before=lambda state: _check_in_time(ctx) if state.attempt_number > 1 else None,
            before_sleep=lambda _state: _check_wanted(ctx),
            sleep=self.sleep,
            reraise=True,
        )
        return retrying(attempts)

    def _wait(self, state: RetryCallState) -> float:
        ceiling = min(self.longest, self.base * 2.0 ** (state.attempt_number - 1))
        return max(self.draw(0.0, ceiling), _retry_after(state))


class _Attempts(Generic[T]):
    """The attempts of one call, each through the breaker.

    What AWS says of one attempt says nothing of those before it that got no answer: an error after
    such a one is marked as ``is_in_doubt``.

    Where the breaker opens between two attempts, the failure before it is what is told: that
    attempt may have taken effect, and "held back" would sound as if nothing had been sent.
    """

    def __init__(
        self, call: Callable[[], T], passage: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._call = call
        self._passage = passage
        self._failed: AwsError | None = None
        self._got_no_answer = False
        self._replayed: AwsError | None = None
        self.held_back = False

    def replay(self, error: AwsError) -> None:
        """Let the next attempt be none: it raises the error with which the last one ended."""
        self._replayed = error

    def __call__(self) -> T:
        if self._replayed is not None:
            error, self._replayed = self._replayed, None
            raise error
        return self._attempt()

    def _attempt(self) -> T:
        try:
            with self._passage():
                return self._call()
        except BreakerOpenError:
            self.held_back = True
            if self._failed is not None:
                raise self._failed from None
            raise
        except AwsError as error:
            error.is_in_doubt = self._got_no_answer
            self._got_no_answer |= isinstance(error, UnavailableError)
            self._failed = error
            raise


def _is_retryable(error: BaseException) -> bool:
    return isinstance(error, AwsError) and error.retryable


def _retry_after(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return (error.retry_after or 0.0) if isinstance(error, AwsError) else 0.0


def _check_wanted(ctx: CallContext) -> None:
    if ctx.cancelled():
        raise CallCancelledError


def _check_in_time(ctx: CallContext) -> None:
    _check_wanted(ctx)
    if ctx.remaining() <= 0:
        raise CallTimeoutError("There was no time left to ask AWS.")
