"""The audit log: every line durable, whole and kept; nothing written means an error."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.access.audit.log import AuditLog
from awswhitelist.exceptions import AuditUnavailableError, StateUnavailableError
from awswhitelist.redaction import Redactor, redact

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STAMP = {"principal": "alice", "pid": 7}


def sign(message: bytes) -> bytes:
    return hashlib.sha256(b"key" + message).digest()


def audit(
    path: Path, *, max_bytes: int = 10_000, redactor: Any = redact, signer: Any = sign
) -> AuditLog:
    return AuditLog(
        path, max_bytes=max_bytes, now=lambda: NOW, stamp=STAMP, redact=redactor, sign=signer
    )


def records(folder: Path) -> list[dict[str, Any]]:
    """Every record in every file of the log, oldest file first."""
    files = sorted(folder.glob("audit.jsonl.0*")) + [folder / "audit.jsonl"]
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def no_key(_message: bytes) -> bytes:
    raise StateUnavailableError("The key cannot be read.")


MAC = (
    sign(
        b'awswhitelist audit\n{"time":"2026-11-22T12:00:00Z","event":"intent","principal":"alice",'
        b'"pid":7,"reason":"two\\nlines","name":"Zo\\u00eb"}'
    )
    .hex()
    .encode()
)
"""Made of the line without itself, after a purpose of its own."""


def test_a_record_is_one_line_with_time_event_stamp_and_mac(tmp_path: Path) -> None:
    log = audit(tmp_path / "deep" / "audit.jsonl")
    log.append("intent", {"reason": "two\nlines", "name": "Zoë"})
    assert log.path.read_bytes() == (
        b'{"time":"2026-11-22T12:00:00Z","event":"intent","principal":"alice","pid":7,'
        b'"reason":"two\\nlines","name":"Zo\\u00eb","mac":"%b"}\n' % MAC
    )


def test_records_that_are_written_together_stay_together_in_their_order(tmp_path: Path) -> None:
    log = audit(tmp_path / "audit.jsonl", max_bytes=400)
    log.append("intent", {"number": 0})
    log.append_all("receipt", [{"number": number} for number in range(1, 9)], durable=False)
    put_aside = (tmp_path / "audit.jsonl.000001").read_text().splitlines()
    assert [json.loads(line)["number"] for line in put_aside] == [0]
    assert [each["number"] for each in records(tmp_path)] == list(range(9))
    assert len({each["mac"] for each in records(tmp_path)}) == 9


def test_of_records_that_cannot_all_be_written_none_is(tmp_path: Path) -> None:
    calls: list[bytes] = []

    def once(message: bytes) -> bytes:
        calls.append(message)
        return sign(message) if len(calls) == 1 else no_key(message)

    log = audit(tmp_path / "audit.jsonl", signer=once)
    with pytest.raises(AuditUnavailableError):
        log.append_all("receipt", [{"number": 1}, {"number": 2}])
    assert not log.path.exists()


def test_the_log_is_this_users_alone(tmp_path: Path) -> None:
    log = audit(tmp_path / "deep" / "audit.jsonl")
    log.append("intent", {})
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.path.parent.stat().st_mode) == 0o700


def test_secrets_are_blanked(tmp_path: Path) -> None:
    log = audit(tmp_path / "audit.jsonl", redactor=Redactor(["correct horse"]).value)
    log.append(
        "intent",
        {"reason": "use AKIAIOSFODNN7EXAMPLE", "approval": "the-token", "note": "correct horse"},
    )
    text = log.path.read_text()
    assert not any(word in text for word in ("AKIAIOSFODNN7", "the-token", "correct horse"))


def test_full_logs_are_put_aside_in_order_and_no_line_is_lost(tmp_path: Path) -> None:
    log = audit(tmp_path / "audit.jsonl", max_bytes=400)
    for number in range(20):
        log.append("receipt", {"number": number})
    assert [record["number"] for record in records(tmp_path)] == list(range(20))
    names = sorted(path.name for path in tmp_path.glob("audit.jsonl.0*"))
    assert names[:2] == ["audit.jsonl.000001", "audit.jsonl.000002"]
    sizes = [path.stat().st_size for path in tmp_path.glob("audit.jsonl*")]
    assert max(sizes) <= 400


def test_a_record_that_is_larger_than_a_file_still_goes_in_whole(tmp_path: Path) -> None:
    log = audit(tmp_path / "audit.jsonl", max_bytes=50)
    log.append("intent", {"reason": "x " * 250})
    log.append("intent", {"reason": "y " * 250})
    assert [record["reason"][0] for record in records(tmp_path)] == ["x", "y"]


def test_a_number_is_not_used_again_after_older_files_were_taken_away(tmp_path: Path) -> None:
    log = audit(tmp_path / "audit.jsonl", max_bytes=50)
    (tmp_path / "audit.jsonl.000007").write_text("")
    (tmp_path / "audit.jsonl.backup").write_text("")
    log.append("a", {})
    log.append("b", {})
    assert (tmp_path / "audit.jsonl.000008").exists()


def test_threads_never_mix_their_lines(tmp_path: Path) -> None:
    logs = [audit(tmp_path / "audit.jsonl", max_bytes=2000) for _ in range(2)]

    def write(number: int) -> None:
        logs[number % 2].append("receipt", {"number": number})

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(60)))
    assert sorted(record["number"] for record in records(tmp_path)) == list(range(60))


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from awswhitelist.access.audit.log import AuditLog

log = AuditLog(Path(sys.argv[1]), max_bytes=1500, now=lambda: datetime(2026, 11, 22, tzinfo=UTC),
               stamp={"pid": sys.argv[2]}, redact=lambda value: value, sign=lambda text: text[:9])
for number in range(15):
    log.append("receipt", {"number": number})
"""


def test_processes_never_mix_or_lose_their_lines(tmp_path: Path) -> None:
    path = str(tmp_path / "audit.jsonl")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, name]) for name in ("one", "two")
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    found = records(tmp_path)
    for name in ("one", "two"):
        own = [record["number"] for record in found if record["pid"] == name]
        assert own == list(range(15))


@pytest.mark.parametrize("place", ["file/audit.jsonl", "folder"])
def test_a_log_that_cannot_be_written_is_an_error(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()
    log = audit(tmp_path / place)
    with pytest.raises(AuditUnavailableError):
        log.append("intent", {})
    with pytest.raises(AuditUnavailableError):
        log.check()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_line_that_does_not_fit_on_the_disk_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").symlink_to("/dev/full")
    with pytest.raises(AuditUnavailableError):
        audit(tmp_path / "audit.jsonl").append("intent", {})


@pytest.mark.usefixtures("no_bytecode")
def test_half_a_line_is_taken_back(tmp_path: Path) -> None:
    log = audit(tmp_path / "audit.jsonl")
    log.append("intent", {"number": 1})
    before = log.path.read_bytes()
    _, hard = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, hard))
    try:
        with pytest.raises(AuditUnavailableError):
            log.append("intent", {"number": 2})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert log.path.read_bytes() == before
    log.append("intent", {"number": 3})
    assert [record["number"] for record in records(tmp_path)] == [1, 3]


def test_what_does_not_get_to_the_disk_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = audit(tmp_path / "audit.jsonl")
    log.append("intent", {"number": 1})

    def fail(_descriptor: int) -> None:
        raise OSError("I/O error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(AuditUnavailableError):
        log.append("intent", {"number": 2})
    assert [record["number"] for record in records(tmp_path)] == [1]


def test_checking_leaves_no_record(tmp_path: Path) -> None:
    log = audit(tmp_path / "audit.jsonl")
    log.check()
    assert log.path.read_bytes() == b""
    log.append("intent", {})
    log.check()
    assert len(records(tmp_path)) == 1


def test_without_a_key_nothing_is_written(tmp_path: Path) -> None:
    log = audit(tmp_path / "audit.jsonl", signer=no_key)
    with pytest.raises(AuditUnavailableError):
        log.append("intent", {})
    with pytest.raises(AuditUnavailableError):
        log.check()
    assert not log.path.exists()


def test_what_was_written_is_signed_and_not_what_was_given(tmp_path: Path) -> None:
    signed: list[bytes] = []

    def keep(message: bytes) -> bytes:
        signed.append(message)
        return b"mac"

    audit(tmp_path / "audit.jsonl", signer=keep).append("intent", {"approval": "the-token"})
    assert b"[redacted]" in signed[0] and b"the-token" not in signed[0]


def test_a_log_that_was_deleted_or_replaced_meanwhile_goes_on(tmp_path: Path) -> None:
    log = audit(tmp_path / "audit.jsonl")
    for number in range(3):
        log.append("receipt", {"number": number}, durable=False)
        (tmp_path / "audit.jsonl").rename(tmp_path / f"kept-{number}")
        (tmp_path / "audit.jsonl.lock").unlink()
    log.append("receipt", {"number": 3}, durable=False)
    assert [record["number"] for record in records(tmp_path)] == [3]
    assert len(list(tmp_path.glob("kept-*"))) == 3


def test_full_logs_are_put_aside_while_earlier_lines_still_wait_for_the_disk(
    tmp_path: Path,
) -> None:
    log = audit(tmp_path / "audit.jsonl", max_bytes=400)
    for number in range(20):
        log.append("receipt", {"number": number}, durable=False)
    assert [record["number"] for record in records(tmp_path)] == list(range(20))
