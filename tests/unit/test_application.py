"""The composition root: nothing is loaded before it is needed, the sandbox has its own state."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.application import (
    FIRST_MODULES,
    Surroundings,
    build_server,
    load_offering,
    load_tools,
    sandboxed,
    spare_work,
)
from awswhitelist.config import Config, load_config
from awswhitelist.mcp.registry import Lazy
from awswhitelist.tools.table import OPERATION_NAMES

TESTER = Surroundings("tester", {"AWS_SECRET_ACCESS_KEY": "marker-of-a-secret"})


@pytest.fixture
def config(tmp_path: Path) -> Config:
    file = tmp_path / "config.json"
    settings = {
        "state": {"directory": str(tmp_path / "state")},
        "audit": {"path": str(tmp_path / "real-audit.jsonl")},
        "aws": {"endpoint_url": "http://127.0.0.1:9"},
        "defaults": {"profile": "prod", "region": "us-east-1"},
    }
    file.write_text(json.dumps(settings))
    return load_config(file, {}, operator_policy=tmp_path / "no-such-file")


def test_the_sandbox_touches_neither_the_real_state_nor_the_real_log(config: Config) -> None:
    sandbox = sandboxed(config)
    assert sandbox.state.directory == config.state.directory / "sandbox"
    assert sandbox.audit_path.parent == sandbox.state.directory
    assert sandbox.aws.endpoint_url is None
    assert (sandbox.policy, sandbox.server) == (config.policy, config.server)


def test_the_tools_of_the_real_aws_are_made_without_a_call_and_without_a_file(
    config: Config, tmp_path: Path
) -> None:
    specs = load_tools(config, TESTER, sandbox=False)
    assert tuple(spec.name for spec in specs) == OPERATION_NAMES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json"]


def conversation(config: Config, *messages: dict[str, Any]) -> list[Any]:
    """The answers of a sandbox server to these messages, in the order that they came."""
    server_in, requests = os.pipe()
    answers, server_out = os.pipe()
    server = build_server(config, TESTER, sandbox=True)
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(server.serve(server_in, server_out)))
    thread.start()
    with os.fdopen(requests, "w") as stream:
        stream.writelines(json.dumps(message) + "\n" for message in messages)
    thread.join(30)
    assert codes == [0]
    os.close(server_out)
    os.close(server_in)
    with os.fdopen(answers) as stream:
        return [json.loads(line) for line in stream]


def request(request_id: int, method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}


def test_a_server_serves_the_operations_of_the_sandbox(config: Config, tmp_path: Path) -> None:
    added, listed, hello = sorted(
        conversation(
            config,
            request(1, "whitelist", target="prod-db", source="203.0.113.7", port=5432),
            request(2, "list_rules", target="prod-db", managed=True),
            request(
                3,
                "initialize",
                protocolVersion="2025-11-25",
                capabilities={},
                clientInfo={"name": "test", "version": "1"},
            ),
        ),
        key=lambda answer: int(answer["id"]),
    )
    assert added["result"]["status"] == "added"
    assert added["result"]["region"] == "eu-west-1"  # the sandbox's, not the configured one
    assert listed["result"]["items"][0]["rule_id"] == added["result"]["rules"][0]["rule_id"]
    assert hello["result"]["serverInfo"]["name"] == "awswhitelist"
    assert "approval_required" in hello["result"]["instructions"]
    audit = tmp_path / "state" / "sandbox" / "audit.jsonl"
    events = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [event["event"] for event in events] == ["intent", "receipt", "outcome"]
    assert {event["principal"] for event in events} == {"tester"}
    assert {event["pid"] for event in events} == {os.getpid()}
    assert not (tmp_path / "real-audit.jsonl").exists()


def test_the_audit_log_holds_no_secret_of_the_environment(config: Config, tmp_path: Path) -> None:
    secret = TESTER.environ["AWS_SECRET_ACCESS_KEY"]
    (answer,) = conversation(
        config,
        request(1, "whitelist", target="prod-db", source="203.0.113.7", port=5432, reason=secret),
    )
    assert answer["result"]["status"] == "added"
    log = (tmp_path / "state" / "sandbox" / "audit.jsonl").read_text()
    assert "203.0.113.7/32" in log
    assert secret not in log


def test_warming_up_reads_the_models_and_leaves_no_other_file(
    config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    usual = config.defaults.model_copy(update={"profile": None})
    aws = config.aws.model_copy(update={"model_cache": tmp_path / "models"})
    plain = config.model_copy(update={"defaults": usual, "aws": aws})
    with caplog.at_level("DEBUG"):
        steps = list(load_offering(plain, TESTER, sandbox=False).warm_up())
    assert len(steps) > len(FIRST_MODULES)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "models"]
    assert logged(caplog, "warmed_up") == [("DEBUG", "ok")]


def test_what_cannot_be_warmed_up_is_a_line_in_the_log_and_no_more(
    config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    defaults = config.defaults.model_copy(update={"profile": "no-such-profile"})
    lost = config.model_copy(update={"defaults": defaults})
    with caplog.at_level("DEBUG"):
        for _ in load_offering(lost, TESTER, sandbox=False).warm_up():
            pass
    ((level, outcome),) = logged(caplog, "warmed_up")
    assert (level, outcome) == ("DEBUG", "credentials_missing")


def logged(caplog: pytest.LogCaptureFixture, event: str) -> list[tuple[str, str]]:
    """The level and the outcome of each line of that event."""
    records = [record for record in caplog.records if record.message == event]
    return [(record.levelname, vars(record)["outcome"]) for record in records]


@pytest.mark.parametrize(("warm_up", "sandbox"), [(False, False), (False, True), (True, True)])
def test_where_it_is_switched_off_and_in_the_sandbox_nothing_is_warmed_up(
    config: Config, warm_up: bool, sandbox: bool
) -> None:
    offering = Lazy(lambda: load_offering(config, TESTER, sandbox=sandbox))
    server = config.server.model_copy(update={"warm_up": warm_up})
    cold = config.model_copy(update={"server": server})
    assert spare_work(cold, offering, sandbox=sandbox) is None
    assert spare_work(config, offering, sandbox=False) is not None
    assert not offering.is_made
