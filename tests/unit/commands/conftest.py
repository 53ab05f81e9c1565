"""The command line in this process: on the sandbox, with a terminal and codes of the test's own."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.commands.host import Host
from awswhitelist.commands.program import run
from awswhitelist.commands.terminal import Terminal

CODE = "W4KE"
"""What a person has to type in these tests to approve."""


class Paper(io.StringIO):
    """Something written to that can still be read when it is closed."""

    def close(self) -> None:
        """It stays."""


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass
class Person:
    """Somebody at the controlling terminal: what they type, and what they have seen."""

    typed: list[str]
    paper: Paper = field(default_factory=Paper)

    def open(self) -> Terminal:
        """Their terminal; one line typed for each time that it is opened."""
        line = self.typed.pop(0) + "\n" if self.typed else ""
        return Terminal(io.StringIO(line), self.paper)

    @property
    def seen(self) -> str:
        return self.paper.getvalue()


@dataclass(frozen=True)
class Shell:
    """Runs commands in the sandbox and reads what they write."""

    home: Path
    capture: pytest.CaptureFixture[str]

    def host(self, person: Person | None = None, **environ: str) -> Host:
        variables = {"HOME": str(self.home), "XDG_STATE_HOME": str(self.home / "state")}
        return Host(
            serve=lambda _config, _sandbox: 0,
            principal=lambda: "tester",
            environ=variables | environ,
            open_terminal=person.open if person else lambda: None,
            new_code=lambda: CODE,
        )

    def run(self, *arguments: str, person: Person | None = None, **environ: str) -> Ran:
        code = run(arguments, self.host(person, **environ))
        told = self.capture.readouterr()
        return Ran(code, told.out, told.err)


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        """Its output, which must be one line of JSON."""
        (line,) = self.out.splitlines()
        return dict(json.loads(line))


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, capsys)


@pytest.fixture
def person() -> Callable[..., Person]:
    """Somebody who types these lines, one for each question."""
    return lambda *typed: Person(list(typed))


@pytest.fixture
def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Screen, Screen]]:
    """Makes the standard streams a terminal at which these lines are typed."""

    def make(*typed: str) -> tuple[Screen, Screen]:
        out, err = Screen(), Screen()
        keyboard = Screen("".join(f"{line}\n" for line in typed))
        monkeypatch.setattr(sys, "stdin", keyboard)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.setenv("NO_COLOR", "1")
        return out, err

    return make
