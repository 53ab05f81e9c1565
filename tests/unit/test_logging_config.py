"""The log: its fields, and that no secret gets into it."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.config import LogFormat, LoggingConfig, LogLevel
from awswhitelist.exceptions import ConfigurationError
from awswhitelist.log_context import serving
from awswhitelist.logging_config import (
    QUIET_LOGGERS,
    Redactor,
    configure_logging,
    known_secrets,
    redact,
)
from awswhitelist.redaction import BLANK

KEY_ID = "AKIA" + "IOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"
SESSION_TOKEN = "FwoGZXIvYXdzE" + "Ab1/" * 60

log = logging.getLogger("awswhitelist.test")


@pytest.fixture(autouse=True)
def _logging_left_as_found() -> Iterator[None]:
    loggers = [logging.getLogger(), *map(logging.getLogger, QUIET_LOGGERS)]
    levels, handlers = [logger.level for logger in loggers], loggers[0].handlers[:]
    yield
    loggers[0].handlers[:] = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def _json_log(*secrets: str) -> io.StringIO:
    stream = io.StringIO()
    configure_logging(LoggingConfig(), stream, secrets=secrets)
    return stream


def test_an_event_is_one_json_object_with_its_fields() -> None:
    stream = _json_log()
    log.info("rule.added", extra={"request_id": "r-1", "rule_id": "sgr-1", "ports": (22, 22)})
    (line,) = _lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "INFO",
        "logger": "awswhitelist.test",
        "event": "rule.added",
        "request_id": "r-1",
        "rule_id": "sgr-1",
        "ports": [22, 22],
    }


def test_a_line_has_the_request_id_of_the_call_that_its_thread_serves() -> None:
    stream = _json_log()
    with serving("r-1"):
        log.info("within")
        log.info("named", extra={"request_id": "r-2"})
    log.info("without", extra={"request_id": ""})
    assert [line["request_id"] for line in _lines(stream)] == ["r-1", "r-2", None]


def test_a_field_cannot_take_the_place_of_the_lines_own() -> None:
    stream = _json_log()
    log.info("rule.added", extra={"level": "forged", "event": "forged"})
    assert (_lines(stream)[0]["level"], _lines(stream)[0]["event"]) == ("INFO", "rule.added")


def test_what_is_below_the_level_is_not_logged() -> None:
    stream = io.StringIO()
    configure_logging(LoggingConfig(level=LogLevel.ERROR), stream)
    log.warning("quiet")
    log.error("loud")
    assert [line["event"] for line in _lines(stream)] == ["loud"]


@pytest.mark.parametrize(
    ("level", "kept_at"),
    [(LogLevel.DEBUG, logging.WARNING), (LogLevel.ERROR, logging.ERROR)],
)
def test_libraries_that_log_payloads_are_kept_quiet(level: LogLevel, kept_at: int) -> None:
    configure_logging(LoggingConfig(level=level), io.StringIO())
    assert {logging.getLogger(name).level for name in QUIET_LOGGERS} == {kept_at}


def test_configuring_again_does_not_log_twice() -> None:
    _json_log()
    stream = _json_log()
    log.info("once")
    assert len(_lines(stream)) == 1


def test_a_traceback_is_logged_without_its_secrets() -> None:
    stream = _json_log("exact-secret")
    try:
        raise ValueError(f"refused {KEY_ID} and exact-secret")
    except ValueError:
        log.exception("call.failed", stack_info=False)
    (line,) = _lines(stream)
    assert "ValueError: refused [redacted] and [redacted]" in line["exception"]
    assert "Traceback" in line["exception"]


def test_a_record_that_cannot_be_formatted_is_dropped_in_silence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = _json_log()
    log.info("count %d", SECRET_KEY)
    log.info("after")
    assert [line["event"] for line in _lines(stream)] == ["after"]
    assert capsys.readouterr().err == ""


def test_numbers_that_json_does_not_have_are_text() -> None:
    stream = _json_log()
    log.info("wait", extra={"seconds": float("inf"), "left": 1.5})
    assert _lines(stream)[0]["seconds"] == "inf"
    assert _lines(stream)[0]["left"] == 1.5


def test_plain_lines_hold_the_same_and_cannot_be_forged() -> None:
    stream = io.StringIO()
    configure_logging(LoggingConfig(format=LogFormat.TEXT), stream)
    log.info("added\nERROR forged", extra={"name_given": "a\nb", "secret_key": "x"})
    line = stream.getvalue().rstrip("\n")
    assert "\n" not in line
    assert line.endswith(
        "INFO awswhitelist.test added ERROR forged"
        " request_id='-' name_given='a\\nb' secret_key='[redacted]'"
    )


def test_a_plain_traceback_is_redacted_too() -> None:
    stream = io.StringIO()
    configure_logging(LoggingConfig(format=LogFormat.TEXT), stream)
    try:
        raise ValueError(KEY_ID)
    except ValueError:
        log.exception("call.failed")
    assert "ValueError: [redacted]" in stream.getvalue()
    assert KEY_ID not in stream.getvalue()


def test_a_plain_traceback_cannot_forge_a_line_or_steer_a_terminal() -> None:
    stream = io.StringIO()
    configure_logging(LoggingConfig(format=LogFormat.TEXT), stream)
    try:
        raise ValueError("x\n2026-05-04T09:30:00.123Z INFO forged\x1b[2J")
    except ValueError:
        log.exception("call.failed")
    _line, *trace = stream.getvalue().splitlines()
    assert trace[-1] == "    2026-05-04T09:30:00.123Z INFO forged[2J"
    assert all(each.startswith("    ") for each in trace)


@pytest.mark.parametrize(
    "text",
    [
        KEY_ID,
        f"key {KEY_ID.replace('AKIA', 'ASIA')} was used",
        SECRET_KEY,
        f"'{SECRET_KEY}'",
        SESSION_TOKEN,
        "Authorization: AWS4-HMAC-SHA256 Credential=x/y, Signature=hunter2hunter2",
        "{'Authorization': 'Basic aHVudGVyMjpodW50ZXIy'}",
        "bearer hunter2hunter2",
        "aws_secret_access_key = hunter2hunter2",
        '{"password": "hunter2hunter2"}',
        "X-Amz-Security-Token=hunter2hunter2&x=1",
        "postgres://admin:hunter2hunter2@db.example.com/x",
        "postgres://admin:hunter2@hunter2@db.example.com/x",
        "postgres://admin:a/hunter2+hunter2@db.example.com/x",
        "redis://:hunter2hunter2@cache.example.com",
        "eyJub25jZSI6ImFiYyJ9.c2lnbmF0dXJlc2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2hunter2\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nhunter2hunter2",
    ],
)
def test_shapes_of_secrets_are_blanked_in_any_text(text: str) -> None:
    redacted = redact(text)
    assert BLANK in redacted
    for secret in (KEY_ID, "IOSFODNN7", SECRET_KEY, SESSION_TOKEN, "hunter2", "aHVudGVy", "c2lnbm"):
        assert secret not in redacted


@pytest.mark.parametrize(
    "text",
    [
        "added rule sgr-0123456789abcdef0 to sg-0123456789abcdef0 for 203.0.113.7/32 port 22",
        "arn:aws:iam::123456789012:user/zoe",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "4d2c1e5a-1b2c-4d3e-8f9a-0123456789ab",
        "https://ec2.eu-west-1.amazonaws.com/path:x",
        "https://registry.example.com:8443/@scope/x, asked by zoe@example.com",
        "the basic idea",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_fields_with_the_name_of_a_secret_are_blanked_at_any_depth() -> None:
    given = {
        "rule": {"owner": "zoe", "session_token": "abc"},
        "calls": [{"Authorization": "x"}, {"client_secret": ["a", "b"]}, {"approval": "a.b"}],
        "api_key": 12345,
        "password": "",
        "has_token": True,
        "token": None,
        KEY_ID: 1,
    }
    assert redact(given) == {
        "rule": {"owner": "zoe", "session_token": BLANK},
        "calls": [{"Authorization": BLANK}, {"client_secret": BLANK}, {"approval": BLANK}],
        "api_key": BLANK,
        "password": "",
        "has_token": True,
        "token": None,
        BLANK: 1,
    }


def test_objects_that_are_no_data_become_redacted_text() -> None:
    assert redact(ValueError(KEY_ID)) == BLANK
    assert redact({"set": {1}}) == {"set": [1]}


def test_what_lies_too_deep_is_blanked() -> None:
    nested: Any = "deep"
    for _ in range(50):
        nested = [nested]
    assert BLANK in str(redact(nested))
    assert "deep" not in str(redact(nested))


def test_exact_secrets_are_blanked_wherever_they_stand() -> None:
    redactor = Redactor(["correct horse", "correct horse battery"])
    assert redactor.text("the correct horse battery staple") == f"the {BLANK} staple"


def test_a_known_secret_too_short_to_be_one_does_not_shred_words() -> None:
    assert Redactor(["a"]).text("a cat") == "a cat"


def test_a_redactor_does_not_show_what_it_hides() -> None:
    assert "correct horse" not in repr(Redactor(["correct horse"]))


def test_the_aws_secrets_of_the_environment_are_known() -> None:
    environ = {
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "",
        "HOME": "/home/zoe",
    }
    assert known_secrets(environ) == ("id", "secret")


def _file_log(path: Path, **settings: Any) -> None:
    configure_logging(LoggingConfig(file=path, **settings), io.StringIO())


def test_a_log_goes_to_its_file_and_nowhere_else(tmp_path: Path) -> None:
    stream, path = io.StringIO(), tmp_path / "log.jsonl"
    configure_logging(LoggingConfig(file=path), stream, secrets=["exact-secret"])
    log.info("rule.added", extra={"note": f"{KEY_ID} exact-secret"})
    (line,) = path.read_text().splitlines()
    assert json.loads(line)["note"] == "[redacted] [redacted]"
    assert stream.getvalue() == ""


def test_a_log_file_that_is_full_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    _file_log(path, max_bytes=4096, backups=1)
    for number in range(60):
        log.info("step", extra={"number": number})
    assert path.stat().st_size <= 4096
    kept = (tmp_path / "log.jsonl.1").read_text() + path.read_text()
    numbers = [json.loads(line)["number"] for line in kept.splitlines()]
    assert numbers == list(range(numbers[0], 60))
    assert {file.name for file in tmp_path.iterdir()} >= {"log.jsonl", "log.jsonl.1"}


def test_a_log_file_that_cannot_be_opened_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    stream = _json_log()
    with pytest.raises(ConfigurationError) as told:
        _file_log(tmp_path)
    assert told.value.field == "logging.file"
    log.info("still here")
    assert [line["event"] for line in _lines(stream)] == ["still here"]


def test_another_configuration_lets_the_file_go(tmp_path: Path) -> None:
    _file_log(tmp_path / "one")
    (replaced,) = logging.getLogger().handlers
    _file_log(tmp_path / "two")
    log.info("to the second")
    replaced.emit(logging.makeLogRecord({"msg": "to nobody"}))
    assert (tmp_path / "one").read_text() == ""
    assert "to the second" in (tmp_path / "two").read_text()


CRASHING = """
import sys, threading
from awswhitelist.config import LoggingConfig
from awswhitelist.logging_config import configure_logging, log_uncaught
configure_logging(LoggingConfig(), sys.stderr)
log_uncaught()
def crash(error):
    raise error
def run(error):
    thread = threading.Thread(target=crash, args=(error,))
    thread.start()
    thread.join()
run(ValueError("password=hunter2hunter2"))
run(SystemExit(1))
crash(%s)
"""


def _crashed(error: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CRASHING % error]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_ends_a_thread_or_the_program_is_logged_without_its_secrets() -> None:
    ended = _crashed('KeyError("password=hunter2hunter2")')
    thread, program = map(json.loads, ended.stderr.splitlines())
    assert (thread["event"], program["event"]) == ("thread.crashed", "program.crashed")
    assert "ValueError" in thread["exception"] and "KeyError" in program["exception"]
    assert "hunter2" not in ended.stderr
    assert ended.returncode == 1


def test_an_interrupt_from_the_keyboard_is_left_to_python() -> None:
    ended = _crashed("KeyboardInterrupt()")
    assert "program.crashed" not in ended.stderr
    assert "KeyboardInterrupt" in ended.stderr
