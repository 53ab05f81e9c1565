"""``list_rules``: complete, filtered as asked, and in pages that hold still while rules change."""

from __future__ import annotations

from typing import Any

import pytest

TARGET = {"target": "prod-bastion"}
PAST = [{"Key": "awswhitelist:expires-at", "Value": "2020-01-01T00:00:00Z"}]


def ids(answer: dict[str, Any]) -> list[str]:
    return [rule["rule_id"] for rule in answer["items"]]


def test_every_kind_of_rule_is_shown_for_what_it_is(shared_desk: Any) -> None:
    items = [
        rule
        for group in ("staging-app", "prod-db", "prod-web")
        for rule in shared_desk.do("list_rules", target=group)["items"]
    ]
    shown = {
        (
            rule["protocol"],
            rule.get("from_port"),
            rule.get("to_port"),
            rule.get("cidr") or rule.get("source_group", "")[:3] or rule["prefix_list"][:3],
            rule.get("open_to_world", False),
        )
        for rule in items
    }
    assert shown == {
        ("tcp", 8000, 8100, "10.30.0.0/16", False),
        ("icmp", 8, None, "10.0.0.0/8", False),
        ("all", None, None, "sg-", False),
        ("tcp", 5432, 5432, "sg-", False),
        ("tcp", 5432, 5432, "pl-", False),
        ("tcp", 80, 80, "0.0.0.0/0", True),
        ("tcp", 80, 80, "::/0", True),
        ("tcp", 443, 443, "0.0.0.0/0", True),
        ("tcp", 443, 443, "::/0", True),
    }
    assert "OPEN TO THE WORLD" in shared_desk.text


def test_the_answer_says_where_it_looked(shared_desk: Any) -> None:
    answer = shared_desk.do("list_rules", **TARGET)
    group_id = answer["items"][0]["group_id"]
    assert (answer["account"], answer["region"]) == ("111122223333", "eu-west-1")
    assert f"2 ingress rules of {group_id} (prod-bastion)" in answer["summary"]
    by_id = shared_desk.do("list_rules", target=f" {group_id} ")
    assert ids(by_id) == ids(answer)


def test_a_group_without_matching_rules_is_an_empty_list(shared_desk: Any) -> None:
    answer = shared_desk.do("list_rules", **TARGET, port=1)
    assert (answer["items"], answer["total"]) == ([], 0)
    assert "next_cursor" not in answer


CACHE = {"target": "prod-cache"}


@pytest.fixture(scope="module")
def added(shared_desk: Any) -> dict[str, str]:
    """Rules added to the one of prod-cache, by name; the other tests look at other groups."""
    calls: dict[str, dict[str, Any]] = {
        "mine": {"port": 22},
        "mara's": {"source": "203.0.113.8", "port": "8000-8100", "owner": "mara"},
    }
    return {
        name: shared_desk.do("whitelist", **CACHE, **call)["rules"][0]["rule_id"]
        for name, call in calls.items()
    }


FILTERS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "source": ({"source": "203.0.113.8"}, {"mara's"}),
    "several sources": ({"source": ["203.0.113.8", "203.0.113.10/32"]}, {"mine", "mara's"}),
    "me": ({"source": "me"}, {"mine"}),
    "a range": ({"port": "8000-8100"}, {"mara's"}),
    "owner": ({"owner": "mara"}, {"mara's"}),
    "managed": ({"managed": True}, {"mine", "mara's"}),
    "managed and a port": ({"managed": True, "port": "ssh"}, {"mine"}),
    "expired": ({"expired": True}, set()),
}


@pytest.mark.parametrize(("arguments", "expected"), FILTERS.values(), ids=FILTERS)
def test_a_filter_leaves_what_was_asked_for(
    shared_desk: Any, added: dict[str, str], arguments: dict[str, Any], expected: set[str]
) -> None:
    answer = shared_desk.do("list_rules", **CACHE, **arguments)
    assert set(ids(answer)) == {added[name] for name in expected}
    assert answer["total"] == len(expected)


def test_rules_of_others_can_be_asked_for_too(shared_desk: Any, added: dict[str, str]) -> None:
    answer = shared_desk.do("list_rules", **CACHE, managed=False)
    assert [rule["description"] for rule in answer["items"]] == ["Web servers"]
    assert shared_desk.do("list_rules", **CACHE)["total"] == 1 + len(added)


def test_an_overdue_rule_is_marked_warned_of_and_found_by_the_filter(
    make_desk: Any, codes: Any
) -> None:
    desk = make_desk()
    late, _ = desk.opened(), desk.opened("203.0.113.8")
    desk.ec2.create_tags(Resources=[late["rule_id"]], Tags=PAST)
    answer = desk.do("list_rules", **TARGET, expired=True)
    assert ids(answer) == [late["rule_id"]]
    assert "expires_in" not in answer["items"][0]
    assert codes(answer) == {"overdue"}
    assert "EXPIRED" in desk.text
    assert late["rule_id"] not in ids(desk.do("list_rules", **TARGET, expired=False))


def test_an_end_that_nobody_can_read_is_unknown_or_counted_from_the_beginning(
    make_desk: Any,
) -> None:
    desk = make_desk()
    rule = desk.opened()
    garbled = [{"Key": "awswhitelist:expires-at", "Value": "soon"}]
    desk.ec2.create_tags(Resources=[rule["rule_id"]], Tags=garbled)
    (shown,) = desk.do("list_rules", **TARGET, managed=True)["items"]
    assert shown["expires_at"] > rule["expires_at"]
    desk.ec2.delete_tags(Resources=[rule["rule_id"]], Tags=[{"Key": "awswhitelist:created-at"}])
    (shown,) = desk.do("list_rules", **TARGET, managed=True)["items"]
    assert (shown["expires_at"], shown["expired"]) == ("unknown", False)


def test_pages_follow_each_other_until_all_is_seen(shared_desk: Any) -> None:
    whole = ids(shared_desk.do("list_rules", target="prod-web"))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = shared_desk.do("list_rules", target="prod-web", limit=3, **cursor)
        assert answer["total"] == len(whole) == 4
        seen += ids(answer)
        if "next_cursor" not in answer:
            break
        assert "3 of 4" in answer["summary"]
        assert answer["next_cursor"] in shared_desk.text
        cursor = {"cursor": answer["next_cursor"]}
    assert seen == whole


def test_rules_that_come_and_go_between_pages_hide_and_repeat_no_other(desk: Any) -> None:
    rules = [desk.opened(f"203.0.113.{last}", port=4000) for last in (2, 4, 6, 8)]
    by_id = {rule["rule_id"]: rule["cidr"] for rule in rules}
    call = {**TARGET, "port": 4000, "limit": 2}
    first = desk.do("list_rules", **call)
    assert [by_id[each] for each in ids(first)] == ["203.0.113.2/32", "203.0.113.4/32"]
    # The last one seen goes; one comes before the cursor, one after it.
    desk.do("revoke", rule_ids=[ids(first)[-1]])
    desk.opened("203.0.113.1", port=4000)
    desk.opened("203.0.113.7", port=4000)
    second = desk.do("list_rules", **call, cursor=first["next_cursor"])
    assert [rule["cidr"] for rule in second["items"]] == ["203.0.113.6/32", "203.0.113.7/32"]
    third = desk.do("list_rules", **call, cursor=second["next_cursor"])
    assert [rule["cidr"] for rule in third["items"]] == ["203.0.113.8/32"]


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "a cursor of nobody": ({"cursor": "x"}, "cursor", "invalid_argument"),
    "a limit of none": ({"limit": 0}, "limit", "invalid_argument"),
    "a limit too high": ({"limit": 1001}, "limit", "invalid_argument"),
    "a port name of nobody": ({"port": "shh"}, "port", "invalid_argument"),
    "an unknown target": ({"target": "nope"}, "target", "security_group_not_found"),
    "an unknown id": ({"target": "sg-0123456789abcdef0"}, "target", "security_group_not_found"),
    "an unknown field": ({"verbose": True}, "verbose", "invalid_argument"),
    "a truth that is text": ({"managed": "yes"}, "managed", "invalid_argument"),
}


@pytest.mark.parametrize(("arguments", "field", "code"), WRONG.values(), ids=WRONG)
def test_a_wrong_argument_is_named(
    shared_desk: Any, arguments: dict[str, Any], field: str, code: str
) -> None:
    error = shared_desk.refuse("list_rules", **{**TARGET, **arguments})
    assert (error["code"], error["field"]) == (code, field)


def test_a_group_that_policy_hides_cannot_be_read_by_its_id(
    make_desk: Any, shared_desk: Any
) -> None:
    group_id = shared_desk.do("list_rules", **TARGET)["items"][0]["group_id"]
    desk = make_desk(policy={"groups": {"allow": ["staging-*"]}})
    assert desk.refuse("list_rules", target=group_id)["code"] == "policy_denied"
    assert desk.do("list_rules", target="staging-db")["total"] == 1
