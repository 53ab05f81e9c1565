"""The table of clients: where each keeps its servers, and in what form.

Every row names the page it was taken from. Besides them:

- `%APPDATA%`, `~/Library/Application Support` and `$XDG_CONFIG_HOME` are where desktop programs
  keep their settings (code.visualstudio.com, docs/configure/settings, "Settings file locations";
  electronjs.org, docs/latest/api/app, "app.getPath").
- Claude Desktop as an MSIX package reads a directory of the package's own
  (github.com/anthropics/claude-code/issues/26073).
- `CLAUDE_CONFIG_DIR` moves Claude Code's file, too
  (github.com/anthropics/claude-code/issues/48448).
"""

from __future__ import annotations

from pathlib import Path

from awswhitelist.commands.install.interface import Client, Places
from awswhitelist.commands.install.json_format import JsonFormat
from awswhitelist.commands.install.toml_format import TomlFormat
from awswhitelist.exceptions import ClientConfigError, InvalidArgumentError

JSON = JsonFormat(lenient=False)
JSON_WITH_COMMENTS = JsonFormat(lenient=True)
STDIO = {"type": "stdio"}


def find_client(key: str) -> Client:
    """The client of that key. Raises InvalidArgumentError."""
    for client in CLIENTS:
        if client.key == key:
            return client
    raise InvalidArgumentError(
        f"There is no client {key!r}.",
        field="client",
        remedy=f"Name one of {', '.join(each.key for each in CLIENTS)}.",
    )


def _settings(places: Places) -> Path:
    """Where desktop programs of this platform keep their settings."""
    if places.platform == "win32":
        return places.variable("APPDATA") or places.home / "AppData" / "Roaming"
    if places.platform == "darwin":
        return places.home / "Library" / "Application Support"
    return places.variable("XDG_CONFIG_HOME") or places.home / ".config"


def _claude_desktop(places: Places) -> Path:
    packaged = _packaged_claude(places) if places.platform == "win32" else []
    if len(packaged) > 1:
        raise ClientConfigError(
            "Several packages of Claude Desktop are installed.",
            field="config_file",
            remedy="Name the file with --config-file.",
            candidates=[str(path) for path in packaged],
        )
    directory = packaged[0] if packaged else _settings(places) / "Claude"
    return directory / "claude_desktop_config.json"


def _packaged_claude(places: Places) -> list[Path]:
    """The settings of Claude Desktop inside its MSIX packages; none where it is none."""
    local = places.variable("LOCALAPPDATA") or places.home / "AppData" / "Local"
    return sorted((local / "Packages").glob("Claude_*/LocalCache/Roaming/Claude"))


def _claude_code(places: Places) -> Path:
    return (places.variable("CLAUDE_CONFIG_DIR") or places.home) / ".claude.json"


def _codex(places: Places) -> Path:
    return (places.variable("CODEX_HOME") or places.home / ".codex") / "config.toml"


def _gemini(places: Places) -> Path:
    return (places.variable("GEMINI_CLI_HOME") or places.home) / ".gemini" / "settings.json"


CLIENTS: tuple[Client, ...] = (
    Client(
        key="claude-desktop",
        title="Claude Desktop",
        path=_claude_desktop,
        format=JSON,
        container="mcpServers",
        docs="https://modelcontextprotocol.io/docs/develop/connect-local-servers",
        next_step="Quit Claude Desktop and start it again.",
    ),
    Client(
        key="claude-code",
        title="Claude Code",
        path=_claude_code,
        format=JSON,
        container="mcpServers",
        docs="https://code.claude.com/docs/en/mcp",
        next_step="Start a new session; `/mcp` shows the server.",
        project=".mcp.json",
        fixed=STDIO,
    ),
    Client(
        key="cursor",
        title="Cursor",
        path=lambda places: places.home / ".cursor" / "mcp.json",
        format=JSON_WITH_COMMENTS,
        container="mcpServers",
        docs="https://cursor.com/docs/context/mcp",
        next_step="Switch the server on in Cursor's settings, under MCP.",
        project=".cursor/mcp.json",
        fixed=STDIO,
    ),
    Client(
        key="vscode",
        title="VS Code",
        path=lambda places: _settings(places) / "Code" / "User" / "mcp.json",
        format=JSON_WITH_COMMENTS,
        container="servers",
        docs="https://code.visualstudio.com/docs/copilot/reference/mcp-configuration",
        next_step="Run `MCP: List Servers` in VS Code and start the server.",
        project=".vscode/mcp.json",
        fixed=STDIO,
    ),
    Client(
        key="windsurf",
        title="Windsurf",
        path=lambda places: places.home / ".codeium" / "windsurf" / "mcp_config.json",
        format=JSON_WITH_COMMENTS,
        container="mcpServers",
        docs="https://docs.windsurf.com/windsurf/cascade/mcp",
        next_step="Press the refresh button of Cascade's MCP servers.",
    ),
    Client(
        key="codex",
        title="Codex",
        path=_codex,
        format=TomlFormat(),
        container="mcp_servers",
        docs="https://developers.openai.com/codex/mcp",
        next_step="Start a new session; `/mcp` shows the server.",
        project=".codex/config.toml",
        expands=False,
    ),
    Client(
        key="gemini-cli",
        title="Gemini CLI",
        path=_gemini,
        format=JSON_WITH_COMMENTS,
        container="mcpServers",
        docs="https://geminicli.com/docs/reference/configuration",
        next_step="Start a new session; `/mcp` shows the server.",
        project=".gemini/settings.json",
    ),
)
"""Every client that can be installed for, in the order of the documentation."""
