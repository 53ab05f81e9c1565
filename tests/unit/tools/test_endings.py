"""Access that is given ends: what sees to it, and what the answers say of that."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.access.marks.suffixes import owner_hash
from awswhitelist.application import Offering, Surroundings, offering_of, sandbox_cloud
from awswhitelist.calls import PlainContext
from awswhitelist.sandbox.answers import Refusal, refused

HOST = {"target": "prod-bastion", "source": "203.0.113.7", "port": "ssh", "expires_in": "2h"}
NO_TIMER = "expiry_needs_a_sweeper"
EXPIRES = "awswhitelist:expires-at"
Codes = Callable[[dict[str, Any]], set[str]]


class Server:
    """The operations of a process that stays, on a sandbox of its own; ``end`` is its end.

    ``refuses_tags``: AWS lets nobody tag a rule as it is made.
    """

    def __init__(self, config: Any, *, refuses_tags: bool = False, stays: bool = True) -> None:
        usual = sandbox_cloud(config)
        self.ec2: Any = usual.new_session(None).create_client(
            "ec2", region_name=usual.default_region
        )

        def new_session(profile: str | None) -> Any:
            session = usual.new_session(profile)
            emitter = session.get_component("event_emitter")
            emitter.register_first("before-call.ec2.AuthorizeSecurityGroupIngress", _refuse_tags)
            return session

        cloud = usual._replace(new_session=new_session) if refuses_tags else usual
        surroundings = Surroundings("tester", {}, stays=stays)
        self._offering: Offering = offering_of(cloud, config, surroundings)
        self.specs = {spec.name: spec for spec in self._offering.tools}

    def do(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        result = self.specs[name].call(arguments, PlainContext("ours-1", client_name="test"))
        return dict(json.loads(json.dumps(result.structured)))

    def end(self) -> None:
        """The input has ended: what is due is still done."""
        self._offering.end(30.0)

    def age(self, rule_id: str) -> None:
        """Let a rule be past its end."""
        past = [{"Key": EXPIRES, "Value": "2020-01-01T00:00:00Z"}]
        self.ec2.create_tags(Resources=[rule_id], Tags=past)

    def opened(self, source: str = "203.0.113.7") -> str:
        return str(self.do("whitelist", **HOST | {"source": source})["rules"][0]["rule_id"])

    def rule_ids(self) -> set[str]:
        items = self.do("list_rules", target="prod-bastion", limit=1000)["items"]
        return {rule["rule_id"] for rule in items}


def _refuse_tags(params: dict[str, Any], **_: Any) -> Any:
    body = params["body"]
    if any(name.startswith("TagSpecification") for name in body):
        return refused(Refusal("UnauthorizedOperation", "You may not tag."))
    return None


@pytest.fixture
def start(configured: Callable[..., Any]) -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def make(*, refuses_tags: bool = False, stays: bool = True, **sections: Any) -> Server:
        server = Server(configured(**sections), refuses_tags=refuses_tags, stays=stays)
        made.append(server)
        return server

    yield make
    for server in made:
        server.end()


def audited(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "state" / "audit.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_a_process_that_stays_ends_what_it_opens_and_says_that_a_timer_is_missing(
    start: Any, codes: Codes
) -> None:
    server = start()
    answer = server.do("whitelist", **HOST)
    assert answer["expires_enforced_by"] == ["process"]
    warning = next(each for each in answer["warnings"] if each["code"] == NO_TIMER)
    assert "This process removes the rule" in warning["message"]
    assert server.do("capabilities")["expiry_enforcers"] == ["process"]
    assert "this process watches 1 rule(s)" in str(server.do("health"))


def test_a_process_that_ends_with_the_call_ends_nothing(start: Any) -> None:
    server = start(stays=False)
    answer = server.do("whitelist", **HOST)
    assert answer["expires_enforced_by"] == []
    warning = next(each for each in answer["warnings"] if each["code"] == NO_TIMER)
    assert "nothing is known to remove it" in warning["message"]
    assert server.do("capabilities")["expiry_enforcers"] == []
    assert "does not stay" in str(server.do("health"))


def test_a_sweep_that_a_client_asks_a_server_for_is_no_timer(start: Any) -> None:
    start().do("sweep_expired")
    assert start().do("whitelist", **HOST)["expires_enforced_by"] == ["process"]


def test_a_commands_sweep_on_this_machine_counts_as_a_timer(start: Any, codes: Codes) -> None:
    start(stays=False).do("sweep_expired")
    server = start()
    answer = server.do("whitelist", **HOST)
    assert answer["expires_enforced_by"] == ["process", "timer"]
    assert NO_TIMER not in codes(answer)
    assert server.do("capabilities")["expiry_enforcers"] == ["process", "timer"]


@pytest.mark.parametrize("narrow", [{"target": "prod-bastion"}, {"dry_run": True}])
def test_a_sweep_of_one_target_or_a_dry_run_is_no_timer(start: Any, narrow: dict[str, Any]) -> None:
    server = start(stays=False)
    server.do("sweep_expired", **narrow)
    assert server.do("whitelist", **HOST)["expires_enforced_by"] == []


def test_access_without_an_end_is_nobodys_to_end(start: Any, codes: Codes) -> None:
    server = start(policy={"allow_never_expires": True})
    answer = server.do("whitelist", **HOST | {"expires_in": "never"})
    assert "expires_enforced_by" not in answer
    assert NO_TIMER not in codes(answer)


def test_with_keys_of_the_call_this_process_ends_nothing(start: Any) -> None:
    server = start(policy={"allow_inline_credentials": True})
    keys = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "secret"}
    answer = server.do("whitelist", **HOST, credentials=keys)
    assert answer["expires_enforced_by"] == []


# Housekeeping


def test_after_a_change_what_is_overdue_in_its_group_goes_and_is_audited_by_itself(
    start: Any, tmp_path: Path
) -> None:
    server = start()
    old = server.opened("203.0.113.8")
    server.age(old)
    new = server.opened()
    assert old in server.rule_ids()
    server.end()
    assert old not in server.rule_ids() and new in server.rule_ids()
    swept = [each for each in audited(tmp_path) if each["operation"] == "sweep_expired"]
    assert [each["event"] for each in swept] == ["intent", "receipt", "outcome"]
    (request_id,) = {each["request_id"] for each in swept}
    assert request_id != "ours-1"
    assert {each["client"] for each in swept} == {"awswhitelist"}
    assert {each["principal"] for each in swept} == {"tester"}
    assert {each["everywhere"] for each in swept} == {False}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("list_rules", {"target": "prod-bastion"}),
        ("whitelist", HOST | {"dry_run": True}),
        ("whitelist", HOST | {"source": "198.51.100.9"}),
    ],
    ids=["read", "dry run", "nothing to change"],
)
def test_what_changes_nothing_keeps_no_house(
    start: Any, operation: str, arguments: dict[str, Any]
) -> None:
    server = start()
    old = server.opened("203.0.113.8")
    server.age(old)
    server.do(operation, **arguments)
    server.end()
    assert old in server.rule_ids()


def test_a_process_that_ends_with_the_call_keeps_no_house(start: Any) -> None:
    server = start(stays=False)
    old = server.opened("203.0.113.8")
    server.age(old)
    server.opened()
    server.end()
    assert old in server.rule_ids()


# Policy: something must end access


def test_where_policy_requires_it_nothing_is_opened_without_a_timer(
    start: Any, make_desk: Any
) -> None:
    desk = make_desk(policy={"require_enforcer": True})
    for arguments in (HOST, HOST | {"dry_run": True}):
        error = desk.refuse("whitelist", **arguments)
        assert error["code"] == "policy_denied"
        assert "policy.require_enforcer" in error["reasons"][0]
    assert desk.do("whitelist", **HOST | {"source": "198.51.100.9"})["status"] == "covered"


def test_this_process_alone_does_not_count(start: Any) -> None:
    server = start(policy={"require_enforcer": True})
    with pytest.raises(Exception, match="does not allow"):
        server.do("whitelist", **HOST)


def test_with_a_timer_it_is_opened(make_desk: Any) -> None:
    desk = make_desk(policy={"require_enforcer": True})
    desk.do("sweep_expired")
    rule = desk.opened()
    assert desk.do("revoke", rule_ids=[rule["rule_id"]])["status"] == "revoked"


# Rules that may not be tagged


def test_where_tags_are_required_a_rule_that_cannot_have_them_is_not_added(start: Any) -> None:
    server = start(refuses_tags=True)
    before = server.rule_ids()
    with pytest.raises(Exception) as caught:
        server.do("whitelist", **HOST)
    assert getattr(caught.value, "code", "") == "permission_missing"
    assert server.rule_ids() == before


def test_where_something_must_end_access_it_must_end_a_rule_without_tags_too(start: Any) -> None:
    start(stays=False).do("sweep_expired")
    policy = {"require_tags": False, "require_enforcer": True}
    server = start(refuses_tags=True, policy=policy)
    before = server.rule_ids()
    for how in ({}, {"dry_run": True}):
        with pytest.raises(Exception) as caught:
            server.do("whitelist", **HOST | how)
        assert getattr(caught.value, "code", "") == "permission_missing"
    assert server.rule_ids() == before
    swept = start(refuses_tags=True, policy=policy | {"untagged_groups": ["prod-bastion"]})
    assert swept.do("whitelist", **HOST)["status"] == "added"


def test_a_rule_that_cannot_be_tagged_keeps_its_end_in_its_description(
    start: Any, codes: Codes
) -> None:
    server = start(refuses_tags=True, policy={"require_tags": False})
    answer = server.do("whitelist", **HOST)
    (rule,) = answer["rules"]
    assert answer["status"] == "added"
    assert rule["managed"] is True and rule["expires_in"] == "2 h"
    assert " [aw " in rule["description"]
    assert answer["expires_enforced_by"] == []
    assert {"not_tagged", NO_TIMER} <= codes(answer)
    assert "policy.untagged_groups" in str(answer["warnings"])
    again = server.do("whitelist", **HOST)
    assert again["status"] == "already_allowed"
    longer = server.do("whitelist", **HOST | {"expires_in": "5h"})
    assert longer["status"] == "extended"
    assert longer["rules"][0]["expires_at"] > rule["expires_at"]
    assert longer["rules"][0]["owner"] == rule["owner"]


def test_where_tags_are_required_again_a_rule_without_them_can_only_go(make_desk: Any) -> None:
    desk = make_desk()
    mine = owner_hash(desk.opened("203.0.113.8")["owner"])
    made = datetime.now(UTC)
    ends = made + timedelta(hours=1)
    text = f"old [aw {made:%Y%m%dT%H%M%SZ}-{ends:%Y%m%dT%H%M%SZ} {mine}]"
    door = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    (group_id,) = {each["group_id"] for each in desk.do("whitelist", **HOST)["rules"]}
    untagged = {"CidrIp": "203.0.113.9/32", "Description": text}
    desk.ec2.authorize_security_group_ingress(
        GroupId=group_id, IpPermissions=[{**door, "IpRanges": [untagged]}]
    )
    here: dict[str, Any] = HOST | {"source": "203.0.113.9"}
    assert desk.do("whitelist", **here | {"expires_in": "1h"})["status"] == "already_allowed"
    error = desk.refuse("whitelist", **here)
    assert error["code"] == "policy_denied" and "policy.require_tags" in error["reasons"][0]
    told = desk.do("revoke", target="prod-bastion", source="203.0.113.9")
    assert told["status"] == "revoked"
    error = desk.refuse("undo", **told["undo"]["arguments"])
    assert error["code"] == "policy_denied" and "policy.require_tags" in error["reasons"][0]


def test_in_a_group_that_policy_names_it_is_ended_like_any_other(start: Any, codes: Codes) -> None:
    policy = {"require_tags": False, "untagged_groups": ["prod-bastion"]}
    server = start(refuses_tags=True, policy=policy)
    answer = server.do("whitelist", **HOST)
    assert answer["expires_enforced_by"] == ["process"]
    assert {"not_tagged", NO_TIMER} <= codes(answer)
    assert "policy.untagged_groups" not in str(answer["warnings"])


def test_a_dry_run_is_as_lenient_as_the_call(start: Any) -> None:
    server = start(refuses_tags=True, policy={"require_tags": False})
    assert server.do("whitelist", **HOST, dry_run=True)["status"] == "planned"


def test_an_owner_is_known_by_name_where_the_rule_has_but_a_hash(start: Any) -> None:
    server = start(refuses_tags=True, policy={"require_tags": False})
    rule_id = server.do("whitelist", **HOST, owner="mara")["rules"][0]["rule_id"]
    shared = server.do("whitelist", **HOST, owner="bob")
    assert shared["status"] == "extended"
    left = server.do("revoke", target="prod-bastion", owner="mara")
    assert left["rules"][0]["status"] == "released"
    assert rule_id in server.rule_ids()
    gone = server.do("revoke", target="prod-bastion", owner="bob")
    assert gone["rules"][0]["status"] == "revoked"
    assert rule_id not in server.rule_ids()
