"""Locks on groups: one at a time, in one order, forgotten when nobody needs them."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from awswhitelist.access.locks import GroupLocks
from awswhitelist.calls import PlainContext
from awswhitelist.exceptions import CallTimeoutError

PATIENT = PlainContext("r-1")
HURRIED = PlainContext("r-2", time_left=lambda: 0.0)
LATE = PlainContext("r-3", time_left=lambda: -5.0)


def is_free(locks: GroupLocks, *group_ids: str, region: str = "eu-west-1") -> bool:
    """Whether somebody else could take the locks at once."""

    def take() -> bool:
        try:
            with locks.hold(region, group_ids, HURRIED):
                return True
        except CallTimeoutError:
            return False

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(take).result(timeout=30)


def test_a_held_group_is_busy_and_others_are_free() -> None:
    locks = GroupLocks()
    with locks.hold("eu-west-1", ["sg-1", "sg-2"], PATIENT):
        assert not is_free(locks, "sg-1")
        assert not is_free(locks, "sg-2", "sg-3")
        assert is_free(locks, "sg-3")
        assert is_free(locks, "sg-1", region="us-east-1")
    assert is_free(locks, "sg-1", "sg-2")


def test_a_group_named_twice_is_taken_once() -> None:
    with GroupLocks().hold("eu-west-1", ["sg-1", "sg-1"], HURRIED):
        pass


@pytest.mark.parametrize("ctx", [HURRIED, LATE])
def test_who_has_no_time_left_is_told_that_nothing_was_changed(ctx: PlainContext) -> None:
    locks = GroupLocks()
    with ThreadPoolExecutor(1) as pool, locks.hold("eu-west-1", ["sg-1"], PATIENT):
        waiting: Future[None] = pool.submit(enter, locks, ctx)
        with pytest.raises(CallTimeoutError) as raised:
            waiting.result(timeout=30)
    assert raised.value.remedy.startswith("Nothing was changed")


def enter(locks: GroupLocks, ctx: PlainContext) -> None:
    with locks.hold("eu-west-1", ["sg-1"], ctx):
        pass


def test_locks_are_given_back_when_a_later_one_cannot_be_had_or_the_work_fails() -> None:
    locks = GroupLocks()
    with locks.hold("eu-west-1", ["sg-2"], PATIENT):
        assert not is_free(locks, "sg-1", "sg-2")
        assert is_free(locks, "sg-1")
    with pytest.raises(KeyError), locks.hold("eu-west-1", ["sg-1"], PATIENT):
        raise KeyError
    assert is_free(locks, "sg-1")


def test_calls_that_want_the_same_groups_never_wait_for_each_other() -> None:
    locks, both = GroupLocks(), ["sg-1", "sg-2"]
    inside: list[int] = []
    most: list[int] = []

    def work(number: int) -> None:
        for _ in range(50):
            with locks.hold("eu-west-1", both[:: 1 if number % 2 else -1], PATIENT):
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    assert (len(most), max(most)) == (200, 1)


def test_locks_are_taken_in_sorted_order_whatever_order_was_asked() -> None:
    locks, tried = GroupLocks(), []

    def no_time() -> float:
        tried.append("one more")
        return 0.0

    with locks.hold("eu-west-1", ["sg-1"], PATIENT), pytest.raises(CallTimeoutError):
        enter_both(locks, PlainContext("r-4", time_left=no_time))
    assert len(tried) == 1, "the busy one comes first, so the free one is not even tried"


def enter_both(locks: GroupLocks, ctx: PlainContext) -> None:
    with locks.hold("eu-west-1", ["sg-2", "sg-1"], ctx):
        pass


def test_a_lock_that_somebody_waits_for_is_handed_on() -> None:
    locks = GroupLocks()
    with ThreadPoolExecutor(1) as pool:
        with locks.hold("eu-west-1", ["sg-1"], PATIENT):
            waiting = pool.submit(enter, locks, PATIENT)
            assert not waiting.done()
        waiting.result(timeout=30)


def test_locks_that_nobody_holds_are_forgotten() -> None:
    locks = GroupLocks()
    for number in range(100):
        with locks.hold("eu-west-1", [f"sg-{number}"], PATIENT):
            assert not is_free(locks, f"sg-{number}")
    assert vars(locks)["_locks"] == {}
