"""Secrets of the environment reach nothing that this program writes, whether calls fail or not."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

SECRETS = {
    "AWS_ACCESS_KEY_ID": "AKIAMARKERMARKER1234",
    "AWS_SECRET_ACCESS_KEY": "marker-secret-access-key-0123456789abcdef",
    "AWS_SESSION_TOKEN": "marker-session-token-0123456789abcdef",
    "AWS_SECURITY_TOKEN": "marker-security-token-0123456789abcdef",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "marker-container-token-0123456789abcdef",
}
ELSEWHERE = {"AWS_PROFILE": "missing", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
HOST = {"target": "prod-bastion", "source": "203.0.113.7", "port": 22}
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("whitelist", HOST | {"reason": "r"}),
    ("whitelist", HOST | {"port": 70000}),
    ("list_rules", {"target": "nope"}),
    ("health", {}),
)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A loopback port that refuses: bound, so that nobody else takes it, but not listening."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def no_secret_in(*texts: str) -> None:
    told = "\n".join(texts)
    assert [name for name, value in SECRETS.items() if value in told] == []
    assert "Traceback" not in told


def test_the_sandbox_neither_uses_nor_tells_the_secrets(home: Any, lines: Any) -> None:
    ended = home.run("serve", "--sandbox", lines=lines(*CALLS), environ=SECRETS | ELSEWHERE)
    assert ended.code == 0
    answers = {answer["id"]: answer for answer in ended.answers}
    assert answers[1]["result"]["status"] == "added"
    assert "error" in answers[2] and "error" in answers[3]
    assert answers[4]["result"]["status"] == "ok"
    no_secret_in(ended.out, ended.err, home.text_of_files())


def test_an_aws_that_refuses_is_a_clear_error_without_the_secrets(
    home: Any, lines: Any, closed_port: int
) -> None:
    config = home.path / "config.json"
    config.write_text(json.dumps({"aws": {"max_attempts": 1}}))
    environ = SECRETS | {
        "AWSWHITELIST_CONFIG": str(config),
        "AWSWHITELIST_AWS__ENDPOINT_URL": f"http://127.0.0.1:{closed_port}",
        "AWS_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    ended = home.run("serve", lines=lines(*CALLS), environ=environ)
    assert ended.code == 0
    answers = {answer["id"]: answer for answer in ended.answers}
    refused = answers[1]["error"]["data"]
    assert refused["code"] == "aws_unavailable"
    assert refused["retryable"] is True
    assert refused["remedy"]
    assert answers[2]["error"]["data"]["field"] == "port"
    assert answers[4]["result"]["status"] == "down"
    no_secret_in(ended.out, ended.err, home.text_of_files())


def test_credentials_that_are_nowhere_are_asked_for(home: Any, lines: Any) -> None:
    environ = {"AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true"}
    ended = home.run("serve", lines=lines(("list_rules", {"target": "x"})), environ=environ)
    (answer,) = ended.answers
    assert answer["error"]["data"]["code"] == "credentials_missing"
    assert "Traceback" not in ended.out + ended.err
