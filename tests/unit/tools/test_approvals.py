"""Changes that somebody must look at first: asked in words, granted once, for this plan alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awswhitelist.calls import Answer, AnswerKind

WIDE = {"target": "prod-bastion", "source": "203.0.113.0/25", "port": 443, "expires_in": "2h"}


def test_a_change_that_needs_approval_changes_nothing_and_says_how_to_go_on(desk: Any) -> None:
    before = desk.rule_ids()
    answer = desk.do("whitelist", **WIDE)
    assert answer["status"] == "approval_required"
    assert answer["reasons"] == ["it lets in more than one address"]
    assert "203.0.113.0/25" in answer["plan"][0]
    assert answer["approval"]["token"] in desk.text
    assert "rules" not in answer
    assert desk.rule_ids() == before


def test_the_same_call_with_the_token_is_carried_out(desk: Any) -> None:
    before = desk.rule_ids()
    token = desk.do("whitelist", **WIDE)["approval"]["token"]
    answer = desk.do("whitelist", **WIDE, approval=token)
    assert answer["status"] == "added"
    assert desk.rule_ids() - before == {answer["rules"][0]["rule_id"]}


BAD_TOKENS = {
    "for another plan": {"expires_in": "3h"},
    "for other arguments": {"ticket": "OPS-1"},
    "not a token": {"approval": "please"},
}


@pytest.mark.parametrize("changes", BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_a_token_counts_for_the_very_same_call_alone(
    desk: Any, codes: Any, changes: dict[str, Any]
) -> None:
    before = desk.rule_ids()
    token = desk.do("whitelist", **WIDE)["approval"]["token"]
    answer = desk.do("whitelist", **{**WIDE, "approval": token, **changes})
    assert answer["status"] == "approval_required"
    assert "approval_not_accepted" in codes(answer)
    assert answer["approval"]["token"] != token
    assert desk.rule_ids() == before


def test_a_token_is_good_once(desk: Any, codes: Any) -> None:
    token = desk.do("whitelist", **WIDE)["approval"]["token"]
    first = desk.do("whitelist", **WIDE, approval=token)
    desk.do("revoke", rule_ids=[first["rules"][0]["rule_id"]])
    again = desk.do("whitelist", **WIDE, approval=token)
    assert again["status"] == "approval_required"
    assert "approval_not_accepted" in codes(again)


def test_a_person_who_approves_is_asked_once(desk: Any) -> None:
    answer = desk.do("whitelist", Answer(AnswerKind.ACCEPTED, "approve"), **WIDE)
    assert answer["status"] == "added"
    (question,) = desk.questions
    assert "203.0.113.0/25" in question.message
    assert question.choices[0].value == "reject"


NO = {
    "declined": Answer(AnswerKind.DECLINED),
    "accepted the rejection": Answer(AnswerKind.ACCEPTED, "reject"),
}


@pytest.mark.parametrize("answer", NO.values(), ids=NO)
def test_a_person_who_says_no_is_obeyed(desk: Any, answer: Answer) -> None:
    before = desk.rule_ids()
    declined = desk.do("whitelist", answer, **WIDE)
    assert declined["status"] == "declined"
    assert "approval" not in declined
    assert desk.rule_ids() == before


def test_where_policy_wants_a_person_a_token_will_not_do(make_desk: Any) -> None:
    fallback = {"without_elicitation": {"wider_than_host": "deny"}}
    error = make_desk(policy={"approval": fallback}).refuse("whitelist", **WIDE)
    assert error["code"] == "approval_unavailable"
    assert error["reasons"] == ["it lets in more than one address"]


def test_every_reason_to_ask_is_told(make_desk: Any) -> None:
    when = ["always", "wider_than_host", "sensitive_ports", "protected_groups"]
    policy = {"approval": {"when": when}, "protected_groups": ["prod-*"]}
    answer = make_desk(policy=policy).do("whitelist", **WIDE | {"port": 22})
    assert answer["status"] == "approval_required"
    assert len(answer["reasons"]) == len(when)


def test_an_approval_ends_when_the_policy_says_that_a_question_does(make_desk: Any) -> None:
    desk = make_desk(policy={"approval": {"timeout": "30s"}})
    end = datetime.fromisoformat(desk.do("whitelist", **WIDE)["approval"]["expires_at"])
    assert end - datetime.now(UTC) <= timedelta(seconds=30)
