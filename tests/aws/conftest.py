"""An AWS environment of the tests' own, and three kinds of AWS: stubbed, scripted HTTP, moto."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

# Before any session is made: moto's hook is built into sessions made after its import only.
from moto import mock_aws
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.session import Session
from botocore.stub import Stubber

from awswhitelist.aws.clients import AwsClientFactory
from awswhitelist.aws.inventory import Inventory
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.calls import CallContext, PlainContext
from awswhitelist.models import AwsScope

REGION = "eu-west-1"


@pytest.fixture(autouse=True)
def aws_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the test's own AWS ``config`` and ``credentials``; nothing of the user's."""
    for name in [name for name in os.environ if name.upper().startswith(("AWS_", "HTTPS_PROXY"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "aws"
    folder.mkdir()
    (folder / "config").write_text("[profile dev]\nregion = eu-north-1\n")
    (folder / "credentials").write_text(
        "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = secret\n"
        "[dev]\naws_access_key_id = AKIDDEV\naws_secret_access_key = secret\n"
    )
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
    return folder


@pytest.fixture(scope="session")
def shared_factory() -> AwsClientFactory:
    """Parsing botocore's EC2 model takes long, so the tests share one session."""

    def offline_session(_profile: str | None) -> Session:
        paths = {
            name: (None, None, os.devnull, None) for name in ("config_file", "credentials_file")
        }
        session = Session(session_vars=paths)
        session.set_credentials("AKIDTEST", "secret")
        return session

    return AwsClientFactory(offline_session)


@pytest.fixture
def client(shared_factory: AwsClientFactory) -> Any:
    """An EC2 client as the factory makes it."""
    return shared_factory.client("ec2", AwsScope(profile=None, region=REGION))


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    """A Stubber on ``client``; every answer that was prepared must be used."""
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def ctx() -> CallContext:
    return PlainContext("r-1")


@pytest.fixture
def once() -> RetryPolicy:
    """No retries: what the first attempt raises comes out."""
    return RetryPolicy(attempts=1)


@pytest.fixture
def impatient() -> RetryPolicy:
    """Retries without any waiting."""
    return RetryPolicy(attempts=3, sleep=lambda _seconds: None)


@pytest.fixture
def service(client: Any, once: RetryPolicy, ctx: CallContext) -> SecurityGroupService:
    return SecurityGroupService(client, once, ctx)


class Stage:
    """Services on stubbed clients: ``answer`` says what AWS will answer next."""

    def __init__(self, factory: AwsClientFactory, retry: RetryPolicy, ctx: CallContext) -> None:
        self._factory = factory
        self._stubs: dict[str, Stubber] = {}
        groups = SecurityGroupService(self.client("ec2"), retry, ctx)
        self.inventory = Inventory(self.client, groups, retry, ctx)

    def client(self, service: str) -> Any:
        client = self._factory.client(service, AwsScope(profile=None, region=REGION))
        if service not in self._stubs:
            self._stubs[service] = Stubber(client)
            self._stubs[service].activate()
        return client

    def answer(self, service: str, method: str, answer: dict[str, Any], **asked: Any) -> None:
        self.client(service)
        self._stubs[service].add_response(method, answer, asked)

    def refuse(self, service: str, method: str, code: str, status: int = 400) -> None:
        self.client(service)
        self._stubs[service].add_client_error(method, code, http_status_code=status)

    def close(self) -> None:
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()
            stub.deactivate()


@pytest.fixture
def stage(shared_factory: AwsClientFactory, once: RetryPolicy, ctx: CallContext) -> Iterator[Stage]:
    made = Stage(shared_factory, once, ctx)
    yield made
    made.close()


class Body(io.BytesIO):
    """What botocore reads an answer's body from."""

    def stream(self, **_options: Any) -> Iterator[bytes]:
        yield self.read()


class Wire:
    """AWS over scripted HTTP: keeps what was sent, and answers in order or fails."""

    def __init__(self) -> None:
        self.sent: list[dict[str, list[str]]] = []
        self._script: list[Callable[[str], AWSResponse]] = []

    def answer(self, body: str, *, status: int = 200, **headers: str) -> None:
        """The next answer; underscores in header names stand for hyphens."""
        named = HTTPHeaders()
        for name, value in headers.items():
            named[name.replace("_", "-")] = value
        self._script.append(lambda url: AWSResponse(url, status, named, Body(body.encode())))

    def fail(self, error: Exception) -> None:
        """The next request is lost with this error."""

        def lose(_url: str) -> AWSResponse:
            raise error

        self._script.append(lose)

    def handle(self, request: AWSPreparedRequest, **_event: Any) -> AWSResponse:
        """botocore's ``before-send`` hook."""
        body = request.body
        text = body.decode() if isinstance(body, bytes) else str(body)
        self.sent.append(parse_qs(text) | {"User-Agent": [str(request.headers["User-Agent"])]})
        return self._script.pop(0)(request.url)


@pytest.fixture
def wire(client: Any) -> Iterator[Wire]:
    """Scripted HTTP below ``client``."""
    scripted = Wire()
    client.meta.events.register_first("before-send.ec2", scripted.handle)
    yield scripted
    client.meta.events.unregister("before-send.ec2", scripted.handle)


@pytest.fixture
def moto() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def group_id(moto: None, client: Any) -> str:
    """A group without ingress rules, in a VPC that is not the default one (in moto)."""
    vpc = client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    created = client.create_security_group(
        GroupName="prod-db",
        Description="databases",
        VpcId=vpc,
        TagSpecifications=[
            {"ResourceType": "security-group", "Tags": [{"Key": "team", "Value": "data"}]}
        ],
    )
    return str(created["GroupId"])
