"""Terminals, real ones: what was typed too early is no answer."""

from __future__ import annotations

import io
import os
import pty
from collections.abc import Iterator

import pytest

from awswhitelist.commands.terminal import Terminal, is_terminal


@pytest.fixture
def ends() -> Iterator[tuple[int, io.TextIOWrapper]]:
    """A pseudo-terminal: the person's end, and the program's."""
    theirs, ours = pty.openpty()
    stream = io.open(ours, encoding="utf-8")
    yield theirs, stream
    stream.close()
    os.close(theirs)


class Answering(io.StringIO):
    """Paper on which a question makes somebody type an answer."""

    def __init__(self, keyboard: int, line: bytes) -> None:
        super().__init__()
        self._keyboard = keyboard
        self._line = line

    def flush(self) -> None:
        os.write(self._keyboard, self._line)


def test_what_is_typed_after_the_question_is_the_answer(
    ends: tuple[int, io.TextIOWrapper],
) -> None:
    keyboard, stream = ends
    assert Terminal(stream, Answering(keyboard, b" yes \n")).ask("Sure?") == "yes"


def test_what_was_typed_before_the_question_is_not(ends: tuple[int, io.TextIOWrapper]) -> None:
    keyboard, stream = ends
    os.write(keyboard, b"yes\n")
    assert Terminal(stream, Answering(keyboard, b"no\n")).ask("Sure?") == "no"


def test_the_end_of_input_is_no_answer() -> None:
    paper = io.StringIO()
    assert Terminal(io.StringIO(""), paper).ask("Sure?") is None
    assert paper.getvalue() == "Sure? "


def test_lines_cannot_forge_others() -> None:
    paper = io.StringIO()
    Terminal(io.StringIO(), paper).say("one\r\ntwo\x1b[1A\x07", "three")
    assert paper.getvalue() == "one two[1A\nthree\n"


def test_closing_lets_go_of_both_ends() -> None:
    reader, writer = io.StringIO(), io.StringIO()
    Terminal(reader, writer).close()
    assert reader.closed and writer.closed


def test_only_a_terminal_is_one(ends: tuple[int, io.TextIOWrapper]) -> None:
    _, stream = ends
    assert is_terminal(stream)
    assert not is_terminal(io.StringIO())
    assert not is_terminal(None)
    closed = io.StringIO()
    closed.close()
    assert not is_terminal(closed)
