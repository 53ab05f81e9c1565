"""Install and uninstall on real-looking files of every client."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.commands.install.clients import CLIENTS, find_client
from awswhitelist.commands.install.installing import install
from awswhitelist.commands.install.interface import InstallOptions, InstallReport
from awswhitelist.exceptions import ClientConfigError, InvalidArgumentError

COMMAND = "/opt/tools/bin/awswhitelist"
NOW = datetime(2026, 3, 4, 5, 6, 7, 890000, UTC)

Do = Callable[..., InstallReport]


def said(client: str, file: Path) -> dict[str, Any]:
    return find_client(client).format.read(file.read_bytes().decode().removeprefix("\ufeff"))


def entry_in(client: str, file: Path, name: str = "awswhitelist") -> Any:
    return said(client, file)[find_client(client).container][name]


def names(directory: Path) -> set[str]:
    return {each.name for each in directory.iterdir()}


def test_the_configurations_are_of_every_client(client: str) -> None:
    assert client in {each.key for each in CLIENTS}


def test_installing_adds_our_entry_and_changes_nothing_else(
    client: str, text: str, file: Path, put_in: Do
) -> None:
    before = said(client, file)

    report = put_in(client)

    entry = {**find_client(client).fixed, "command": COMMAND, "args": ["serve"]}
    container = find_client(client).container
    assert said(client, file) == {**before, container: {**before[container], "awswhitelist": entry}}
    rest = iter(file.read_bytes().decode())
    assert all(char in rest for char in text), "what was there is there, in its order"
    assert (report.path, report.changed, report.dry_run) == (file, True, False)
    assert report.client == find_client(client)


def test_uninstalling_gives_every_byte_as_it_was(
    client: str, text: str, file: Path, put_in: Do, take_out: Do
) -> None:
    put_in(client, sandbox=True)

    report = take_out(client)

    assert file.read_bytes() == text.encode()
    assert (report.path, report.changed) == (file, True)


def test_the_file_as_it_was_is_kept_beside_it(
    client: str, text: str, file: Path, put_in: Do
) -> None:
    report = put_in(client)

    assert report.backup == file.with_name(f"{file.name}.20260304T050607.890000Z.bak")
    assert report.backup.read_bytes() == text.encode()
    assert names(file.parent) >= {file.name, report.backup.name}


def test_installing_twice_says_that_it_is_there(client: str, file: Path, put_in: Do) -> None:
    put_in(client)
    first = file.read_bytes()

    again = put_in(client)

    assert (again.changed, again.backup, again.diff) == (False, None, "")
    assert file.read_bytes() == first


def test_uninstalling_what_is_not_there_changes_nothing(
    client: str, text: str, file: Path, take_out: Do
) -> None:
    report = take_out(client)

    assert (report.changed, report.backup) == (False, None)
    assert file.read_bytes() == text.encode()
    assert names(file.parent) >= {file.name}


def test_a_dry_run_shows_the_same_and_writes_nothing(
    client: str, text: str, file: Path, put_in: Do
) -> None:
    before = names(file.parent)

    report = put_in(client, dry_run=True)

    assert (report.changed, report.backup, report.dry_run) == (True, None, True)
    assert file.read_bytes() == text.encode()
    assert names(file.parent) == before
    assert put_in(client).diff == report.diff


def test_a_client_without_a_file_gets_one(client: str, home: Path, put_in: Do) -> None:
    report = put_in(client)

    assert report.backup is None
    assert entry_in(client, report.path)["command"] == COMMAND
    assert report.path.read_bytes().endswith(b"\n")


def test_uninstalling_without_a_file_makes_none(client: str, home: Path, take_out: Do) -> None:
    report = take_out(client)

    assert not report.changed
    assert names(home) == set()


def test_a_newer_command_takes_the_place_of_the_older_and_the_rest_of_the_entry_stays(
    client: str, file: Path, put_in: Do
) -> None:
    put_in(client)
    mine = file.read_bytes().replace(b'"serve"', b'"serve", "--sandbox"')
    file.write_bytes(mine)

    report = put_in(client, command=("/new/awswhitelist",))

    assert report.changed
    assert entry_in(client, file)["command"] == "/new/awswhitelist"
    assert entry_in(client, file)["args"] == ["serve"]


def test_two_entries_of_different_names_stand_side_by_side(
    client: str, text: str, file: Path, put_in: Do, take_out: Do
) -> None:
    put_in(client)
    put_in(client, name="awswhitelist-play", sandbox=True)

    assert entry_in(client, file)["args"] == ["serve"]
    assert entry_in(client, file, "awswhitelist-play")["args"] == ["serve", "--sandbox"]

    take_out(client)
    take_out(client, name="awswhitelist-play")

    assert file.read_bytes() == text.encode()


BROKEN = [
    b'{"mcpServers": {',
    b"\n  nonsense",
    b'{"mcpServers": {"a": 1} "b": 2}',
    b"[mcp_servers\n",
    b"\xff\xfe{\x00}\x00",
    b'{"a": "\xe9"}',
]


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_file_is_refused_with_its_place_and_left_alone(
    client: str, file: Path, put_in: Do, take_out: Do, content: bytes
) -> None:
    file.write_bytes(content)
    before = names(file.parent)

    for run in (put_in, take_out):
        with pytest.raises(ClientConfigError) as caught:
            run(client)
        assert caught.value.code == "client_config_invalid"
        assert caught.value.details["path"] == str(file)
        assert caught.value.details["line"] >= 1
        assert caught.value.details["column"] >= 1
        assert f"line {caught.value.details['line']}, column" in caught.value.summary

    assert file.read_bytes() == content
    assert names(file.parent) == before


SHAPES = {
    "codex": ["mcp_servers = 1\n", "mcp_servers = [{ a = 1 }]\n"],
    "vscode": ['{"servers": []}', '{"servers": null}', "[]"],
}


def test_a_file_of_another_shape_is_refused_and_left_alone(
    client: str, file: Path, put_in: Do, take_out: Do
) -> None:
    for shape in SHAPES.get(client, ['{"mcpServers": []}', '{"mcpServers": "x"}', "[]"]):
        file.write_text(shape)
        for run in (put_in, take_out):
            with pytest.raises(ClientConfigError):
                run(client)
        assert file.read_text() == shape


STRANGERS = {
    "claude-desktop": "filesystem",
    "claude-code": "github",
    "cursor": "db",
    "vscode": "play",
    "windsurf": "a",
    "codex": "docs",
    "gemini-cli": "a",
}


def test_another_server_of_that_name_is_neither_replaced_nor_removed(
    client: str, text: str, file: Path, put_in: Do, take_out: Do
) -> None:
    for run in (put_in, take_out):
        with pytest.raises(ClientConfigError) as caught:
            run(client, name=STRANGERS[client])
        assert "--name" in caught.value.remedy

    assert file.read_bytes() == text.encode()


@pytest.mark.parametrize("comment", ["// mine\n{}", '{"mcpServers": {},}'])
def test_a_client_that_reads_no_comments_is_given_none(
    home: Path, put_in: Do, comment: str
) -> None:
    file = home / ".claude.json"
    file.write_text(comment)

    with pytest.raises(ClientConfigError):
        put_in("claude-code")

    assert file.read_text() == comment


def test_a_form_that_is_not_edited_is_left_to_the_user(home: Path, put_in: Do) -> None:
    file = home / ".codex" / "config.toml"
    file.parent.mkdir()
    file.write_text('mcp_servers = { a = { command = "a" } }\n')

    with pytest.raises(ClientConfigError) as caught:
        put_in("codex")

    assert find_client("codex").docs in caught.value.remedy
    assert file.read_text() == 'mcp_servers = { a = { command = "a" } }\n'


PROJECTS = {
    "claude-code": ".mcp.json",
    "cursor": ".cursor/mcp.json",
    "vscode": ".vscode/mcp.json",
    "codex": ".codex/config.toml",
    "gemini-cli": ".gemini/settings.json",
}


@pytest.mark.parametrize(("key", "path"), PROJECTS.items())
def test_a_project_has_a_file_of_its_own(
    tmp_path: Path, put_in: Do, home: Path, key: str, path: str
) -> None:
    report = put_in(key, project=tmp_path)

    assert report.path == tmp_path / path
    assert entry_in(key, report.path)["args"] == ["serve"]
    assert names(home) == set()


@pytest.mark.parametrize("key", ["claude-desktop", "windsurf"])
def test_a_client_without_project_files_says_so(tmp_path: Path, put_in: Do, key: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        put_in(key, project=tmp_path)

    assert caught.value.field == "project"


def test_a_file_that_is_named_is_used(client: str, tmp_path: Path, home: Path, put_in: Do) -> None:
    report = put_in(client, config_file=tmp_path / "other")

    assert report.path == tmp_path / "other"
    assert names(home) == set()


def test_a_name_that_no_client_takes_is_refused_before_anything_is_read(
    client: str, file: Path, put_in: Do, take_out: Do
) -> None:
    for run in (put_in, take_out):
        with pytest.raises(InvalidArgumentError):
            run(client, name="a b")


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_platforms_have_their_own_places(
    client: str, home: Path, tmp_path: Path, platform: str
) -> None:
    environ = {"APPDATA": str(tmp_path / "Roaming"), "LOCALAPPDATA": str(tmp_path / "Local")}

    report = install(client, InstallOptions((COMMAND,)), home, environ, platform, now=lambda: NOW)

    desktop = {"darwin": home / "Library" / "Application Support", "win32": tmp_path / "Roaming"}
    expected = desktop[platform] if client in ("claude-desktop", "vscode") else home
    assert report.path.is_relative_to(expected)
    assert entry_in(client, report.path)["command"] == COMMAND


def test_other_servers_keys_are_not_shown_in_the_diff(home: Path, put_in: Do) -> None:
    file = home / ".cursor" / "mcp.json"
    file.parent.mkdir()
    file.write_text('{"mcpServers": {"a": {"env": {"GITHUB_TOKEN": "ghp_verysecret"}}}}')

    report = put_in("cursor")

    assert "ghp_verysecret" in file.read_text()
    assert "GITHUB_TOKEN" in report.diff
    assert "ghp_verysecret" not in report.diff


def test_the_time_in_the_copys_name_is_now_by_default(client: str, file: Path, home: Path) -> None:
    before = datetime.now(UTC)

    report = install(client, InstallOptions((COMMAND,)), home, {}, "linux")

    assert report.backup is not None
    stamp = report.backup.name.removeprefix(f"{file.name}.").removesuffix(".bak")
    written = datetime.strptime(stamp, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
    assert before <= written <= datetime.now(UTC)
