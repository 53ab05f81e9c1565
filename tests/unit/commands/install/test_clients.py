"""Where each client's file is, on each platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from awswhitelist.commands.install.clients import CLIENTS, find_client
from awswhitelist.commands.install.interface import Places
from awswhitelist.exceptions import ClientConfigError, InvalidArgumentError

DESKTOP = "claude_desktop_config.json"
PATHS = [
    ("claude-desktop", "linux", f".config/Claude/{DESKTOP}"),
    ("claude-desktop", "darwin", f"Library/Application Support/Claude/{DESKTOP}"),
    ("claude-desktop", "win32", f"AppData/Roaming/Claude/{DESKTOP}"),
    ("vscode", "linux", ".config/Code/User/mcp.json"),
    ("vscode", "darwin", "Library/Application Support/Code/User/mcp.json"),
    ("vscode", "win32", "AppData/Roaming/Code/User/mcp.json"),
    *(
        (client, platform, path)
        for platform in ("linux", "darwin", "win32")
        for client, path in [
            ("claude-code", ".claude.json"),
            ("cursor", ".cursor/mcp.json"),
            ("windsurf", ".codeium/windsurf/mcp_config.json"),
            ("codex", ".codex/config.toml"),
            ("gemini-cli", ".gemini/settings.json"),
        ]
    ),
]
MOVED = [
    ("claude-desktop", "linux", "XDG_CONFIG_HOME", f"Claude/{DESKTOP}"),
    ("claude-desktop", "win32", "APPDATA", f"Claude/{DESKTOP}"),
    ("vscode", "linux", "XDG_CONFIG_HOME", "Code/User/mcp.json"),
    ("vscode", "win32", "APPDATA", "Code/User/mcp.json"),
    ("claude-code", "darwin", "CLAUDE_CONFIG_DIR", ".claude.json"),
    ("codex", "linux", "CODEX_HOME", "config.toml"),
    ("gemini-cli", "linux", "GEMINI_CLI_HOME", ".gemini/settings.json"),
]


@pytest.mark.parametrize(("key", "platform", "path"), PATHS)
def test_each_client_has_a_file_on_each_platform(
    home: Path, key: str, platform: str, path: str
) -> None:
    assert find_client(key).path(Places(home, {}, platform)) == home / path


def test_every_client_and_platform_is_in_the_list_above() -> None:
    assert {(key, platform) for key, platform, _ in PATHS} == {
        (client.key, platform) for client in CLIENTS for platform in ("linux", "darwin", "win32")
    }


@pytest.mark.parametrize(("key", "platform", "variable", "path"), MOVED)
def test_a_variable_moves_the_file_and_an_empty_or_relative_one_does_not(
    home: Path, tmp_path: Path, key: str, platform: str, variable: str, path: str
) -> None:
    client = find_client(key)
    usual = client.path(Places(home, {}, platform))

    assert client.path(Places(home, {variable: str(tmp_path / "x")}, platform)) == (
        tmp_path / "x" / path
    )
    assert client.path(Places(home, {variable: ""}, platform)) == usual
    assert client.path(Places(home, {variable: "relative"}, platform)) == usual


def packaged(local: Path, package: str) -> Path:
    path = local / "Packages" / package / "LocalCache" / "Roaming" / "Claude"
    path.mkdir(parents=True)
    return path


def test_a_packaged_claude_desktop_has_its_file_in_the_package(tmp_path: Path, home: Path) -> None:
    inside = packaged(tmp_path / "Local", "Claude_pzs8sxrjxfjjc")
    places = Places(home, {"LOCALAPPDATA": str(tmp_path / "Local")}, "win32")

    assert find_client("claude-desktop").path(places) == inside / DESKTOP
    assert (
        find_client("claude-desktop").path(Places(home, places.environ, "linux"))
        == home / ".config/Claude" / DESKTOP
    )


def test_two_packages_are_not_chosen_between(home: Path) -> None:
    both = [packaged(home / "AppData" / "Local", name) for name in ("Claude_a", "Claude_b")]

    with pytest.raises(ClientConfigError) as caught:
        find_client("claude-desktop").path(Places(home, {}, "win32"))

    assert caught.value.details["candidates"] == [str(path) for path in both]


def test_a_client_that_is_unknown_is_answered_with_those_that_are_known() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        find_client("emacs")

    assert caught.value.field == "client"
    assert "gemini-cli" in caught.value.remedy


def test_the_environment_is_in_no_repr(home: Path) -> None:
    assert "hidden" not in repr(Places(home, {"AWS_SECRET_ACCESS_KEY": "hidden"}, "linux"))
