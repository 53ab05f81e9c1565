"""Every source of credentials, against an AWS that answers in this process."""

from __future__ import annotations

import io
import json
import re
import stat
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.session import Session
from pydantic import SecretStr

from awswhitelist.aws import unattended
from awswhitelist.aws.clients import MOST_EXPLICIT, AwsClientFactory, stock_session
from awswhitelist.aws.credentials import ExplicitProvider, LiveCredentials
from awswhitelist.aws.gateway import AwsGateway
from awswhitelist.aws.invoke import invoke
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.aws.secrets_manager import parse_secret
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import (
    AwsError,
    CredentialsError,
    CredentialsExpiredError,
    CredentialsInvalidError,
    InvalidArgumentError,
    PermissionMissingError,
)
from awswhitelist.models import AwsCredentials, AwsScope
from awswhitelist.parallel import run_side_by_side
from awswhitelist.profiles_config import CredentialSource, ProfileConfig

REGION = "eu-west-1"
ROLE = "arn:aws:iam::111122223333:role/opener"
SECRET_TEXT = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ONCE = RetryPolicy(attempts=1)


def profile(source: str, **fields: Any) -> ProfileConfig:
    return ProfileConfig(source=CredentialSource(source), **fields)


def scope(name: str | None = None, keys: AwsCredentials | None = None) -> AwsScope:
    return AwsScope(profile=name, region=REGION, credentials=keys)


def explicit(key: str = "AKIDCALL", token: str | None = None) -> AwsCredentials:
    return AwsCredentials(
        access_key_id=SecretStr(key),
        secret_access_key=SecretStr(SECRET_TEXT),
        session_token=SecretStr(token) if token else None,
    )


class Body:
    """What botocore reads an answer's body from."""

    def __init__(self, text: str) -> None:
        self._content = text.encode()

    def stream(self, **_options: Any) -> Iterator[bytes]:
        yield self._content


def text_of(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class FakeAws:
    """STS and Secrets Manager: hands out numbered role keys, and remembers who asked for what."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        """The operation, and the access key that it was signed with."""
        self.hosts: list[str] = []
        self.params: list[dict[str, list[str]]] = []
        self.tokens: list[str | None] = []
        self.expired: set[str] = set()
        self.denied: set[str] = set()
        self.lifetime = timedelta(hours=1)
        self.secret: str | None = None
        self._roles = 0
        self._lock = threading.Lock()

    def new_session(self, aws_profile: str | None) -> Session:
        session = stock_session(aws_profile)
        session.get_component("event_emitter").register_first("before-send", self.answer)
        return session

    def answer(self, request: AWSPreparedRequest, **_event: Any) -> AWSResponse:
        headers = {name: text_of(value) for name, value in request.headers.items()}
        found = re.search(r"Credential=([^/]+)/", headers["Authorization"])
        key = found[1] if found else ""
        params = parse_qs(text_of(request.body))
        target = headers.get("X-Amz-Target", "")
        operation = target.rpartition(".")[2] or params["Action"][0]
        with self._lock:
            self.calls.append((operation, key))
            self.hosts.append(request.url.split("/")[2])
            self.params.append(params)
            self.tokens.append(headers.get("X-Amz-Security-Token"))
            if key in self.expired:
                return self._error(request.url, "ExpiredToken", 403)
            if operation in self.denied:
                return self._error(request.url, "AccessDenied", 403)
            answered: AWSResponse = getattr(self, operation)(request.url)
            return answered

    def AssumeRole(self, url: str) -> AWSResponse:  # named as AWS names it
        self._roles += 1
        end = (datetime.now(UTC) + self.lifetime).isoformat()
        return _xml(
            url,
            f"<AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE{self._roles}</AccessKeyId>"
            f"<SecretAccessKey>{SECRET_TEXT}</SecretAccessKey><SessionToken>tok</SessionToken>"
            f"<Expiration>{end}</Expiration></Credentials></AssumeRoleResult>",
        )

    def GetCallerIdentity(self, url: str) -> AWSResponse:
        return _xml(
            url,
            "<GetCallerIdentityResult><Account>111122223333</Account>"
            "<Arn>arn:aws:sts::111122223333:x</Arn></GetCallerIdentityResult>",
        )

    def GetSecretValue(self, url: str) -> AWSResponse:
        if self.secret is None:
            body = json.dumps({"__type": "ResourceNotFoundException", "message": "no"})
            return AWSResponse(url, 400, HTTPHeaders(), Body(body))
        return AWSResponse(url, 200, HTTPHeaders(), Body(json.dumps({"SecretString": self.secret})))

    def _error(self, url: str, code: str, status: int) -> AWSResponse:
        return _xml(url, f"<Error><Code>{code}</Code><Message>no</Message></Error>", status)


def _xml(url: str, inner: str, status: int = 200) -> AWSResponse:
    meta = "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>"
    return AWSResponse(url, status, HTTPHeaders(), Body(f"<Answer>{inner}{meta}</Answer>"))


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


MakeFactory = Callable[..., AwsClientFactory]


@pytest.fixture
def make(aws: FakeAws) -> MakeFactory:
    """A factory on the fake AWS, with these profiles of ours."""
    return lambda **profiles: AwsClientFactory(aws.new_session, profiles=profiles)


def ask(factory: AwsClientFactory, ctx: CallContext, where: AwsScope) -> None:
    """One call of AWS in that scope."""
    invoke(factory.client("sts", where), "get_caller_identity", {}, retry=ONCE, ctx=ctx)


def test_the_standard_chain_and_aws_profiles_sign_with_their_keys(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    factory = make(
        plain=profile("standard"),
        ours=profile("aws_profile", aws_profile="dev"),
    )
    for name in (None, "plain", "dev", "ours"):
        ask(factory, ctx, scope(name))
    assert [key for _, key in aws.calls] == ["AKIDDEFAULT", "AKIDDEFAULT", "AKIDDEV", "AKIDDEV"]


def test_a_profile_of_ours_comes_before_an_aws_profile_of_that_name(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    ask(make(dev=profile("aws_profile", aws_profile="default")), ctx, scope("dev"))
    assert aws.calls == [("GetCallerIdentity", "AKIDDEFAULT")]


def test_environment_keys_are_the_standard_chain(
    aws: FakeAws, make: MakeFactory, ctx: CallContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    ask(make(), ctx, scope())
    assert aws.calls == [("GetCallerIdentity", "AKIDENV")]


@pytest.mark.parametrize("name", ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"])
def test_keys_with_a_line_break_are_no_outage(
    aws: FakeAws, make: MakeFactory, ctx: CallContext, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    keys = {"ACCESS_KEY_ID": "AKIDENV", "SECRET_ACCESS_KEY": SECRET_TEXT, "SESSION_TOKEN": "t"}
    for each, value in {**keys, name: f"{keys[name]}\n"}.items():
        monkeypatch.setenv(f"AWS_{each}", value)
    with pytest.raises(CredentialsInvalidError) as caught:
        ask(make(), ctx, scope())
    assert SECRET_TEXT not in repr(caught.value.to_object())
    assert aws.calls == []


def test_a_credential_process_is_asked(
    aws: FakeAws, make: MakeFactory, ctx: CallContext, aws_files: Path
) -> None:
    script = aws_files / "keys.sh"
    keys = {"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": "s"}
    script.write_text(f"#!/bin/sh\necho '{json.dumps(keys)}'\n")
    script.chmod(stat.S_IRWXU)
    with (aws_files / "config").open("a") as file:
        file.write(f"[profile proc]\ncredential_process = {script}\n")
    ask(make(), ctx, scope("proc"))
    assert aws.calls == [("GetCallerIdentity", "AKIDPROCESS")]


@pytest.mark.parametrize("program", ["/no/such/program", "{keys}", "{keys}/inside"])
def test_a_credential_process_that_cannot_be_started_is_a_matter_of_credentials(
    aws: FakeAws, make: MakeFactory, ctx: CallContext, aws_files: Path, program: str
) -> None:
    script = aws_files / "keys.sh"
    script.write_text("echo 'no interpreter is named'\n")
    script.chmod(stat.S_IRWXU)
    with (aws_files / "config").open("a") as file:
        file.write(f"[profile proc]\ncredential_process = {program.format(keys=script)}\n")
    with pytest.raises(CredentialsError):
        ask(make(), ctx, scope("proc"))
    with pytest.raises(CredentialsError):
        make().keys_in_use(scope("proc"))
    assert aws.calls == []


def test_the_file_of_a_token_that_is_none_is_a_matter_of_credentials(
    aws: FakeAws, make: MakeFactory, ctx: CallContext, aws_files: Path
) -> None:
    with (aws_files / "config").open("a") as file:
        file.write(f"[profile web]\nrole_arn = {ROLE}\nweb_identity_token_file = {aws_files}\n")
    with pytest.raises(CredentialsError):
        ask(make(), ctx, scope("web"))
    assert aws.calls == []


@pytest.mark.parametrize(
    "printed",
    [
        "hello",
        "",
        "[]",
        "17",
        "[" * 100_000,
        '{"Version": 2}',
        '{"Version": 1, "AccessKeyId": "A"}',
    ],
)
def test_a_credential_process_that_prints_no_keys_is_a_matter_of_credentials(
    aws: FakeAws, make: MakeFactory, ctx: CallContext, aws_files: Path, printed: str
) -> None:
    (aws_files / "printed").write_text(printed)
    with (aws_files / "config").open("a") as file:
        file.write(f"[profile proc]\ncredential_process = /bin/cat {aws_files / 'printed'}\n")
    with pytest.raises(CredentialsError, match="credentials gave none"):
        ask(make(), ctx, scope("proc"))
    assert aws.calls == []


@pytest.mark.parametrize("name", ["slow", "role"])
def test_a_credential_process_that_never_ends_is_given_up(
    aws: FakeAws,
    make: MakeFactory,
    ctx: CallContext,
    aws_files: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setattr(unattended, "PROCESS_SECONDS", 0.2)
    script = aws_files / "slow.sh"
    keys = {"Version": 1, "AccessKeyId": "AKIDLATE", "SecretAccessKey": "s"}
    script.write_text(f"#!/bin/sh\nsleep 30\necho '{json.dumps(keys)}'\n")
    script.chmod(stat.S_IRWXU)
    with (aws_files / "config").open("a") as file:
        file.write(f"[profile slow]\ncredential_process = {script}\n")
        file.write(f"[profile role]\nrole_arn = {ROLE}\nsource_profile = slow\n")
    with pytest.raises(CredentialsError, match="credentials gave none"):
        ask(make(), ctx, scope(name))
    assert aws.calls == []


def test_keys_of_a_call_sign_that_call_alone(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    factory = make()
    ask(factory, ctx, scope(keys=explicit(token="session")))
    ask(factory, ctx, scope())
    assert aws.calls == [("GetCallerIdentity", "AKIDCALL"), ("GetCallerIdentity", "AKIDDEFAULT")]
    assert aws.tokens == ["session", None]


def test_clients_of_keys_that_came_with_calls_are_not_kept_for_ever(make: MakeFactory) -> None:
    factory = make()
    first = factory.client("sts", scope(keys=explicit("AKID0")))
    for number in range(1, MOST_EXPLICIT):
        factory.client("sts", scope(keys=explicit(f"AKID{number}")))
    assert factory.client("sts", scope(keys=explicit("AKID0"))) is first
    factory.client("sts", scope(keys=explicit("AKIDLAST")))
    assert factory.client("sts", scope(keys=explicit("AKID0"))) is not first


def test_a_role_is_assumed_with_all_that_the_profile_says(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    factory = make(
        base=profile("aws_profile", aws_profile="dev"),
        role=profile(
            "role",
            role_arn=ROLE,
            via="base",
            external_id="ext-1",
            session_name="alice",
            duration="2h",
        ),
    )
    ask(factory, ctx, scope("role"))
    assert aws.calls == [("AssumeRole", "AKIDDEV"), ("GetCallerIdentity", "ASIAROLE1")]
    asked = {name: values[0] for name, values in aws.params[0].items()}
    assert asked | {"Action": "", "Version": ""} == {
        "Action": "",
        "Version": "",
        "RoleArn": ROLE,
        "RoleSessionName": "alice",
        "DurationSeconds": "7200",
        "ExternalId": "ext-1",
    }


def test_a_role_without_a_session_name_shows_ours_in_cloudtrail(
    aws: FakeAws, ctx: CallContext
) -> None:
    profiles = {"role": profile("role", role_arn=ROLE)}
    factory = AwsClientFactory(aws.new_session, profiles=profiles, session_name="awswhitelist-bob")
    ask(factory, ctx, scope("role"))
    assert aws.params[0]["RoleSessionName"] == ["awswhitelist-bob"]
    assert "ExternalId" not in aws.params[0]


def test_roles_may_be_chained(aws: FakeAws, make: MakeFactory, ctx: CallContext) -> None:
    factory = make(
        first=profile("role", role_arn=ROLE),
        second=profile("role", role_arn=ROLE + "2", via="first"),
    )
    ask(factory, ctx, scope("second"))
    assert aws.calls == [
        ("AssumeRole", "AKIDDEFAULT"),
        ("AssumeRole", "ASIAROLE1"),
        ("GetCallerIdentity", "ASIAROLE2"),
    ]


def test_a_role_is_assumed_in_the_profiles_region_else_where_the_call_goes(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    factory = make(
        there=profile("role", role_arn=ROLE, region="eu-central-1"),
        here=profile("role", role_arn=ROLE),
    )
    ask(factory, ctx, scope("there"))
    ask(factory, ctx, scope("here"))
    assert aws.hosts == [
        "sts.eu-central-1.amazonaws.com",
        "sts.eu-west-1.amazonaws.com",
        "sts.eu-west-1.amazonaws.com",
        "sts.eu-west-1.amazonaws.com",
    ]


def test_role_keys_are_kept_and_renewed_before_they_end(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    factory = make(role=profile("role", role_arn=ROLE))
    aws.lifetime = timedelta(minutes=12)  # within botocore's window of renewal
    ask(factory, ctx, scope("role"))
    aws.lifetime = timedelta(hours=1)
    for _ in range(3):
        ask(factory, ctx, scope("role"))
    keys = [key for operation, key in aws.calls if operation == "GetCallerIdentity"]
    assert keys == ["ASIAROLE1", "ASIAROLE2", "ASIAROLE2", "ASIAROLE2"]


def test_a_role_that_may_not_be_assumed_names_the_permission(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    aws.denied.add("AssumeRole")
    with pytest.raises(PermissionMissingError) as raised:
        ask(make(role=profile("role", role_arn=ROLE)), ctx, scope("role"))
    assert raised.value.details["missing_permissions"] == ["sts:AssumeRole"]


@pytest.mark.parametrize(
    "names",
    [
        ("access_key_id", "secret_access_key", "session_token"),
        ("AccessKeyId", "SecretAccessKey", "SessionToken"),
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    ],
)
def test_keys_come_out_of_a_secret_however_they_are_written(
    aws: FakeAws, make: MakeFactory, ctx: CallContext, names: tuple[str, str, str]
) -> None:
    aws.secret = json.dumps(dict(zip(names, ("AKIDSECRET", SECRET_TEXT, "token"), strict=True)))
    ask(make(vault=profile("secrets_manager", secret_id="prod/keys")), ctx, scope("vault"))
    assert aws.calls == [("GetSecretValue", "AKIDDEFAULT"), ("GetCallerIdentity", "AKIDSECRET")]
    assert aws.tokens == [None, "token"]


def test_keys_out_of_a_secret_without_a_token_are_sent_without_one(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    aws.secret = json.dumps({"access_key_id": "AKIDSECRET", "secret_access_key": SECRET_TEXT})
    factory = make(vault=profile("secrets_manager", secret_id="prod/keys"))
    for _ in range(2):
        ask(factory, ctx, scope("vault"))
    assert [operation for operation, _ in aws.calls].count("GetSecretValue") == 1
    assert aws.tokens == [None, None, None]


@pytest.mark.parametrize("with_keys", [False, True])
def test_a_secret_may_name_a_role(
    aws: FakeAws, make: MakeFactory, ctx: CallContext, with_keys: bool
) -> None:
    role = {"role_arn": ROLE, "external_id": "ext-2"}
    keys = {"access_key_id": "AKIDSECRET", "secret_access_key": SECRET_TEXT}
    aws.secret = json.dumps(role | (keys if with_keys else {}))
    factory = make(
        base=profile("aws_profile", aws_profile="dev"),
        vault=profile("secrets_manager", secret_id="prod/role", via="base"),
    )
    ask(factory, ctx, scope("vault"))
    assert aws.calls == [
        ("GetSecretValue", "AKIDDEV"),
        ("AssumeRole", "AKIDSECRET" if with_keys else "AKIDDEV"),
        ("GetCallerIdentity", "ASIAROLE1"),
    ]
    assert aws.params[1]["ExternalId"] == ["ext-2"]


@pytest.mark.parametrize(
    ("secret", "error"),
    [
        (None, CredentialsError),
        ("", CredentialsInvalidError),
        ("hunter2-hunter2", CredentialsInvalidError),
        ('["hunter2"]', CredentialsInvalidError),
        ('{"password": "hunter2"}', CredentialsInvalidError),
        ('{"access_key_id": "hunter2"}', CredentialsInvalidError),
        ('{"role_arn": "hunter2"}', CredentialsInvalidError),
        (f'{{"role_arn": "{ROLE}", "external_id": "hunter2\\n"}}', CredentialsInvalidError),
    ],
)
def test_a_secret_without_credentials_is_an_error_that_holds_nothing_of_it(
    aws: FakeAws, make: MakeFactory, ctx: CallContext, secret: str | None, error: type[AwsError]
) -> None:
    aws.secret = secret
    with pytest.raises(error) as raised:
        ask(make(vault=profile("secrets_manager", secret_id="prod/keys")), ctx, scope("vault"))
    assert type(raised.value) is error
    assert "hunter2" not in str(raised.value.to_object())


def test_a_secret_that_may_not_be_read_names_the_permission(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    aws.denied.add("GetSecretValue")
    with pytest.raises(AwsError):
        ask(make(vault=profile("secrets_manager", secret_id="prod/keys")), ctx, scope("vault"))


def test_expired_keys_are_fetched_again_once_and_the_call_is_repeated(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    aws.expired.add("ASIAROLE1")
    factory = make(role=profile("role", role_arn=ROLE))
    ask(factory, ctx, scope("role"))
    assert aws.calls == [
        ("AssumeRole", "AKIDDEFAULT"),
        ("GetCallerIdentity", "ASIAROLE1"),
        ("AssumeRole", "AKIDDEFAULT"),
        ("GetCallerIdentity", "ASIAROLE2"),
    ]


def test_keys_that_stay_expired_are_an_error_after_one_more_try(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    aws.expired |= {"AKIDDEFAULT"}
    with pytest.raises(CredentialsExpiredError):
        ask(make(), ctx, scope())
    assert aws.calls == [("GetCallerIdentity", "AKIDDEFAULT")] * 2


def test_expired_keys_of_a_call_are_not_tried_again(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    aws.expired.add("AKIDCALL")
    with pytest.raises(CredentialsExpiredError):
        ask(make(), ctx, scope(keys=explicit()))
    assert len(aws.calls) == 1


def test_callers_whose_keys_expire_together_fetch_new_ones_once(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    factory = make(role=profile("role", role_arn=ROLE))
    ask(factory, ctx, scope("role"))
    aws.expired.add("ASIAROLE1")
    run_side_by_side(*[lambda: ask(factory, ctx, scope("role"))] * 8)
    assert [operation for operation, _ in aws.calls].count("AssumeRole") == 2


def test_thirty_two_callers_share_one_client_and_one_role(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    factory = make(role=profile("role", role_arn=ROLE))
    start = threading.Barrier(32, timeout=20)

    def call() -> int:
        start.wait()
        ask(factory, ctx, scope("role"))
        return id(factory.client("sts", scope("role")))

    assert len(set(run_side_by_side(*[call] * 32))) == 1
    assert [operation for operation, _ in aws.calls].count("AssumeRole") == 1


def test_an_ended_sso_session_says_how_to_sign_in_again(
    make: MakeFactory, ctx: CallContext, aws_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(aws_files))  # where sign-ins are kept: there are none
    with (aws_files / "config").open("a") as file:
        file.write(
            "[profile sso]\nsso_start_url = https://example.awsapps.com/start\n"
            "sso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = Opener\n"
            f"[profile role]\nrole_arn = {ROLE}\nsource_profile = sso\n"
        )
    factory = make(ours=profile("aws_profile", aws_profile="sso"))
    for name in ("sso", "ours", "role"):
        with pytest.raises(CredentialsExpiredError) as raised:
            ask(factory, ctx, scope(name))
        assert raised.value.remedy == "Run `aws sso login --profile sso`, then call again."


def test_nobody_is_asked_for_an_mfa_code_where_standard_input_is_the_wire(
    aws: FakeAws, make: MakeFactory, aws_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (aws_files / "config").open("a") as file:
        file.write(f"[profile mfa]\nrole_arn = {ROLE}\nsource_profile = dev\nmfa_serial = m\n")
    wire = io.StringIO("123456\n")
    monkeypatch.setattr("sys.stdin", wire)
    with pytest.raises(CredentialsExpiredError, match="cannot be used") as caught:
        make().keys_in_use(scope("mfa"))
    assert "MFA device" in caught.value.remedy
    assert (wire.tell(), aws.calls) == (0, [])


def test_no_credentials_anywhere_is_an_error_until_there_are_some(
    aws: FakeAws, make: MakeFactory, ctx: CallContext, aws_files: Path
) -> None:
    kept = (aws_files / "credentials").read_text()
    (aws_files / "credentials").unlink()
    factory = make()
    with pytest.raises(CredentialsError):
        ask(factory, ctx, scope())
    with pytest.raises(CredentialsError):
        factory.keys_in_use(scope())
    (aws_files / "credentials").write_text(kept)
    ask(factory, ctx, scope())
    assert aws.calls == [("GetCallerIdentity", "AKIDDEFAULT")]


def test_a_session_without_any_credentials_has_no_keys_in_use() -> None:
    class Bare(Session):
        def get_credentials(self) -> Any:
            return None

    with pytest.raises(CredentialsError):
        AwsClientFactory(lambda _profile: Bare()).keys_in_use(scope())


def test_keys_that_come_already_ended_are_an_error(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    aws.lifetime = timedelta(minutes=-5)
    with pytest.raises(CredentialsExpiredError):
        ask(make(role=profile("role", role_arn=ROLE)), ctx, scope("role"))


def gateway(factory: AwsClientFactory, **profiles: ProfileConfig) -> AwsGateway:
    return AwsGateway(
        factory,
        ONCE,
        default_profile="dev",
        default_region=lambda _profile: "eu-north-1",
        profiles=profiles,
    )


def test_a_pinned_account_lets_only_its_own_credentials_through(
    make: MakeFactory, ctx: CallContext
) -> None:
    pinned = {
        "right": profile("standard", account="111122223333"),
        "wrong": profile("standard", account="999999999999"),
    }
    door = gateway(make(**pinned), **pinned)
    assert door.caller(door.scope("right", REGION), ctx).account == "111122223333"
    with pytest.raises(CredentialsInvalidError) as raised:
        door.caller(door.scope("wrong", REGION), ctx)
    assert raised.value.details == {"account": "111122223333", "pinned_account": "999999999999"}


def test_a_caller_is_asked_for_again_when_the_keys_are_new(
    aws: FakeAws, make: MakeFactory, ctx: CallContext
) -> None:
    role = profile("role", role_arn=ROLE)
    factory = make(role=role)
    door = gateway(factory, role=role)
    here = door.scope("role", REGION)
    door.caller(here, ctx)
    door.caller(here, ctx)
    assert aws.calls[-1] == ("GetCallerIdentity", "ASIAROLE1")
    aws.expired.add("ASIAROLE1")
    ask(factory, ctx, here)
    before = len(aws.calls)
    door.caller(here, ctx)
    door.caller(here, ctx)
    assert aws.calls[before:] == [("GetCallerIdentity", "ASIAROLE2")]


def test_the_region_is_the_arguments_then_the_profiles_then_the_default(make: MakeFactory) -> None:
    ours = {"there": profile("standard", region="eu-central-1"), "here": profile("standard")}
    door = gateway(make(**ours), **ours)
    assert door.scope("there", REGION).region == REGION
    assert door.scope("there", None).region == "eu-central-1"
    assert door.scope("here", None).region == "eu-north-1"
    assert (door.is_configured("here"), door.is_configured("dev")) == (True, False)
    assert door.profiles() == ("default", "dev", "here", "there")


def test_keys_of_a_call_stand_instead_of_any_profile(make: MakeFactory) -> None:
    door, keys = gateway(make()), explicit()
    assert door.scope(None, REGION, keys) == AwsScope(profile=None, region=REGION, credentials=keys)
    with pytest.raises(InvalidArgumentError) as raised:
        door.scope("dev", REGION, keys)
    assert raised.value.field == "credentials"


def test_no_secret_shows_in_a_repr_or_a_dump() -> None:
    keys = explicit(token="session-token-text")
    live = LiveCredentials(ExplicitProvider(keys))
    shown = f"{keys!r} {scope(keys=keys)!r} {scope(keys=keys).model_dump()} {live!r} {vars(live)!r}"
    assert SECRET_TEXT not in shown and "session-token-text" not in shown


def test_what_botocore_may_still_ask_of_credentials_is_there() -> None:
    live = LiveCredentials(ExplicitProvider(explicit()))
    assert live.get_deferred_property("account_id")() is None
    assert live.get_deferred_property("access_key")() == "AKIDCALL"


def test_a_secret_holds_what_it_says() -> None:
    content = parse_secret('{"AWS_ROLE_ARN": "arn", "ExternalId": "x", "n": 7}')
    assert (content.keys, content.role_arn, content.external_id) == (None, "arn", "x")


def test_the_end_of_a_roles_keys_is_told(aws: FakeAws, make: MakeFactory, ctx: CallContext) -> None:
    aws.lifetime = timedelta(hours=2)
    door = gateway(make(r=profile("role", role_arn=ROLE)), r=profile("role", role_arn=ROLE))
    end = door.end_of_keys(scope("r"), ctx)
    assert end is not None
    assert abs(end - datetime.now(UTC) - timedelta(hours=2)) < timedelta(minutes=1)


@pytest.mark.parametrize("name", [None, "dev"])
def test_keys_without_an_end_have_none(make: MakeFactory, name: str | None) -> None:
    assert make().end_of_keys(scope(name)) is None
    assert make().end_of_keys(scope(keys=explicit())) is None


def test_of_a_secret_only_a_roles_end_is_told(aws: FakeAws, make: MakeFactory) -> None:
    factory = make(s=profile("secrets_manager", secret_id="opener"))
    keys = {"access_key_id": "AKIDSECRET", "secret_access_key": SECRET_TEXT}
    aws.secret = json.dumps(keys)
    assert factory.end_of_keys(scope("s")) is None
    aws.secret = json.dumps({"role_arn": ROLE})
    assert make(s=profile("secrets_manager", secret_id="opener")).end_of_keys(scope("s"))


def test_a_session_without_any_credentials_has_no_end() -> None:
    class Bare(Session):
        def get_credentials(self) -> Any:
            return None

    assert AwsClientFactory(lambda _profile: Bare()).end_of_keys(scope()) is None


def test_the_end_of_keys_that_cannot_be_had_is_an_error(aws: FakeAws, make: MakeFactory) -> None:
    aws.denied.add("AssumeRole")
    with pytest.raises(PermissionMissingError):
        make(r=profile("role", role_arn=ROLE)).end_of_keys(scope("r"))
