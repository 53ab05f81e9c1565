"""The command line's first step: what is served at once, and what is handed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from awswhitelist import __version__
from awswhitelist.cli import COMPLETING, Serving, main, plain_serving
from awswhitelist.commands.program import VARIABLE


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"awswhitelist {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "serving"),
    [
        ([], Serving()),
        (["--sandbox"], Serving(sandbox=True)),
        (["--config", "a.json"], Serving(Path("a.json"))),
        (["--config=a.json", "--sandbox"], Serving(Path("a.json"), sandbox=True)),
        (["--config=a=b.json"], Serving(Path("a=b.json"))),
        (["--config"], None),
        (["--config="], None),
        (["--config", ""], None),
        (["--help"], None),
        (["--sandbox=yes"], None),
        (["x"], None),
    ],
    ids=str,
)
def test_only_the_plain_form_of_serve_is_understood_at_a_glance(
    arguments: list[str], serving: Serving | None
) -> None:
    assert plain_serving(arguments) == serving


@pytest.mark.parametrize(
    "arguments", [["open"], ["serve", "--sandboxed"], ["serve", "x"], ["serve", "--config"]]
)
def test_a_command_line_that_makes_no_sense_ends_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert "Error: " in told.err
    assert told.out == ""


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"]])
def test_help_is_the_commands_business(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    assert "serve" in capsys.readouterr().out


def test_the_shells_variable_has_one_name() -> None:
    assert COMPLETING == VARIABLE


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
