"""``approve``: a person's word on what a server could ask nobody about."""

from __future__ import annotations

import json
from typing import Any

import pytest

from awswhitelist.commands.exits import ExitCode

WIDE = '{"target": "prod-bastion", "port": 2222, "source": "198.51.100.0/28"}'
TERMINAL = {"policy": {"approval": {"without_elicitation": {"wider_than_host": "terminal"}}}}


@pytest.fixture
def waiting(shell: Any, tmp_path: Any) -> Any:
    """A change that waits, in a home whose policy wants a person: the command to run for it."""
    settings = tmp_path / "config.json"
    settings.write_text(json.dumps(TERMINAL), encoding="utf-8")
    ran = shell.run("call", "whitelist", WIDE, "--sandbox", "--config", str(settings))
    approval = ran.result["result"]["approval"]
    program, *arguments = approval["command"].split()
    assert program == "awswhitelist"
    return [*arguments, "--config", str(settings)]


def test_typing_the_code_approves_what_waits(shell: Any, person: Any, waiting: Any) -> None:
    somebody = person("W4KE")
    ran = shell.run(*waiting, person=somebody)
    assert (ran.code, ran.out) == (ExitCode.DONE, "")
    assert "tcp 2222 from 198.51.100.0/28" in somebody.seen
    assert "Repeat the call" in ran.err


@pytest.mark.parametrize("typed", [[], ["yes"], ["W4KF"]])
def test_anything_else_approves_nothing(
    shell: Any, person: Any, waiting: Any, typed: list[str]
) -> None:
    ran = shell.run(*waiting, person=person(*typed))
    assert ran.code is ExitCode.NOT_APPROVED
    assert "Nothing was approved" in ran.err


def test_without_a_terminal_nothing_can_be_approved(shell: Any, waiting: Any) -> None:
    ran = shell.run(*waiting)
    assert ran.code is ExitCode.FAILED
    assert "terminal_needed" in ran.err


def test_an_unknown_id_is_said_to_be_one(shell: Any, person: Any) -> None:
    ran = shell.run("approve", "AAAA-AAAA", "--sandbox", person=person("W4KE"))
    assert ran.code is ExitCode.FAILED
    assert "approval_not_found" in ran.err
