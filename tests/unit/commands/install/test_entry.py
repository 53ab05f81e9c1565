"""The entry that starts this server, and which entries are ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from awswhitelist.commands.install.clients import find_client
from awswhitelist.commands.install.entry import (
    check_name,
    entry_for,
    is_ours,
    running_command,
)
from awswhitelist.commands.install.interface import InstallOptions
from awswhitelist.exceptions import InvalidArgumentError


def script(directory: Path, name: str = "awswhitelist") -> Path:
    directory.mkdir(exist_ok=True)
    path = directory / name
    path.write_text("#!python\n")
    return path


def test_the_running_script_is_named_by_its_absolute_path_with_its_links(tmp_path: Path) -> None:
    real = script(tmp_path / "venv")
    link = tmp_path / "awswhitelist"
    link.symlink_to(real)

    assert running_command(str(link), str(tmp_path / "venv" / "python")) == (str(link),)


def test_a_relative_script_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = script(tmp_path / "bin")
    monkeypatch.chdir(tmp_path)

    assert running_command("bin/awswhitelist", "/usr/bin/python3") == (str(path),)


@pytest.mark.parametrize("name", ["awswhitelist", "awswhitelist.exe"])
def test_else_the_script_beside_the_interpreter_is_named(tmp_path: Path, name: str) -> None:
    path = script(tmp_path / "bin", name)
    module = str(tmp_path / "awswhitelist" / "__main__.py")

    assert running_command(module, str(tmp_path / "bin" / "python")) == (str(path),)


def test_without_a_script_the_module_is_run(tmp_path: Path) -> None:
    python = str(tmp_path / "python")

    assert running_command("awswhitelist", python) == (python, "-m", "awswhitelist")


def test_the_entry_of_a_client_has_what_that_client_asks_for() -> None:
    options = InstallOptions(("/bin/awswhitelist",))

    assert entry_for(find_client("codex"), options) == {
        "command": "/bin/awswhitelist",
        "args": ["serve"],
    }
    assert entry_for(find_client("vscode"), options) == {
        "type": "stdio",
        "command": "/bin/awswhitelist",
        "args": ["serve"],
    }


def test_the_entry_passes_on_the_configuration_and_the_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = InstallOptions(("/py", "-m", "awswhitelist"), config=Path("c.json"), sandbox=True)

    assert entry_for(find_client("codex"), options)["args"] == [
        "-m",
        "awswhitelist",
        "serve",
        "--config",
        str(tmp_path / "c.json"),
        "--sandbox",
    ]


def test_a_dollar_is_refused_where_the_client_would_replace_it() -> None:
    options = InstallOptions(("/home/$me/awswhitelist",))

    assert entry_for(find_client("codex"), options)["command"] == "/home/$me/awswhitelist"
    with pytest.raises(InvalidArgumentError):
        entry_for(find_client("gemini-cli"), options)


@pytest.mark.parametrize("path", ["/a\nb", "/a\udcff"])
def test_a_path_that_no_text_can_hold_is_refused(path: str) -> None:
    with pytest.raises(InvalidArgumentError):
        entry_for(find_client("codex"), InstallOptions(config=Path(path)))


@pytest.mark.parametrize("name", ["awswhitelist", "aws_1-x", "a" * 64])
def test_names_that_every_client_takes_are_taken(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["", "a b", "a.b", 'a"]', "a" * 65, "é", "a\n"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_name(name)

    assert caught.value.field == "name"


@pytest.mark.parametrize(
    "entry",
    [
        {"command": "/old/venv/bin/awswhitelist", "args": ["serve"]},
        {"command": "C:\\Tools\\awswhitelist.exe"},
        {"command": "python", "args": ["-m", "awswhitelist", "serve"]},
        {"command": "uvx", "args": ["awswhitelist==1.2", "serve"]},
        {"command": "uvx", "args": ["--from", "awswhitelist[dev]", "awswhitelist"]},
        {"command": "docker", "args": ["run", "-i", "ghcr.io/x/awswhitelist:1.0"]},
    ],
)
def test_every_way_to_start_this_program_is_ours(entry: dict[str, Any]) -> None:
    assert is_ours(entry)


@pytest.mark.parametrize(
    "entry",
    [
        None,
        {},
        {"url": "https://example.com/awswhitelist"},
        {"command": "npx", "args": ["-y", "github"]},
        {"command": "npx", "args": "awswhitelist"},
        {"command": "/srv/awswhitelist/bin/other"},
        {"command": "awswhitelist-mcp"},
    ],
)
def test_another_program_is_not_ours(entry: Any) -> None:
    assert not is_ours(entry)
