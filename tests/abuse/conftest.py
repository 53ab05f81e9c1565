"""A server that can be attacked from every side: its arguments, its files, its AWS, its persons."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.application import offering_of, sandbox_cloud
from awswhitelist.calls import UNAVAILABLE, Answer, PlainContext, Question
from awswhitelist.config import Config, load_config
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.mcp.handlers.tools import tool_failure
from awswhitelist.mcp.registry import ToolResult
from awswhitelist.wiring import Cloud, Surroundings

Json = dict[str, Any]


@dataclass
class Place:
    """Where a server keeps what it keeps, and what it is told."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def audit(self) -> Path:
        return self.state / "audit.jsonl"

    @property
    def operator(self) -> Path:
        """The operator's policy file."""
        return self.folder / "policy.json"

    def config(self, **sections: Any) -> Config:
        """The configuration with these sections, read as the program reads it."""
        file = self.folder / "config.json"
        state = {"state": {"directory": str(self.state)}}
        file.write_text(json.dumps(state | sections), encoding="utf-8")
        return load_config(file, self.environ, operator_policy=self.operator)

    def records(self, event: str) -> list[Json]:
        """The records of one kind in the audit log."""
        lines = self.audit.read_text(encoding="utf-8").splitlines()
        return [each for each in map(json.loads, lines) if each["event"] == event]


class Desk:
    """Calls operations as the server does; failures come back as the error object."""

    def __init__(self, cloud: Cloud, config: Config, principal: str = "tester") -> None:
        self.config = config
        self.cloud = cloud
        offering = offering_of(cloud, config, Surroundings(principal, {}, lambda _seconds: None))
        self.tools = {spec.name: spec for spec in offering.tools}
        self.beside = offering.beside
        self.asked: list[Question] = []
        self.text = ""
        self._ids = (f"{principal}-{number}" for number in count(1))

    @property
    def ec2(self) -> Any:
        """A stranger's client on the same AWS."""
        session = self.cloud.new_session(None)
        return session.create_client("ec2", region_name=self.cloud.default_region)

    def do(self, name: str, answer: Answer = UNAVAILABLE, /, **arguments: Any) -> Json:
        """The structured answer, be it a result or a failure with its ``error``."""

        def ask(question: Question) -> Answer:
            self.asked.append(question)
            return answer._replace(state=answer.state or question.state)

        request_id = next(self._ids)
        try:
            result = self.tools[name].call(arguments, PlainContext(request_id, answer=ask))
        except AwsWhitelistError as error:
            shown = tool_failure(error, request_id)
            self.text = shown["content"][0]["text"]
            return dict(json.loads(json.dumps(shown["structuredContent"])))
        assert isinstance(result, ToolResult)
        self.text = result.text
        return dict(json.loads(json.dumps(result.structured)))

    def code(self, name: str, answer: Answer = UNAVAILABLE, /, **arguments: Any) -> str:
        """What became of a call in one word: its status, or the code of its error."""
        shown = self.do(name, answer, **arguments)
        return str(shown["error"]["code"] if "error" in shown else shown.get("status", "ok"))

    def read(self, uri: str) -> Json:
        """The document of a resource with one URI."""
        (spec,) = (each for each in self.beside.get().resources if each.uri == uri)
        return dict(spec.read({}, PlainContext("read")))

    def rules(self, target: str = "prod-bastion") -> set[str]:
        """The ids of all rules of a group, as a stranger sees them."""
        group = self.group(target)
        told = self.ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group]}]
        )
        return {
            rule["SecurityGroupRuleId"]
            for rule in told["SecurityGroupRules"]
            if not rule["IsEgress"]
        }

    def group(self, name: str) -> str:
        filters = [{"Name": "group-name", "Values": [name]}]
        return str(
            self.ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def ingress(ec2: Any) -> dict[str, str]:
    """All ingress rules of the region, each with its group."""
    told = ec2.describe_security_group_rules()["SecurityGroupRules"]
    return {rule["SecurityGroupRuleId"]: rule["GroupId"] for rule in told if not rule["IsEgress"]}


@pytest.fixture(scope="session")
def shared_cloud(tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    """One sandbox for all of these tests: each leaves the rules as they were."""
    return sandbox_cloud(Place(tmp_path_factory.mktemp("cloud")).config())


@pytest.fixture
def cloud(shared_cloud: Cloud) -> Iterator[Cloud]:
    session = shared_cloud.new_session(None)
    ec2: Any = session.create_client("ec2", region_name=shared_cloud.default_region)
    before = ingress(ec2)
    yield shared_cloud
    for rule_id, group_id in ingress(ec2).items():
        if rule_id not in before:
            ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=[rule_id])


@pytest.fixture
def desk_on(place: Place, cloud: Cloud) -> Callable[..., Desk]:
    """Makes desks on one sandbox, each with the policy and the principal given.

    ``at`` is another place, with a key and an audit log of its own.
    """
    return lambda principal="tester", at=None, **sections: Desk(
        cloud, (at or place).config(**sections), principal
    )


@pytest.fixture
def desk(desk_on: Callable[..., Desk]) -> Desk:
    """A desk with the usual policy."""
    return desk_on()


@pytest.fixture
def user_id() -> Iterator[Callable[[Mapping[Path, int]], None]]:
    """Gives files to other users; skips the test for who may not."""

    def give(files: Mapping[Path, int]) -> None:
        if not hasattr(os, "geteuid") or os.geteuid() != 0:
            pytest.skip("only root can give files away")
        for path, owner in files.items():
            os.chown(path, owner, owner)

    yield give


PATIENCE = 60
"""Seconds after which a program that a test waits for has failed."""


class Program:
    """The real program in the sandbox, one question at a time."""

    def __init__(self, folder: Path) -> None:
        kept = {
            "PATH",
            "PYTHONDONTWRITEBYTECODE",
            "COVERAGE_PROCESS_START",
            "COVERAGE_PROCESS_CONFIG",
        } & set(os.environ)
        places = {name: str(folder) for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")}
        self.audit = folder / "awswhitelist" / "sandbox" / "audit.jsonl"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "awswhitelist", "serve", "--sandbox"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in kept} | places,
            text=True,
        )

    def ask(self, message: Json) -> Json:
        """The answer to one request."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1} | message) + "\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Program]]:
    programs: list[Program] = []

    def make() -> Program:
        programs.append(Program(tmp_path))
        return programs[-1]

    yield make
    for program in programs:
        program.close()
