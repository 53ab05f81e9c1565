"""A moto server, a world in front of it, and the program on its real path."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session
from moto.server import ThreadedMotoServer

from awswhitelist.application import Surroundings, load_tools
from awswhitelist.calls import PlainContext
from awswhitelist.config import load_config
from awswhitelist.exceptions import AwsWhitelistError
from tests.faults.proxy import Address
from tests.faults.served import Served
from tests.faults.world import REGION, Call, Told, World


@pytest.fixture(scope="session")
def moto() -> Iterator[Address]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()
    server.stop()


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trimmed service models, made once for all of these tests."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def direct(moto: Address) -> Any:
    """A client of a stranger's, past every proxy."""
    session = Session()
    session.set_credentials("AKIASTRANGER", "secret")
    endpoint = "http://{}:{}".format(*moto)
    return session.create_client("ec2", region_name=REGION, endpoint_url=endpoint)


@pytest.fixture
def world(
    moto: Address, direct: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    for name in [name for name in os.environ if name.upper().startswith(("AWS", "HTTP_PROXY"))]:
        monkeypatch.delenv(name)
    made = World(moto, direct, tmp_path)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(made.credentials))
    yield made
    made.proxy.close()


@pytest.fixture
def config_file(world: World, tmp_path: Path, model_cache: Path) -> Callable[..., Path]:
    """Writes a configuration whose AWS is behind the proxy; ``aws`` adds to that section."""

    def write(sections: Mapping[str, Any] | None = None, **aws: Any) -> Path:
        path = tmp_path / "config.json"
        settings = {
            "aws": {"endpoint_url": world.proxy.url, "model_cache": str(model_cache), **aws},
            "defaults": {"region": REGION, "owner": "alice"},
            "state": {"directory": str(tmp_path / "state")},
            **(sections or {}),
        }
        path.write_text(json.dumps(settings))
        return path

    return write


@pytest.fixture
def slept() -> list[float]:
    """How long the program would have waited."""
    return []


@pytest.fixture
def program(
    config_file: Callable[..., Path], slept: list[float], tmp_path: Path
) -> Callable[..., Call]:
    """The operations, wired as the real program wires them; only waiting takes no time."""

    def start(sections: Mapping[str, Any] | None = None, **aws: Any) -> Call:
        no_policy = tmp_path / "no-policy.json"
        config = load_config(config_file(sections, **aws), os.environ, operator_policy=no_policy)
        around = Surroundings("alice", os.environ, sleep=slept.append)
        numbers = itertools.count(1)
        tools = {tool.name: tool for tool in load_tools(config, around, sandbox=False)}

        def call(name: str, arguments: dict[str, Any]) -> Told:
            try:
                result = tools[name].call(arguments, PlainContext(f"request-{next(numbers)}"))
            except AwsWhitelistError as error:
                return Told(error.to_object(), is_error=True)
            return Told(result.structured, is_error=False)

        return call

    return start


@pytest.fixture
def serve(world: World, config_file: Callable[..., Path]) -> Iterator[Callable[..., Served]]:
    """Starts the real program; whatever a test leaves of it is ended."""
    started: list[Served] = []

    def start(sections: Mapping[str, Any] | None = None) -> Served:
        started.append(Served(config_file(sections)))
        return started[-1]

    yield start
    for served in started:
        served.kill()
        served.end()
