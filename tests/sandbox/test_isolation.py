"""Nothing of the machine reaches the sandbox, and nothing of the sandbox leaves it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import botocore.session
import pytest

from awswhitelist.sandbox import Sandbox

HOSTILE = {
    "AWS_PROFILE": "missing",
    "AWS_DEFAULT_PROFILE": "missing",
    "AWS_ACCESS_KEY_ID": "AKIAMARKERMARKERMARK",
    "AWS_SECRET_ACCESS_KEY": "marker-secret",
    "AWS_SESSION_TOKEN": "marker-token",
    "AWS_REGION": "us-west-2",
    "AWS_DEFAULT_REGION": "us-west-2",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ENDPOINT_URL_EC2": "http://127.0.0.1:1",
    "AWS_CONFIG_FILE": "/nonexistent/config",
    "AWS_DATA_PATH": "/nonexistent",
    "AWS_CA_BUNDLE": "/nonexistent/ca.pem",
    "HTTPS_PROXY": "http://127.0.0.1:1",
}

HOSTILE_PROGRAM = """
import os, socket
def refuse(*_): raise SystemExit("a request left the sandbox")
socket.socket.connect = refuse
before = dict(os.environ)
from awswhitelist.sandbox import Sandbox
sandbox = Sandbox()
for service, operation in (
    ("ec2", "describe_security_groups"),
    ("rds", "describe_db_instances"),
    ("elbv2", "describe_load_balancers"),
    ("elb", "describe_load_balancers"),
):
    client = sandbox.new_session("any").create_client(service)
    getattr(client, operation)()
    print(client.meta.region_name)
assert dict(os.environ) == before
"""


def client_of(sandbox: Sandbox, service: str, **more: Any) -> Any:
    return sandbox.new_session(None).create_client(service, **more)


def run(program: str, environ: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_hostile_environment_has_no_effect_from_the_first_import_on() -> None:
    assert run(HOSTILE_PROGRAM, HOSTILE).split() == ["eu-west-1"] * 4


def test_a_session_has_credentials_that_say_sandbox(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    session: Any = sandbox.new_session("missing")
    credentials: Any = session.get_credentials()
    client = session.create_client("ec2")
    assert (credentials.access_key, credentials.token) == ("sandbox", "sandbox")
    assert client.meta.endpoint_url == "https://ec2.eu-west-1.amazonaws.com"
    assert client.describe_security_groups()["SecurityGroups"]


def test_an_unknown_operation_is_refused_and_not_sent(sandbox: Sandbox, refusal: Any) -> None:
    session: Any = sandbox.new_session(None)
    ec2, s3 = session.create_client("ec2"), session.create_client("s3")
    assert refusal(ec2.create_vpc, CidrBlock="10.0.0.0/16") == "SandboxOperationNotSupported"
    assert refusal(s3.list_buckets) == "SandboxOperationNotSupported"


def test_an_endpoint_given_by_hand_makes_no_difference(sandbox: Sandbox) -> None:
    client = client_of(sandbox, "ec2", endpoint_url="http://127.0.0.1:1")
    assert client.describe_security_groups()["SecurityGroups"]


def test_other_clients_of_the_process_are_not_served(sandbox: Sandbox) -> None:
    session: Any = botocore.session.Session()
    session.set_credentials("mine", "mine")
    sent: list[str] = []

    class Sent(Exception):
        """The request got as far as the wire."""

    def wire(request: Any, **_: Any) -> None:
        sent.append(request.url)
        raise Sent

    client = session.create_client("ec2", region_name="eu-west-1")
    client.meta.events.register_last("before-send", wire)
    with pytest.raises(Sent):
        client.describe_security_groups()
    assert sent == ["https://ec2.eu-west-1.amazonaws.com/"]


def test_every_answer_is_dated_and_has_a_request_id_of_its_own(ec2: Any) -> None:
    answers = [ec2.describe_vpcs()["ResponseMetadata"] for _ in range(2)]
    assert all(answer["HTTPHeaders"]["date"].endswith("GMT") for answer in answers)
    assert len({answer["RequestId"] for answer in answers}) == 2
    assert all(
        answer["HTTPHeaders"]["x-amzn-requestid"] == answer["RequestId"] for answer in answers
    )


def test_latency_is_added_to_every_call() -> None:
    slept: list[float] = []
    sandbox = Sandbox(latency=0.25, sleep=slept.append)
    sts = client_of(sandbox, "sts")
    sts.get_caller_identity()
    sts.get_caller_identity()
    assert slept == [0.25, 0.25]


def test_a_closed_sandbox_refuses_and_closes_again(sandbox: Sandbox, refusal: Any) -> None:
    sts = client_of(sandbox, "sts")
    sandbox.close()
    sandbox.close()
    assert refusal(sts.get_caller_identity) == "SandboxClosed"
