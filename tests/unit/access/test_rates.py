"""Rate limits: sliding windows that outlive a process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from awswhitelist.access.rates import CallPace, RateLimits
from awswhitelist.exceptions import RateLimitedError, StateUnavailableError

ACCOUNT = "111122223333"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def limits(directory: Path, clock: Clock, *, calls: int = 60, changes: int = 2000) -> RateLimits:
    return RateLimits(directory, calls_per_minute=calls, changes_per_hour=changes, now=clock)


@pytest.mark.requirement("TOOL-13")
def test_the_61st_changing_call_in_a_minute_is_refused_and_told_when_to_come_back(
    tmp_path: Path,
) -> None:
    clock = Clock()
    for second in range(60):
        clock.now = 1_000_000.0 + second / 2
        limits(tmp_path, clock).take(ACCOUNT, 1)
    clock.now = 1_000_040.0
    with pytest.raises(RateLimitedError) as refused:
        limits(tmp_path, clock).take(ACCOUNT, 1)
    assert refused.value.code == "rate_limited"
    assert refused.value.to_object()["retry_after_seconds"] == 20
    assert "20 seconds" in refused.value.remedy


def test_a_refused_call_is_not_counted_and_room_comes_back(tmp_path: Path) -> None:
    clock = Clock()
    rates = limits(tmp_path, clock, calls=1)
    rates.take(ACCOUNT, 1)
    for _ in range(3):
        with pytest.raises(RateLimitedError):
            rates.take(ACCOUNT, 1)
    clock.now += 60
    rates.take(ACCOUNT, 1)


def test_asking_whether_there_is_room_takes_none(tmp_path: Path) -> None:
    rates = limits(tmp_path, Clock(), calls=1)
    for _ in range(3):
        rates.check(ACCOUNT, 1)
    rates.take(ACCOUNT, 1)
    with pytest.raises(RateLimitedError):
        rates.check(ACCOUNT, 1)


def test_changed_rules_are_counted_by_the_hour(tmp_path: Path) -> None:
    clock = Clock()
    rates = limits(tmp_path, clock, changes=10)
    rates.take(ACCOUNT, 6)
    clock.now += 1800
    rates.take(ACCOUNT, 4)
    with pytest.raises(RateLimitedError) as refused:
        rates.take(ACCOUNT, 5)
    assert refused.value.retry_after == 1800


def test_a_call_that_could_never_fit_is_told_to_split(tmp_path: Path) -> None:
    with pytest.raises(RateLimitedError) as refused:
        limits(tmp_path, Clock(), changes=10).take(ACCOUNT, 11)
    assert refused.value.retry_after is None
    assert "Split" in refused.value.remedy


def test_accounts_do_not_share_a_limit(tmp_path: Path) -> None:
    rates = limits(tmp_path, Clock(), calls=1)
    rates.take(ACCOUNT, 1)
    rates.take("444455556666", 1)


def test_events_of_a_clock_that_ran_ahead_do_not_lock_anybody_out(tmp_path: Path) -> None:
    clock = Clock()
    clock.now += 100_000
    limits(tmp_path, clock, calls=1).take(ACCOUNT, 1)
    clock.now -= 100_000
    limits(tmp_path, clock, calls=1).take(ACCOUNT, 1)


def test_threads_never_get_more_than_the_limit(tmp_path: Path) -> None:
    rates = limits(tmp_path, Clock(), calls=10)

    def attempt(_: int) -> bool:
        try:
            rates.take(ACCOUNT, 1)
        except RateLimitedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(40))) == 10


@pytest.mark.parametrize(
    "damaged", ["{", "[]\n", "[1.0,1]", '["a",1]\n', '{"a": 1}\n', "1\n", "\n"]
)
def test_a_damaged_record_is_told_and_grants_nothing(tmp_path: Path, damaged: str) -> None:
    (tmp_path / f"rates-{ACCOUNT}.jsonl").write_text(damaged, encoding="ascii")
    with pytest.raises(StateUnavailableError) as refused:
        limits(tmp_path, Clock()).take(ACCOUNT, 1)
    assert f"rates-{ACCOUNT}.jsonl" in refused.value.remedy


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    with pytest.raises(StateUnavailableError):
        limits(tmp_path / "file" / "state", Clock()).take(ACCOUNT, 1)


def test_calls_of_any_kind_have_a_pace(tmp_path: Path) -> None:
    clock = Clock()
    pace = CallPace(2, clock=clock)
    pace.take()
    clock.now += 10
    pace.take()
    with pytest.raises(RateLimitedError) as refused:
        pace.take()
    assert refused.value.retry_after == 50
    clock.now += 50
    pace.take()
