"""The command line, as far as no process is needed: arguments, exit codes, who we are."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path

import pytest

from awswhitelist import __version__
from awswhitelist.cli import main, user_name


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"awswhitelist {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["open"], ["serve", "--sandboxed"], ["serve", "x"]])
def test_a_command_line_that_makes_no_sense_ends_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert "usage: awswhitelist" in told.err
    assert told.out == ""


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "serve" in capsys.readouterr().out


def test_a_configuration_that_cannot_be_used_ends_with_2_and_a_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"server": {"wrokers": 8}}')
    assert main(["serve", "--config", str(config)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "`server.wrokers`" in told.err
    assert "Did you mean `workers`?" in told.err


def test_a_sandbox_without_moto_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "moto", None)
    assert main(["serve", "--sandbox"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "pip install 'awswhitelist[sandbox]'" in told.err


@pytest.mark.requirement("ELIC-7")
def test_a_user_has_the_name_that_the_system_knows() -> None:
    assert user_name(os.getuid()) == pwd.getpwuid(os.getuid()).pw_name


def test_a_user_whom_the_system_does_not_know_is_a_number() -> None:
    known = {entry.pw_uid for entry in pwd.getpwall()}
    stranger = next(uid for uid in range(60_000, 65_000) if uid not in known)
    assert user_name(stranger) == f"uid {stranger}"
