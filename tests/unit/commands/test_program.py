"""The program around the commands: its table, its help, its boundary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from awswhitelist import __version__
from awswhitelist.commands.exits import MEANINGS, ExitCode
from awswhitelist.commands.program import COMMANDS, VARIABLE, Program, Row
from awswhitelist.tools.table import OPERATION_NAMES


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_every_row_of_the_table_leads_to_its_command(row: Row) -> None:
    command = row.load()
    assert isinstance(command, click.Command)
    assert command.name == row.name


def test_every_operation_and_every_row_is_listed_once() -> None:
    program = Program()
    names = program.list_commands(click.Context(program))
    assert len(names) == len(set(names))
    assert set(names) == {name.replace("_", "-") for name in OPERATION_NAMES} | {
        row.name for row in COMMANDS
    }


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_help_names_every_command_and_every_exit_code(
    shell: Any, arguments: tuple[str, ...]
) -> None:
    ran = shell.run(*arguments)
    assert (ran.code, ran.err) == (ExitCode.DONE, "")
    words = " ".join(ran.out.split())
    for name in (*OPERATION_NAMES, *(row.name for row in COMMANDS)):
        assert name.replace("_", "-") in words
    for code, meaning in MEANINGS.items():
        assert f"{int(code)} {meaning}" in words


def test_the_version_is_told(shell: Any) -> None:
    assert shell.run("--version").out == f"awswhitelist {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("open",),
        ("list-rules",),
        ("list-rules", "a", "b"),
        ("health", "--sandboxed"),
        ("whitelist", "x", "--protocol", "tpc"),
        ("call", "list_rules", "{", "--sandbox"),
    ],
)
def test_a_command_line_that_makes_no_sense_ends_with_2_and_says_why(
    shell: Any, arguments: tuple[str, ...]
) -> None:
    ran = shell.run(*arguments)
    assert (ran.code, ran.out) == (ExitCode.WRONG_USE, "")
    assert "Error: " in ran.err


def test_serve_is_the_servers_business(shell: Any, tmp_path: Path) -> None:
    assert shell.run("serve", "--sandbox", "--config", str(tmp_path)).code == 0
    assert "standard input" in shell.run("serve", "--help").out


def test_the_program_runs_under_clicks_own_runner(shell: Any) -> None:
    runner = CliRunner()
    listed = runner.invoke(Program(), ["list-rules", "prod-bastion", "--sandbox"], obj=shell.host())
    assert listed.exit_code == 0
    assert '"total": 2' in listed.stdout
    wrong = runner.invoke(Program(), ["list-rules"], obj=shell.host())
    assert wrong.exit_code == 2
    assert "TARGET" in wrong.stderr


def test_completion_knows_commands_options_and_choices(
    shell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def completed(words: str) -> set[str]:
        monkeypatch.setenv(VARIABLE, "bash_complete")
        monkeypatch.setenv("COMP_WORDS", f"awswhitelist {words}")
        monkeypatch.setenv("COMP_CWORD", str(len(words.split(" "))))
        with pytest.raises(SystemExit) as ended:
            shell.run(**{VARIABLE: "bash_complete"})
        assert ended.value.code == 0
        lines: list[str] = shell.capture.readouterr().out.splitlines()
        return {line.partition(",")[2] for line in lines}

    assert "list-rules" in completed("li")
    assert "--expires-in" in completed("whitelist x --e")
    assert completed("whitelist x --protocol ic") == {"icmp", "icmpv6"}


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_a_completion_script_asks_this_program(shell: Any, name: str) -> None:
    ran = shell.run("completion", name)
    assert ran.code == 0
    assert f"{VARIABLE}={name}_complete" in ran.out
