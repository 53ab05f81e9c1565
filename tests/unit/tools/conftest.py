"""The operations as they are served, on a sandbox of the test's own; every answer is checked."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from awswhitelist.application import Cloud, Surroundings, load_tools, sandbox_cloud, tools_of
from awswhitelist.calls import UNAVAILABLE, Answer, PlainContext, Question
from awswhitelist.config import Config, load_config
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.mcp.handlers.tools import tool_failure
from awswhitelist.mcp.registry import ToolSpec
from awswhitelist.sandbox.answers import Refusal, refused
from awswhitelist.tools.schemas import output_schema
from awswhitelist.tools.table import OPERATIONS

Json = dict[str, Any]
SURROUNDINGS = Surroundings("tester", {}, sleep=lambda _seconds: None)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: socket.socket, address: object) -> None:
        raise AssertionError(f"a request left the sandbox, for {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def closed(schema: Any) -> Any:
    """The schema with no room for fields that it does not name, save in error objects."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    names = schema.get("properties", {})
    if schema.get("type") == "object" and names and "retryable" not in names:
        inner["additionalProperties"] = False
    return inner


@cache
def answers_of(name: str) -> Draft202012Validator:
    """The check of an operation's answers: its output schema as it is served, closed."""
    (operation,) = (each for each in OPERATIONS if each.name == name)
    return Draft202012Validator(closed(output_schema(operation.result_model)))


class Desk:
    """Calls operations as a server does; each answer must fit its operation's output schema."""

    def __init__(self, specs: list[ToolSpec], cloud: Cloud | None = None) -> None:
        self.specs = {spec.name: spec for spec in specs}
        self._cloud = cloud
        self.text = ""
        self.questions: list[Question] = []
        self._ids = (f"ours-{number}" for number in count(1))

    @property
    def ec2(self) -> Any:
        """A client that does in the sandbox what others do in an account."""
        assert self._cloud is not None
        session = self._cloud.new_session(None)
        return session.create_client("ec2", region_name=self._cloud.default_region)

    def do(self, name: str, answer: Answer = UNAVAILABLE, /, **arguments: Any) -> Json:
        """The structured result of a call that goes well. ``answer`` is what a person says."""

        def ask(question: Question) -> Answer:
            self.questions.append(question)
            return Answer(answer.kind, answer.value, question.state)

        request_id = next(self._ids)
        result = self.specs[name].call(arguments, PlainContext(request_id, answer=ask))
        structured = json.loads(json.dumps(result.structured))
        answers_of(name).validate(structured)
        assert structured["sandbox"] is True
        assert structured["request_id"] == request_id
        assert result.text.startswith(structured["summary"])
        self.text = result.text
        return dict(structured)

    def refuse(self, name: str, /, **arguments: Any) -> Json:
        """The error object of a call that fails in a way that is to be expected."""
        request_id = next(self._ids)
        with pytest.raises(AwsWhitelistError) as caught:
            self.specs[name].call(arguments, PlainContext(request_id))
        shown = json.loads(json.dumps(tool_failure(caught.value, request_id)))
        answers_of(name).validate(shown["structuredContent"])
        assert "Traceback" not in str(shown)
        error = shown["structuredContent"]["error"]
        assert error["summary"] and error["remedy"]
        return dict(error)

    def rule_ids(self, target: str = "prod-bastion") -> set[str]:
        """The ids of all rules of a group, as they are now."""
        items = self.do("list_rules", target=target, limit=1000)["items"]
        return {rule["rule_id"] for rule in items}

    def opened(self, source: str = "203.0.113.7", /, **more: Any) -> Json:
        """The one rule of a plain ``whitelist`` call that adds one."""
        arguments: Json = {"target": "prod-bastion", "port": 22, "source": source} | more
        answer = self.do("whitelist", **arguments)
        assert answer["status"] == "added"
        (rule,) = answer["rules"]
        return dict(rule)


def config_in(folder: Path, **sections: Any) -> Config:
    """A configuration with these sections, read from a file as the program reads it."""
    file = folder / "config.json"
    state = {"state": {"directory": str(folder / "state")}}
    file.write_text(json.dumps(state | sections), encoding="utf-8")
    return load_config(file, {}, operator_policy=folder / "no-such-file")


@pytest.fixture
def configured(tmp_path: Path) -> Callable[..., Config]:
    """Makes configurations whose state is in the test's own folder."""
    return lambda **sections: config_in(tmp_path, **sections)


@pytest.fixture
def make_desk(configured: Callable[..., Config]) -> Callable[..., Desk]:
    """A desk with these sections in its configuration, on a sandbox that others can change."""

    def make(**sections: Any) -> Desk:
        config = configured(**sections)
        cloud = sandbox_cloud(config)
        return Desk(tools_of(cloud, config, SURROUNDINGS), cloud)

    return make


@pytest.fixture
def tricked_desk(configured: Callable[..., Config]) -> Callable[..., Desk]:
    """A desk on an AWS with tricks: each is called before an operation (``ec2.CreateTags``) and
    gives the answer to it, or None to let the sandbox answer."""

    def make(
        tricks: Mapping[str, Callable[[], Any]],
        around: Surroundings = SURROUNDINGS,
        **sections: Any,
    ) -> Desk:
        config = configured(**sections)
        cloud = sandbox_cloud(config)

        def new_session(profile: str | None) -> Any:
            session = cloud.new_session(profile)
            emitter = session.get_component("event_emitter")
            for operation, trick in tricks.items():
                emitter.register_first(f"before-call.{operation}", lambda do=trick, **_: do())
            return session

        tricked = cloud._replace(new_session=new_session)
        return Desk(tools_of(tricked, config, around), tricked)

    return make


@pytest.fixture
def refusing_desk(tricked_desk: Callable[..., Desk]) -> Callable[..., Desk]:
    """A desk whose AWS refuses some operations (``ec2.CreateTags``), each with an AWS code."""

    def make(refusals: Mapping[str, str], **sections: Any) -> Desk:
        answers = {name: refused(Refusal(code, "No.")) for name, code in refusals.items()}
        tricks = {name: lambda answer=answer: answer for name, answer in answers.items()}
        return tricked_desk(tricks, **sections)

    return make


@pytest.fixture
def desk(configured: Callable[..., Config]) -> Desk:
    """A desk with the usual configuration, wired in the way that the server does it."""
    return Desk(load_tools(configured(), SURROUNDINGS, sandbox=True))


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One desk for all tests of a module that change nothing."""
    config = config_in(tmp_path_factory.mktemp("shared"))
    return Desk(load_tools(config, SURROUNDINGS, sandbox=True))


@pytest.fixture
def codes() -> Callable[[Json], set[str]]:
    """The codes of an answer's warnings."""
    return lambda answer: {warning["code"] for warning in answer.get("warnings", ())}
