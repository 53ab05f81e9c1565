"""Sessions and clients: what is shared, what is kept apart, what is read from the environment."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from awswhitelist.aws.clients import AwsClientFactory, stock_session
from awswhitelist.exceptions import CredentialsError, InvalidArgumentError
from awswhitelist.models import AwsScope
from awswhitelist.parallel import run_side_by_side


def scope(profile: str | None = None, region: str = "eu-west-1") -> AwsScope:
    return AwsScope(profile=profile, region=region)


def access_key(client: Any) -> str:
    """The key that a request of this client is signed with."""
    url = client.generate_presigned_url("get_caller_identity")
    return str(url.split("X-Amz-Credential=")[1].split("%2F")[0])


class Sessions:
    """A session factory that keeps what it made."""

    def __init__(self) -> None:
        self.made: list[str | None] = []

    def __call__(self, profile: str | None) -> Session:
        self.made.append(profile)
        return stock_session(profile)


def test_the_same_scope_and_service_share_one_client() -> None:
    factory = AwsClientFactory()
    assert factory.client("sts", scope()) is factory.client("sts", scope())


def test_region_service_and_profile_each_have_a_client_of_their_own() -> None:
    factory = AwsClientFactory()
    clients = [
        factory.client("sts", scope()),
        factory.client("sts", scope(region="eu-west-2")),
        factory.client("sts", scope(profile="dev")),
        factory.client("sqs", scope()),
    ]
    assert len({id(client) for client in clients}) == 4
    assert [client.meta.region_name for client in clients[:2]] == ["eu-west-1", "eu-west-2"]


@pytest.mark.requirement("AUTH-1")
def test_a_client_signs_with_the_keys_of_its_profile() -> None:
    factory = AwsClientFactory()
    assert access_key(factory.client("sts", scope())) == "AKIDDEFAULT"
    assert access_key(factory.client("sts", scope(profile="dev"))) == "AKIDDEV"


def test_a_profile_has_one_session_for_all_of_its_clients() -> None:
    sessions = Sessions()
    factory = AwsClientFactory(sessions)
    for profile in (None, "dev", None, "dev"):
        factory.client("sts", scope(profile))
        factory.client("sqs", scope(profile))
    assert sessions.made == [None, "dev"]


def test_threads_that_ask_at_once_get_the_same_client() -> None:
    sessions = Sessions()
    factory = AwsClientFactory(sessions)
    start = threading.Barrier(8, timeout=10)

    def ask() -> Any:
        start.wait()
        return factory.client("sts", scope())

    clients = run_side_by_side(*[ask] * 8)
    assert ({id(client) for client in clients}, sessions.made) == ({id(clients[0])}, [None])


@pytest.mark.requirement("AUTH-1")
def test_new_keys_in_the_credentials_file_are_used_at_once(aws_files: Path) -> None:
    factory = AwsClientFactory()
    before = access_key(factory.client("sts", scope()))
    (aws_files / "credentials").write_text(
        "[default]\naws_access_key_id = AKIDRENEWED\naws_secret_access_key = secret\n"
    )
    after = access_key(factory.client("sts", scope()))
    assert (before, after) == ("AKIDDEFAULT", "AKIDRENEWED")


def test_missing_aws_files_are_no_reason_for_new_sessions(aws_files: Path) -> None:
    for file in aws_files.iterdir():
        file.unlink()
    sessions = Sessions()
    factory = AwsClientFactory(sessions)
    assert factory.client("sts", scope()) is factory.client("sts", scope())
    assert sessions.made == [None]


def test_a_session_that_reads_no_files_is_kept() -> None:
    def without_files(_profile: str | None) -> Session:
        no_files = {name: (None, None, None, None) for name in ("config_file", "credentials_file")}
        return Session(session_vars=no_files)

    factory = AwsClientFactory(without_files)
    assert factory.default_region(None) == factory.default_region(None)


def test_limits_and_endpoint_reach_the_client() -> None:
    factory = AwsClientFactory(
        max_pool_connections=32,
        connect_timeout=1,
        read_timeout=2,
        endpoint_url="http://127.0.0.1:9",
    )
    client = factory.client("sts", scope())
    config = client.meta.config
    limits = (config.max_pool_connections, config.connect_timeout, config.read_timeout)
    assert (limits, client.meta.endpoint_url) == ((32, 1, 2), "http://127.0.0.1:9")


def test_the_environment_cannot_turn_botocores_own_retries_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    retries = AwsClientFactory().client("sts", scope()).meta.config.retries
    assert retries == {"total_max_attempts": 1, "mode": "standard"}


@pytest.mark.parametrize("from_environment", [False, True])
def test_a_missing_profile_is_an_error_that_names_it(
    monkeypatch: pytest.MonkeyPatch, from_environment: bool
) -> None:
    if from_environment:
        monkeypatch.setenv("AWS_PROFILE", "nowhere")
    with pytest.raises(CredentialsError) as raised:
        AwsClientFactory().client("sts", scope(None if from_environment else "nowhere"))
    assert raised.value.details == {"profile": "nowhere"}


def test_an_unreadable_aws_config_is_an_error_of_ours(aws_files: Path) -> None:
    (aws_files / "config").write_text("this is no config file")
    with pytest.raises(CredentialsError):
        AwsClientFactory().default_region(None)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_ENDPOINT_URL", "localhost:5000"),
        ("AWS_METADATA_SERVICE_TIMEOUT", "a while"),
        ("AWS_DEFAULTS_MODE", "usual"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv5"),
    ],
)
def test_a_setting_that_botocore_cannot_read_is_a_matter_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(CredentialsError, match="configuration cannot be used"):
        AwsClientFactory().client("sts", scope())


def test_a_config_that_was_mended_is_read_again(aws_files: Path) -> None:
    (aws_files / "config").write_text("this is no config file")
    factory = AwsClientFactory()
    with pytest.raises(CredentialsError):
        factory.default_region(None)
    (aws_files / "config").write_text("[default]\nregion = eu-south-1\n")
    assert factory.default_region(None) == "eu-south-1"


def test_an_impossible_region_is_an_argument_error() -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        AwsClientFactory().client("sts", scope(region="eu west 1"))
    assert raised.value.field == "region"


def test_the_region_comes_from_the_environment_before_the_profile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def region(profile: str | None) -> str | None:
        return AwsClientFactory().default_region(profile)

    assert (region(None), region("dev")) == (None, "eu-north-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    assert (region(None), region("dev")) == ("eu-west-2", "eu-west-2")
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    assert (region(None), region("dev")) == ("eu-west-3", "eu-west-3")


def test_the_factory_does_not_touch_the_environment() -> None:
    before = dict(os.environ)
    AwsClientFactory().client("sts", scope())
    assert dict(os.environ) == before
