"""The README shows what the commands show."""

from __future__ import annotations

import re

import pytest

from examples.terminal import screen
from examples.transcripts import (
    BEGIN,
    README,
    WIDTH,
    Scene,
    WrongEndError,
    main,
    section,
    steadied,
    updated,
)


def test_the_readme_shows_what_the_commands_show_today() -> None:
    assert main([]) == 0, "run: python -m examples.transcripts --write"


def test_the_readme_shows_these_commands() -> None:
    (block,) = re.findall(f"{BEGIN}(.*?)<!-- transcripts: end", README.read_text("utf-8"), re.S)
    typed = re.findall(r"^\$ awswhitelist (\S+)", block, re.M)
    assert typed == ["list-rules", "whitelist", "whitelist-bulk", "doctor"]
    assert max(map(len, block.splitlines())) <= WIDTH
    assert "/tmp" not in block


def test_a_command_that_ends_in_another_way_is_no_transcript() -> None:
    with pytest.raises(WrongEndError, match="ended with 1"):
        section([Scene("Nothing.", ("list-rules", "no-such-thing"))])


def test_a_question_that_never_comes_is_no_transcript() -> None:
    with pytest.raises(EOFError, match="was never written"):
        section([Scene("Nothing.", ("list-rules", "prod-bastion"), [("Go ahead", "y")])])


def test_a_text_without_marks_has_no_place_for_transcripts() -> None:
    with pytest.raises(ValueError, match="no place"):
        updated("# A title\n", "a transcript")


def test_the_same_id_is_replaced_by_the_same_one() -> None:
    ids: dict[str, str] = {}
    first, other = "sgr-" + 16 * "0" + "1", "sg-" + 16 * "0" + "1"
    one, two, again = (steadied(each, ids) for each in (first, other, first))
    assert one == again and one.startswith("sgr-") and two.startswith("sg-")
    assert len({one[4:], two[3:], 16 * "0" + "1"}) == 3


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("one\r\ntwo\r\n", ["one", "two", ""]),
        ("\x1b[1mbold\x1b[0m  ", ["bold"]),
        ("half\rwhole", ["whole"]),
        ("longer\rab", ["abnger"]),
        ("bar 1/2\r\x1b[2Kbar 2/2\r\n\x1b[1A\x1b[2Kdone", ["done", ""]),
        ("\x1b[?25lhidden cursor", ["hidden cursor"]),
    ],
)
def test_a_screen_shows_what_is_left_on_it(written: str, lines: list[str]) -> None:
    assert screen(written) == lines
