"""Approvals that nobody gave: forged, altered, replayed, expired, another's, another plan's."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.access.approval.approvals import Approvals, Binding
from awswhitelist.access.approval.confirmations import Confirmations
from awswhitelist.access.audit.sealed_lines import PURPOSE as AUDIT
from awswhitelist.access.approval.sealing import Seal
from awswhitelist.access.files.state import StateDirectory
from awswhitelist.application import ROUND
from awswhitelist.calls import Answer, AnswerKind
from awswhitelist.commands.approve import approve
from awswhitelist.mcp.rounds import CallKey, Rounds

WIDE = {"target": "prod-bastion", "source": "203.0.113.0/28", "port": 443, "expires_in": "1h"}
TERMINAL = {"approval": {"without_elicitation": {"wider_than_host": "terminal"}}}
DENY = {"approval": {"without_elicitation": {"wider_than_host": "deny"}}}


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def longer(token: str) -> str:
    """The same body with a later end, under the old signature."""
    payload, signature = token.split(".")
    body = json.loads(decoded(payload))
    body["until"] += 10**6
    return f"{encoded(json.dumps(body).encode())}.{signature}"


def flipped(token: str) -> str:
    payload, signature = token.split(".")
    raw = bytearray(decoded(signature))
    raw[0] ^= 1
    return f"{payload}.{encoded(bytes(raw))}"


FORGERIES: dict[str, Callable[[str], str]] = {
    "no signature": lambda token: token.split(".")[0] + ".",
    "an empty one": lambda token: token.split(".")[0],
    "another signature": flipped,
    "a later end": longer,
    "signed with a guess": lambda token: token.split(".")[0] + "." + encoded(b"\0" * 32),
    "twice": lambda token: f"{token}.{token}",
    "padded": lambda token: token + "A" * 4000,
    "not ASCII": lambda token: token[:-1] + "é",
    "nothing": lambda _token: "",
    "null bytes": lambda token: token + "\0",
    "yes": lambda _token: "approve",
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_or_altered_token_changes_nothing(desk: Any, forge: Any) -> None:
    token = desk.do("whitelist", **WIDE)["approval"]["token"]
    before = desk.rules()
    assert desk.code("whitelist", **WIDE, approval=forge(token)) in (
        "approval_required",
        "invalid_argument",
    )
    assert desk.rules() == before


OTHER_CALLS: dict[str, dict[str, Any]] = {
    "a wider source": {"source": "203.0.113.0/27"},
    "another target": {"target": "staging-app"},
    "another port": {"port": 22},
    "a longer time": {"expires_in": "7d"},
    "another owner": {"owner": "mallory"},
    "another reason": {"reason": "because"},
    "one more source": {"source": ["203.0.113.0/28", "198.51.100.0/28"]},
    "forced": {"force": True},
}


@pytest.mark.parametrize("other", OTHER_CALLS.values(), ids=OTHER_CALLS)
def test_a_token_of_one_call_opens_nothing_for_another(desk: Any, other: dict[str, Any]) -> None:
    token = desk.do("whitelist", **WIDE)["approval"]["token"]
    target = str(other.get("target", WIDE["target"]))
    before = desk.rules(target)
    assert desk.code("whitelist", **{**WIDE, **other, "approval": token}) == "approval_required"
    assert desk.rules(target) == before


def test_a_token_of_one_operation_is_none_for_another(desk: Any) -> None:
    rule = sorted(desk.rules())[0]
    foreign = {"rule_ids": [rule], "include_foreign": True}
    token = desk.do("whitelist", **WIDE)["approval"]["token"]
    assert desk.code("revoke", **foreign, approval=token) == "approval_required"
    assert rule in desk.rules()


def test_a_token_is_none_in_the_hands_of_another_user(desk_on: Any) -> None:
    """The same machine, AWS caller, key and state directory: another local user asks."""
    alice, mallory = desk_on("alice"), desk_on("mallory")
    token = alice.do("whitelist", **WIDE)["approval"]["token"]
    before = alice.rules()
    answer = mallory.do("whitelist", **WIDE, approval=token)
    assert answer["status"] == "approval_required"
    assert "approval_not_accepted" in str(answer["warnings"])
    assert alice.rules() == before


def test_a_token_of_another_state_directory_is_none(desk_on: Any, place: Any) -> None:
    elsewhere = type(place)(place.folder / "elsewhere")
    elsewhere.folder.mkdir()
    token = desk_on(at=elsewhere).do("whitelist", **WIDE)["approval"]["token"]
    desk = desk_on()
    before = desk.rules()
    assert desk.code("whitelist", **WIDE, approval=token) == "approval_required"
    assert desk.rules() == before


def test_a_token_counts_once_whichever_server_it_is_shown_to(desk_on: Any) -> None:
    first, second = desk_on(), desk_on()
    token = first.do("whitelist", **WIDE)["approval"]["token"]
    added = first.do("whitelist", **WIDE, approval=token)
    first.do("revoke", rule_ids=[added["rules"][0]["rule_id"]])
    for desk in (first, second):
        assert desk.code("whitelist", **WIDE, approval=token) == "approval_required"


def test_a_token_is_not_taken_where_policy_wants_a_person(desk_on: Any) -> None:
    token = desk_on().do("whitelist", **WIDE)["approval"]["token"]
    strict = desk_on(policy=DENY)
    before = strict.rules()
    assert strict.code("whitelist", **WIDE, approval=token) == "approval_unavailable"
    strict = desk_on(policy=TERMINAL)
    assert strict.code("whitelist", **WIDE, approval=token) == "approval_required"
    assert strict.rules() == before


def test_an_expired_token_is_none(tmp_path: Path) -> None:
    now = [1_000.0]
    state = StateDirectory(tmp_path / "state", now=lambda: now[0])
    approvals = Approvals(state, now=lambda: now[0])
    bound = Binding("whitelist", "a", "p", "arn", "alice")
    token = approvals.issue(bound).token
    now[0] += 300
    assert "expired" in str(approvals.spend(token, bound))


SEALED_FOR: dict[str, bytes] = {
    "a round of a call": ROUND,
    "the audit log": AUDIT,
    "what waits at a terminal": b"awswhitelist pending\n",
}


@pytest.mark.parametrize("purpose", SEALED_FOR.values(), ids=SEALED_FOR)
def test_what_was_signed_for_something_else_is_no_approval(
    desk: Any, place: Any, purpose: bytes
) -> None:
    token = desk.do("whitelist", **WIDE)["approval"]["token"]
    seal = Seal(StateDirectory(place.state, now=time.time), purpose)
    before = desk.rules()
    forged = seal.seal(decoded(token.split(".")[0]))
    assert desk.code("whitelist", **WIDE, approval=forged) == "approval_required"
    assert desk.rules() == before


KEY = CallKey("tools/call", "whitelist", {"target": "x"})


@pytest.mark.parametrize(
    "state",
    [
        *("", "x", ".", "e30.e30", "é.é", "A" * 100_000),
        encoded(b'{"until":9999999999,"answers":{"approval":["accepted","approve",""]}}') + ".AAAA",
    ],
)
def test_a_request_state_that_is_not_ours_answers_no_question(tmp_path: Path, state: str) -> None:
    seal = Seal(StateDirectory(tmp_path / "state", now=time.time), ROUND)
    rounds = Rounds(lambda: seal, time.time)
    given = {"approval": {"action": "accept", "content": {"approval": "approve"}}}
    assert rounds.answers({"requestState": state, "inputResponses": given}, KEY) == {}


def test_a_person_whose_yes_comes_with_a_token_of_somebody_elses_plan_is_asked_again(
    desk: Any,
) -> None:
    """The answer is believed; the plan that it is for must be the one at hand."""
    other = desk.do("whitelist", **{**WIDE, "expires_in": "2h"})["approval"]["token"]
    before = desk.rules()
    yes = Answer(AnswerKind.ACCEPTED, "approve", other)
    assert desk.code("whitelist", yes, **WIDE) == "conflict"
    assert desk.rules() == before


def test_an_accepted_answer_that_is_not_approve_is_a_decline(desk: Any) -> None:
    before = desk.rules()
    for value in ("reject", "", "APPROVE", "yes", "approve "):
        assert desk.code("whitelist", Answer(AnswerKind.ACCEPTED, value), **WIDE) == "declined"
    assert desk.rules() == before


class Terminal:
    """A person at a terminal, and what happens while they read."""

    def __init__(self, types: str, meanwhile: Callable[[], object]) -> None:
        self._types = types
        self._meanwhile = meanwhile
        self.said: list[str] = []

    def say(self, *lines: str) -> None:
        self.said += lines

    def ask(self, _prompt: str) -> str:
        self._meanwhile()
        return self._types

    def close(self) -> None:
        self._meanwhile = lambda: None


def approved(place: Any, identity: str, types: str, meanwhile: Callable[[], object]) -> bool:
    """Whether a person who types that has approved what waits."""

    class Host:
        new_code = staticmethod(lambda: "4711")
        open_terminal = staticmethod(lambda: Terminal(types, meanwhile))

    desk = Confirmations(StateDirectory(place.state, now=time.time), now=time.time)
    host: Any = Host()
    return approve(identity, desk, host)


def waiting_id(answer: dict[str, Any]) -> str:
    return str(answer["approval"]["command"].split()[-1])


def test_only_the_code_shown_approves_on_a_terminal(desk_on: Any, place: Any) -> None:
    desk = desk_on(policy=TERMINAL)
    asked = desk.do("whitelist", **WIDE)
    token = asked["approval"]["token"]
    for typed in ("", "yes", "approve", "4712", "47110"):
        assert not approved(place, waiting_id(asked), typed, lambda: None)
    assert desk.code("whitelist", **WIDE, approval=token) == "approval_required"
    assert approved(place, waiting_id(asked), "4711", lambda: None)
    assert desk.code("whitelist", **WIDE, approval=token) == "added"


def test_a_plan_that_slips_under_the_id_while_a_person_reads_is_not_approved(
    desk_on: Any, place: Any
) -> None:
    desk = desk_on(policy=TERMINAL)
    harmless, harmful = desk.do("whitelist", **WIDE), desk.do("whitelist", **WIDE | {"port": 22})
    shown, other = (place.state / "pending" / waiting_id(each) for each in (harmless, harmful))
    with pytest.raises(Exception, match="Nothing waits"):
        approved(place, shown.name, "4711", lambda: shown.write_bytes(other.read_bytes()))
    for asked, port in ((harmless, 443), (harmful, 22)):
        call = WIDE | {"port": port, "approval": asked["approval"]["token"]}
        assert desk.code("whitelist", **call) == "approval_required"


def test_a_confirmation_that_a_program_wrote_counts_for_nothing(desk_on: Any, place: Any) -> None:
    desk = desk_on(policy=TERMINAL)
    asked = desk.do("whitelist", **WIDE)
    folder = place.state / "confirmed"
    folder.mkdir(mode=0o700, exist_ok=True)
    pending = place.state / "pending" / waiting_id(asked)
    for content in (b"", pending.read_bytes(), b"{}", os.urandom(64)):
        (folder / pending.name).write_bytes(content)
        call = WIDE | {"approval": asked["approval"]["token"]}
        assert desk.code("whitelist", **call) == "approval_required"
