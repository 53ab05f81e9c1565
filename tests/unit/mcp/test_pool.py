"""The pool of workers, with real threads that wait for events and never for time."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from awswhitelist.mcp.pool import WorkerPool
from awswhitelist.mcp.turns import Turn

PATIENCE = 10.0


def patience() -> Callable[[], float]:
    end = time.monotonic() + PATIENCE
    return lambda: end - time.monotonic()


def waits_for(event: threading.Event) -> Callable[[], None]:
    """A task that lasts until the event."""

    def task() -> None:
        assert event.wait(PATIENCE)

    return task


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    pool = WorkerPool(workers=2, queue=2)
    yield pool
    pool.close()


def worker_threads() -> set[str]:
    return {each.name for each in threading.enumerate() if each.name.startswith("awswhitelist-")}


def test_there_is_no_thread_before_the_first_task(pool: WorkerPool) -> None:
    before = worker_threads()
    assert pool.drain(patience())
    assert worker_threads() == before


def test_a_task_that_goes_on_is_never_refused(pool: WorkerPool) -> None:
    release, done = threading.Event(), threading.Event()
    for _ in range(4):
        assert pool.submit(None, waits_for(release))
    assert not pool.submit(None, done.set)
    assert pool.submit(None, done.set, resumed=True)
    release.set()
    assert done.wait(PATIENCE)
    assert pool.drain(patience())


def test_no_more_tasks_run_than_there_are_workers(pool: WorkerPool) -> None:
    release, both = threading.Event(), threading.Barrier(3)
    running: list[int] = []

    def task(number: int) -> None:
        running.append(number)
        if number < 2:
            both.wait(PATIENCE)
        release.wait(PATIENCE)

    for number in range(4):
        assert pool.submit(None, functools.partial(task, number))
    both.wait(PATIENCE)
    assert sorted(running) == [0, 1]
    release.set()
    assert pool.drain(patience())
    assert sorted(running) == [0, 1, 2, 3]


def test_a_full_pool_takes_nothing_and_a_free_one_again(pool: WorkerPool) -> None:
    release, ran = threading.Event(), []
    for _ in range(4):
        assert pool.submit(None, waits_for(release))
    assert not pool.submit(None, lambda: ran.append("refused"))
    release.set()
    assert pool.drain(patience())
    assert pool.submit(None, lambda: ran.append("taken"))
    assert pool.drain(patience())
    assert ran == ["taken"]


def no_more_threads(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_a_task_for_which_the_system_has_no_thread_is_refused_and_never_run(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, done = threading.Event(), threading.Event()
    alone = Turn("a", alone=True)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", no_more_threads)
        assert not pool.submit(alone, refused.set)
    assert pool.is_idle
    assert pool.submit(alone, done.set)
    assert done.wait(PATIENCE)
    assert pool.drain(patience())
    assert not refused.is_set()


def test_one_thread_does_the_work_where_the_system_has_no_second(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, done = threading.Event(), threading.Event()
    assert pool.submit(None, waits_for(release))
    monkeypatch.setattr(threading.Thread, "start", no_more_threads)
    assert pool.submit(None, done.set)
    release.set()
    assert done.wait(PATIENCE)
    assert pool.drain(patience())


def test_a_task_that_waits_for_its_turn_holds_no_worker(pool: WorkerPool) -> None:
    release, other = threading.Event(), threading.Event()
    writer = Turn("a", alone=True)
    pool.submit(writer, waits_for(release))
    pool.submit(writer, lambda: None)
    pool.submit(writer, lambda: None)
    pool.submit(None, other.set)
    assert other.wait(PATIENCE)
    release.set()
    assert pool.drain(patience())


def test_a_drain_gives_up_when_no_time_is_left(pool: WorkerPool) -> None:
    release, times = threading.Event(), iter([0.001, 0.0])
    pool.submit(None, waits_for(release))
    assert not pool.drain(lambda: next(times))
    release.set()
    assert pool.drain(patience())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_task_that_ends_its_thread_does_not_hold_the_others_up() -> None:
    pool = WorkerPool(workers=1, queue=5)
    ran: list[int] = []

    ended: list[threading.Thread] = []

    def leave() -> None:
        ended.append(threading.current_thread())
        raise SystemExit

    turn = Turn("a", alone=True)
    pool.submit(turn, leave)
    pool.submit(turn, lambda: ran.append(1))
    assert pool.drain(patience())
    assert pool.submit(turn, lambda: ran.append(2))
    assert pool.drain(patience())
    assert ran == [1, 2]
    ended[0].join(PATIENCE)
    pool.close()
