"""``list_profiles``: which identities there are, which may be named, which cannot work."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.application import Cloud, Surroundings, tools_of
from awswhitelist.aws.clients import stock_session
from awswhitelist.calls import PlainContext
from awswhitelist.config import Config
from awswhitelist.exceptions import CredentialsError
from awswhitelist.sandbox.addresses import SandboxAddresses

FILES = """
[profile alice]
region = eu-north-1
sso_session = missing
sso_account_id = 111122223333
sso_role_name = Admin
[profile bob]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = hunter2
[profile carol]
credential_process = /bin/echo hunter2
"""
OURS = {
    "prod": {
        "source": "role",
        "role_arn": "arn:aws:iam::111122223333:role/access",
        "external_id": "hunter2",
        "account": "111122223333",
        "region": "eu-west-1",
        "via": "bob",
    },
    "bob": {"source": "aws_profile", "aws_profile": "bob"},
}


@pytest.fixture
def ask(
    configured: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, Any]]:
    """Calls the operation on AWS's files of the test's own; nothing of AWS is called."""
    files = tmp_path / "aws-config"
    files.write_text(FILES)
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(files))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))

    def call(arguments: dict[str, Any] | None = None, **sections: Any) -> dict[str, Any]:
        config = configured(**sections)
        cloud = Cloud(stock_session, None, None, SandboxAddresses(), is_sandbox=False)
        tools = {spec.name: spec for spec in tools_of(cloud, config, Surroundings("tester", {}))}
        result = tools["list_profiles"].call(arguments or {}, PlainContext("ours-1"))
        assert "hunter2" not in json.dumps(result.structured) + result.text
        assert "AKIA" not in json.dumps(result.structured) + result.text
        return {**result.structured, "text": result.text}

    return call


def by_name(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in answer["items"]}


def test_ours_and_those_of_aws_files_are_shown_with_what_they_are(
    ask: Callable[..., dict[str, Any]],
) -> None:
    answer = ask(profiles=OURS, defaults={"profile": "prod"})
    assert list(by_name(answer)) == ["alice", "bob", "carol", "prod"]
    assert by_name(answer)["prod"] == {
        "name": "prod",
        "source": "role",
        "account": "111122223333",
        "region": "eu-west-1",
        "admitted": True,
        "usable": True,
    }
    assert (answer["total"], answer["default_profile"]) == (4, "prod")
    assert "4 profiles; calls that name none use prod." in answer["summary"]


def test_one_that_cannot_work_says_what_it_lacks(ask: Callable[..., dict[str, Any]]) -> None:
    answer = ask()
    alice = by_name(answer)["alice"]
    assert (alice["source"], alice["usable"], alice["region"]) == ("sso", False, "eu-north-1")
    assert "sso_session" in alice["problem"]
    assert f"NOT USABLE: {alice['problem']}" in answer["text"]


def test_profiles_of_aws_files_may_be_named_only_where_policy_names_them(
    ask: Callable[..., dict[str, Any]],
) -> None:
    usual = ask(profiles=OURS)
    assert [each["admitted"] for each in usual["items"]] == [False, True, False, True]
    assert "not admitted by policy" in usual["text"]
    named = ask(profiles=OURS, policy={"profiles": {"allow": ["carol"]}})
    assert [each["admitted"] for each in named["items"]] == [False, False, True, False]


def test_pages_are_the_whole_list(ask: Callable[..., dict[str, Any]]) -> None:
    first = ask({"limit": 2})
    second = ask({"limit": 2, "cursor": first["next_cursor"]})
    assert [*by_name(first), *by_name(second)] == ["alice", "bob", "carol"]
    assert "2 of 3 profiles" in first["summary"]
    assert first["next_cursor"] in first["text"]
    assert "next_cursor" not in second


def test_without_any_the_standard_chain_is_left(
    ask: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "aws-config").write_text("")
    answer = ask()
    assert (answer["items"], answer["total"]) == ([], 0)
    assert "AWS's standard credential chain" in answer["summary"]
    (tmp_path / "aws-config").write_text("[profile only]\n")
    assert "1 profile;" in ask()["summary"]


def test_files_that_cannot_be_read_are_an_error_with_the_remedy(
    ask: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "aws-config").write_text("[profile")
    with pytest.raises(CredentialsError) as caught:
        ask()
    assert "aws configure" in caught.value.remedy
