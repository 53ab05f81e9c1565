"""``revoke`` without a target: all that is ours in the region, of one owner or from one source."""

from __future__ import annotations

from typing import Any

import pytest

PLACES = {"target": "prod-bastion", "port": 22}, {"target": "prod-cache", "port": 6379}


def opened_by(desk: Any, owner: str, source: str = "203.0.113.7") -> set[str]:
    return {desk.opened(source, owner=owner, **place)["rule_id"] for place in PLACES}


def there(desk: Any) -> set[str]:
    return set(desk.rule_ids("prod-bastion")) | set(desk.rule_ids("prod-cache"))


def test_when_a_colleague_leaves_all_that_is_theirs_ends(desk: Any) -> None:
    before = there(desk)
    kept = opened_by(desk, "tom", "203.0.113.8")
    gone = opened_by(desk, "mara")
    answer = desk.do("revoke", owner="mara")
    assert answer["status"] == "revoked"
    assert {rule["rule_id"] for rule in answer["rules"]} == gone
    assert len(answer["room_left"]) == len(PLACES)
    assert there(desk) == before | kept


def test_what_they_shared_with_others_is_left_to_those(desk: Any) -> None:
    rules = opened_by(desk, "mara")
    desk.do("whitelist", **PLACES[0], source="203.0.113.7", owner="tom")
    answer = desk.do("revoke", owner="mara")
    assert sorted(rule["status"] for rule in answer["rules"]) == ["released", "revoked"]
    assert len(there(desk) & rules) == 1


def test_an_address_that_is_given_up_loses_all_its_rules(desk: Any) -> None:
    before = there(desk)
    gone = opened_by(desk, "mara")
    answer = desk.do("revoke", source="203.0.113.7")
    assert {rule["rule_id"] for rule in answer["rules"]} == gone
    assert there(desk) == before


def test_rules_of_others_are_not_touched_nor_shown(desk: Any) -> None:
    before = there(desk)
    answer = desk.do("revoke", source="198.51.100.0/24")
    assert (answer["status"], answer["rules"]) == ("absent", [])
    assert "undo" not in answer
    assert there(desk) == before


def test_a_port_narrows_what_goes(desk: Any) -> None:
    opened_by(desk, "mara")
    answer = desk.do("revoke", owner="mara", port=6379)
    assert [rule["from_port"] for rule in answer["rules"]] == [6379]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a port alone": ({"port": 22}, "target"),
    "rules of others everywhere": ({"owner": "mara", "include_foreign": True}, "include_foreign"),
}


@pytest.mark.parametrize(("arguments", "field"), WRONG.values(), ids=WRONG)
def test_a_region_is_never_cleared_by_accident(
    shared_desk: Any, arguments: dict[str, Any], field: str
) -> None:
    error = shared_desk.refuse("revoke", **arguments)
    assert (error["code"], error["field"]) == ("invalid_argument", field)
    assert "`rule_ids`" in error["remedy"]
