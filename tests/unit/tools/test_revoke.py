"""``revoke``: what goes, what stays, and what the answer says of each rule."""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.calls import Answer, AnswerKind

TARGET = {"target": "prod-bastion"}
ABSENT = "sgr-0123456789abcdef0"


def test_a_rule_is_revoked_by_its_id_and_seen_to_be_gone(desk: Any, codes: Any) -> None:
    before = desk.rule_ids()
    rule = desk.opened()
    answer = desk.do("revoke", rule_ids=[rule["rule_id"]], reason="done")
    assert answer["status"] == "revoked"
    (revoked,) = answer["rules"]
    # The time that is left goes on while the two calls are made.
    assert revoked | {"expires_in": ""} == rule | {"status": "revoked", "expires_in": ""}
    assert len(answer["aws_request_ids"]) == 1
    assert "connections_survive" in codes(answer)
    assert desk.rule_ids() == before


PICKS: dict[str, dict[str, Any]] = {
    "source": {"source": "203.0.113.7"},
    "port": {"port": 4000},
    "protocol": {"protocol": "udp"},
    "owner": {"owner": "mara"},
    "all at once": {"source": "203.0.113.7", "port": 4000, "protocol": "udp", "owner": "mara"},
}


@pytest.mark.parametrize("pick", PICKS.values(), ids=PICKS)
def test_the_rules_of_a_target_that_are_picked_go_and_no_others(
    desk: Any, pick: dict[str, Any]
) -> None:
    rule = desk.opened(port=4000, protocol="udp", owner="mara")
    desk.opened("203.0.113.8", port=443)
    before = desk.rule_ids()
    answer = desk.do("revoke", **TARGET, **pick)
    assert [each["rule_id"] for each in answer["rules"]] == [rule["rule_id"]]
    assert before - desk.rule_ids() == {rule["rule_id"]}


def test_what_all_ports_opened_all_ports_picks(make_desk: Any) -> None:
    desk = make_desk(policy={"allow_all_protocols": True})
    every = {"protocol": "all", "port": "all"}
    rule = desk.opened(**every)
    assert desk.do("list_rules", **TARGET, port="all", managed=True)["total"] == 1
    answer = desk.do("revoke", **TARGET, **every)
    assert [each["rule_id"] for each in answer["rules"]] == [rule["rule_id"]]


def test_a_port_is_no_icmp_type(desk: Any) -> None:
    unreachable = {"protocol": "icmp", "icmp_type": 3, "icmp_code": 3}
    desk.do("whitelist", **TARGET, source="203.0.113.7", **unreachable)
    assert desk.do("revoke", **TARGET, port=3)["status"] == "absent"


def test_me_picks_the_rules_of_this_machine(desk: Any) -> None:
    rule = desk.do("whitelist", **TARGET, port=22)["rules"][0]
    answer = desk.do("revoke", **TARGET, source="me")
    assert [each["rule_id"] for each in answer["rules"]] == [rule["rule_id"]]


def test_what_is_not_there_is_absent_and_that_is_no_error(desk: Any) -> None:
    answer = desk.do("revoke", rule_ids=[ABSENT])
    assert answer["status"] == "absent"
    assert answer["rules"] == [{"rule_id": ABSENT, "status": "absent"}]
    assert f"{ABSENT}  absent" in desk.text
    assert "undo" not in answer


def test_nothing_that_matches_is_absent_too(desk: Any) -> None:
    answer = desk.do("revoke", **TARGET, source="203.0.113.99")
    assert (answer["status"], answer["rules"]) == ("absent", [])
    assert "No rule matched" in answer["summary"]


def test_of_several_ids_each_gets_its_own_status(desk: Any) -> None:
    rule = desk.opened()
    foreign = (desk.rule_ids() - {rule["rule_id"]}).pop()
    answer = desk.do("revoke", rule_ids=[ABSENT, foreign, rule["rule_id"], ABSENT])
    assert {each["rule_id"]: each["status"] for each in answer["rules"]} == {
        rule["rule_id"]: "revoked",
        foreign: "not_ours",
        ABSENT: "absent",
    }
    assert answer["status"] == "revoked"
    assert desk.rule_ids() >= {foreign}


def test_a_rule_of_others_stays_unless_it_is_asked_for_and_approved(desk: Any) -> None:
    before = desk.rule_ids()
    call = {**TARGET, "source": "198.51.100.0/24"}
    assert desk.do("revoke", **call)["status"] == "not_ours"
    asked = desk.do("revoke", **call, include_foreign=True)
    assert asked["status"] == "approval_required"
    assert asked["reasons"] == ["it removes a rule that awswhitelist did not make"]
    assert desk.rule_ids() == before
    approves = Answer(AnswerKind.ACCEPTED, "approve")
    answer = desk.do("revoke", approves, **call, include_foreign=True)
    assert answer["status"] == "revoked"
    assert before - desk.rule_ids() == {answer["rules"][0]["rule_id"]}


def test_a_dry_run_of_a_revoke_changes_nothing(desk: Any) -> None:
    rule = desk.opened()
    before = desk.rule_ids()
    answer = desk.do("revoke", rule_ids=[rule["rule_id"]], dry_run=True)
    assert answer["status"] == "planned"
    assert rule["rule_id"] in answer["plan"][0]
    assert desk.rule_ids() == before


def test_a_dry_run_for_a_rule_that_is_not_there_plans_nothing(desk: Any) -> None:
    answer = desk.do("revoke", rule_ids=[ABSENT], dry_run=True)
    assert (answer["status"], answer["plan"]) == ("planned", [])


def test_one_owner_leaves_a_shared_rule_and_the_last_one_takes_it_along(desk: Any) -> None:
    rule = desk.opened(owner="mara")
    shared = desk.do("whitelist", **TARGET, source="203.0.113.7", port=22, owner="tom")
    assert shared["status"] == "extended"
    assert shared["rules"][0]["owner"] == "mara tom"
    first = desk.do("revoke", **TARGET, owner="mara")
    assert (first["status"], first["rules"][0]["status"]) == ("released", "released")
    assert "left to the others" in first["summary"]
    assert "gone" not in first["summary"]
    assert first["rules"][0]["owner"] == "tom"
    assert rule["rule_id"] in desk.rule_ids()
    last = desk.do("revoke", **TARGET, owner="tom")
    assert "gone" in last["summary"]
    assert rule["rule_id"] not in desk.rule_ids()


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "nothing at all": ({}, "target", "`rule_ids`"),
    "a whole group": (TARGET, "source", "Narrow it"),
    "no ids": ({"rule_ids": []}, "rule_ids", "at least 1"),
    "an id of something else": ({"rule_ids": [ABSENT, "sg-1"]}, "rule_ids[1]", "list_rules"),
    "an id that is a number": ({"rule_ids": [7]}, "rule_ids[0]", "must be text"),
    "a wrong source": (TARGET | {"source": "198.51.100.7/24"}, "source", "198.51.100.0/24"),
    "a wrong port": (TARGET | {"port": 70000}, "port", "such as 5432"),
    "a wrong protocol": (TARGET | {"protocol": "-1"}, "protocol", '"all"'),
    "an unknown field": (TARGET | {"owners": "mara"}, "owners", "`owner`"),
}


@pytest.mark.parametrize(("arguments", "field", "remedy"), WRONG.values(), ids=WRONG)
def test_a_revoke_that_makes_no_sense_is_refused_with_a_remedy(
    shared_desk: Any, arguments: dict[str, Any], field: str, remedy: str
) -> None:
    before = shared_desk.rule_ids()
    error = shared_desk.refuse("revoke", **arguments)
    assert (error["code"], error["field"]) == ("invalid_argument", field)
    assert remedy in error["remedy"]
    assert shared_desk.rule_ids() == before


def test_a_rule_named_by_id_that_is_not_picked_is_not_said_to_be_absent(desk: Any) -> None:
    rule = desk.opened(owner="mara")
    answer = desk.do("revoke", rule_ids=[rule["rule_id"], ABSENT], owner="tom")
    assert {each["rule_id"]: each["status"] for each in answer["rules"]} == {
        rule["rule_id"]: "not_picked",
        ABSENT: "absent",
    }
    assert answer["status"] == "not_picked"
    assert "left alone" in answer["summary"]
    assert rule["rule_id"] in desk.rule_ids()
