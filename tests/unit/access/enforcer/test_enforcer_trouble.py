"""The enforcer in trouble, at work beside calls, and at its end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from awswhitelist.access.ending.deadlines import MOST_TRIES, Site
from awswhitelist.access.ending.enforcer import Enforcer
from awswhitelist.access.intents import RevokeIntent
from awswhitelist.exceptions import ThrottledError

HOUR = timedelta(hours=1)

# Housekeeping


def test_what_a_change_saw_to_be_overdue_in_its_group_goes_a_moment_later(world: Any) -> None:
    world.open("sgr-old", lifetime=HOUR)
    world.open("sgr-elsewhere", "sg-2", lifetime=HOUR)
    world.seconds += 2 * 3600
    world.until = world.seconds + 60
    world.follow(world.open("sgr-new"))
    world.run()
    assert world.lasted() == [2 * HOUR + timedelta(seconds=1)]
    assert set(world.rules) == {"sgr-elsewhere", "sgr-new"}


def test_a_call_that_changed_nothing_keeps_no_house(world: Any) -> None:
    world.open("sgr-old", lifetime=HOUR)
    world.seconds += 2 * 3600
    world.follow(intent=RevokeIntent(target="sg-1"))
    assert world.started == []


def test_at_the_end_what_is_due_is_still_swept_and_what_is_not_is_left(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.open("sgr-old", lifetime=HOUR)
    world.seconds += 2 * 3600
    world.follow(world.open("sgr-new"))
    world.enforcer.close(7.0)
    assert world.joined == [7.0]
    (left,) = [record for record in caplog.records if record.msg == "expiry.left_to_others"]
    assert left.__dict__["rules"] == 2


def test_the_thread_ends_with_the_server_after_what_is_due(world: Any) -> None:
    world.open("sgr-old", lifetime=HOUR)
    world.seconds += 2 * 3600
    world.follow(world.open("sgr-new"))
    world.while_joined = world.run
    world.enforcer.close(7.0)
    assert set(world.rules) == {"sgr-new"}
    assert len(world.sweeps) == 1
    assert world.started == [] and world.waited == []


def test_at_the_end_what_has_failed_is_not_tried_again(world: Any) -> None:
    world.open("sgr-old", lifetime=HOUR)
    world.seconds += 2 * 3600
    world.troubles = [ThrottledError("No.")]
    world.follow(world.open("sgr-new"))
    world.while_joined = world.run
    world.enforcer.close(7.0)
    assert set(world.rules) == {"sgr-old", "sgr-new"}
    assert len(world.sweeps) == 1


def test_nothing_starts_once_it_is_closed(world: Any) -> None:
    world.enforcer.close(-1.0)
    world.follow(world.open())
    assert world.started == [] and world.joined == []


def test_the_end_waits_no_longer_than_it_may(world: Any) -> None:
    world.follow(world.open())
    world.enforcer.close(-3.0)
    assert world.joined == [0.0]


# Trouble


def seconds_of(pauses: list[timedelta]) -> list[float]:
    ends = [each.total_seconds() for each in pauses]
    return [later - earlier for earlier, later in zip(ends, ends[1:], strict=False)]


def test_a_failing_sweep_is_tried_again_ever_more_slowly(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.troubles = [ThrottledError("No.")] * 3
    world.follow(world.open())
    world.run()
    assert seconds_of(world.lasted()) == [5.0, 10.0, 20.0]
    assert world.rules == {}
    told = [record.__dict__ for record in caplog.records if record.msg == "expiry.sweep_failed"]
    assert [each["tries"] for each in told] == [1, 2, 3]
    assert {(each["rule_id"], each["code"], each["levelname"]) for each in told} == {
        ("sgr-1", "throttled", "WARNING")
    }


def test_after_some_tries_it_is_left_to_the_timer_and_said(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.troubles = [ThrottledError("No.")] * MOST_TRIES
    world.follow(world.open())
    world.until = world.seconds + 2.5 * 3600
    world.run()
    assert len(world.sweeps) == MOST_TRIES
    assert world.enforcer.state().stuck == ("sgr-1",)
    assert caplog.records[-1].levelname == "ERROR"


def test_what_is_left_to_the_timer_is_looked_at_every_hour_and_forgotten_when_it_is_gone(
    world: Any,
) -> None:
    world.troubles = [ThrottledError("No.")] * MOST_TRIES
    world.follow(world.open())
    world.run()
    assert seconds_of(world.lasted())[-1] == 3600.0
    assert world.enforcer.state().stuck == ()
    assert world.rules == {}


def test_a_rule_that_stays_is_tried_again_and_holds_up_no_other(world: Any) -> None:
    world.stubborn = {"sgr-1"}
    world.follow(world.open("sgr-1"), world.open("sgr-2", "sg-2"))
    world.until = world.seconds + 2 * 3600 + 10
    world.run()
    assert set(world.rules) == {"sgr-1"}
    assert [groups for _, _, groups in world.sweeps] == [("sg-1", "sg-2"), ("sg-1",)]


def test_groups_that_failed_together_are_tried_apart(world: Any) -> None:
    world.troubles = [ThrottledError("No.")]
    world.follow(world.open("sgr-1"), world.open("sgr-2", "sg-2"))
    world.run()
    groups = [each for _, _, each in world.sweeps]
    assert groups == [("sg-1", "sg-2"), ("sg-1",), ("sg-2",)]


def test_a_defect_in_a_sweep_ends_the_thread_and_another_goes_on(world: Any) -> None:
    world.troubles = [ZeroDivisionError]
    world.follow(world.open())
    with pytest.raises(ZeroDivisionError):
        world.run()
    assert len(world.started) == 1
    world.run()
    assert world.rules == {}
    assert seconds_of(world.lasted()) == [5.0]


def test_a_change_during_the_sweep_counts_for_more_than_what_the_sweep_saw(world: Any) -> None:
    def extend_meanwhile(
        site: Site, groups: tuple[str, ...], is_cancelled: Callable[[], bool]
    ) -> Any:
        swept = world.sweep(site, groups, is_cancelled)
        if len(world.sweeps) == 1:
            world.follow(world.open(lifetime=HOUR))
        return swept

    enforcer = Enforcer(
        extend_meanwhile,
        world.policy,
        clock=lambda: world.seconds,
        wait=world.wait,
        start=world.start,
    )
    world.enforcer = enforcer
    world.follow(world.open())
    world.run()
    assert world.lasted() == [2 * HOUR, 3 * HOUR]


def test_a_system_without_threads_to_give_fails_no_call(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_run: Callable[[], None]) -> Any:
        raise RuntimeError("can't start new thread")

    world.enforcer = Enforcer(
        world.sweep, world.policy, clock=lambda: world.seconds, wait=world.wait, start=refuse
    )
    world.follow(world.open())
    assert [record.msg for record in caplog.records] == ["expiry.no_thread"]
    assert world.enforcer.state().watched == 1


def test_a_real_thread_sweeps_what_is_due_and_ends(world: Any) -> None:
    swept = threading.Event()

    def sweep(*call: Any) -> Any:
        swept.set()
        return world.sweep(*call)

    enforcer = Enforcer(sweep, world.policy, clock=lambda: world.seconds + 7200)
    receipt = world.open(lifetime=timedelta(0))
    rule = receipt.rule
    assert rule is not None
    due = world.outcome(world.now + HOUR, [rule], receipt)
    enforcer.follow(world.order(), due)
    enforcer.close(10.0)
    assert swept.is_set()
    assert world.rules == {}
