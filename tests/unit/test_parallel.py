"""``run_side_by_side`` and ``run_each``: order, threads, exceptions."""

from __future__ import annotations

import threading
from contextvars import ContextVar

import pytest

from awswhitelist.parallel import _Threads, run_each, run_side_by_side

REQUEST: ContextVar[str] = ContextVar("REQUEST", default="none")


def fail_with(error: Exception) -> None:
    raise error


def test_results_come_in_the_order_of_the_calls() -> None:
    assert run_side_by_side(lambda: 1, lambda: 2, lambda: 3) == (1, 2, 3)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_calls_run_in_the_calling_thread(count: int) -> None:
    here = threading.get_ident()
    assert run_side_by_side(*[threading.get_ident] * count) == (here,) * count


def test_calls_really_run_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=10)
    assert sorted(run_side_by_side(*[meeting.wait] * 3)) == [0, 1, 2]


def test_only_the_last_call_runs_in_the_calling_thread() -> None:
    first, last = run_side_by_side(threading.get_ident, threading.get_ident)
    assert first != threading.get_ident()
    assert last == threading.get_ident()


def test_other_threads_see_the_callers_context_variables() -> None:
    token = REQUEST.set("r-1")
    try:
        assert run_side_by_side(REQUEST.get, REQUEST.get) == ("r-1", "r-1")
    finally:
        REQUEST.reset(token)


def test_the_first_exception_in_order_wins() -> None:
    with pytest.raises(KeyError):
        run_side_by_side(lambda: fail_with(KeyError()), lambda: fail_with(ValueError()))


def test_an_exception_of_the_last_call_is_raised_when_the_others_did_well() -> None:
    with pytest.raises(ValueError):
        run_side_by_side(lambda: 1, lambda: fail_with(ValueError()))


def test_every_call_has_ended_when_an_exception_comes_out() -> None:
    failed, ended = threading.Event(), threading.Event()

    def slow() -> None:
        failed.wait(10)
        ended.set()

    def fail() -> None:
        failed.set()
        raise ValueError

    with pytest.raises(ValueError):
        run_side_by_side(slow, fail)
    assert ended.is_set()


def test_calls_may_run_calls_side_by_side_to_any_depth() -> None:
    def deeper(levels: int) -> int:
        if levels == 0:
            return 1
        return sum(run_side_by_side(*[lambda: deeper(levels - 1)] * 3))

    assert deeper(4) == 81


def test_a_call_for_which_there_was_no_thread_is_never_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_more_threads(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    made = threading.Event()
    threads = _Threads()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", no_more_threads)
        with pytest.raises(RuntimeError):
            threads.begin(made.set)
    assert threads.begin(lambda: 7).result(10) == 7
    assert not made.is_set()


def test_threads_are_used_again() -> None:
    # Threads, not their idents, which the system uses again; those of other tests may be idle.
    there = set(threading.enumerate())
    used = [run_side_by_side(threading.current_thread, lambda: 0)[0] for _ in range(200)]
    assert len(set(used) - there) < 100


def test_many_things_are_done_so_many_at_once_and_come_in_their_order() -> None:
    together = threading.Barrier(3)

    def act(number: int) -> int:
        together.wait(timeout=10)
        return number * number

    assert run_each(act, range(9), 3) == [number * number for number in range(9)]


def test_one_thing_at_a_time_stays_in_the_calling_thread() -> None:
    assert set(run_each(lambda _: threading.get_ident(), range(3), 1)) == {threading.get_ident()}
    assert run_each(lambda _: threading.get_ident(), [1], 8) == [threading.get_ident()]


def test_what_fails_hinders_none_of_the_others() -> None:
    done: list[int] = []

    def act(number: int) -> None:
        if number < 4:
            raise ValueError(number)
        done.append(number)

    with pytest.raises(ValueError):
        run_each(act, range(8), 2)
    assert sorted(done) == [4, 5, 6, 7]
