"""Calls that are given up while a person thinks, and made again: the operations in the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.calls import Answer, AnswerKind, PlainContext, Question, Suspended
from awswhitelist.exceptions import AmbiguousTargetError, CallCancelledError, CallTimeoutError
from awswhitelist.mcp.context import WireContext
from awswhitelist.mcp.progress import ProgressReporter

WIDE, WIDER = "203.0.113.0/25", "198.51.100.0/25"
ARGUMENTS = {"target": "prod-bastion", "port": 443, "source": [WIDE, WIDER], "expires_in": "2h"}

Person = Callable[[Question], str]
"""Says what is chosen, and may do anything to AWS meanwhile; "" declines."""


def approve(_question: Question) -> str:
    return "approve"


class Conversation:
    """One call, made as often as it asks, with a person who answers."""

    def __init__(self, desk: Any, **more: Any) -> None:
        self._desk = desk
        self.asked: list[Question] = []
        self.context = WireContext(
            "ours-1",
            client_name="",
            trace_id="",
            time_left=lambda waited: 60.0,
            can_ask=True,
            **more,
        )

    def call(self, tool: str, person: Person, **arguments: Any) -> Any:
        """The structured result, when the call has come to its end."""
        self.context.resume({})
        while True:
            try:
                return self._desk.specs[tool].call(arguments, self.context).structured
            except Suspended as suspended:
                question = suspended.question
            self.asked.append(question)
            chosen = person(question)
            kind = AnswerKind.ACCEPTED if chosen else AnswerKind.DECLINED
            self.context.resume({question.key: Answer(kind, chosen, question.state)})


def group_id(desk: Any, name: str = "prod-bastion") -> str:
    found = desk.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])
    return str(found["SecurityGroups"][0]["GroupId"])


def opening(cidr: str) -> list[dict[str, Any]]:
    ranges = [{"CidrIp": cidr}]
    return [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": ranges}]


def audit(path: Path) -> list[Any]:
    lines = (path / "state" / "audit.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_an_approved_change_is_made_once(make_desk: Any) -> None:
    talk = Conversation(make_desk())
    answer = talk.call("whitelist", approve, **ARGUMENTS)
    assert answer["status"] == "added"
    assert [question.key for question in talk.asked] == ["approval"]


def test_a_declined_change_is_not_made(make_desk: Any) -> None:
    desk = make_desk()
    before = desk.rule_ids()
    assert Conversation(desk).call("whitelist", lambda _: "", **ARGUMENTS)["status"] == "declined"
    assert desk.rule_ids() == before


def test_a_plan_that_changes_meanwhile_is_asked_again_and_says_why(make_desk: Any) -> None:
    desk = make_desk()
    talk = Conversation(desk)

    def person(question: Question) -> str:
        if len(talk.asked) == 1:
            desk.ec2.authorize_security_group_ingress(
                GroupId=group_id(desk), IpPermissions=opening(WIDER)
            )
        return "approve"

    answer = talk.call("whitelist", person, **ARGUMENTS)
    first, second = talk.asked
    assert "Asked again" not in first.message and WIDER in first.message
    assert "Asked again" in second.message
    assert "the plan has changed since it was approved" in second.message
    assert [rule["status"] for rule in answer["rules"]] == ["added", "already_allowed"]


def test_the_newest_word_of_a_person_counts(make_desk: Any) -> None:
    desk = make_desk()
    talk = Conversation(desk)
    group = group_id(desk)

    def person(question: Question) -> str:
        if len(talk.asked) == 1:
            desk.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=opening(WIDER))
            return "approve"
        desk.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=opening(WIDER))
        return "reject"

    before = desk.rule_ids()
    # The plan is again the one that was approved first, but the last word was no.
    assert talk.call("whitelist", person, **ARGUMENTS)["status"] == "declined"
    assert len(talk.asked) == 2
    assert desk.rule_ids() == before


@pytest.fixture
def twins(make_desk: Any) -> tuple[Any, list[str]]:
    """A desk at which three groups have the name tag ``twin``, and their ids in order."""
    desk = make_desk()
    ids = sorted(group_id(desk, name) for name in ("prod-bastion", "prod-web", "prod-db"))
    desk.ec2.create_tags(Resources=ids, Tags=[{"Key": "Name", "Value": "twin"}])
    return desk, ids


HOST = {"target": "twin", "port": 8443, "source": "203.0.113.7", "expires_in": "2h"}


@pytest.mark.parametrize("tool", ["whitelist", "list_rules"])
def test_of_several_groups_a_person_says_which_is_meant(
    twins: tuple[Any, list[str]], tool: str
) -> None:
    desk, ids = twins
    talk = Conversation(desk)
    arguments = HOST if tool == "whitelist" else {"target": "twin"}
    answer = talk.call(tool, lambda _: ids[1], **arguments)
    (question,) = talk.asked
    assert question.key == "target"
    assert {each.value for each in question.choices} == {"none", *ids}
    rules = answer["rules"] if tool == "whitelist" else answer["items"]
    assert {rule["group_id"] for rule in rules} == {ids[1]}


def test_a_choice_survives_the_question_that_follows(twins: tuple[Any, list[str]]) -> None:
    desk, ids = twins
    talk = Conversation(desk)
    wide = HOST | {"source": WIDE}
    answer = talk.call(
        "whitelist", lambda asked: ids[2] if asked.key == "target" else "approve", **wide
    )
    assert [question.key for question in talk.asked] == ["target", "approval"]
    assert [rule["group_id"] for rule in answer["rules"]] == [ids[2]]


def test_a_group_that_has_lost_the_name_meanwhile_is_not_taken(
    twins: tuple[Any, list[str]],
) -> None:
    desk, ids = twins
    talk = Conversation(desk)

    def person(question: Question) -> str:
        if len(talk.asked) == 1:
            desk.ec2.create_tags(Resources=ids[:1], Tags=[{"Key": "Name", "Value": "other"}])
            return ids[0]
        return ids[1]

    answer = talk.call("whitelist", person, **HOST)
    assert [rule["group_id"] for rule in answer["rules"]] == [ids[1]]
    assert len(talk.asked) == 2


def test_without_a_choice_the_candidates_are_told(twins: tuple[Any, list[str]]) -> None:
    desk, ids = twins
    with pytest.raises(AmbiguousTargetError) as caught:
        Conversation(desk).call("whitelist", lambda _: "", **HOST)
    assert {each["id"] for each in caught.value.details["candidates"]} == set(ids)


def test_each_change_that_was_made_is_told_as_progress(make_desk: Any) -> None:
    lines: list[Any] = []
    ticks = iter(range(100))
    reporter = ProgressReporter(
        7, lambda line: lines.append(json.loads(line)["params"]), lambda: float(next(ticks))
    )
    Conversation(make_desk(), progress=reporter).call("whitelist", approve, **ARGUMENTS)
    assert [(each["progress"], each["total"]) for each in lines] == [(1, 2), (2, 2)]
    assert WIDE in lines[0]["message"]


def refused(desk: Any, context: Any, error: type[Exception], **arguments: Any) -> Any:
    with pytest.raises(error) as caught:
        desk.specs[arguments.pop("tool", "whitelist")].call(arguments, context)
    return caught.value


def test_a_change_that_is_cancelled_before_its_write_is_in_the_audit_log(
    make_desk: Any, tmp_path: Path
) -> None:
    desk = make_desk()
    before = desk.rule_ids()
    # A slow call: the caller changes their mind while the rules are being read.
    looks = iter([False, False])
    context = PlainContext("ours-1", is_cancelled=lambda: next(looks, True))
    refused(desk, context, CallCancelledError, **ARGUMENTS | {"source": "203.0.113.7"})
    (line,) = audit(tmp_path)
    assert (line["event"], line["outcome"]) == ("outcome", "cancelled")
    assert (line["request_id"], line["operation"]) == ("ours-1", "whitelist")
    assert desk.rule_ids() == before


@pytest.mark.parametrize("more", [{"tool": "list_rules"}, {"dry_run": True}])
def test_what_would_have_changed_nothing_leaves_no_line(
    make_desk: Any, tmp_path: Path, more: dict[str, Any]
) -> None:
    arguments = {"target": "prod-bastion"} if "tool" in more else ARGUMENTS
    context = PlainContext("ours-1", is_cancelled=lambda: True)
    refused(make_desk(), context, CallCancelledError, **arguments, **more)
    assert not (tmp_path / "state" / "audit.jsonl").exists()


def test_a_call_that_runs_out_of_time_says_what_was_done_and_what_not(
    make_desk: Any, tmp_path: Path
) -> None:
    desk = make_desk(server={"workers": 1})
    rules = [desk.opened(target=name)["rule_id"] for name in ("prod-bastion", "prod-db")]
    started = len(audit(tmp_path))

    def time_left() -> float:
        """None any more as soon as the first receipt is written."""
        return 60.0 - 60.0 * any(each["event"] == "receipt" for each in audit(tmp_path)[started:])

    context = PlainContext("ours-2", time_left=time_left)
    error = refused(desk, context, CallTimeoutError, tool="revoke", rule_ids=rules)
    (done,), (not_done,) = error.details["done"], error.details["not_done"]
    gone = [rule for rule in rules if rule in done]
    assert len(gone) == 1 and gone[0] not in not_done
    left = desk.rule_ids("prod-bastion") | desk.rule_ids("prod-db")
    assert left & set(rules) == set(rules) - set(gone)
    assert audit(tmp_path)[-1]["outcome"] == "skipped"
