"""The resources, read from the sandbox as a client would read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.application import MOST_CALLS_PER_MINUTE
from awswhitelist.exceptions import (
    InvalidArgumentError,
    PolicyDeniedError,
    SecurityGroupNotFoundError,
)
from awswhitelist.policy_config import PolicyConfig
from awswhitelist.tools.uris import rules_uri

POLICY = "awswhitelist://policy"
PROFILES = "awswhitelist://profiles"
AUDIT = "awswhitelist://audit/recent"


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    file = tmp_path / "aws-config"
    file.write_text(
        "[profile dev]\nregion = eu-west-1\naws_secret_access_key = SECRETSECRET\n"
        "[profile prod]\nsso_account_id = 111122223333\n[default]\nregion = eu-west-1\n"
    )
    return file


def test_the_resources_of_a_local_server(stand: Any) -> None:
    assert list(stand.resources) == [POLICY, PROFILES, AUDIT]


@pytest.mark.requirement("CACHE-4")
def test_a_server_for_others_keeps_its_audit_log(make_stand: Callable[..., Any]) -> None:
    assert list(make_stand(server={"remote": True}).resources) == [POLICY, PROFILES]


def test_the_policy_reads_back_as_it_is_in_force(make_stand: Callable[..., Any]) -> None:
    stand = make_stand(policy={"max_ttl": "2d", "ports": {"allow": ["22"]}})
    document = stand.read(POLICY)
    policy = PolicyConfig.model_validate(document["settings"])
    assert (policy.max_ttl.days, policy.ports.allow) == (2, ("22",))
    assert any("at most 2 d" in sentence for sentence in document["words"])
    assert document["sandbox"] is True


def test_only_what_comes_from_a_sandbox_is_marked(make_stand: Callable[..., Any]) -> None:
    marked = make_stand().read(PROFILES)
    plain = make_stand(is_sandbox=False).read(PROFILES)
    assert marked["sandbox"] is True and "sandbox" not in plain
    assert marked["summary"].endswith(plain["summary"])
    assert marked["summary"].startswith("Sandbox")


def test_only_names_of_profiles_that_may_be_used_are_told(
    make_stand: Callable[..., Any], profiles: Path
) -> None:
    stand = make_stand(profiles, policy={"profiles": {"allow": ["d*"], "deny": ["default"]}})
    document = stand.read(PROFILES)
    assert (document["profiles"], document["default"]) == (["dev"], None)
    assert "SECRETSECRET" not in json.dumps(document)


def test_where_no_profile_may_be_named_none_is_told(
    make_stand: Callable[..., Any], profiles: Path
) -> None:
    stand = make_stand(profiles, defaults={"profile": "prod"})
    document = stand.read(PROFILES)
    assert (document["profiles"], document["default"]) == ([], "prod")
    assert "calls use prod" in document["summary"]


def test_the_newest_change_comes_first_in_the_recent_ones(stand: Any) -> None:
    assert stand.read(AUDIT)["entries"] == []
    stand.call("whitelist", target="prod-db", port=5432, source="203.0.113.7", reason="a\u202eb")
    events = [entry["event"] for entry in stand.read(AUDIT)["entries"]]
    assert events == ["outcome", "receipt", "intent"]
    intent = stand.read(AUDIT)["entries"][-1]["intent"]
    assert intent["grant"]["reason"] == "ab"


def test_the_rules_of_a_group_are_those_that_list_rules_shows(stand: Any) -> None:
    group_id = stand.group_id("prod-db")
    document = stand.read_rules(group_id)
    listed = stand.call("list_rules", target=group_id, limit=1000)
    assert document["items"] == listed["items"]
    assert document["items"]
    assert (document["group_id"], document["group_name"]) == (group_id, "prod-db")
    assert (document["account"], document["region"]) == (listed["account"], "eu-west-1")


def test_a_group_that_is_not_there_has_no_resource(stand: Any) -> None:
    error = stand.refuse_rules("sg-0123456789abcdef0")
    assert isinstance(error, SecurityGroupNotFoundError)
    assert isinstance(error, stand.rules.missing)


@pytest.mark.requirement("RES-7")
@pytest.mark.parametrize(
    ("group_id", "region"), [("prod-db", "eu-west-1"), ("sg-0123456789abcdef0", "europe")]
)
def test_what_cannot_be_a_group_has_no_resource_and_aws_is_not_asked(
    stand: Any, group_id: str, region: str
) -> None:
    error = stand.refuse_rules(group_id, region)
    assert isinstance(error, InvalidArgumentError)
    assert isinstance(error, stand.rules.missing)
    assert stand.requests == []


@pytest.mark.requirement("RES-8")
@pytest.mark.requirement("RES-8")
def test_a_region_that_policy_denies_is_neither_read_nor_watched(
    make_stand: Callable[..., Any],
) -> None:
    stand = make_stand(policy={"regions": {"deny": ["us-*"]}})
    error = stand.refuse_rules("sg-0123456789abcdef0", "us-east-1")
    assert isinstance(error, PolicyDeniedError)
    with pytest.raises(PolicyDeniedError):
        stand.rules.check({"region": "us-east-1", "group_id": "sg-0123456789abcdef0"})
    assert stand.requests == []


@pytest.mark.requirement("RES-8", "CACHE-4")
@pytest.mark.requirement("RES-8", "CACHE-4")
def test_a_group_that_policy_hides_cannot_be_read(make_stand: Callable[..., Any]) -> None:
    stand = make_stand(policy={"groups": {"deny": ["prod-*"]}})
    assert isinstance(stand.refuse_rules(stand.group_id("prod-db")), PolicyDeniedError)


def test_reads_are_limited_as_calls_are(stand: Any) -> None:
    codes = [stand.refuse_rules("prod-db").code for _ in range(MOST_CALLS_PER_MINUTE)]
    assert set(codes) == {"invalid_argument"}
    assert stand.refuse_rules("prod-db").code == "rate_limited"


def test_whoever_watches_is_told_of_each_change_and_of_nothing_else(stand: Any) -> None:
    group_id = stand.group_id("prod-db")
    uri = rules_uri("eu-west-1", group_id)
    call = {"target": group_id, "port": 5432, "source": "203.0.113.7"}
    stand.call("whitelist", **call, dry_run=True)
    stand.call("list_rules", target=group_id)
    assert stand.told == []
    stand.call("whitelist", **call)
    assert stand.told == [uri]
    stand.call("whitelist", **call)
    assert stand.told == [uri]
    stand.call("revoke", **call)
    assert stand.told == [uri, uri]


def test_a_change_that_waits_for_approval_is_not_told(stand: Any) -> None:
    group_id = stand.group_id("prod-db")
    answer = stand.call("whitelist", target=group_id, port=5432, source="203.0.113.0/28")
    assert answer["status"] == "approval_required"
    assert stand.told == []
