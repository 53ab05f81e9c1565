"""The audit log read back: receipts that are ours, plans that were cut off, sweeps."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.access.audit.log import AuditLog
from awswhitelist.access.audit.log_files import lines_with
from awswhitelist.access.audit.reading import AuditReader, Interrupted
from awswhitelist.exceptions import AuditUnavailableError, ReceiptForgedError

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ACCOUNT, REGION, HOST = "111122223333", "eu-west-1", "desk"
STAMP = {
    "principal": "alice",
    "stays": False,
    "host": HOST,
    "boot_id": "boot-1",
    "pid": 7,
    "pid_started": "4711",
}
SWEEP = {"operation": "sweep_expired", "account": ACCOUNT, "region": REGION, "everywhere": True}


def sign(message: bytes) -> bytes:
    return hashlib.sha256(b"key" + message).digest()


def verify(message: bytes, signature: bytes) -> bool:
    return sign(message) == signature


def nobody(_boot: str | None, _pid: int, _started: str) -> bool:
    return False


class Book:
    """An audit log that is written and read; each record is a second later than the last."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "audit.jsonl"
        self.reader = AuditReader(self.path, verify)
        self.now = NOON
        self.max_bytes = 1_000_000

    def write(self, event: str, request_id: str, /, **record: Any) -> None:
        self.now += timedelta(seconds=1)
        log = AuditLog(
            self.path,
            max_bytes=self.max_bytes,
            now=lambda: self.now,
            stamp=STAMP | record.pop("stamp", {}),
            redact=lambda value: value,
            sign=sign,
        )
        log.append(event, {"request_id": request_id, **record}, durable=False)

    def add(self, line: str) -> None:
        """A line that somebody else writes."""
        with self.path.open("a") as file:
            file.write(line + "\n")

    def lines(self) -> list[str]:
        return self.path.read_text().splitlines()

    def numbers(self, **more: Any) -> list[int]:
        return [record["n"] for record in self.reader.records(**more)]

    def cut_off(self, **more: Any) -> list[str]:
        return [each.request_id for each in self.reader.interrupted(nobody, HOST, **more)]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


def test_records_come_newest_first_over_all_files(book: Book) -> None:
    book.max_bytes = 600
    for n in range(12):
        book.write("receipt", "r", n=n)
    assert len(list(book.path.parent.glob("audit.jsonl.0*"))) > 3
    assert book.numbers() == list(range(11, -1, -1))


def test_more_files_than_have_six_digits_are_read_in_their_order(book: Book) -> None:
    for number, n in ((999_999, 1), (1_000_000, 2), (1, 0)):
        book.path.with_name(f"audit.jsonl.{number:06d}").write_text(f'{{"n":{n}}}\n')
    book.path.with_name("audit.jsonl.backup").write_text('{"n":9}\n')
    assert book.numbers() == [2, 1, 0]


def test_lines_that_are_no_records_are_passed_over(book: Book) -> None:
    book.write("receipt", "r", n=1)
    book.add('{"n": 2')
    book.add("[]")
    book.add("[" * 100_000)
    book.add("\xff\x00")
    book.write("receipt", "r", n=3)
    with book.path.open("a") as file:
        file.write('{"n": 4}')
    assert book.numbers() == [4, 3, 1]


def test_a_log_that_is_not_there_has_nothing(book: Book) -> None:
    assert book.numbers() == []
    assert book.reader.receipts_of("r") == ()
    assert book.cut_off() == []
    assert AuditReader(book.path / "deeper" / "log", verify).receipts_of("r") == ()


def test_records_and_files_of_before_are_left_out(book: Book) -> None:
    for n in range(4):
        book.write("receipt", "r", n=n)
    assert book.numbers(since=NOON + timedelta(seconds=3)) == [3, 2]
    book.add('{"n": 5}')
    assert book.numbers(since=NOON + timedelta(seconds=3)) == [5, 3, 2]
    assert book.numbers(since=datetime.now(UTC) + timedelta(days=1)) == []


def test_a_file_that_is_moved_while_it_is_read_counts_once(book: Book) -> None:
    book.write("receipt", "r", n=1)
    records = book.reader.records()
    first = next(records)
    book.path.rename(book.path.with_name("audit.jsonl.000001"))
    assert [first, *records] == [first]


def test_a_log_that_cannot_be_read_is_told(book: Book) -> None:
    book.path.mkdir()
    with pytest.raises(AuditUnavailableError):
        book.numbers()


def test_the_receipts_of_a_call_come_in_their_order_from_all_files(book: Book) -> None:
    book.max_bytes = 700
    for n in range(6):
        book.write("receipt", "wanted", n=n)
        book.write("receipt", "other", n=-n)
        book.write("outcome", "wanted", n=100)
    found = book.reader.receipts_of("wanted")
    assert [record["n"] for record in found] == list(range(6))


def test_a_receipt_that_only_mentions_the_call_is_not_its_own(book: Book) -> None:
    book.write("receipt", "other", note={"request_id": "wanted"})
    assert book.reader.receipts_of("wanted") == ()


def test_a_request_id_is_looked_for_as_it_is_written(book: Book) -> None:
    book.write("receipt", 'a"b\\ü', n=1)
    assert [record["n"] for record in book.reader.receipts_of('a"b\\ü')] == [1]


def test_a_copy_of_a_receipt_counts_once(book: Book) -> None:
    book.write("receipt", "r", n=1)
    book.add(book.lines()[0])
    assert len(book.reader.receipts_of("r")) == 1


@pytest.mark.parametrize(
    "forge",
    [
        lambda line: line.replace('"n":1', '"n":2'),
        lambda line: json.dumps({"request_id": "r", "event": "receipt"}, separators=(",", ":")),
        lambda line: line[:-66] + "0" * 64 + '"}',
        lambda line: line.replace('"other"', '"r"'),
    ],
)
def test_a_receipt_that_is_not_ours_is_refused(book: Book, forge: Callable[[str], str]) -> None:
    book.write("receipt", "r", n=0)
    book.write("receipt", "other", n=1)
    line = forge(book.lines()[1])
    book.path.write_text(f"{book.lines()[0]}\n{line.replace('other', 'r')}\n")
    with pytest.raises(ReceiptForgedError) as refused:
        book.reader.receipts_of("r")
    assert refused.value.code == "receipt_invalid"


def test_an_intent_without_an_outcome_was_cut_off(book: Book) -> None:
    book.write("intent", "done", operation="whitelist", plan=["add a"])
    book.write("outcome", "done")
    book.write("intent", "cut", operation="revoke", plan=["remove b", "remove c"])
    book.write("receipt", "cut")
    expected = Interrupted(
        "cut", "revoke", "2026-11-22T12:00:03Z", "alice", ("remove b", "remove c")
    )
    assert book.reader.interrupted(nobody, HOST) == (expected,)


def test_cut_off_calls_are_found_in_all_files_newest_first_and_once(book: Book) -> None:
    book.max_bytes = 500
    for name in ("one", "two", "three"):
        book.write("intent", name, plan=["first"])
        book.write("intent", name, plan=["again"])
    book.write("outcome", "two")
    assert book.cut_off() == ["three", "one"]
    assert book.cut_off(since=NOON + timedelta(seconds=5)) == ["three"]


def test_a_process_that_still_runs_has_not_been_cut_off(book: Book) -> None:
    asked: list[Any] = []

    def is_alive(boot: str | None, pid: int, started: str) -> bool:
        asked.append((boot, pid, started))
        return pid == 7

    book.write("intent", "running")
    book.write("intent", "gone", stamp={"pid": 8, "boot_id": None, "pid_started": None})
    book.write("intent", "unknown", stamp={"pid": None})
    found = book.reader.interrupted(is_alive, HOST)
    assert [each.request_id for each in found] == ["gone"]
    assert sorted(asked, key=str) == [("boot-1", 7, "4711"), (None, 8, "")]


def test_calls_of_other_hosts_are_not_judged(book: Book) -> None:
    book.write("intent", "elsewhere", stamp={"host": "other"})
    assert book.cut_off() == []


def test_the_last_sweep_is_the_newest_whole_one_by_our_own_word(book: Book) -> None:
    assert book.reader.last_sweep(ACCOUNT, REGION) is None
    book.write("outcome", "s-1", outcome="done", **SWEEP)
    swept = book.now
    for other in (
        {"outcome": "failed"},
        {"outcome": "done", "everywhere": False},
        {"outcome": "done", "account": "444455556666"},
        {"outcome": "done", "region": "us-east-1"},
        {"outcome": "done", "operation": "revoke"},
    ):
        book.write("outcome", "s-2", **(SWEEP | other))
    book.write("outcome", "asked of a server", outcome="done", stamp={"stays": True}, **SWEEP)
    book.write("intent", "s-3", outcome="done", **SWEEP)
    book.add(book.lines()[0].replace("12:00:01", "23:00:01"))
    assert book.reader.last_sweep(ACCOUNT, REGION) == swept


def test_the_last_sweep_of_any_place_is_the_newest(book: Book) -> None:
    book.write("outcome", "s-1", outcome="done", **SWEEP)
    book.write("outcome", "s-2", **(SWEEP | {"outcome": "done", "region": "us-east-1"}))
    assert book.reader.last_sweep(None, None) == book.now
    assert book.reader.last_sweep(ACCOUNT, "us-east-1") == book.now


def test_a_sweep_before_the_time_in_question_is_not_looked_for(book: Book) -> None:
    book.write("outcome", "s-1", outcome="done", **SWEEP)
    since = book.now + timedelta(seconds=1)
    assert book.reader.last_sweep(ACCOUNT, REGION, since=since) is None
    assert book.reader.last_sweep(ACCOUNT, REGION, since=book.now) == book.now


def test_ten_megabytes_are_searched_without_parsing_them(book: Book) -> None:
    """No time is asserted: what is parsed is."""
    filler = json.dumps({"event": "receipt", "request_id": "x", "text": "y" * 900})
    book.path.write_text(f"{filler}\n" * 10_000)
    book.write("receipt", "wanted", n=1)
    began = time.perf_counter()
    assert len(list(lines_with(book.path, b'"request_id":"wanted"'))) == 1
    assert len(book.reader.receipts_of("wanted")) == 1
    print(f"10 MB in {time.perf_counter() - began:.3f} s")
