"""docs/clients.md says what is so, and its commands run."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from awswhitelist.commands.install.clients import CLIENTS, find_client
from awswhitelist.commands.install.command import install
from awswhitelist.commands.install.entry import entry_for
from awswhitelist.commands.install.interface import InstallOptions, Places

ROOT = Path(__file__).parents[4]
TEXT = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S) for line in block.split("\n")
]
ROWS = [
    [cell.strip() for cell in row.strip("|").split("|")]
    for row in re.findall(r"^\| `.*\|$", TEXT, re.M)
]


def test_every_client_has_a_row_and_a_page() -> None:
    assert [row[0].strip("`") for row in ROWS] == [client.key for client in CLIENTS]
    for client in CLIENTS:
        assert client.docs in TEXT
        assert f"### {client.title}\n" in TEXT


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[0]))
def test_the_paths_of_each_row_are_the_clients(row: list[str]) -> None:
    client = find_client(row[0].strip("`"))
    written = {"~": "/h", "%USERPROFILE%": "/h", "%APPDATA%": "/h/AppData/Roaming", "\\": "/"}
    for platform, cell in zip(("linux", "darwin", "win32"), row[1:4], strict=True):
        path = cell.split("`")[1]
        for name, value in written.items():
            path = path.replace(name, value)
        assert client.path(Places(Path("/h"), {}, platform)) == Path(path)
    assert row[4].strip("`–") == (client.project or "")


@pytest.mark.parametrize("line", [line for line in COMMANDS if line])
def test_every_command_runs(
    line: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for variable in ("XDG_CONFIG_HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(home))
    program, command, *arguments = shlex.split(line)

    result = CliRunner().invoke(install, arguments)

    assert (program, command, result.exit_code) == ("awswhitelist", "install", 0)
    is_dry = "--dry-run" in arguments
    assert ("awswhitelist" in "".join(map(str, made(tmp_path)))) is not is_dry


def made(directory: Path) -> list[str]:
    """What stands in the files below a directory."""
    return [path.read_text() for path in directory.rglob("*") if path.is_file()]


def test_the_entry_shown_is_the_one_written() -> None:
    found = re.search(r"```json\n(.*?)```", TEXT, re.S)
    assert found is not None
    shown = json.loads(found[1])["mcpServers"]["awswhitelist"]

    assert shown == entry_for(find_client("cursor"), InstallOptions((shown["command"],)))
