"""``health``: what works, what does not, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.application import Surroundings, sandbox_cloud, tools_of
from awswhitelist.calls import PlainContext
from awswhitelist.config import Config
from awswhitelist.exceptions import CallCancelledError

EXPIRES = "awswhitelist:expires-at"
NO_PROCESS = 2**31 - 1


def checks(answer: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["status"] for check in answer["checks"]}


def test_all_is_well_where_everything_works(desk: Any) -> None:
    desk.opened()
    answer = desk.do("health")
    assert answer["status"] == "ok"
    assert set(checks(answer).values()) == {"ok"}
    assert (answer["account"], answer["region"]) == ("111122223333", "eu-west-1")
    assert answer["aws_latency_ms"] >= 0
    assert "expiry: ok, none of our 1 rule(s)" in desk.text


def test_an_overdue_rule_degrades_and_is_named_with_a_remedy(make_desk: Any) -> None:
    desk = make_desk()
    rule = desk.opened()
    past = [{"Key": EXPIRES, "Value": "2020-01-01T00:00:00Z"}]
    desk.ec2.create_tags(Resources=[rule["rule_id"]], Tags=past)
    answer = desk.do("health")
    (bad,) = (check for check in answer["checks"] if check["status"] != "ok")
    assert answer["status"] == "degraded"
    assert answer["summary"].endswith("needs attention: expiry.")
    assert rule["rule_id"] in bad["detail"]
    assert "Revoke" in bad["remedy"]


def test_a_rule_whose_end_nobody_can_tell_degrades(make_desk: Any) -> None:
    desk = make_desk()
    rule = desk.opened()
    tags = [{"Key": EXPIRES}, {"Key": "awswhitelist:created-at"}]
    desk.ec2.delete_tags(Resources=[rule["rule_id"]], Tags=tags)
    answer = desk.do("health")
    assert answer["status"] == "degraded"
    assert "1 have no readable end" in desk.text


def test_an_audit_log_that_cannot_be_written_is_down(make_desk: Any, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    answer = make_desk(audit={"path": str(in_the_way / "audit.jsonl")}).do("health")
    assert answer["status"] == "down"
    assert checks(answer)["audit"] == "down"
    assert checks(answer)["credentials"] == "ok"
    assert answer["summary"].endswith("No change can be made now: audit.")


def test_a_state_directory_open_to_others_is_down(make_desk: Any, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o777)
    answer = make_desk().do("health")
    assert checks(answer)["state"] == "down"


def test_a_policy_that_cannot_be_read_is_down(make_desk: Any) -> None:
    answer = make_desk(policy={"max_ttl": "soon"}).do("health")
    assert answer["status"] == "down"
    assert checks(answer)["policy"] == "down"
    assert checks(answer)["expiry"] == "ok"


def test_aws_that_does_not_answer_is_down_and_everything_else_is_told(
    make_desk: Any, configured: Callable[..., Config]
) -> None:
    config = configured(aws={"max_attempts": 1})
    cloud = sandbox_cloud(config)

    def broken(profile: str | None) -> Any:
        session = cloud.new_session(profile)
        emitter = session.get_component("event_emitter")
        emitter.register_first("before-parameter-build", no_credentials)
        return session

    specs = tools_of(cloud._replace(new_session=broken), config, Surroundings("tester", {}))
    (health,) = (spec for spec in specs if spec.name == "health")
    answer = health.call({}, PlainContext("ours-1")).structured
    assert answer["status"] == "down"
    assert checks(answer) == {
        "policy": "ok",
        "state": "ok",
        "audit": "ok",
        "interrupted": "ok",
        "credentials": "down",
        "expiry": "degraded",
        "enforcer": "ok",
        "breakers": "ok",
    }
    assert "account" not in answer and "aws_latency_ms" not in answer


def no_credentials(**_: Any) -> None:
    from botocore.exceptions import NoCredentialsError

    raise NoCredentialsError()


def test_a_cancelled_health_check_is_not_answered(desk: Any) -> None:
    ctx = PlainContext("ours-1", is_cancelled=lambda: True)
    with pytest.raises(CallCancelledError):
        desk.specs["health"].call({}, ctx)


@pytest.mark.parametrize(
    ("arguments", "field", "code"),
    [
        ({"region": "Ireland"}, "region", "invalid_argument"),
        ({"profile": "dev"}, "profile", "policy_denied"),
        ({"deep": True}, "deep", "invalid_argument"),
    ],
)
def test_a_wrong_argument_is_named(
    shared_desk: Any, arguments: dict[str, Any], field: str, code: str
) -> None:
    error = shared_desk.refuse("health", **arguments)
    assert (error["code"], error["field"]) == (code, field)


def test_a_service_that_is_left_alone_is_named(configured: Callable[..., Config]) -> None:
    config = configured(aws={"max_attempts": 1})
    cloud = sandbox_cloud(config)

    def cut_off(profile: str | None) -> Any:
        session = cloud.new_session(profile)
        emitter = session.get_component("event_emitter")
        emitter.register_first("before-parameter-build", no_connection)
        return session

    specs = tools_of(cloud._replace(new_session=cut_off), config, Surroundings("tester", {}))
    (health,) = (spec for spec in specs if spec.name == "health")
    for _ in range(8):
        answer = health.call({}, PlainContext("ours-1")).structured
    (breakers,) = (check for check in answer["checks"] if check["name"] == "breakers")
    assert breakers["status"] == "degraded"
    for service in ("ec2", "sts"):
        assert f"{service} in eu-west-1 for standard credentials (open)" in breakers["detail"]


def no_connection(**_: Any) -> None:
    from botocore.exceptions import EndpointConnectionError

    raise EndpointConnectionError(endpoint_url="https://ec2.example")


def test_rules_of_groups_that_policy_hides_are_not_told_of(
    configured: Any,
) -> None:
    config = configured(policy={"groups": {"deny": ["prod-*"]}})
    cloud = sandbox_cloud(config)
    surroundings = Surroundings("tester", {})
    opener = {tool.name: tool for tool in tools_of(cloud, configured(), surroundings)}
    hider = {tool.name: tool for tool in tools_of(cloud, config, surroundings)}
    arguments = {"target": "prod-bastion", "port": 22, "source": "203.0.113.7"}
    opened = opener["whitelist"].call(arguments, PlainContext("r")).structured
    past = [{"Key": EXPIRES, "Value": "2020-01-01T00:00:00Z"}]
    ec2: Any = cloud.new_session(None).create_client("ec2", region_name=cloud.default_region)
    ec2.create_tags(Resources=[opened["rules"][0]["rule_id"]], Tags=past)
    assert opener["health"].call({}, PlainContext("r")).structured["status"] == "degraded"
    shown = hider["health"].call({}, PlainContext("r")).structured
    assert shown["status"] == "ok"
    assert "none of our 0 rule(s)" in str(shown["checks"])


def test_a_change_that_was_cut_off_degrades_and_is_named_with_a_remedy(
    desk: Any, tmp_path: Path
) -> None:
    desk.opened()
    (log,) = tmp_path.rglob("audit.jsonl")
    intent, *rest = log.read_text().splitlines(keepends=True)
    ours = json.loads(intent)
    log.write_text(intent + "".join(line for line in rest if '"event":"outcome"' not in line))
    assert checks(desk.do("health"))["interrupted"] == "ok", "this process still runs"
    log.write_text(log.read_text().replace(f'"pid":{ours["pid"]}', f'"pid":{NO_PROCESS}'))
    answer = desk.do("health")
    (bad,) = (check for check in answer["checks"] if check["status"] != "ok")
    assert (answer["status"], bad["name"]) == ("degraded", "interrupted")
    assert ours["request_id"] in bad["detail"] and "whitelist" in bad["detail"]
    assert ours["plan"][0] in bad["detail"]
    assert "without doubles" in bad["remedy"]


def test_a_change_that_was_cut_off_long_ago_is_not_told_of_for_ever(
    desk: Any, tmp_path: Path
) -> None:
    desk.opened()
    (log,) = tmp_path.rglob("audit.jsonl")
    intent = json.loads(log.read_text().splitlines()[0])
    log.write_text(json.dumps(intent | {"pid": NO_PROCESS, "time": "2020-01-01T00:00:00Z"}))
    assert desk.do("health")["status"] == "ok"


def test_a_long_plan_that_was_cut_off_is_cut_short(desk: Any, tmp_path: Path) -> None:
    desk.opened()
    (log,) = tmp_path.rglob("audit.jsonl")
    intent = json.loads(log.read_text().splitlines()[0])
    gone = intent | {"pid": NO_PROCESS, "plan": [f"line {number}" for number in range(9)]}
    log.write_text(json.dumps(gone, separators=(",", ":")) + "\n")
    desk.do("health")
    assert "line 2; ..." in desk.text and "line 3" not in desk.text


def test_credentials_that_fail_are_told_where_policy_names_accounts_too(
    refusing_desk: Any,
) -> None:
    """There the account must be known before anything is read: nothing else is looked at then."""
    refusals = {"sts.GetCallerIdentity": "ExpiredToken"}
    desk = refusing_desk(refusals, policy={"accounts": {"allow": ["111122223333"]}})
    answer = desk.do("health")
    assert answer["status"] == "down"
    bad = {each["name"]: each["detail"] for each in answer["checks"] if each["status"] != "ok"}
    assert set(bad) == {"credentials", "expiry"}
    assert "account" not in answer and "overdue_rules" not in answer


def test_an_account_that_policy_denies_is_not_looked_at(make_desk: Any) -> None:
    desk = make_desk(policy={"accounts": {"deny": ["*"]}})
    assert desk.refuse("health")["code"] == "policy_denied"


def test_a_failure_in_the_sandbox_says_that_nothing_real_was_touched(desk: Any) -> None:
    assert desk.refuse("list_rules", target="nope")["sandbox"] is True
