"""Real-looking configurations of each client, with other servers, comments and odd formatting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.commands.install.clients import find_client
from awswhitelist.commands.install.interface import InstallOptions, InstallReport, Places
from awswhitelist.commands.install.installing import install, uninstall

NOW = datetime(2026, 3, 4, 5, 6, 7, 890000, UTC)
COMMAND = "/opt/tools/bin/awswhitelist"

CONFIGURATIONS = {
    "claude-desktop": """{
    "globalShortcut": "",
    "mcpServers": {
        "filesystem": {
            "command": "npx",
            "args": ["-y", "@modelcontextprotocol/server-filesystem", "/Users/me/Desktop"]
        }
    },
    "scale" : 1.50
}
""",
    "claude-code": """{
  "numStartups": 184,
  "tipsHistory": {"shift-enter": 12},
  "projects": {
    "/home/me/shop": {
      "mcpServers": {},
      "history": [{"display": "caf\\u00e9 caf\u00e9 \\/ 1e3"}]
    }
  },
  "mcpServers": {
    "github": {
      "type": "http",
      "url": "https://api.githubcopilot.com/mcp/"
    }
  },
  "userID": "0f00"
}""",
    "cursor": """{"mcpServers":{"db":{"command":"uvx","args":["db"]}} ,\t"other" :[ 1,2 ]}""",
    "vscode": """// User servers
{
\t"inputs": [
\t\t{ "id": "key", "type": "promptString", "password": true, }, // asked once
\t],
\t"servers": {
\t\t/* the team's own */
\t\t"play": { "type": "stdio", "command": "npx", "args": ["-y", "play"] }, // keep "}"
\t\t// "old": { "command": "nope" },
\t},
}
""".replace(
        "\n", "\r\n"
    ),
    "windsurf": """\ufeff{
      "mcpServers" :
      {
         "a" : { "serverUrl" : "https://a.example/mcp" }   // "mcpServers": {
      }
}
""",
    "codex": """# Mine
model = "gpt-5-codex"   # trailing
notify = [
  "say", # ]
  "[mcp_servers.awswhitelist]",
]

[mcp_servers.docs]
command = 'npx'
args = ["-y",  "docs"]
[mcp_servers.docs.env]
"KEY=1" = \"\"\"
[mcp_servers.awswhitelist]
\"\"\"

# ---- projects ----
[projects."/home/me/shop"]
trust_level = "trusted"
""",
    "gemini-cli": """{
  // chosen by hand
  "theme": "Default",
  "mcpServers": {
    "a": {"command": "a", "trust": true}
  }
}
""",
}


@pytest.fixture(params=CONFIGURATIONS, ids=str)
def client(request: pytest.FixtureRequest) -> str:
    """Each client by its key."""
    return str(request.param)


@pytest.fixture
def text(client: str) -> str:
    """That client's configuration as it was before us."""
    return CONFIGURATIONS[client]


@pytest.fixture
def file(client: str, text: str, home: Path) -> Path:
    """That configuration in its place on Linux."""
    path = find_client(client).path(Places(home, {}, "linux"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory with nothing in it."""
    path = tmp_path / "home"
    path.mkdir()
    return path


Do = Callable[..., InstallReport]


@pytest.fixture
def put_in(home: Path) -> Do:
    """Install on Linux, with this home, at a fixed time."""

    def run(client: str, **options: Any) -> InstallReport:
        asked = InstallOptions(**{"command": (COMMAND,), **options})
        return install(client, asked, home, {}, "linux", now=lambda: NOW)

    return run


@pytest.fixture
def take_out(home: Path) -> Do:
    """Uninstall, likewise."""

    def run(client: str, **options: Any) -> InstallReport:
        asked = InstallOptions(**options)
        return uninstall(client, asked, home, {}, "linux", now=lambda: NOW)

    return run
