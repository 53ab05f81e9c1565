"""Undo believes its own receipts alone, and what it gives back is judged by today's policy."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from awswhitelist.access.audit.sealed_lines import sealed
from awswhitelist.access.files.state import StateDirectory
from awswhitelist.calls import Answer, AnswerKind

HOST = {"target": "prod-bastion", "source": "203.0.113.7", "port": 443}
YES = Answer(AnswerKind.ACCEPTED, "approve")


def rewrite(place: Any, change: Any) -> None:
    """Put the lines of the audit log through ``change``, as somebody with an editor would."""
    lines = place.audit.read_text(encoding="utf-8").splitlines()
    place.audit.write_text("".join(f"{line}\n" for line in change(lines)), encoding="utf-8")


def receipts(lines: list[str]) -> list[str]:
    return [line for line in lines if json.loads(line)["event"] == "receipt"]


ALTERED = {
    "its group": ('"group_id":"sg-', '"group_id":"sg-f'),
    "its source": ("203.0.113.7/32", "0.0.0.0/0"),
    "its port": ('"to_port":443', '"to_port":444'),
    "its account": ('"account":"', '"account":"9'),
    "its status": ('"status":"done"', '"status":"failed"'),
}


@pytest.mark.parametrize(("old", "new"), ALTERED.values(), ids=ALTERED)
def test_an_altered_receipt_undoes_nothing(desk: Any, place: Any, old: str, new: str) -> None:
    receipt = desk.do("whitelist", **HOST)["undo"]["arguments"]["receipt"]
    before = desk.rules()
    genuine = place.audit.read_bytes()
    rewrite(place, lambda lines: [line.replace(old, new) for line in lines])
    assert place.audit.read_bytes() != genuine
    assert desk.code("undo", receipt=receipt) == "receipt_invalid"
    assert desk.rules() == before


def test_a_forged_receipt_opens_nothing(desk: Any, place: Any) -> None:
    """A line that says a rule for the whole world was revoked, with a MAC of a guessed key."""
    rule = desk.do("whitelist", **HOST)["rules"][0]["rule_id"]
    receipt = desk.do("revoke", rule_ids=[rule])["undo"]["arguments"]["receipt"]
    before = desk.rules()
    (genuine,) = (
        line
        for line in receipts(place.audit.read_text().splitlines())
        if json.loads(line)["request_id"] == receipt
    )
    body = {name: value for name, value in json.loads(genuine).items() if name != "mac"}
    body["request_id"] = "never-made"
    text = json.dumps(body, separators=(",", ":")).replace("203.0.113.7/32", "0.0.0.0/0").encode()
    guessed = sealed(text, StateDirectory(place.folder / "guess", now=time.time).sign)
    for line in (guessed.decode().rstrip("\n"), text.decode(), genuine.replace(receipt, "x1")):
        rewrite(place, lambda lines, line=line: [*lines, line])
    assert desk.code("undo", YES, receipt="never-made") == "receipt_invalid"
    assert desk.code("undo", YES, receipt="x1") == "receipt_invalid"
    assert desk.rules() == before


def test_a_forged_line_beside_genuine_ones_is_noticed_not_passed_over(
    desk: Any, place: Any
) -> None:
    receipt = desk.do("whitelist", **HOST)["undo"]["arguments"]["receipt"]
    before = desk.rules()
    rewrite(
        place,
        lambda lines: [*lines, receipts(lines)[0].replace('"done"', '"rolled_back"')],
    )
    assert desk.code("undo", receipt=receipt) == "receipt_invalid"
    assert desk.rules() == before


def test_a_receipt_of_another_user_of_this_machine_is_not_found(desk_on: Any) -> None:
    alice, mallory = desk_on("alice"), desk_on("mallory")
    receipt = alice.do("whitelist", **HOST)["undo"]["arguments"]["receipt"]
    before = alice.rules()
    assert mallory.code("undo", receipt=receipt) == "receipt_not_found"
    assert alice.rules() == before


def test_a_receipt_of_another_machine_is_not_found(desk_on: Any, place: Any) -> None:
    elsewhere = type(place)(place.folder / "elsewhere")
    elsewhere.folder.mkdir()
    theirs = desk_on(at=elsewhere)
    receipt = theirs.do("whitelist", **HOST)["undo"]["arguments"]["receipt"]
    ours = desk_on()
    assert ours.code("undo", receipt=receipt) == "receipt_not_found"
    ours.do("whitelist", **HOST | {"source": "203.0.113.8"})
    with place.audit.open("ab") as log:  # their log, carried over: another key made its MACs
        log.write(elsewhere.audit.read_bytes())
    before = ours.rules()
    assert ours.code("undo", receipt=receipt) == "receipt_invalid"
    assert ours.rules() == before


def test_a_receipt_of_another_account_is_refused(desk: Any, place: Any) -> None:
    """A genuine line of ours whose call went to an account that these credentials are not for."""
    receipt = desk.do("whitelist", **HOST)["undo"]["arguments"]["receipt"]
    before = desk.rules()
    (line,) = receipts(place.audit.read_text().splitlines())
    body = {name: value for name, value in json.loads(line).items() if name != "mac"}
    body |= {"account": "999999999999", "request_id": "elsewhere"}
    text = json.dumps(body, separators=(",", ":")).encode()
    sign = StateDirectory(place.state, now=time.time).sign
    with place.audit.open("ab") as log:
        log.write(sealed(text, sign))
    refused = desk.do("undo", receipt="elsewhere")
    assert refused["error"]["code"] == "invalid_argument" and refused["error"]["field"] == "profile"
    assert desk.rules() == before
    assert desk.code("undo", receipt=receipt) == "revoked"


def test_an_undo_played_again_does_nothing_more(desk: Any, place: Any) -> None:
    call = {"receipt": desk.do("whitelist", **HOST)["undo"]["arguments"]["receipt"]}
    assert desk.code("undo", **call) == "revoked"
    again = desk.do("whitelist", **HOST)["rules"][0]["rule_id"]
    rewrite(place, lambda lines: [*lines, *receipts(lines)])  # genuine lines, copied
    assert desk.code("undo", **call) in ("absent", "undo_conflict")
    assert again in desk.rules()


def test_what_was_taken_away_comes_back_only_after_approval(desk: Any) -> None:
    rule = desk.do("whitelist", **HOST)["rules"][0]["rule_id"]
    call = {"receipt": desk.do("revoke", rule_ids=[rule])["undo"]["arguments"]["receipt"]}
    before = desk.rules()
    asked = desk.do("undo", **call)
    assert asked["status"] == "approval_required"
    assert desk.code("undo", Answer(AnswerKind.DECLINED), **call) == "declined"
    assert desk.rules() == before
    assert desk.code("undo", **call, approval=asked["approval"]["token"]) == "restored"


TIGHTENED: dict[str, dict[str, Any]] = {
    "changes at all": {"read_only": True},
    "the port": {"ports": {"deny": [443]}},
    "the group": {"groups": {"deny": ["prod-bastion"]}},
    "the lifetime": {"max_ttl": "10m", "default_ttl": "5m"},
    "the sources": {"min_prefix_ipv4": 32},
    "the number of addresses": {"max_addresses": 1},
    "the region": {"regions": {"deny": ["*"]}},
    "the account": {"accounts": {"deny": ["*"]}},
}


@pytest.mark.parametrize("policy", TIGHTENED.values(), ids=TIGHTENED)
def test_undo_gives_nothing_back_that_policy_denies_now(
    desk_on: Any, policy: dict[str, Any]
) -> None:
    desk = desk_on()
    wide = HOST | {"source": "203.0.113.0/30", "expires_in": "8h"}
    rule = desk.do("whitelist", YES, **wide)["rules"][0]["rule_id"]
    call = {"receipt": desk.do("revoke", rule_ids=[rule])["undo"]["arguments"]["receipt"]}
    before = desk.rules()
    assert desk_on(policy=policy).code("undo", YES, **call) == "policy_denied"
    assert desk.rules() == before


def test_undo_of_anothers_access_needs_the_right_to_act_for_them(desk_on: Any) -> None:
    desk = desk_on()
    rule = desk.do("whitelist", **HOST | {"owner": "mara"})["rules"][0]["rule_id"]
    call = {"receipt": desk.do("revoke", rule_ids=[rule])["undo"]["arguments"]["receipt"]}
    assert desk_on(policy={"act_for_others": False}).code("undo", YES, **call) == "policy_denied"
    assert rule not in desk.rules()


def test_undo_gives_an_owner_who_has_left_nothing_back_without_that_right(desk_on: Any) -> None:
    desk = desk_on()
    own = desk.do("whitelist", **HOST)["rules"][0]
    desk.do("whitelist", **HOST | {"owner": "mara"})
    left = desk.do("revoke", owner="mara")
    assert left["status"] == "released"
    call = left["undo"]["arguments"]
    assert desk_on(policy={"act_for_others": False}).code("undo", YES, **call) == "policy_denied"
    assert desk.do("list_rules", target=HOST["target"], owner="mara")["total"] == 0
    assert own["rule_id"] in desk.rules()


@pytest.mark.parametrize(
    "receipt",
    [
        *("", "x" * 10_000, "../../etc/passwd", '","event":"receipt', "\\", "\n", "*", "\0"),
        '{"request_id":"tester-1"}',
    ],
)
def test_a_receipt_that_is_no_id_is_refused(desk: Any, receipt: str) -> None:
    desk.do("whitelist", **HOST)
    before = desk.rules()
    assert desk.code("undo", receipt=receipt) in ("receipt_not_found", "invalid_argument")
    assert desk.rules() == before


def test_a_rule_that_somebody_else_wants_now_is_left_alone(desk: Any) -> None:
    answer = desk.do("whitelist", **HOST)
    rule_id = answer["rules"][0]["rule_id"]
    desk.ec2.create_tags(Resources=[rule_id], Tags=[{"Key": "awswhitelist:owner", "Value": "mara"}])
    assert desk.code("undo", **answer["undo"]["arguments"]) == "undo_conflict"
    assert rule_id in desk.rules()
