"""``whitelist`` with ``replace_previous``: an address has changed, and its rule goes along."""

from __future__ import annotations

from typing import Any

from awswhitelist.sandbox.answers import Refusal, refused

TARGET = {"target": "prod-bastion"}
HOST = TARGET | {"source": "203.0.113.7", "port": 22, "expires_in": "2h"}
NEW = HOST | {"source": "203.0.113.8", "replace_previous": True}


def test_the_rule_moves_to_the_new_address_under_its_own_id(desk: Any) -> None:
    before = desk.rule_ids()
    rule = desk.opened()
    answer = desk.do("whitelist", **NEW)
    (moved,) = answer["rules"]
    assert (answer["status"], moved["status"]) == ("moved", "moved")
    assert (moved["rule_id"], moved["cidr"]) == (rule["rule_id"], "203.0.113.8/32")
    assert "Access was moved from 203.0.113.7/32 to 203.0.113.8/32" in answer["summary"]
    assert answer["undo"]["operation"] == "undo"
    assert desk.rule_ids() - before == {rule["rule_id"]}


def test_without_an_earlier_rule_a_new_one_is_added(desk: Any) -> None:
    assert desk.do("whitelist", **NEW)["status"] == "added"


def test_where_the_new_one_is_there_already_the_old_one_goes(desk: Any) -> None:
    old, new = desk.opened(), desk.opened("203.0.113.8", expires_in="2h")
    answer = desk.do("whitelist", **NEW)
    assert answer["status"] == "moved"
    assert {rule["rule_id"]: rule["status"] for rule in answer["rules"]} == {
        old["rule_id"]: "revoked",
        new["rule_id"]: "already_allowed",
    }
    assert "moved from 203.0.113.7/32 to 203.0.113.8/32" in answer["summary"]
    assert new["rule_id"] in desk.rule_ids() and old["rule_id"] not in desk.rule_ids()


def test_where_the_old_one_is_not_seen_to_be_gone_nothing_else_is_said_of_the_new_one(
    tricked_desk: Any,
) -> None:
    revoked: list[int] = []
    no = refused(Refusal("UnauthorizedOperation", "No."))
    desk = tricked_desk(
        {
            "ec2.RevokeSecurityGroupIngress": lambda: revoked.append(1),
            "ec2.DescribeSecurityGroupRules": lambda: no if revoked else None,
        }
    )
    desk.opened()
    desk.opened("203.0.113.8")
    answer = desk.do("whitelist", **NEW)
    assert answer["status"] == "unverified"
    assert "Access is there already: 203.0.113.8/32" in answer["summary"]
    assert "(and 1 more unverified)" in answer["summary"]


def test_a_rule_that_others_share_stays_for_them(desk: Any) -> None:
    rule = desk.opened(owner="mara")
    desk.do("whitelist", **HOST, owner="tom")
    answer = desk.do("whitelist", **NEW, owner="mara")
    assert answer["status"] == "moved"
    statuses = {each["cidr"]: each["status"] for each in answer["rules"]}
    assert statuses == {"203.0.113.7/32": "released", "203.0.113.8/32": "added"}
    assert "moved from 203.0.113.7/32 to 203.0.113.8/32" in answer["summary"]
    assert rule["rule_id"] in desk.rule_ids()


def test_each_address_family_moves_by_itself(desk: Any) -> None:
    desk.do("whitelist", **HOST | {"source": ["203.0.113.7", "2001:db8::7"]})
    answer = desk.do("whitelist", **NEW | {"source": ["203.0.113.8", "2001:db8::8"]})
    statuses = {each["cidr"]: each["status"] for each in answer["rules"]}
    assert statuses == {"203.0.113.8/32": "moved", "2001:db8::8/128": "moved"}
    assert "(and 1 more moved)" in answer["summary"]


def test_several_earlier_rules_are_ambiguous_and_nothing_is_changed(desk: Any) -> None:
    old = [desk.opened(source) for source in ("203.0.113.5", "203.0.113.6")]
    before = desk.rule_ids()
    error = desk.refuse("whitelist", **NEW)
    assert (error["code"], error["field"]) == ("ambiguous_rule", "replace_previous")
    assert {each["id"] for each in error["candidates"]} == {rule["rule_id"] for rule in old}
    assert "`rule_ids`" in error["remedy"]
    assert desk.rule_ids() == before


def test_a_move_that_is_only_planned_says_from_where_to_where(desk: Any) -> None:
    rule = desk.opened()
    answer = desk.do("whitelist", **NEW, dry_run=True)
    assert answer["status"] == "planned"
    assert f"move {rule['rule_id']}" in answer["plan"][0]
    assert "203.0.113.7/32 to tcp 22 from 203.0.113.8/32" in answer["plan"][0]


def test_a_move_that_gives_an_end_says_who_must_see_to_it(desk: Any, codes: Any) -> None:
    desk.opened()
    assert "expiry_needs_a_sweeper" in codes(desk.do("whitelist", **NEW))
