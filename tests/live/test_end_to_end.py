"""The whole life of a rule, through the real program, in a real or emulated account.

What the program says is held against what the account shows when asked past the program.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

Program = Callable[..., Any]


def access(place: Any, **more: Any) -> dict[str, Any]:
    return {"target": place.target, "source": place.source, "port": place.port} | more


def ids(result: Any) -> set[str]:
    return {rule["rule_id"] for rule in result["rules"]}


def listed(place: Any, program: Program) -> set[str]:
    result = program("list_rules", target=place.target, source=place.source, port=place.port)
    return {rule["rule_id"] for rule in result["items"] if rule["from_port"] == place.port}


def test_access_is_opened_seen_extended_and_ended(place: Any, program: Program) -> None:
    opened = program("whitelist", **access(place, expires_in="5m", reason="a test"))
    assert (opened["status"], opened["region"]) == ("added", place.region)
    assert place.comes_to(ids(opened))
    assert listed(place, program) == ids(opened)

    extended = program("whitelist", **access(place, expires_in="15m"))
    assert (extended["status"], ids(extended)) == ("extended", ids(opened))
    ends = [datetime.fromisoformat(each["rules"][0]["expires_at"]) for each in (opened, extended)]
    assert ends[0] < ends[1]

    ended = program("revoke", rule_ids=sorted(ids(opened)))
    assert ended["status"] == "revoked"
    assert place.comes_to(set())
    assert listed(place, program) == set()
    assert program("revoke", rule_ids=sorted(ids(opened)))["status"] == "absent"


def test_what_is_asked_for_twice_is_there_once(place: Any, program: Program) -> None:
    first = program("whitelist", **access(place, expires_in="5m"))
    assert place.comes_to(ids(first))
    second = program("whitelist", **access(place, expires_in="5m"))
    assert (second["status"], ids(second)) == ("already_allowed", ids(first))
    assert place.rule_ids() == ids(first)


def test_a_dry_run_is_allowed_and_changes_nothing(place: Any, program: Program) -> None:
    planned = program("whitelist", **access(place, expires_in="5m", dry_run=True))
    assert planned["status"] == "planned"
    assert place.rule_ids() == set()


def test_the_undo_of_an_answer_takes_it_back(place: Any, program: Program) -> None:
    opened = program("whitelist", **access(place, expires_in="5m"))
    assert place.comes_to(ids(opened))
    assert program(opened["undo"]["operation"], **opened["undo"]["arguments"])["status"]
    assert place.comes_to(set())


def test_access_follows_an_address_that_has_changed(place: Any, program: Program) -> None:
    first = program("whitelist", **access(place, expires_in="5m"))
    assert place.comes_to(ids(first))
    wanted = access(place, source=place.elsewhere, expires_in="15m", replace_previous=True)
    moved = program("whitelist", **wanted)
    assert (moved["status"], ids(moved)) == ("moved", ids(first))
    assert place.comes_to(ids(first))
    assert place.rule_ids(place.elsewhere) == ids(first)
    assert place.rule_ids(place.source) == set()


def test_what_was_revoked_comes_back_only_with_approval(place: Any, program: Program) -> None:
    opened = program("whitelist", **access(place, expires_in="15m"))
    assert place.comes_to(ids(opened))
    ended = program("revoke", rule_ids=sorted(ids(opened)))
    assert place.comes_to(set())
    asked = program("undo", **ended["undo"]["arguments"])
    assert (asked["status"], place.rule_ids()) == ("approval_required", set())
    restored = program("undo", **ended["undo"]["arguments"], approval=asked["approval"]["token"])
    assert restored["status"] == "restored"
    assert place.comes_to(ids(restored))
    assert restored["rules"][0]["expires_at"] == opened["rules"][0]["expires_at"]


def test_many_are_opened_and_taken_back_at_once(place: Any, program: Program) -> None:
    entries = [{"source": source} for source in (place.source, place.elsewhere)]
    same = {"target": place.target, "port": place.port}
    opened = program(
        "whitelist_bulk",
        entries=[each | same for each in entries],
        expires_in="5m",
        atomic=True,
    )
    assert opened["totals"] == {"added": 2}
    assert place.comes_to({rule_id for item in opened["items"] for rule_id in ids(item)})
    assert program("undo", **opened["undo"]["arguments"])["status"] == "revoked"
    assert place.comes_to(set())


def test_a_bulk_that_must_hold_as_a_whole_leaves_nothing_behind(
    place: Any, program: Program
) -> None:
    missing = {"target": "sg-0123456789abcdef0", "source": place.source, "port": place.port}
    entries = [access(place), missing]
    refused = program("whitelist_bulk", entries=entries, expires_in="5m", atomic=True)
    assert refused["code"] == "security_group_not_found"
    assert place.rule_ids() == set()


def test_what_is_past_its_end_is_swept(place: Any, program: Program) -> None:
    opened = program("whitelist", **access(place, expires_in="5m"))
    assert place.comes_to(ids(opened))
    place.end_long_ago()
    planned = program("sweep_expired", target=place.target, dry_run=True)
    if ids(planned) != ids(opened):
        pytest.skip("the group has other rules that are overdue, or does not show ours as such yet")
    swept = program("sweep_expired", target=place.target)
    assert (swept["status"], ids(swept)) == ("revoked", ids(opened))
    assert place.comes_to(set())


def test_all_of_one_source_is_ended_wherever_it_is(place: Any, program: Program) -> None:
    opened = program("whitelist", **access(place, expires_in="5m"))
    assert place.comes_to(ids(opened))
    ended = program("revoke", source=place.source)
    assert (ended["status"], ids(ended)) == ("revoked", ids(opened))
    assert place.comes_to(set())


def test_a_group_that_is_not_there_is_an_error_that_says_so(place: Any, program: Program) -> None:
    wrong = access(place, target="sg-0123456789abcdef0", expires_in="5m")
    assert program("whitelist", **wrong)["code"] == "security_group_not_found"
