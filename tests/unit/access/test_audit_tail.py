"""The end of the audit log, as those see it who wrote it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from awswhitelist.access.audit.tail import TAIL_BYTES, recent_entries
from awswhitelist.exceptions import AuditUnavailableError


def line(number: int, principal: str = "alice", **more: object) -> str:
    return json.dumps({"principal": principal, "number": number, **more}) + "\n"


def numbers(log: Path, most: int = 10) -> list[int]:
    return [entry["number"] for entry in recent_entries(log, "alice", most)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def test_the_newest_entries_come_first_and_are_bounded(log: Path) -> None:
    log.write_text("".join(map(line, range(5))))
    assert numbers(log, most=3) == [4, 3, 2]


def test_only_entries_of_the_same_user_are_shown(log: Path) -> None:
    log.write_text(line(1) + line(2, "bob") + line(3) + '{"number": 4}\n')
    assert numbers(log) == [3, 1]


def test_lines_that_are_no_entries_are_passed_over(log: Path) -> None:
    log.write_bytes(line(1).encode() + b'{"half": \n\xff\n[1]\n' + b"[" * 5000 + b"\n\n")
    assert numbers(log) == [1]


def test_a_log_that_is_not_there_has_no_entries(log: Path) -> None:
    assert recent_entries(log, "alice", 10) == ()


def test_a_log_that_cannot_be_read_is_an_error(log: Path) -> None:
    log.mkdir()
    with pytest.raises(AuditUnavailableError):
        recent_entries(log, "alice", 10)


def test_only_the_end_of_a_long_log_is_read_and_its_first_line_may_be_cut(log: Path) -> None:
    filler = line(0, more="x" * 1000)
    count = TAIL_BYTES // len(filler)
    log.write_text(line(-1) + filler * (count + 1) + line(1))
    shown = numbers(log, most=count * 2)
    assert shown == [1, *[0] * (len(shown) - 1)]
    assert count - 2 <= len(shown) <= count + 1
