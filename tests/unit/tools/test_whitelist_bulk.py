"""``whitelist_bulk``: every entry has an answer of its own, in the order asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from ipaddress import IPv4Address
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.access.job import PAUSES
from awswhitelist.application import Surroundings, offering_of, sandbox_cloud
from awswhitelist.calls import Answer, AnswerKind, PlainContext
from awswhitelist.exceptions import AwsWhitelistError, CallCancelledError, PublicAddressError
from awswhitelist.mcp.handlers.tools import bare_result, tool_result
from awswhitelist.network.public_ip import PublicAddresses
from awswhitelist.sandbox.answers import Refusal, refused
from awswhitelist.tools.kept_results import MOST_KEPT

Json = dict[str, Any]
BASTION = "prod-bastion"


def host(last: int, **more: Any) -> Json:
    return {"target": BASTION, "source": f"203.0.113.{last}", "port": 22} | more


def statuses(answer: Json) -> list[str]:
    return [item["status"] for item in answer["items"]]


def sources_at(desk: Any, target: str = BASTION) -> set[str]:
    """Who is let in by rules of ours."""
    rules = desk.do("list_rules", target=target, limit=1000)["items"]
    return {rule["cidr"] for rule in rules if rule["managed"]}


def test_one_bad_entry_of_ten_fails_alone_and_says_where_it_stands(desk: Any) -> None:
    entries = [host(number) for number in range(10)]
    entries[3] = host(3, port="no such port")
    answer = desk.do("whitelist_bulk", entries=entries, expires_in="2h")
    assert statuses(answer) == ["added"] * 3 + ["failed"] + ["added"] * 6
    assert [item["index"] for item in answer["items"]] == list(range(10))
    assert answer["totals"] == {"failed": 1, "added": 9}
    assert answer["summary"].endswith("10 entries: 1 failed, 9 added.")
    error = answer["items"][3]["error"]
    assert (error["code"], error["field"]) == ("invalid_argument", "entries[3].port")
    assert {"account", "region", "undo", "expires_enforced_by"} <= answer.keys()
    assert sources_at(desk) == {f"203.0.113.{number}/32" for number in range(10) if number != 3}


BAD: dict[str, tuple[Any, str]] = {
    "no object": (7, "entries[0]"),
    "no target": ({"source": "203.0.113.7"}, "entries[0].target"),
    "an unknown argument": (host(7, prot=22), "entries[0].prot"),
    "an argument of the whole call": (host(7, dry_run=True), "entries[0].dry_run"),
    "the wrong type": (host(7, icmp_type="x"), "entries[0].icmp_type"),
    "host bits": (host(7, source="203.0.113.7/24"), "entries[0].source"),
    "one of several sources": (host(7, source=["203.0.113.7", "x"]), "entries[0].source[1]"),
    "ICMP of the other family": (
        {"target": BASTION, "source": "203.0.113.7", "protocol": "icmpv6"},
        "entries[0].protocol",
    ),
    "its own time": (host(7, expires_in="soon"), "entries[0].expires_in"),
    "no such group": (host(7, target="sg-0000000000000000f"), "entries[0]"),
    "too long for policy": (host(7, expires_in="30d"), "entries[0].expires_in"),
}


@pytest.mark.parametrize(("entry", "field"), BAD.values(), ids=BAD)
def test_whatever_is_wrong_with_an_entry_is_that_entrys_failure(
    desk: Any, entry: Any, field: str
) -> None:
    answer = desk.do("whitelist_bulk", entries=[entry, host(8)])
    assert statuses(answer) == ["failed", "added"]
    assert answer["items"][0]["error"].get("field", field).startswith(field)


def test_every_source_gets_to_every_target_on_every_port_in_that_order(desk: Any) -> None:
    answer = desk.do(
        "whitelist_bulk",
        targets=[BASTION, "prod-cache"],
        sources=["203.0.113.1", "203.0.113.2"],
        ports=[22, 443],
        owner="mara",
    )
    asked = [(item["target"], item["source"], item["port"]) for item in answer["items"]]
    assert asked[:3] == [
        (BASTION, "203.0.113.1", "22"),
        (BASTION, "203.0.113.1", "443"),
        (BASTION, "203.0.113.2", "22"),
    ]
    assert answer["totals"] == {"added": 8}
    assert {rule["owner"] for item in answer["items"] for rule in item["rules"]} == {"mara"}


COMBINED: dict[str, tuple[Json, int, str]] = {
    "a target": ({"targets": ["no-such-thing", BASTION], "ports": [22]}, 0, "targets[0]"),
    "a source": (
        {"targets": [BASTION], "sources": ["x", "203.0.113.2"], "ports": [22]},
        0,
        "sources[0]",
    ),
    "a port": ({"targets": [BASTION], "ports": [22, "x"]}, 1, "ports[1]"),
}


@pytest.mark.parametrize(("arguments", "index", "field"), COMBINED.values(), ids=COMBINED)
def test_a_bad_value_of_a_list_fails_what_it_is_combined_to(
    desk: Any, arguments: Json, index: int, field: str
) -> None:
    answer = desk.do("whitelist_bulk", **{"sources": ["203.0.113.1"]} | arguments)
    assert answer["totals"] == {"failed": 1, "added": 1}
    assert answer["items"][index]["error"]["field"] == field


WHOLE: dict[str, tuple[Json, str]] = {
    "nothing": ({}, "entries"),
    "both": ({"entries": [host(1)], "targets": [BASTION]}, "entries"),
    "no entry": ({"entries": []}, "entries"),
    "no list": ({"entries": host(1)}, "entries"),
    "no port in a list": ({"targets": [BASTION], "ports": []}, "ports"),
    "too many": ({"entries": [host(1), host(2), host(3)]}, "entries"),
    "too many together": (
        {"targets": [BASTION, "prod-db"], "sources": ["203.0.113.1", "203.0.113.2"]},
        "targets",
    ),
    "what holds for all": ({"entries": [host(1)], "expires_in": "soon"}, "expires_in"),
    "the region": ({"entries": [host(1)], "region": "nowhere"}, "region"),
}


@pytest.mark.parametrize(("arguments", "field"), WHOLE.values(), ids=WHOLE)
def test_a_fault_of_the_whole_is_an_error_of_the_call(
    make_desk: Callable[..., Any], arguments: Json, field: str
) -> None:
    desk = make_desk(policy={"max_bulk_entries": 2})
    error = desk.refuse("whitelist_bulk", **arguments)
    assert (error["code"], error["field"]) == ("invalid_argument", field)


def test_what_is_said_for_all_holds_unless_an_entry_says_otherwise(desk: Any) -> None:
    entries = [host(1), host(2, owner="ivo", expires_in="1h")]
    answer = desk.do("whitelist_bulk", entries=entries, owner="mara", expires_in="2h")
    (first,), (second,) = (item["rules"] for item in answer["items"])
    assert (first["owner"], first["expires_in"]) == ("mara", "2 h")
    assert (second["owner"], second["expires_in"]) == ("ivo", "1 h")


def test_an_entry_that_another_has_asked_for_finds_it_there(desk: Any) -> None:
    entries = [host(1), host(1), host(0, source="203.0.113.0/28"), host(2)]
    person = Answer(AnswerKind.ACCEPTED, "approve")
    answer = desk.do("whitelist_bulk", person, entries=entries)
    assert statuses(answer) == ["added", "already_allowed", "added", "covered"]
    assert sources_at(desk) == {"203.0.113.1/32", "203.0.113.0/28"}


def test_two_owners_of_one_new_rule_share_it(desk: Any) -> None:
    entries = [host(1, owner="mara", expires_in="1h"), host(1, owner="ivo", expires_in="2h")]
    answer = desk.do("whitelist_bulk", entries=entries)
    (rule,) = answer["items"][1]["rules"]
    assert statuses(answer)[0] == "added"
    assert (rule["owner"], rule["expires_in"]) == ("mara ivo", "2 h")
    assert answer["items"][0]["rules"][0]["rule_id"] == rule["rule_id"]


class Finder:
    """Knows our address, or does not; counts how often it is asked."""

    def __init__(self, fails: bool) -> None:
        self.fails, self.asked = fails, 0

    def find(self) -> PublicAddresses:
        self.asked += 1
        if self.fails:
            raise PublicAddressError("Nobody knows.")
        return PublicAddresses(IPv4Address("203.0.113.99"), None, sources=(), agree=True)


@pytest.mark.parametrize("fails", [False, True])
def test_our_own_address_is_asked_for_once_whatever_comes_of_it(
    configured: Callable[..., Any], fails: bool
) -> None:
    config, finder = configured(), Finder(fails)
    cloud = sandbox_cloud(config)._replace(addresses=finder)
    specs = {each.name: each for each in offering_of(cloud, config, Surroundings("t", {})).tools}
    entries = [host(1, source="me"), host(2), host(3, source="me", port=443)]
    result = specs["whitelist_bulk"].call({"entries": entries}, PlainContext("r-1"))
    mine = "failed" if fails else "added"
    assert statuses(result.structured) == [mine, "added", mine]
    assert finder.asked == 1
    if fails:
        error = result.structured["items"][2]["error"]
        assert error["code"] == "public_address_unknown"


def test_an_atomic_call_with_a_bad_entry_does_nothing(desk: Any) -> None:
    entries = [host(1), host(2, port="x"), host(3)]
    error = desk.refuse("whitelist_bulk", entries=entries, atomic=True)
    assert (error["code"], error["field"], error["entry"]) == (
        "invalid_argument",
        "entries[1].port",
        1,
    )
    entries[1] = host(2, target="no-such-group")
    error = desk.refuse("whitelist_bulk", entries=entries, atomic=True)
    assert (error["field"], error["entry"]) == ("entries[1].target", 1)
    assert sources_at(desk) == set()


MOVES_TWICE = [host(2, replace_previous=True), host(3, replace_previous=True)]


@pytest.mark.parametrize("earlier", [(), (1,)])
def test_an_entry_whose_access_a_later_one_takes_away_has_failed(
    desk: Any, earlier: tuple[int, ...]
) -> None:
    for number in earlier:
        desk.opened(f"203.0.113.{number}")
    planned = desk.do("whitelist_bulk", entries=MOVES_TWICE, dry_run=True)
    assert statuses(planned) == ["failed", "planned"]
    answer = desk.do("whitelist_bulk", entries=MOVES_TWICE)
    assert statuses(answer) == ["failed", "moved" if earlier else "added"]
    error = answer["items"][0]["error"]
    assert (error["code"], error["field"]) == ("invalid_argument", "entries[0].source")
    assert "`replace_previous`" in error["remedy"]
    assert sources_at(desk) == {"203.0.113.3/32"}


def test_an_entry_that_found_its_rule_there_fails_where_a_later_one_moves_it(desk: Any) -> None:
    desk.opened("203.0.113.1")
    answer = desk.do("whitelist_bulk", entries=[host(1), host(2, replace_previous=True)])
    assert statuses(answer) == ["failed", "moved"]
    assert sources_at(desk) == {"203.0.113.2/32"}


def test_what_is_atomic_refuses_an_entry_that_another_takes_away(desk: Any) -> None:
    error = desk.refuse("whitelist_bulk", entries=MOVES_TWICE, atomic=True)
    assert (error["field"], error["entry"]) == ("entries[0].source", 0)
    assert sources_at(desk) == set()


def test_who_is_denied_takes_nothing_away_from_an_earlier_entry(desk: Any) -> None:
    wide = host(0, source="0.0.0.0/0", replace_previous=True)
    answer = desk.do("whitelist_bulk", entries=[host(1), wide])
    assert statuses(answer) == ["added", "failed"]
    assert answer["items"][1]["error"]["code"] == "policy_denied"
    assert sources_at(desk) == {"203.0.113.1/32"}


def test_rules_that_only_the_call_makes_count_where_several_may_be_the_previous(desk: Any) -> None:
    entries = [host(1), host(2), host(3, replace_previous=True)]
    answer = desk.do("whitelist_bulk", entries=entries)
    error = answer["items"][2]["error"]
    assert error["code"] == "ambiguous_rule"
    assert error["summary"].startswith("2 rules of ")
    assert "2 of them made by this call" in error["summary"]


def test_when_every_entry_fails_that_is_still_an_answer(desk: Any) -> None:
    answer = desk.do("whitelist_bulk", entries=[host(1, port="x"), 5])
    assert answer["totals"] == {"failed": 2}
    assert "account" not in answer and "undo" not in answer
    result = desk.specs["whitelist_bulk"].call({"entries": [5]}, PlainContext("r-1"))
    assert tool_result(result)["isError"] is False


def test_a_dry_run_says_of_each_entry_what_would_become_of_it(desk: Any) -> None:
    desk.opened("203.0.113.1")
    answer = desk.do("whitelist_bulk", entries=[host(1), host(2), 5], dry_run=True)
    assert statuses(answer) == ["already_allowed", "planned", "failed"]
    assert answer["status"] == "planned" and len(answer["plan"]) == 2
    assert "(3 entries: 1 failed, 1 planned, 1 already allowed)" in answer["summary"]
    assert sources_at(desk) == {"203.0.113.1/32"}


def test_one_approval_stands_for_the_whole_bulk(desk: Any) -> None:
    entries = [host(1), host(0, source="203.0.113.16/28")]
    asked = desk.do("whitelist_bulk", entries=entries)
    assert asked["status"] == "approval_required"
    assert statuses(asked) == ["approval_required"] * 2
    assert f"`approval`: {asked['approval']['token']}" in desk.text
    token = asked["approval"]["token"]
    done = desk.do("whitelist_bulk", entries=entries, approval=token)
    assert statuses(done) == ["added", "added"]


def test_whoever_is_asked_and_declines_changes_nothing(desk: Any) -> None:
    entries = [host(0, source="203.0.113.16/28")]
    answer = desk.do("whitelist_bulk", Answer(AnswerKind.DECLINED), entries=entries)
    assert (answer["status"], statuses(answer)) == ("declined", ["declined"])
    assert sources_at(desk) == set()


def test_undo_of_a_bulk_takes_all_of_it_back(desk: Any) -> None:
    undo = desk.do("whitelist_bulk", entries=[host(1), host(2), 5])["undo"]
    assert undo == {"operation": "undo", "arguments": {"receipt": "ours-1"}}
    assert desk.do(undo["operation"], **undo["arguments"])["status"] == "revoked"
    assert sources_at(desk) == set()


class Faults:
    """Refuses writes to EC2 by their number, from 1; ``tags`` too."""

    def __init__(self, *numbers: int, revokes: bool = False) -> None:
        self._numbers, self._revokes, self.made = numbers, revokes, 0

    def authorize(self) -> Any:
        self.made += 1
        return self._refusal() if self.made in self._numbers else None

    def revoke(self) -> Any:
        return self._refusal() if self._revokes else None

    def tricks(self) -> dict[str, Any]:
        return {
            "ec2.AuthorizeSecurityGroupIngress": self.authorize,
            "ec2.RevokeSecurityGroupIngress": self.revoke,
        }

    def _refusal(self) -> Any:
        return refused(Refusal("UnauthorizedOperation", "No."))


SPREAD = [host(1), host(2, target="prod-cache"), host(3, target="prod-db")]


def faulty(tricked_desk: Callable[..., Any], faults: Faults, **sections: Any) -> Any:
    around = Surroundings("tester", {}, sleep=lambda _seconds: None)
    return tricked_desk(faults.tricks(), around, server={"workers": 1}, **sections)


REWRITES = ("ec2.CreateTags", "ec2.UpdateSecurityGroupRuleDescriptionsIngress")


def test_the_rules_of_a_group_are_extended_in_one_go(tricked_desk: Callable[..., Any]) -> None:
    calls: list[str] = []
    desk = tricked_desk({name: lambda name=name: calls.append(name) for name in REWRITES})
    entries = [host(last) for last in range(1, 41)]
    assert set(statuses(desk.do("whitelist_bulk", entries=entries, expires_in="1h"))) == {"added"}
    assert calls == []
    answer = desk.do("whitelist_bulk", entries=entries, expires_in="8h")
    assert set(statuses(answer)) == {"extended"}
    assert sorted(calls) == sorted(REWRITES)


def test_an_atomic_call_that_fails_half_way_takes_back_what_it_did(
    tricked_desk: Callable[..., Any],
) -> None:
    desk = faulty(tricked_desk, Faults(2))
    answer = desk.do("whitelist_bulk", entries=SPREAD, atomic=True)
    assert statuses(answer) == ["rolled_back", "failed", "skipped"]
    assert "was taken back: 3 entries" in answer["summary"]
    assert answer["items"][1]["error"]["code"] == "permission_missing"
    assert sources_at(desk) == set()
    assert "undo" not in answer


def test_what_an_atomic_call_cannot_take_back_it_tells(tricked_desk: Callable[..., Any]) -> None:
    desk = faulty(tricked_desk, Faults(3, revokes=True))
    answer = desk.do("whitelist_bulk", entries=SPREAD, atomic=True)
    assert statuses(answer) == ["added", "added", "failed"]
    assert answer["items"][0]["error"]["code"] == "permission_missing"
    assert sources_at(desk) == {"203.0.113.1/32"}
    assert answer["undo"]["operation"] == "undo"


def test_an_atomic_call_takes_back_what_it_did_also_when_its_time_is_up(
    tricked_desk: Callable[..., Any],
) -> None:
    faults = Faults()
    desk = faulty(tricked_desk, faults)
    late = PlainContext("r-1", time_left=lambda: 0.0 if faults.made else 60.0)
    call = desk.specs["whitelist_bulk"].call
    answer = call({"entries": SPREAD, "atomic": True}, late).structured
    assert statuses(answer) == ["rolled_back", "skipped", "skipped"]
    assert sources_at(desk) == set()


def test_an_atomic_call_that_is_cancelled_half_way_leaves_nothing_behind(
    tricked_desk: Callable[..., Any], tmp_path: Path
) -> None:
    faults = Faults()
    desk = faulty(tricked_desk, faults)
    leaving = PlainContext("r-1", is_cancelled=lambda: faults.made > 0)
    with pytest.raises(CallCancelledError):
        desk.specs["whitelist_bulk"].call({"entries": SPREAD, "atomic": True}, leaving)
    assert faults.made == 1 and sources_at(desk) == set()
    lines = (tmp_path / "state" / "audit.jsonl").read_text().splitlines()
    *_, taken_back, outcome = map(json.loads, lines)
    assert (taken_back["status"], outcome["outcome"]) == ("rolled_back", "cancelled")


def test_an_atomic_call_that_meets_a_stranger_and_cannot_look_again_takes_back_what_it_did(
    tricked_desk: Callable[..., Any],
) -> None:
    written, looks = count(1), count(1)
    met: list[int] = []

    def authorize() -> Any:
        if next(written) != 2:
            return None
        met.append(2)
        return refused(Refusal("InvalidPermission.Duplicate", "There."))

    def look() -> Any:
        is_late = met and next(looks) == 1 + len(PAUSES) + 1
        return refused(Refusal("UnauthorizedOperation", "No.")) if is_late else None

    tricks = {
        "ec2.AuthorizeSecurityGroupIngress": authorize,
        "ec2.DescribeSecurityGroupRules": look,
    }
    around = Surroundings("tester", {}, sleep=lambda _seconds: None)
    desk = tricked_desk(tricks, around, server={"workers": 1})
    answer = desk.do("whitelist_bulk", entries=SPREAD, atomic=True)
    assert statuses(answer) == ["rolled_back", "failed", "failed"]
    assert answer["items"][1]["error"]["code"] == "permission_missing"
    assert sources_at(desk) == set()


def test_what_an_atomic_call_made_in_part_and_cannot_take_back_it_tells(
    tricked_desk: Callable[..., Any],
) -> None:
    moves, refuses = count(1), False
    no = refused(Refusal("UnauthorizedOperation", "No."))
    tricks = {
        "ec2.ModifySecurityGroupRules": lambda: no if next(moves) > 1 else None,
        "ec2.CreateTags": lambda: no if refuses else None,
    }
    around = Surroundings("tester", {}, sleep=lambda _seconds: None)
    desk = tricked_desk(tricks, around, server={"workers": 1})
    desk.opened("203.0.113.1", expires_in="1h")
    refuses = True
    moved = host(2, replace_previous=True, expires_in="3h")
    entries = [host(1, target="prod-cache"), moved]
    answer = desk.do("whitelist_bulk", entries=entries, atomic=True)
    assert statuses(answer) == ["rolled_back", "failed"]
    assert "could not wholly be taken back" in answer["summary"]
    assert sources_at(desk) == {"203.0.113.2/32"}
    assert answer["undo"]["operation"] == "undo"


def test_a_write_that_is_refused_is_the_failure_of_its_own_entries_alone(
    tricked_desk: Callable[..., Any],
) -> None:
    desk = faulty(tricked_desk, Faults(2))
    answer = desk.do("whitelist_bulk", entries=SPREAD)
    assert statuses(answer) == ["added", "failed", "added"]


def test_what_is_too_much_for_a_group_fails_and_the_rest_of_it_stands(desk: Any) -> None:
    before = desk.do("list_rules", target=BASTION, limit=1000)["items"]
    room = 60 - sum(":" not in rule.get("cidr", "") for rule in before)
    entries = [host(number) for number in range(room + 4)]
    entries.append(host(1, target="prod-cache"))
    answer = desk.do("whitelist_bulk", entries=entries)
    assert statuses(answer) == ["added"] * room + ["failed"] * 4 + ["added"]
    errors = {item["error"]["code"] for item in answer["items"] if "error" in item}
    assert errors == {"quota_exceeded"}
    assert desk.do("list_rules", target=BASTION)["total"] == len(before) + room


# The tool's answer, and the whole of it


def test_a_tools_answer_has_totals_some_failures_and_a_link_to_the_rest(desk: Any) -> None:
    entries = [host(1), *([host(2, port="x")] * 25)]
    result = desk.specs["whitelist_bulk"].call({"entries": entries}, PlainContext("r-7"))
    shown = tool_result(result)
    structured, (text, _, link) = shown["structuredContent"], shown["content"]
    assert structured["totals"] == {"failed": 25, "added": 1}
    assert "items" not in structured and len(structured["failures"]) == 20
    assert structured["result_uri"] == link["uri"] == "awswhitelist://results/r-7"
    assert (link["type"], link["mimeType"]) == ("resource_link", "application/json")
    assert "All entries: awswhitelist://results/r-7" in text["text"]
    assert json.loads(shown["content"][1]["text"]) == structured
    assert len(bare_result(result)["items"]) == 26


def test_an_older_client_gets_the_uri_in_the_text_alone(desk: Any) -> None:
    result = desk.specs["whitelist_bulk"].call({"entries": [host(1)]}, PlainContext("r-7"))
    kinds = [each["type"] for each in tool_result(result, links=False)["content"]]
    assert kinds == ["text", "text"]


def test_a_long_plan_is_cut_in_a_tools_answer_and_whole_in_the_result(desk: Any) -> None:
    entries = [host(number) for number in range(30)]
    arguments = {"entries": entries, "dry_run": True}
    result = desk.specs["whitelist_bulk"].call(arguments, PlainContext("r-7"))
    plan = tool_result(result)["structuredContent"]["plan"]
    assert len(plan) == 21 and plan[-1] == "… and 10 more"
    assert len(result.structured["plan"]) == 30


def test_the_newest_results_can_be_read_while_the_connection_lasts(
    configured: Callable[..., Any],
) -> None:
    config = configured()
    offering = offering_of(sandbox_cloud(config), config, Surroundings("t", {}))
    bulk = next(each for each in offering.tools if each.name == "whitelist_bulk")
    template = next(each for each in offering.beside.get().templates if each.name == "results")
    for number in range(MOST_KEPT + 1):
        whole = bulk.call({"entries": [5]}, PlainContext(f"r-{number}")).structured
    newest, oldest = {"request_id": f"r-{MOST_KEPT}"}, {"request_id": "r-0"}
    assert template.read(newest, PlainContext("x")) == whole
    template.check(newest)
    suggested = template.completers["request_id"]({}, PlainContext("x"))
    assert list(suggested)[0] == f"r-{MOST_KEPT}" and len(list(suggested)) == MOST_KEPT
    for act in (lambda: template.check(oldest), lambda: template.read(oldest, PlainContext("x"))):
        with pytest.raises(AwsWhitelistError) as caught:
            act()
        assert isinstance(caught.value, template.missing)


def test_a_bulk_has_a_time_of_its_own(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(server={"bulk_timeout": 7, "call_timeout": 5})
    times = {name: spec.timeout for name, spec in desk.specs.items() if spec.timeout}
    assert times == {"whitelist_bulk": 7.0}


def test_what_no_time_is_left_for_is_skipped_and_said(
    tricked_desk: Callable[..., Any],
) -> None:
    desk = faulty(tricked_desk, Faults())
    writes: list[int] = []
    left = PlainContext("r-1", time_left=lambda: 0.0 if writes else 60.0)
    session = desk.specs["whitelist_bulk"]

    class Late(PlainContext):
        def progress(self, done: float, total: float | None = None, message: str = "") -> None:
            writes.append(int(done))

    late = Late("r-1", time_left=left.time_left)
    answer = session.call({"entries": SPREAD}, late).structured
    assert statuses(answer) == ["added", "skipped", "skipped"]
    assert answer["items"][1]["error"]["code"] == "timeout"


def test_the_password_of_a_connection_string_is_shown_nowhere(desk: Any) -> None:
    target = "postgres://ada:hunter22@no-such-db.eu-west-1.rds.amazonaws.com:5432/x"
    answer = desk.do("whitelist_bulk", entries=[host(1, target=target), {"target": target, "x": 1}])
    assert answer["totals"] == {"failed": 2}
    assert "hunter22" not in json.dumps(answer) + desk.text
    assert answer["items"][1]["target"].startswith("no-such-db.")
