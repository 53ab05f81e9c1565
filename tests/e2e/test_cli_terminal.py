"""The command line on a terminal: a pseudo-terminal with a person of the test's own at it."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
from dataclasses import dataclass
from typing import Any

import pytest

PATIENCE = 60.0
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9]m")
OPEN = ("whitelist", "prod-bastion", "--sandbox", "--port", "22", "--source")


@dataclass
class Person:
    """Somebody at the terminal of a process."""

    pid: int
    fd: int
    seen: str = ""

    def read(self) -> bool:
        """Look at what has been written; False once the process has gone."""
        ready, _, _ = select.select([self.fd], [], [], PATIENCE)
        assert ready, f"nothing more was written after: {self.seen}"
        try:
            chunk = os.read(self.fd, 65536)
        except OSError:  # how Linux tells that the other end is closed
            return False
        self.seen += chunk.decode()
        return bool(chunk)

    def wait_for(self, words: str) -> re.Match[str]:
        """Read until these words (a pattern) have been written."""
        while not (found := re.search(words, self.seen)):
            assert self.read(), f"{words} was never written: {self.seen}"
        return found

    def type(self, line: str) -> None:
        os.write(self.fd, line.encode() + b"\n")

    def end(self) -> int:
        """The exit code, after all has been written."""
        while self.read():
            pass
        os.close(self.fd)
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)


def at(home: Any, *arguments: str, **environ: str) -> Person:
    """A process whose controlling terminal, input and output is a terminal of ours."""
    environment = home.environment(TERM="xterm", COLUMNS="100", **environ)
    pid, fd = pty.fork()
    if pid == 0:
        command = [sys.executable, "-m", "awswhitelist", *arguments]
        os.execve(sys.executable, command, environment)
    return Person(pid, fd)


def test_without_arguments_a_person_gets_help(home: Any) -> None:
    person = at(home)
    assert person.end() == 0
    assert "Usage: awswhitelist" in person.seen
    assert "list-rules" in person.seen


def test_a_person_gets_a_table_and_no_json(home: Any) -> None:
    person = at(home, "list-rules", "prod-bastion", "--sandbox")
    assert person.end() == 0
    assert "SOURCE" in person.seen
    assert '{"' not in person.seen


def test_colour_is_for_those_who_want_it(home: Any) -> None:
    plain, coloured = (
        at(home, "doctor", "--sandbox", **environ) for environ in ({"NO_COLOR": "1"}, {})
    )
    assert (plain.end(), coloured.end()) == (4, 4)
    assert COLOUR.search(coloured.seen)
    assert not COLOUR.search(plain.seen)


def test_json_is_for_those_who_ask_for_it(home: Any) -> None:
    person = at(home, "list-rules", "prod-bastion", "--sandbox", "--json")
    assert person.end() == 0
    assert person.seen.startswith('{"summary"')


def test_a_change_is_made_after_a_yes(home: Any) -> None:
    person = at(home, *OPEN, "203.0.113.7")
    person.wait_for(r"Go ahead\? \[y/N\]")
    assert "tcp 22 from 203.0.113.7/32" in person.seen
    person.type("y")
    assert person.end() == 0
    assert "Access was added" in person.seen


def test_a_change_is_not_made_after_a_no(home: Any) -> None:
    person = at(home, *OPEN, "203.0.113.7")
    person.wait_for(r"Go ahead\?")
    person.type("")
    assert person.end() == 3
    assert "Nothing was changed." in person.seen


@pytest.mark.parametrize("more", [(), ("--yes",), ("--json",)])
def test_what_needs_approval_is_approved_by_typing_the_code(
    home: Any, more: tuple[str, ...]
) -> None:
    person = at(home, *OPEN, "203.0.112.0/28", *more)
    code = person.wait_for(r"To approve, type (\w+);").group(1)
    person.wait_for("declines:")
    person.type(code)
    assert person.end() == 0
    assert "Access was added" in person.seen


def test_what_was_typed_ahead_approves_nothing(home: Any) -> None:
    person = at(home, *OPEN, "203.0.112.0/28")
    person.type("y")
    person.wait_for("declines:")
    person.type("y")
    assert person.end() == 3
    assert "declined" in person.seen


def test_ctrl_c_at_a_question_changes_nothing(home: Any) -> None:
    person = at(home, *OPEN, "203.0.112.0/28")
    person.wait_for("declines:")
    os.write(person.fd, b"\x03")
    assert person.end() == 130
    assert "Traceback" not in person.seen
    assert not (home.state / "sandbox" / "audit.jsonl").exists()


def test_a_terminal_that_goes_away_changes_nothing(home: Any) -> None:
    person = at(home, *OPEN, "203.0.112.0/28")
    person.wait_for("declines:")
    os.close(person.fd)
    _, status = os.waitpid(person.pid, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGHUP
    assert not (home.state / "sandbox" / "audit.jsonl").exists()


def test_an_error_is_red_where_a_person_sees_it(home: Any) -> None:
    person = at(home, "list-rules", "no-such-thing", "--sandbox")
    assert person.end() == 1
    assert re.search(r"\x1b\[[0-9;]*31m.*error", person.seen)
