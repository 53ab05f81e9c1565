"""What is known to end access: this process, and sweeps that the audit log tells of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from awswhitelist.access.ending.enforcement import LOOK_EVERY, Enforcement
from awswhitelist.exceptions import (
    AuditUnavailableError,
    AwsWhitelistError,
    StateUnavailableError,
)

QUARTER = timedelta(minutes=15)
PLACE = ("111122223333", "eu-west-1")


class Machine:
    """A machine's clock and the sweeps of its audit log."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        self.swept_at: datetime | None = None
        self.asked: list[tuple[str | None, str | None, datetime | None]] = []
        self.trouble: AwsWhitelistError | None = None

    def last_sweep(
        self, account: str | None, region: str | None, *, since: datetime | None = None
    ) -> datetime | None:
        self.asked.append((account, region, since))
        if self.trouble:
            raise self.trouble
        return self.swept_at

    def enforcement(self, *, has_process: bool = True) -> Enforcement:
        return Enforcement(self, QUARTER, now=lambda: self.now, has_process=has_process)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.mark.parametrize(
    ("minutes", "expected"), [(0, True), (45, True), (46, False), (None, False)]
)
def test_a_sweep_counts_for_three_intervals(
    machine: Machine, minutes: int | None, expected: bool
) -> None:
    if minutes is not None:
        machine.swept_at = machine.now - timedelta(minutes=minutes)
    assert machine.enforcement().has_sweeper(*PLACE) is expected
    assert machine.asked == [(*PLACE, machine.now - 3 * QUARTER)]


def test_process_and_timer_are_named(machine: Machine) -> None:
    assert machine.enforcement().active(*PLACE) == ("process",)
    assert machine.enforcement(has_process=False).active(*PLACE) == ()
    machine.swept_at = machine.now
    assert machine.enforcement().active(*PLACE) == ("process", "timer")
    assert machine.enforcement(has_process=False).active() == ("timer",)
    assert machine.enforcement().active(*PLACE, process=False) == ("timer",)


def test_a_sweep_that_was_found_is_not_looked_for_again_until_it_is_too_old(
    machine: Machine,
) -> None:
    machine.swept_at = machine.now
    enforcement = machine.enforcement()
    for _ in range(3):
        assert enforcement.has_sweeper(*PLACE)
        machine.now += QUARTER
    assert len(machine.asked) == 1
    machine.now += QUARTER
    assert not enforcement.has_sweeper(*PLACE)
    assert len(machine.asked) == 2


def test_a_sweep_that_was_not_found_is_looked_for_again_soon(machine: Machine) -> None:
    enforcement = machine.enforcement()
    assert not enforcement.has_sweeper(*PLACE)
    machine.swept_at = machine.now
    assert not enforcement.has_sweeper(*PLACE)
    machine.now += LOOK_EVERY
    assert enforcement.has_sweeper(*PLACE)


def test_places_are_looked_up_apart(machine: Machine) -> None:
    enforcement = machine.enforcement()
    enforcement.has_sweeper(*PLACE)
    enforcement.has_sweeper("111122223333", "us-east-1")
    assert [region for _, region, _ in machine.asked] == ["eu-west-1", "us-east-1"]


def test_a_clock_that_was_set_back_does_not_stop_the_looking(machine: Machine) -> None:
    enforcement = machine.enforcement()
    enforcement.has_sweeper(*PLACE)
    machine.now -= timedelta(days=1)
    enforcement.has_sweeper(*PLACE)
    assert len(machine.asked) == 2


@pytest.mark.parametrize(
    "trouble", [AuditUnavailableError("No."), StateUnavailableError("No.")], ids=["log", "key"]
)
def test_where_the_log_cannot_tell_no_timer_is_known(
    machine: Machine, trouble: AwsWhitelistError
) -> None:
    machine.trouble = trouble
    assert machine.enforcement().active(*PLACE) == ("process",)
