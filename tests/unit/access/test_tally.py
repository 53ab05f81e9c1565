"""The file that counts: every process sees all, large files are begun anew, all is counted."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from awswhitelist.access.tally import LARGE, Event, Tally


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rates.jsonl"


def seen(tally: Tally, earliest: float = 0.0) -> list[Event]:
    with tally.lock.held():
        return list(tally.since(earliest))


def count(tally: Tally, *events: Event) -> None:
    for event in events:
        with tally.lock.held():
            tally.since(0.0)
            tally.add(event)


def test_what_one_counted_the_other_sees(path: Path) -> None:
    one, other = Tally(path), Tally(path)
    count(one, (1.5, 1))
    count(other, (2.25, 20))
    count(one, (3.0, 3))
    assert seen(one) == seen(other) == seen(Tally(path)) == [(1.5, 1), (2.25, 20), (3.0, 3)]
    assert path.read_text() == "[1.5,1]\n[2.25,20]\n[3.0,3]\n"
    assert path.stat().st_mode & 0o077 == 0


def test_older_events_are_forgotten(path: Path) -> None:
    tally = Tally(path)
    count(tally, (1.0, 1), (2.0, 1))
    assert seen(tally, earliest=1.0) == [(2.0, 1)]


def test_a_file_that_was_deleted_or_emptied_counts_no_more(path: Path) -> None:
    tally = Tally(path)
    count(tally, (1.0, 1))
    os.truncate(path, 0)
    assert seen(tally) == []
    count(tally, (2.0, 1))
    path.unlink()
    assert seen(tally) == []


def test_a_large_file_of_the_past_is_begun_anew_and_every_process_notices(path: Path) -> None:
    path.write_text("[1.0,1]\n" * (LARGE // 8 + 1))
    one, other = Tally(path), Tally(path)
    assert seen(other, earliest=5.0) == []
    with one.lock.held():
        one.since(5.0)
        one.add((9.0, 1))
    assert path.read_text() == "[9.0,1]\n"
    count(other, (10.0, 2))
    assert seen(one) == [(9.0, 1), (10.0, 2)]
    assert [each.name for each in path.parent.glob("*.tmp")] == []


@pytest.mark.usefixtures("no_bytecode")
def test_what_cannot_be_written_is_not_counted(path: Path) -> None:
    tally = Tally(path)
    count(tally, (1.0, 1))
    _, hard = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 4, hard))
    try:
        with pytest.raises(OSError, match="short write"):
            count(tally, (2.0, 1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert seen(tally) == seen(Tally(path)) == [(1.0, 1)]
