"""What is read before the first client is made: all that it is made of, and no credentials."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.aws.clients import AwsClientFactory, shared_sessions, stock_session
from awswhitelist.aws.gateway import AwsGateway
from awswhitelist.aws.loader import TrimmedLoader
from awswhitelist.aws.model_cache import ModelCache
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.exceptions import CredentialsError
from awswhitelist.models import AwsScope

SCOPE = AwsScope(profile=None, region="eu-west-1")


class CountedCache(ModelCache):
    """A cache that keeps nothing, and the names that were asked for."""

    def __init__(self) -> None:
        super().__init__(None)
        self.asked: list[str] = []

    def read(self, name: str) -> dict[str, Any] | None:
        self.asked.append(name.partition("-")[0])
        return super().read(name)


def test_the_first_clients_are_made_of_what_was_preloaded() -> None:
    cache = CountedCache()
    loader = TrimmedLoader(cache)
    factory = AwsClientFactory(lambda profile: stock_session(profile, loader))
    factory.preload(None)
    assert sorted(cache.asked) == ["ec2", "endpoints", "sts"]
    for service in ("ec2", "sts"):
        factory.client(service, SCOPE)
    assert sorted(cache.asked) == ["ec2", "endpoints", "sts"]


def test_preloading_runs_no_credential_process(aws_files: Path, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    keys = json.dumps({"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": "secret"})
    script = f"open({str(trace)!r}, 'w'); print({keys!r})"
    (aws_files / "credentials").write_text("")
    command = shlex.join([sys.executable, "-c", script])
    (aws_files / "config").write_text(f"[default]\ncredential_process = {command}\n")
    factory = AwsClientFactory(shared_sessions(None))
    factory.preload(None)
    assert not trace.exists()
    assert factory.keys_in_use(SCOPE) == "AKIDPROCESS"
    assert trace.exists()


def test_the_gateway_preloads_for_the_usual_profile() -> None:
    gateway = AwsGateway(
        AwsClientFactory(shared_sessions(None)),
        RetryPolicy(),
        default_profile="nowhere",
        default_region=lambda _profile: None,
    )
    with pytest.raises(CredentialsError) as told:
        gateway.preload()
    assert told.value.details == {"profile": "nowhere"}
