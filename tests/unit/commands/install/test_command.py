"""The command lines of install and uninstall."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from awswhitelist.commands.install.command import install, uninstall
from awswhitelist.exceptions import ClientConfigError


@pytest.fixture
def cursor(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Cursor's file, with another server in it; the home directory is a test's."""
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    path = home / ".cursor" / "mcp.json"
    path.parent.mkdir()
    path.write_text('{\n  "mcpServers": {\n    "a": {"command": "a"}\n  }\n}\n')
    return path


def run(*args: str, fails: bool = False) -> Result:
    command = {"install": install, "uninstall": uninstall}[args[0]]
    return CliRunner().invoke(command, args[1:], catch_exceptions=fails)


def test_install_shows_the_diff_the_copy_and_what_to_do_next(cursor: Path) -> None:
    result = run("install", "cursor", "--sandbox")

    assert result.exit_code == 0
    entry = json.loads(cursor.read_text())["mcpServers"]["awswhitelist"]
    assert Path(entry["command"]).is_absolute()
    assert entry["args"][-2:] == ["serve", "--sandbox"]
    assert '+    "awswhitelist": {' in result.output
    [copy] = cursor.parent.glob("*.bak")
    assert f"The file as it was: {copy}" in result.output
    assert result.output.endswith("Switch the server on in Cursor's settings, under MCP.\n")


def test_install_says_that_it_is_there_already(cursor: Path) -> None:
    run("install", "cursor")

    assert run("install", "cursor").output == f"{cursor}: It is already there.\n"


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_without_a_home_directory_there_is_no_usual_place(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(ClientConfigError, match="no home directory"):
        run(command, "cursor")


def test_a_dry_run_says_that_nothing_was_changed(cursor: Path) -> None:
    before = cursor.read_bytes()

    result = run("install", "cursor", "--dry-run")

    assert result.output.endswith("Nothing was changed (--dry-run).\n")
    assert cursor.read_bytes() == before


def test_a_new_file_has_no_copy_to_tell_of(tmp_path: Path, cursor: Path) -> None:
    result = run("install", "vscode", "--project", str(tmp_path))

    assert "The file as it was" not in result.output
    assert (tmp_path / ".vscode" / "mcp.json").exists()


def test_uninstall_takes_the_entry_out_again(cursor: Path) -> None:
    before = cursor.read_bytes()
    run("install", "cursor", "--name", "play")

    result = run("uninstall", "cursor", "--name", "play")

    assert result.exit_code == 0
    assert '-    "play": {' in result.output
    assert cursor.read_bytes() == before
    assert run("uninstall", "cursor").output == f"{cursor}: It is not there.\n"


def test_a_configuration_is_passed_on_by_its_absolute_path(
    cursor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "policy.json").write_text("{}")
    monkeypatch.chdir(tmp_path)

    run("install", "cursor", "--config", "policy.json")

    entry = json.loads(cursor.read_text())["mcpServers"]["awswhitelist"]
    assert entry["args"][-2:] == ["--config", str(tmp_path / "policy.json")]


def test_a_configuration_that_is_not_there_is_refused(cursor: Path) -> None:
    before = cursor.read_bytes()

    assert run("install", "cursor", "--config", "nowhere.json").exit_code == 2
    assert cursor.read_bytes() == before


def test_a_client_that_is_unknown_is_refused() -> None:
    result = run("install", "emacs")

    assert result.exit_code == 2
    assert "claude-desktop" in result.output


def test_an_error_is_left_to_the_caller(cursor: Path) -> None:
    cursor.write_text("{")

    result = run("install", "cursor", fails=True)

    assert isinstance(result.exception, ClientConfigError)


def test_nothing_in_the_file_can_move_the_cursor(cursor: Path) -> None:
    cursor.write_text(
        '{"mcpServers": {\n"a": {"command": "a"} // \x1b[2J\u202e\n}}', encoding="utf-8"
    )

    output = run("install", "cursor").output

    assert "// [2J" in output
    assert "\x1b" not in output and "\u202e" not in output


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_help_names_every_client(command: str) -> None:
    result = run(command, "--help")

    assert result.exit_code == 0
    for client in ("claude-desktop", "claude-code", "cursor", "vscode", "windsurf", "codex"):
        assert client in result.output
    assert "gemini-cli" in result.output
