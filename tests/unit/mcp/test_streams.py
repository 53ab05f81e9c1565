"""Descriptors and the latch, with pipes and a clock of our own."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from awswhitelist.mcp.streams import Reader, StopLatch, Writer

PATIENCE = 10.0


@pytest.fixture
def now() -> list[float]:
    return [100.0]


@pytest.fixture
def latch(now: list[float]) -> StopLatch:
    return StopLatch(5.0, lambda: now[0])


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def fill(fd: int) -> int:
    """Fill a pipe; returns how many bytes it took."""
    os.set_blocking(fd, False)
    took = 0
    try:
        while True:
            took += os.write(fd, b"." * 4096)
    except BlockingIOError:
        os.set_blocking(fd, True)
    return took


def test_the_time_to_drain_begins_with_the_first_stop(latch: StopLatch, now: list[float]) -> None:
    assert (latch.is_set(), latch.remaining()) == (False, float("inf"))
    latch.set()
    now[0] += 2
    latch.set()
    assert (latch.is_set(), latch.remaining()) == (True, 3.0)


def test_what_was_written_is_read(latch: StopLatch, pipe: tuple[int, int]) -> None:
    Writer(pipe[1], latch).send(b"line\n")
    assert Reader(pipe[0], latch).read() == b"line\n"


def test_a_reader_that_is_told_to_stop_reads_no_more(
    latch: StopLatch, pipe: tuple[int, int]
) -> None:
    os.write(pipe[1], b"more")
    latch.set()
    assert Reader(pipe[0], latch).read() == b""


def test_a_reader_that_waits_is_woken_up_to_stop(latch: StopLatch, pipe: tuple[int, int]) -> None:
    read: list[bytes] = []
    thread = threading.Thread(target=lambda: read.append(Reader(pipe[0], latch).read()))
    thread.start()
    latch.set()
    thread.join(PATIENCE)
    assert read == [b""]


def test_a_signal_that_comes_just_before_a_wait_ends_it(
    latch: StopLatch, pipe: tuple[int, int]
) -> None:
    os.write(latch.wakeup_fd, b"\x0f")  # as signal.set_wakeup_fd does
    assert Reader(pipe[0], latch).read() == b""


def test_input_that_cannot_be_read_has_ended(latch: StopLatch, tmp_path: Path) -> None:
    directory = os.open(tmp_path, os.O_RDONLY)
    try:
        assert Reader(directory, latch).read() == b""
    finally:
        os.close(directory)


def test_a_message_larger_than_the_pipe_arrives_whole(
    latch: StopLatch, pipe: tuple[int, int]
) -> None:
    message = bytes(range(256)) * 2000
    writer = Writer(pipe[1], latch)
    thread = threading.Thread(target=lambda: writer.send(message))
    thread.start()
    got = b""
    while len(got) < len(message):
        got += os.read(pipe[0], 1 << 16)
    thread.join(PATIENCE)
    assert got == message


def test_a_reader_that_is_gone_closes_the_writer_and_stops(latch: StopLatch) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    writer = Writer(write_end, latch)
    writer.send(b"line\n")
    writer.send(b"line\n")
    os.close(write_end)
    assert (writer.closed, latch.is_set()) == (True, True)


def test_a_writer_without_room_gives_up_when_the_time_to_drain_is_over(
    latch: StopLatch, pipe: tuple[int, int], now: list[float]
) -> None:
    took = fill(pipe[1])
    latch.set()
    now[0] += 6
    writer = Writer(pipe[1], latch)
    writer.send(b"line\n")
    assert writer.closed
    assert os.read(pipe[0], 1 << 20) == b"." * took


def test_a_writer_that_waits_for_room_sees_the_stop_and_writes_when_there_is_some(
    latch: StopLatch, pipe: tuple[int, int]
) -> None:
    took = fill(pipe[1])
    writer = Writer(pipe[1], latch)
    thread = threading.Thread(target=lambda: writer.send(b"line\n"))
    thread.start()
    latch.set()
    got = os.read(pipe[0], took)
    while not got.endswith(b"line\n"):
        got += os.read(pipe[0], 1 << 16)
    thread.join(PATIENCE)
    assert (got, writer.closed) == (b"." * took + b"line\n", False)


def test_a_writer_without_room_bears_a_signal_whose_handler_has_not_run_yet(
    pipe: tuple[int, int],
) -> None:
    fill(pipe[1])
    latch = StopLatch(0.0, lambda: 100.0)
    os.write(latch.wakeup_fd, b"\x0f")  # as signal.set_wakeup_fd does
    writer, ended = Writer(pipe[1], latch), threading.Event()

    def send() -> None:
        writer.send(b"line\n")
        ended.set()

    threading.Thread(target=send, daemon=True).start()
    assert not ended.wait(0.05)
    latch.set()  # as the handler does
    assert ended.wait(PATIENCE)
    assert writer.closed


def test_a_pipe_in_which_nothing_happens_is_quiet(latch: StopLatch, pipe: tuple[int, int]) -> None:
    reader = Reader(pipe[0], latch)
    assert reader.is_quiet(0.0)
    os.write(pipe[1], b"x")
    assert not reader.is_quiet(PATIENCE)


def test_the_end_of_input_and_a_stop_are_no_quiet(
    latch: StopLatch, pipe: tuple[int, int], tmp_path: Path
) -> None:
    (tmp_path / "empty").touch()
    with (tmp_path / "empty").open("rb") as ended:
        assert not Reader(ended.fileno(), latch).is_quiet(PATIENCE)
    latch.set()
    assert not Reader(pipe[0], latch).is_quiet(PATIENCE)


def test_input_that_cannot_be_read_is_not_quiet(latch: StopLatch, pipe: tuple[int, int]) -> None:
    gone = os.dup(pipe[0])
    os.close(gone)
    assert not Reader(gone, latch).is_quiet(PATIENCE)
