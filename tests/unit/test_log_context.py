"""Which call a line belongs to, and how long a step took."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from awswhitelist.exceptions import ThrottledError
from awswhitelist.log_context import request_in_service, serving, timed
from awswhitelist.parallel import run_side_by_side

log = logging.getLogger("awswhitelist.test.timed")


def _clock(*readings: float) -> Callable[[], float]:
    left = iter(readings)
    return lambda: next(left)


def _told(caplog: pytest.LogCaptureFixture) -> list[tuple[Any, ...]]:
    keys = ("msg", "levelname", "outcome", "duration_ms", "step")
    return [tuple(vars(each)[key] for key in keys) for each in caplog.records]


def test_a_thread_serves_one_call_at_a_time_and_none_in_between() -> None:
    assert request_in_service() == ""
    with serving("r-1"):
        with serving("r-2"):
            assert request_in_service() == "r-2"
        assert request_in_service() == "r-1"
    assert request_in_service() == ""


def test_threads_of_a_call_belong_to_it() -> None:
    with serving("r-1"):
        assert run_side_by_side(request_in_service, request_in_service) == ("r-1", "r-1")


def test_a_call_that_fails_is_served_no_longer() -> None:
    with pytest.raises(ThrottledError), serving("r-1"):
        raise ThrottledError("slow down")
    assert request_in_service() == ""


def test_a_step_is_logged_with_its_time_and_its_fields(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, log.name)
    with timed(log, "step.done", clock=_clock(1.0, 1.25), step="one"):
        pass
    assert _told(caplog) == [("step.done", "DEBUG", "ok", 250.0, "one")]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ThrottledError("slow down"), "throttled"),
        (ValueError("a secret"), "ValueError"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (SystemExit(3), "SystemExit"),
    ],
)
def test_a_step_that_fails_is_logged_without_the_text_of_its_error(
    caplog: pytest.LogCaptureFixture, error: BaseException, outcome: str
) -> None:
    with pytest.raises(type(error)):
        with timed(log, "step.done", level=logging.INFO, clock=_clock(0, 1), step="two"):
            raise error
    assert _told(caplog) == []
    caplog.set_level(logging.INFO, log.name)
    with pytest.raises(type(error)):
        with timed(log, "step.done", level=logging.INFO, clock=_clock(0, 1), step="two"):
            raise error
    assert _told(caplog) == [("step.done", "INFO", outcome, 1000.0, "two")]
    assert "secret" not in caplog.text


def test_a_function_can_be_timed_each_time_it_is_called(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, log.name)

    @timed(log, "step.done", clock=_clock(0, 1, 1, 3), step="three")
    def step(value: int) -> int:
        return value

    assert [step(1), step(2)] == [1, 2]
    assert [told[3] for told in _told(caplog)] == [1000.0, 2000.0]
