"""``undo``: what a call did is taken back, unless the world has moved on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from awswhitelist.application import Surroundings, sandbox_cloud, tools_of
from awswhitelist.calls import Answer, AnswerKind
from awswhitelist.constants import TAG_EXPIRES_AT
from awswhitelist.sandbox.answers import Refusal, refused, succeeded

Json: TypeAlias = dict[str, Any]
TARGET = {"target": "prod-bastion"}
HOST = TARGET | {"source": "203.0.113.7", "port": 22, "expires_in": "2h"}
APPROVES = Answer(AnswerKind.ACCEPTED, "approve")
REJECTS = Answer(AnswerKind.ACCEPTED, "reject")
BLIND = refused(Refusal("UnauthorizedOperation", "No."))


def undone(desk: Any, answer: Json, person: Answer = APPROVES, /, **more: Any) -> Json:
    """The answer to the call that ``answer`` offers; a person approves of it."""
    undo = answer["undo"]
    return dict(desk.do(undo["operation"], person, **undo["arguments"], **more))


def rules_of(desk: Any, target: str = "prod-bastion") -> list[Json]:
    """The rules of a group but for their ids and the time that is left: it runs on."""
    items = desk.do("list_rules", target=target, limit=1000)["items"]
    kept = (
        {name: each[name] for name in each.keys() - {"rule_id", "expires_in"}} for each in items
    )
    return sorted(kept, key=lambda each: json.dumps(each, sort_keys=True))


def approved(desk: Any, **call: Any) -> Json:
    return dict(desk.do("revoke", APPROVES, **call))


def test_undoing_a_whitelist_removes_exactly_what_it_added(desk: Any, codes: Any) -> None:
    before = desk.rule_ids()
    opened = desk.do("whitelist", **HOST | {"source": ["203.0.113.7", "2001:db8::7"]})
    receipt = {"receipt": opened["request_id"]}
    assert opened["undo"] == {"operation": "undo", "arguments": receipt}
    assert len(desk.rule_ids() - before) == 2
    answer = undone(desk, opened)
    assert answer["status"] == "revoked"
    assert answer["summary"].endswith("Rules: 2 revoked and seen to be gone.")
    assert "connections_survive" in codes(answer)
    assert desk.questions == []
    assert desk.rule_ids() == before


@pytest.mark.parametrize("reason", ["rotate the api_key: now", "AKIAIOSFODNN7EXAMPLE is new"])
def test_a_reason_that_the_audit_log_blanks_is_no_change_by_somebody(
    desk: Any, tmp_path: Path, reason: str
) -> None:
    before = desk.rule_ids()
    opened = desk.do("whitelist", **HOST, reason=reason)
    longer = desk.do("whitelist", **HOST | {"expires_in": "4h"}, reason=reason)
    assert reason not in (tmp_path / "state" / "audit.jsonl").read_text()
    shortened = undone(desk, longer)
    assert shortened["status"] == "restored"
    assert shortened["rules"][0]["reason"] == opened["rules"][0]["reason"] == reason
    assert undone(desk, longer)["status"] == "already_allowed"
    assert undone(desk, opened)["status"] == "revoked"
    assert desk.rule_ids() == before


RULES: dict[str, Json] = {
    "one port": {"port": 22, "owner": "mara", "reason": "night shift", "ticket": "OPS-7"},
    "a range": {"port": "8000-8100"},
    "every port": {"port": "all"},
    "udp": {"port": 53, "protocol": "udp"},
    "a type of ICMP": {"protocol": "icmp", "icmp_type": 3, "icmp_code": 4},
    "all of ICMP": {"protocol": "icmp"},
    "every protocol": {"protocol": "all"},
    "without an end": {"port": 22, "expires_in": "never"},
}
GENEROUS = {"allow_all_ports": True, "allow_all_protocols": True, "allow_never_expires": True}


@pytest.mark.parametrize("arguments", RULES.values(), ids=RULES)
def test_undoing_a_revoke_restores_the_rule_as_it_stood(make_desk: Any, arguments: Json) -> None:
    desk = make_desk(policy=GENEROUS)
    was = desk.do("whitelist", **TARGET, source="203.0.113.7", **{"expires_in": "90m"} | arguments)
    before = rules_of(desk)
    ended = desk.do("revoke", rule_ids=[was["rules"][0]["rule_id"]])
    answer = undone(desk, ended)
    assert answer["status"] == "restored"
    assert rules_of(desk) == before


def test_giving_access_back_needs_approval_and_says_for_whom(desk: Any) -> None:
    rule = desk.opened(owner="mara")
    ended = desk.do("revoke", rule_ids=[rule["rule_id"]])
    receipt = ended["undo"]["arguments"]
    asked = desk.do("undo", **receipt)
    assert asked["status"] == "approval_required"
    assert asked["reasons"] == ["it gives access back that was taken away"]
    assert "owner mara" in asked["plan"][0]
    token = asked["approval"]["token"]
    assert desk.do("undo", **receipt, approval=token)["status"] == "restored"


def test_an_undo_that_is_declined_changes_nothing(desk: Any) -> None:
    rule = desk.opened()
    ended = desk.do("revoke", rule_ids=[rule["rule_id"]])
    before = desk.rule_ids()
    answer = undone(desk, ended, REJECTS)
    assert answer["status"] == "declined"
    assert "undo" not in answer
    assert desk.rule_ids() == before


def test_a_dry_run_of_an_undo_changes_nothing(desk: Any) -> None:
    opened = desk.do("whitelist", **HOST)
    before = desk.rule_ids()
    answer = undone(desk, opened, dry_run=True)
    assert answer["status"] == "planned"
    assert opened["rules"][0]["rule_id"] in answer["plan"][0]
    assert desk.rule_ids() == before


def test_undoing_an_extension_brings_the_earlier_end_back(desk: Any) -> None:
    desk.opened(expires_in="1h")
    before = rules_of(desk)
    extended = desk.do("whitelist", **HOST | {"expires_in": "5h"})
    answer = undone(desk, extended)
    assert (answer["status"], desk.questions) == ("restored", [])
    assert rules_of(desk) == before


def test_undoing_a_move_moves_the_rule_back(desk: Any) -> None:
    rule = desk.opened(reason="at home")
    before = rules_of(desk)
    moved = desk.do("whitelist", **HOST | {"source": "203.0.113.8"}, replace_previous=True)
    answer = undone(desk, moved)
    assert answer["status"] == "restored"
    assert answer["rules"][0]["rule_id"] == rule["rule_id"]
    assert rules_of(desk) == before


def test_undoing_the_end_of_a_share_gives_it_back_to_that_owner(desk: Any) -> None:
    rule = desk.opened(owner="mara")
    desk.do("whitelist", **HOST, owner="tom")
    before = rules_of(desk)
    released = desk.do("revoke", **TARGET, owner="mara")
    answer = undone(desk, released)
    assert answer["status"] == "restored"
    assert (answer["rules"][0]["rule_id"], answer["rules"][0]["owner"]) == (
        rule["rule_id"],
        "mara tom",
    )
    assert rules_of(desk) == before


FOREIGN: dict[str, Json] = {
    "a host": TARGET | {"source": "2001:db8:1::7"},
    "a group": {"target": "prod-cache", "port": 6379},
}


@pytest.mark.parametrize("call", FOREIGN.values(), ids=FOREIGN)
def test_undoing_the_removal_of_a_rule_of_others_restores_it(desk: Any, call: Json) -> None:
    before = rules_of(desk, call["target"])
    ended = approved(desk, **call, include_foreign=True)
    assert ended["status"] == "revoked"
    assert undone(desk, ended)["status"] == "restored"
    assert rules_of(desk, call["target"]) == before


def test_several_rules_in_several_groups_come_back_with_one_call(desk: Any) -> None:
    opened = [desk.opened(target=name) for name in ("prod-bastion", "prod-db")]
    before = rules_of(desk), rules_of(desk, "prod-db")
    ended = desk.do("revoke", rule_ids=[rule["rule_id"] for rule in opened])
    answer = undone(desk, ended)
    assert [rule["status"] for rule in answer["rules"]] == ["restored", "restored"]
    assert (rules_of(desk), rules_of(desk, "prod-db")) == before


def test_an_undo_can_be_undone(desk: Any) -> None:
    opened = desk.do("whitelist", **HOST)
    before = rules_of(desk)
    assert undone(desk, undone(desk, opened))["status"] == "restored"
    assert rules_of(desk) == before


def test_undoing_twice_changes_nothing_more(desk: Any) -> None:
    opened = desk.do("whitelist", **HOST)
    assert undone(desk, opened)["status"] == "revoked"
    again = undone(desk, opened)
    assert (again["status"], again["rules"][0]["status"]) == ("absent", "absent")
    ended = desk.do("revoke", rule_ids=[desk.opened()["rule_id"]])
    undone(desk, ended)
    before = desk.rule_ids()
    again = undone(desk, ended)
    assert again["status"] == "already_allowed"
    assert "undo" not in again
    assert desk.rule_ids() == before


@pytest.mark.parametrize(
    ("description", "is_told"),
    [("password=hunter22 for the door", True), ("the front door", False)],
)
def test_words_that_no_receipt_has_are_said_to_be_lost(
    make_desk: Callable[..., Any], codes: Any, description: str, is_told: bool
) -> None:
    desk = make_desk()
    group_id = desk.do("find_security_group", **TARGET)["group_id"]
    source = {"CidrIp": "203.0.113.7/32", "Description": description}
    made = desk.ec2.authorize_security_group_ingress(
        GroupId=group_id,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 4000, "ToPort": 4000, "IpRanges": [source]}
        ],
    )["SecurityGroupRules"]
    ended = approved(desk, rule_ids=[made[0]["SecurityGroupRuleId"]], include_foreign=True)
    answer = undone(desk, ended)
    assert answer["status"] == "restored"
    assert ("redacted" in codes(answer)) is is_told


def test_a_rule_that_was_changed_since_is_left_alone(desk: Any) -> None:
    opened = desk.do("whitelist", **HOST)
    desk.do("whitelist", **HOST, owner="tom")
    before = rules_of(desk)
    answer = undone(desk, opened)
    assert (answer["status"], answer["rules"][0]["status"]) == ("undo_conflict", "undo_conflict")
    assert "left alone" in answer["summary"]
    assert "undo" not in answer
    assert rules_of(desk) == before


def test_a_rule_that_somebody_else_has_made_again_is_left_alone(desk: Any) -> None:
    ended = desk.do("revoke", rule_ids=[desk.opened(owner="mara")["rule_id"]])
    desk.opened(owner="tom")
    before = rules_of(desk)
    assert undone(desk, ended)["status"] == "undo_conflict"
    assert rules_of(desk) == before


def test_access_past_its_end_is_not_given_back(make_desk: Any, codes: Any) -> None:
    desk = make_desk()
    rule = desk.opened()
    past = [{"Key": TAG_EXPIRES_AT, "Value": "2020-01-01T00:00:00Z"}]
    desk.ec2.create_tags(Resources=[rule["rule_id"]], Tags=past)
    ended = desk.do("revoke", rule_ids=[rule["rule_id"]])
    before = desk.rule_ids()
    answer = undone(desk, ended)
    assert answer["status"] == "absent"
    assert "ended_meanwhile" in codes(answer)
    assert desk.rule_ids() == before


def test_an_extension_past_whose_earlier_end_we_are_is_undone_by_removing(make_desk: Any) -> None:
    desk = make_desk()
    rule = desk.opened(expires_in="1h")
    past = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    tags = [{"Key": TAG_EXPIRES_AT, "Value": past}]
    desk.ec2.create_tags(Resources=[rule["rule_id"]], Tags=tags)
    extended = desk.do("whitelist", **HOST | {"expires_in": "5h"})
    assert extended["status"] == "extended"
    assert undone(desk, extended)["status"] == "revoked"
    assert rule["rule_id"] not in desk.rule_ids()


def test_why_it_was_undone_is_in_the_audit_log(desk: Any, tmp_path: Path) -> None:
    undone(desk, desk.do("whitelist", **HOST), reason="by mistake")
    log = (tmp_path / "state" / "audit.jsonl").read_text(encoding="utf-8")
    intents = [each for each in map(json.loads, log.splitlines()) if each["event"] == "intent"]
    assert intents[-1]["operation"] == "undo"
    assert intents[-1]["intent"]["reason"] == "by mistake"


def test_a_call_that_nobody_made_here_has_no_receipt(desk: Any) -> None:
    error = desk.refuse("undo", receipt="0123")
    assert (error["code"], error["field"]) == ("receipt_not_found", "receipt")
    assert "machine" in error["remedy"]


def test_what_another_user_did_is_not_found(desk: Any, configured: Any) -> None:
    opened = desk.do("whitelist", **HOST)
    config = configured()
    cloud = sandbox_cloud(config)
    other = type(desk)(tools_of(cloud, config, Surroundings("mallory", {})), cloud)
    assert other.refuse("undo", **opened["undo"]["arguments"])["code"] == "receipt_not_found"


def test_a_receipt_that_was_altered_is_not_believed(desk: Any, tmp_path: Path) -> None:
    opened = desk.do("whitelist", **HOST)
    log = tmp_path / "state" / "audit.jsonl"
    text = log.read_text(encoding="utf-8")
    log.write_text(text.replace("203.0.113.7/32", "203.0.113.9/32"), encoding="utf-8")
    before = desk.rule_ids()
    assert desk.refuse("undo", **opened["undo"]["arguments"])["code"] == "receipt_invalid"
    assert desk.rule_ids() == before


def test_an_undo_goes_to_the_place_of_the_call(make_desk: Any) -> None:
    desk = make_desk(policy={"profiles": {"allow": ["staging"]}})
    opened = desk.do("whitelist", **HOST, profile="staging")
    answer = undone(desk, opened)
    assert (answer["status"], answer["profile"]) == ("revoked", "staging")
    assert undone(desk, opened, profile="staging")["status"] == "absent"


def test_the_usual_profile_needs_no_permission_to_be_used_again(configured: Any, desk: Any) -> None:
    config = configured()
    cloud = sandbox_cloud(config)._replace(default_profile="usual")
    with_default = type(desk)(tools_of(cloud, config, Surroundings("tester", {})), cloud)
    opened = with_default.do("whitelist", **HOST)
    assert opened["profile"] == "usual"
    assert undone(with_default, opened)["status"] == "revoked"


def test_an_undo_in_another_region_is_refused(desk: Any) -> None:
    opened = desk.do("whitelist", **HOST)
    error = desk.refuse("undo", **opened["undo"]["arguments"], region="us-east-1")
    assert (error["code"], error["field"]) == ("invalid_argument", "region")
    assert "eu-west-1" in error["summary"]


def test_an_undo_with_the_credentials_of_another_account_is_refused(
    desk: Any, tricked_desk: Any
) -> None:
    opened = desk.do("whitelist", **HOST)
    arn = "arn:aws:iam::999988887777:user/mara"
    caller = {"Account": "999988887777", "Arn": arn, "UserId": "x"}
    elsewhere = tricked_desk({"sts.GetCallerIdentity": lambda: succeeded(caller)})
    error = elsewhere.refuse("undo", **opened["undo"]["arguments"])
    assert (error["code"], error["field"]) == ("invalid_argument", "profile")
    assert "111122223333" in error["summary"] and "111122223333" in error["remedy"]


class Blindness:
    """Refuses reads of rules from the moment that a rule is revoked."""

    def __init__(self) -> None:
        self.is_blind = False

    def strike(self) -> None:
        self.is_blind = True

    def look(self) -> Any:
        return BLIND if self.is_blind else None


@pytest.fixture
def blinded(tricked_desk: Callable[..., Any]) -> tuple[Any, Blindness]:
    eyes = Blindness()
    tricks = {
        "ec2.RevokeSecurityGroupIngress": eyes.strike,
        "ec2.DescribeSecurityGroupRules": eyes.look,
    }
    return tricked_desk(tricks), eyes


def test_an_undo_whose_effect_cannot_be_seen_is_unverified(blinded: Any, codes: Any) -> None:
    answer = undone(blinded[0], blinded[0].do("whitelist", **HOST))
    assert (answer["status"], answer["rules"][0]["status"]) == ("unverified", "unverified")
    assert "unverified" in codes(answer)
    assert "undo" not in answer


def test_what_nobody_saw_is_not_undone_and_that_is_said(blinded: Any, codes: Any) -> None:
    desk, eyes = blinded
    rule = desk.opened()
    ended = desk.do("revoke", rule_ids=[rule["rule_id"]])
    assert ended["status"] == "unverified"
    assert "undo" not in ended
    eyes.is_blind = False
    answer = desk.do("undo", receipt=ended["request_id"])
    assert (answer["status"], answer["rules"]) == ("absent", [])
    assert "Nothing of that call was left to undo" in answer["summary"]
    assert "unverified" in codes(answer)
