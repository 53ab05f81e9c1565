"""A lock that threads and processes share: held by one, given back, never on a lost file."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from awswhitelist.access.files.file_lock import LONGEST_WAIT, LockFile
from awswhitelist.access.files.locked_file_windows import LockedFile as WindowsLock
from awswhitelist.access.files.open_files import is_at

HOLDER = """
import sys
from pathlib import Path
from awswhitelist.access.files.file_lock import LockFile

with LockFile(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.read()
"""


class Time:
    """A clock that only sleeping moves; ``until`` is called at each sleep."""

    def __init__(self, meanwhile: object = None) -> None:
        self.now = 0.0
        self.pauses: list[float] = []
        self.meanwhile = meanwhile

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)
        if callable(self.meanwhile):
            self.meanwhile()

    def lock(self, path: Path) -> LockFile:
        return LockFile(path, clock=lambda: self.now, sleep=self.sleep)


@contextmanager
def held_elsewhere(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its input ends."""
    argv = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait(timeout=30)


def test_a_lock_can_be_taken_again_and_again(tmp_path: Path) -> None:
    lock = LockFile(tmp_path / "lock")
    for _ in range(3):
        with lock.held():
            assert (tmp_path / "lock").stat().st_mode & 0o077 == 0


def test_another_process_is_waited_for(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path / "lock") as holder:
        time = Time(meanwhile=lambda: end(holder))
        with time.lock(tmp_path / "lock").held():
            assert time.pauses


def test_waiting_ends_and_its_pauses_grow(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path / "lock") as holder:
        time = Time()
        with pytest.raises(TimeoutError), time.lock(tmp_path / "lock").held():
            pass
        end(holder)
    assert LONGEST_WAIT <= time.now < LONGEST_WAIT + 0.1
    assert time.pauses[0] < time.pauses[1] < time.pauses[-1] == time.pauses[-2]


def test_a_lock_on_a_file_that_was_deleted_is_none(tmp_path: Path) -> None:
    ours, theirs = LockFile(tmp_path / "lock"), Time().lock(tmp_path / "lock")
    with ours.held():
        pass
    (tmp_path / "lock").unlink()
    with theirs.held(), pytest.raises(TimeoutError), Time().lock(tmp_path / "lock").held():
        pass
    with ours.held(), pytest.raises(TimeoutError), theirs.held():
        pass


def test_a_deleted_file_that_another_still_holds_hinders_nobody(tmp_path: Path) -> None:
    waiting = Time().lock(tmp_path / "lock")
    with waiting.held():
        pass
    with LockFile(tmp_path / "lock").held():
        (tmp_path / "lock").unlink()
        with waiting.held():
            assert (tmp_path / "lock").exists()


def test_the_lock_is_given_back_when_the_work_fails(tmp_path: Path) -> None:
    lock = LockFile(tmp_path / "lock")
    with pytest.raises(KeyError), lock.held():
        raise KeyError
    with LockFile(tmp_path / "lock").held():
        pass


def test_a_file_that_cannot_be_made_is_an_error_and_leaves_nothing_locked(tmp_path: Path) -> None:
    lock = LockFile(tmp_path / "folder" / "lock")
    for _ in range(2):
        with pytest.raises(FileNotFoundError), lock.held():
            pass
    (tmp_path / "folder").mkdir()
    with lock.held():
        pass


def test_of_many_threads_one_holds_it_at_a_time(tmp_path: Path) -> None:
    locks = [LockFile(tmp_path / "lock") for _ in range(2)]
    inside, most, guard = 0, 0, threading.Lock()

    def work(number: int) -> None:
        nonlocal inside, most
        with locks[number % 2].held():
            with guard:
                inside += 1
                most = max(most, inside)
            with guard:
                inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(60)))
    assert most == 1


def test_an_open_file_is_known_from_the_one_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("w") as file:
        assert is_at(file.fileno(), path)
        path.unlink()
        assert not is_at(file.fileno(), path)
        path.write_text("another")
        assert not is_at(file.fileno(), path)


def test_where_there_is_no_flock_a_lock_is_held_by_one_too(tmp_path: Path) -> None:
    ours, theirs = WindowsLock(tmp_path / "lock"), WindowsLock(tmp_path / "lock")
    assert ours.try_to_acquire()
    assert not theirs.try_to_acquire()
    ours.release()
    assert theirs.try_to_acquire()
    theirs.release()
