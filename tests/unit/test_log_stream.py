"""A log on a pipe: whole lines where there is room, no waiting where nobody reads."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from awswhitelist.log_stream import LogStream

LINE = "0123456789\n"


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_what_is_written_is_there_at_once_in_utf_8(pipe: tuple[int, int]) -> None:
    stream = LogStream(pipe[1])
    assert stream.write("grüße \ud800\n") == 8
    stream.flush()
    assert os.read(pipe[0], 99) == "grüße \\ud800\n".encode()


def test_a_pipe_that_nobody_reads_is_waited_for_once(pipe: tuple[int, int]) -> None:
    stream = LogStream(pipe[1], patience=0.05)
    began = time.monotonic()
    for _ in range(20_000):
        stream.write(LINE)
    assert time.monotonic() - began < 5


def test_a_pipe_that_is_read_again_gets_lines_again(pipe: tuple[int, int]) -> None:
    stream = LogStream(pipe[1], patience=0.01)
    for _ in range(20_000):
        stream.write(LINE)
    assert set(os.read(pipe[0], 1 << 20).splitlines()) == {LINE.strip().encode()}
    stream.write("again\n")
    assert os.read(pipe[0], 99) == b"again\n"


def test_a_line_that_was_cut_off_does_not_run_into_the_next_one(pipe: tuple[int, int]) -> None:
    stream = LogStream(pipe[1], patience=0.01)
    stream.write("x" * (1 << 20))
    taken = len(os.read(pipe[0], 1 << 20))
    assert 0 < taken < 1 << 20
    stream.write("next\n")
    stream.write("last\n")
    assert os.read(pipe[0], 99) == b"\nnext\nlast\n"


def test_a_pipe_whose_reader_is_gone_is_an_error_for_the_handler_to_bear() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        with pytest.raises(BrokenPipeError):
            LogStream(write_end).write(LINE)
    finally:
        os.close(write_end)
