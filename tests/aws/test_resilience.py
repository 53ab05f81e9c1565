"""RetryPolicy: what is repeated, how long it waits, when it stops."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.calls import PlainContext
from awswhitelist.exceptions import (
    AwsError,
    AwsWhitelistError,
    CallCancelledError,
    CallTimeoutError,
    ConflictError,
    PermissionMissingError,
    ThrottledError,
    UnavailableError,
)


class Script:
    """A call that raises the errors given, one per attempt, and then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.attempts = 0

    def __call__(self) -> str:
        self.attempts += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


class Time:
    """A clock that only sleeping moves."""

    def __init__(self, left: float = float("inf")) -> None:
        self.left = left
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.left -= seconds

    def context(self, is_cancelled: Callable[[], bool] = lambda: False) -> PlainContext:
        return PlainContext("r-1", time_left=lambda: self.left, is_cancelled=is_cancelled)


def policy(time: Time, *, attempts: int = 4, longest: float = 5.0) -> RetryPolicy:
    """Draws the longest wait of each range, so that the waits can be foretold."""
    return RetryPolicy(
        attempts=attempts,
        base=1.0,
        longest=longest,
        sleep=time.sleep,
        draw=lambda _least, most: most,
    )


def test_an_answer_is_returned_without_waiting() -> None:
    time, call = Time(), Script()
    assert policy(time).run(call, time.context()) == "answer"
    assert (call.attempts, time.slept) == (1, [])


def test_waits_double_up_to_the_longest() -> None:
    time, call = Time(), Script(*[UnavailableError("x")] * 4)
    assert policy(time, attempts=5, longest=4.0).run(call, time.context()) == "answer"
    assert time.slept == [1.0, 2.0, 4.0, 4.0]


def test_a_wait_is_drawn_from_zero_to_its_ceiling() -> None:
    time, ranges = Time(), list[tuple[float, float]]()

    def draw(least: float, most: float) -> float:
        ranges.append((least, most))
        return least

    RetryPolicy(base=1.0, sleep=time.sleep, draw=draw).run(
        Script(ThrottledError("x"), ThrottledError("x")), time.context()
    )
    assert (ranges, time.slept) == ([(0.0, 1.0), (0.0, 2.0)], [0.0, 0.0])


def test_the_last_error_comes_out_when_all_attempts_failed() -> None:
    time, last = Time(), ThrottledError("last")
    with pytest.raises(ThrottledError) as raised:
        policy(time, attempts=2).run(Script(ThrottledError("first"), last), time.context())
    assert raised.value is last


@pytest.mark.parametrize(
    "error", [PermissionMissingError("x"), AwsError("x"), ConflictError("x"), ValueError("x")]
)
def test_only_aws_errors_that_may_pass_are_repeated(error: Exception) -> None:
    time, call = Time(), Script(error)
    with pytest.raises(type(error)):
        policy(time).run(call, time.context())
    assert (call.attempts, time.slept) == (1, [])


def test_what_is_not_repeatable_is_tried_once() -> None:
    time, call = Time(), Script(UnavailableError("x"))
    with pytest.raises(UnavailableError):
        policy(time).run(call, time.context(), repeatable=False)
    assert call.attempts == 1


def test_a_wait_is_never_shorter_than_aws_asked_for() -> None:
    time, call = Time(), Script(ThrottledError("x", retry_after=30.0))
    assert policy(time).run(call, time.context()) == "answer"
    assert time.slept == [30.0]


def test_a_wait_that_would_outlast_the_call_is_not_begun() -> None:
    time, call = Time(left=2.5), Script(*[ThrottledError("x")] * 3)
    with pytest.raises(ThrottledError):
        policy(time).run(call, time.context())
    assert (call.attempts, time.slept) == (2, [1.0])


def test_without_time_left_nothing_is_sent() -> None:
    time, call = Time(left=0.0), Script()
    with pytest.raises(CallTimeoutError):
        policy(time).run(call, time.context())
    assert call.attempts == 0


def test_a_cancelled_call_sends_nothing() -> None:
    time, call = Time(), Script()
    with pytest.raises(CallCancelledError):
        policy(time).run(call, time.context(is_cancelled=lambda: True))
    assert call.attempts == 0


def test_a_call_cancelled_meanwhile_does_not_wait() -> None:
    time, call = Time(), Script(UnavailableError("x"))
    context = time.context(is_cancelled=lambda: call.attempts == 1)
    with pytest.raises(CallCancelledError):
        policy(time).run(call, context)
    assert (call.attempts, time.slept) == (1, [])


def test_a_call_cancelled_while_waiting_is_not_sent_again() -> None:
    time, call = Time(), Script(UnavailableError("x"))
    context = time.context(is_cancelled=lambda: bool(time.slept))
    with pytest.raises(AwsWhitelistError) as raised:
        policy(time).run(call, context)
    assert (type(raised.value), call.attempts) == (CallCancelledError, 1)


def test_no_attempt_begins_after_the_total_time() -> None:
    time, call = Time(), Script(*[UnavailableError("x")] * 9)
    started = time.left = 1000.0
    bounded = replace(policy(time, attempts=9), total=8.0, clock=lambda: started - time.left)
    with pytest.raises(UnavailableError):
        bounded.run(call, time.context())
    assert time.slept == [1.0, 2.0, 4.0]
    assert call.attempts == 4


def test_a_call_whose_time_runs_out_during_the_first_attempt_tells_of_that_attempt() -> None:
    time, failed = Time(), ThrottledError("x")

    def call() -> str:
        time.left = 0.0
        raise failed

    with pytest.raises(ThrottledError) as raised:
        policy(time).run(call, time.context())
    assert raised.value is failed
    assert raised.value.__context__ is None


UNTROUBLED = """
import sys
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.calls import PlainContext
print(RetryPolicy().run(lambda: "answer", PlainContext("r-1")), "tenacity" in sys.modules)
"""


def test_what_goes_well_at_once_needs_no_machinery() -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNTROUBLED], capture_output=True, text=True, check=True
    )
    assert done.stdout == "answer False\n"
