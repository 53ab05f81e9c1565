"""Markers for every secret that can come in; nothing that goes out, or is kept, has one of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 120
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAENVMARKER0000001",
    "AWS_SECRET_ACCESS_KEY": "env-marker-secret-access-key-0123456789ab",
    "AWS_SESSION_TOKEN": "env-marker-session-token-0123456789",
}
FILES = {"file": "file-marker-secret-access-key-0123456789a", "id": "AKIAFILEMARKER000001"}
INLINE = {
    "access_key_id": "AKIAINLINEMARKER0001",
    "secret_access_key": "inline-marker-secret-access-key-012345678",
    "session_token": "inline-marker-session-token-0123456789",
}
PROCESS = "process-marker-secret-access-key-01234567"
IN_URL = "url-marker-hunter2"
MARKERS = (
    *ENVIRONMENT.values(),
    *FILES.values(),
    *INLINE.values(),
    PROCESS,
    IN_URL,
)
POLICY = {"allow_inline_credentials": True, "profiles": {"allow": ["*"]}}
TARGETS = (
    f"postgres://app:{IN_URL}@db.example.com:5432/orders?password={IN_URL}",
    f"mysql://root:{IN_URL}@prod-db/",
    f"redis://:{IN_URL}@cache.abc.0001.euw1.cache.amazonaws.com:6379/0",
    f"https://{IN_URL}@example.com/{IN_URL}?token={IN_URL}#{IN_URL}",
    f"jdbc:postgresql://db.example.com:5432/x?user=a&password={IN_URL}",
    f"Server=db.example.com,1433;User Id=sa;Password={IN_URL};",
    f"host=db.example.com port=5432 user=app password={IN_URL}",
    f"db.example.com:5432,ssl=true,PWD = '{IN_URL}'",
)


def calls() -> list[dict[str, Any]]:
    """Requests that bring every secret in through every door that takes one."""
    host = {"source": "203.0.113.7", "port": 443, "region": "eu-west-1"}
    made: list[tuple[str, dict[str, Any]]] = [
        *(("whitelist", host | {"target": target}) for target in TARGETS),
        *(("list_rules", {"target": target}) for target in TARGETS),
        ("whitelist", host | {"target": "sg-0123456789abcdef0", "credentials": INLINE}),
        ("list_rules", {"target": "sg-0123456789abcdef0", "credentials": INLINE}),
        ("test_credentials", {"credentials": INLINE, "region": "eu-west-1"}),
        ("test_credentials", {"credentials": INLINE | {"more": INLINE["session_token"]}}),
        ("test_credentials", {"credentials": [INLINE]}),
        ("test_credentials", {"credentials": INLINE["secret_access_key"]}),
        ("test_credentials", {"secret_access_key": INLINE["secret_access_key"]}),
        *(
            (name, {"profile": profile, "region": "eu-west-1"})
            for name in ("health", "test_credentials")
            for profile in ("static", "process", "ours")
        ),
        ("list_profiles", {}),
        ("capabilities", {}),
        ("health", {}),
        ("tools/list", {}),
        ("resources/list", {}),
        *(
            ("resources/read", {"uri": f"awswhitelist://{name}"})
            for name in ("policy", "profiles", "audit/recent")
        ),
    ]
    return [
        {"jsonrpc": "2.0", "id": number, "method": name, "params": params}
        for number, (name, params) in enumerate(made, 1)
    ]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with AWS files and a configuration, each with secrets of its own."""
    (tmp_path / "aws.ini").write_text(
        "[profile static]\nregion = eu-west-1\n"
        f"aws_access_key_id = {FILES['id']}\naws_secret_access_key = {FILES['file']}\n"
        "[profile process]\nregion = eu-west-1\n"
        f"credential_process = {sys.executable} -c \"raise SystemExit('{PROCESS}')\"\n"
    )
    config = {
        "aws": {"endpoint_url": "http://127.0.0.1:9", "max_attempts": 1, "connect_timeout": 1.0},
        "logging": {"level": "DEBUG"},
        "profiles": {
            "ours": {"source": "role", "role_arn": "arn:aws:iam::123456789012:role/r"},
            "kept": {"source": "secrets_manager", "secret_id": "x", "region": "eu-west-1"},
        },
        "policy": POLICY,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    return tmp_path


def environment(home: Path) -> dict[str, str]:
    kept = {"PATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"} & set(os.environ)
    places = {name: str(home / "ours") for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")}
    more = {
        "AWS_CONFIG_FILE": str(home / "aws.ini"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "eu-west-1",
        "AWSWHITELIST_CONFIG": str(home / "config.json"),
    }
    return {name: os.environ[name] for name in kept} | places | ENVIRONMENT | more


def run(home: Path, *arguments: str, lines: str = "") -> str:
    """All that the program says: both of its streams."""
    done = subprocess.run(
        [sys.executable, "-m", "awswhitelist", *arguments],
        input=lines,
        capture_output=True,
        env=environment(home),
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.stdout + done.stderr


def told(where: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, marker) for name, text in where.items() for marker in MARKERS if marker in text]


def kept(home: Path) -> dict[str, str]:
    """Every file that the program made: state, audit log, caches, logs."""
    files = (path for path in (home / "ours").rglob("*") if path.is_file())
    return {path.name: path.read_bytes().decode("utf-8", "replace") for path in files}


@pytest.mark.parametrize("sandbox", [True, False])
def test_no_secret_comes_out_of_a_server_or_stays_in_its_files(home: Path, sandbox: bool) -> None:
    lines = "".join(json.dumps(each) + "\n" for each in calls())
    arguments = ["serve", *(["--sandbox"] if sandbox else [])]
    said = run(home, *arguments, lines=lines)
    answered = [line for line in said.splitlines() if line.startswith('{"jsonrpc"')]
    assert len(answered) == len(calls())
    assert told({"streams": said} | kept(home)) == []
    assert kept(home), "an audit log and a key were made"
    assert '"DEBUG"' in said, "at the level that says most"


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("config", "show", "--json"),
    ("config", "check"),
    ("doctor",),
    ("health", "--json"),
    ("health", "--metrics", "-"),
    ("list-profiles", "--json"),
    ("capabilities", "--json"),
    ("whitelist", TARGETS[0], "--source", "203.0.113.7", "--port", "443"),
    ("list-rules", TARGETS[2], "--json"),
    ("test-credentials", "--profile", "process"),
)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_no_secret_is_shown_by_a_command(home: Path, arguments: tuple[str, ...]) -> None:
    said = run(home, *arguments)
    assert said.strip()
    assert "Traceback" not in said
    assert told({"streams": said} | kept(home)) == []
