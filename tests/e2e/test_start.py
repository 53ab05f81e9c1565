"""Starting: the handshake loads nothing of AWS; a wrong configuration is told at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HEAVY = {"boto3", "botocore", "tenacity", "moto"}
HELLO = (
    "initialize",
    {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
)


def imported(log: str) -> set[str]:
    """The top-level packages that ``-X importtime`` tells of."""
    lines = (line for line in log.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_telling_the_version_loads_nothing_of_aws(home: Any) -> None:
    ended = home.run("--version", interpreter=("-X", "importtime"))
    assert ended.code == 0
    assert ended.out.startswith("awswhitelist ")
    assert "awswhitelist" in imported(ended.err)
    assert imported(ended.err) & (HEAVY | {"pydantic"}) == set()


@pytest.mark.parametrize("arguments", [("serve",), ("serve", "--sandbox")])
def test_a_greeting_is_answered_without_anything_of_aws(
    home: Any, lines: Any, arguments: tuple[str, ...]
) -> None:
    ended = home.run(*arguments, lines=lines(HELLO), interpreter=("-X", "importtime"))
    (answer,) = ended.answers
    assert ended.code == 0
    assert answer["result"]["serverInfo"]["name"] == "awswhitelist"
    assert "pydantic" in imported(ended.err)
    assert imported(ended.err) & HEAVY == set()


@pytest.mark.parametrize("arguments", [("serve",), ("serve", "--sandbox")])
def test_the_tools_are_listed_without_anything_of_aws(
    home: Any, lines: Any, arguments: tuple[str, ...]
) -> None:
    wanted = lines(HELLO, ("tools/list", {}))
    ended = home.run(*arguments, lines=wanted, interpreter=("-X", "importtime"))
    assert [tool["name"] for tool in ended.answers[1]["result"]["tools"]][0] == "whitelist"
    assert imported(ended.err) & HEAVY == set()


def test_a_server_without_standard_input_ends_at_once(home: Any) -> None:
    command = f"exec {sys.executable} -m awswhitelist serve <&-"
    done = subprocess.run(
        ["sh", "-c", command], env=home.environment(), capture_output=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"")


def without(home: Any, closed: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Serve with a standard descriptor closed, as the shell closes it."""
    return subprocess.run(
        ["sh", "-c", f'exec "$0" "$@" {closed}', sys.executable, "-m", "awswhitelist", *arguments],
        input=b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
        capture_output=True,
        env=home.environment(),
        timeout=60,
    )


def test_a_server_without_standard_output_says_so_and_ends_with_2(home: Any) -> None:
    ended = without(home, ">&-", "serve", "--sandbox")
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"awswhitelist: There is no standard output")


def test_a_server_without_standard_error_serves(home: Any) -> None:
    ended = without(home, "2>&-", "serve", "--sandbox")
    assert (ended.returncode, ended.stdout) == (0, b'{"jsonrpc":"2.0","id":1,"result":{}}\n')


def test_a_wrong_configuration_never_reaches_the_wire(home: Any, tmp_path: Path) -> None:
    ended = without(home, "2>&-", "serve", "--config", str(tmp_path / "missing.json"))
    assert (ended.returncode, ended.stdout) == (2, b"")


WRONG_CONFIGS = {
    "a misspelt field": ('{"server": {"wrokers": 8}}', "`server.wrokers`"),
    "a wrong type": ('{"server": {"workers": "many"}}', "`server.workers`"),
    "not JSON": ('{"server": ', "line 1"),
}


@pytest.mark.parametrize(("text", "named"), WRONG_CONFIGS.values(), ids=WRONG_CONFIGS)
def test_a_wrong_configuration_ends_with_2_and_names_the_field(
    home: Any, text: str, named: str
) -> None:
    config: Path = home.path / "config.json"
    config.write_text(text)
    ended = home.run("serve", "--config", str(config), lines="{}\n")
    assert (ended.code, ended.out) == (2, "")
    assert named in ended.err
    assert "Traceback" not in ended.err


def test_a_variable_that_sets_nothing_ends_with_2(home: Any) -> None:
    ended = home.run("serve", environ={"AWSWHITELIST_SERVER__WROKERS": "8"})
    assert (ended.code, ended.out) == (2, "")
    assert "AWSWHITELIST_SERVER__WORKERS" in ended.err


def test_a_policy_that_cannot_be_read_lets_the_server_start_but_change_nothing(
    home: Any, lines: Any
) -> None:
    config: Path = home.path / "config.json"
    config.write_text(json.dumps({"policy": {"read_onyl": True}}))
    call = {"target": "prod-bastion", "source": "203.0.113.7", "port": 22}
    calls = lines(("whitelist", call), ("capabilities", {}))
    ended = home.run("serve", "--sandbox", "--config", str(config), lines=calls)
    answers = {answer["id"]: answer for answer in ended.answers}
    assert answers[1]["error"]["data"]["code"] == "policy_denied"
    assert answers[2]["result"]["policy_kept_by"].startswith("nobody")
