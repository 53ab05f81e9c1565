"""What is flushed a moment later: at once for whoever wrote it, without an end for nobody."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from awswhitelist.access.audit.flushing import Flusher


class Told(logging.Handler):
    """Waits for what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.heard = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())
        self.heard.set()


def test_trouble_is_logged_and_hinders_nobody_but_a_file_that_is_gone_is_none(
    tmp_path: Path,
) -> None:
    told = Told()
    logger = logging.getLogger("awswhitelist.access.audit.flushing")
    logger.addHandler(told)
    try:
        gone = Flusher(tmp_path / "not-there")
        gone.soon()
        flusher = Flusher(tmp_path)  # a directory
        for _ in range(2):
            flusher.soon()
            assert told.heard.wait(30)
            told.heard.clear()
    finally:
        logger.removeHandler(told)
    assert told.said == ["audit.not_flushed"] * 2


def test_one_thread_does_it_all_and_does_not_keep_the_process(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("line\n")
    before = set(threading.enumerate())
    flusher = Flusher(tmp_path / "log")
    for _ in range(50):
        flusher.soon()
    new = [each for each in set(threading.enumerate()) - before if each.name == "audit-flusher"]
    assert [each.daemon for each in new] == [True]


def test_what_is_asked_for_during_the_pause_is_one_flush(tmp_path: Path) -> None:
    began, go_on, flushed = threading.Semaphore(0), threading.Semaphore(0), threading.Semaphore(0)

    def pause(_seconds: float) -> None:
        began.release()
        assert go_on.acquire(timeout=30)

    class Counting(Flusher):
        def now(self) -> None:
            flushed.release()

    flusher = Counting(tmp_path / "log", sleep=pause)
    flusher.soon()
    assert began.acquire(timeout=30)
    for _ in range(5):
        flusher.soon()
    assert not flushed.acquire(blocking=False)
    go_on.release()
    assert flushed.acquire(timeout=30)
    flusher.soon()
    assert began.acquire(timeout=30)
    assert not flushed.acquire(blocking=False)
    go_on.release()
    assert flushed.acquire(timeout=30)


def test_flushing_now_tells_of_trouble(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("line\n")
    Flusher(tmp_path / "log").now()
    with pytest.raises(FileNotFoundError):
        Flusher(tmp_path / "not-there").now()
