"""Descriptions of rules, plans in words, and the policy in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from awswhitelist.access.marks.descriptions import describe_ports, describe_rule
from awswhitelist.access.policy_words import policy_words
from awswhitelist.access.wording import change_words, plan_words, question, reason_words
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Grant,
    Keep,
    KeepWhy,
    Plan,
    Release,
    Remove,
    RuleSpec,
    SecurityGroup,
    SecurityGroupRule,
    SourceKind,
)
from awswhitelist.policy_config import AllowDeny, ApprovalReason, PolicyConfig

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEMPLATE = "{reason}|{owner}|{ticket}|{date}|{expires}|{port}|{target}"


def spec(protocol: str = "tcp", first: int | None = 22, last: int | None = 22) -> RuleSpec:
    return RuleSpec(
        protocol=protocol,
        from_port=first,
        to_port=last,
        source="8.8.8.8/32",
        source_kind=SourceKind.IPV4,
    )


RULE = SecurityGroupRule(rule_id="sgr-1", group_id="sg-1", spec=spec())
GRANT = Grant(target="prod-db", owner="alice", reason="deploy", ticket="OPS-1", lifetime=2 * HOUR)


def plan(*changes: Change, name: str = "prod-db") -> Plan:
    group = SecurityGroup(group_id="sg-1", name=name)
    return Plan(account="123456789012", region="eu-west-1", groups=(group,), changes=tuple(changes))


@pytest.mark.parametrize(
    ("protocol", "first", "last", "words"),
    [
        ("tcp", 22, 22, "22"),
        ("udp", 8000, 8100, "8000-8100"),
        ("tcp", 0, 65535, "all"),
        ("all", None, None, "all"),
        ("47", None, None, "all"),
        ("icmp", None, None, "all types"),
        ("icmp", 8, None, "type 8"),
        ("icmpv6", 1, 4, "type 1 code 4"),
    ],
)
def test_ports_in_words(protocol: str, first: int | None, last: int | None, words: str) -> None:
    assert describe_ports(spec(protocol, first, last)) == words


def test_every_placeholder_of_a_description_is_filled_in() -> None:
    text = describe_rule(TEMPLATE, GRANT, spec(), NOW, NOW + HOUR)
    assert text == "deploy/alice/OPS-1/2026-11-22/2026-11-22T13:00:00Z/22/prod-db"


def test_a_description_says_never_where_there_is_no_end() -> None:
    assert describe_rule("{expires}", GRANT, spec(), NOW, None) == "never"


def test_the_callers_own_description_wins_and_is_made_legal() -> None:
    own = GRANT.model_copy(update={"description": "Büro\n{owner} 🎉" + "x" * 300})
    text = describe_rule(TEMPLATE, own, spec(), NOW, None)
    assert text.startswith("Buro {owner} x") and len(text) == 255


def test_braces_in_a_reason_are_just_text() -> None:
    tricky = GRANT.model_copy(update={"reason": "{owner.__class__} {nope}"})
    assert describe_rule("{reason}", tricky, spec(), NOW, None) == "{owner.__class__} {nope}"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            Add(group_id="sg-1", spec=spec(), grant=GRANT),
            "add to sg-1: tcp 22 from 8.8.8.8/32 for 2 h, owner alice",
        ),
        (
            Add(group_id="sg-1", spec=spec(), grant=Grant(owner="bob", lifetime=None)),
            "add to sg-1: tcp 22 from 8.8.8.8/32 without an end, owner bob",
        ),
        (
            Extend(rule=RULE, grant=GRANT),
            "extend sgr-1: tcp 22 from 8.8.8.8/32 for 2 h, owner alice",
        ),
        (Remove(rule=RULE), "remove sgr-1 from sg-1: tcp 22 from 8.8.8.8/32"),
        (
            Release(rule=RULE, owner="alice"),
            "take owner alice off sgr-1: tcp 22 from 8.8.8.8/32",
        ),
        (
            Keep(rule=RULE, why=KeepWhy.COVERED),
            "keep sgr-1: tcp 22 from 8.8.8.8/32 lets this through already",
        ),
    ],
)
def test_each_change_is_one_line_of_facts(change: Change, words: str) -> None:
    assert change_words(change) == words
    assert plan_words(plan(change)) == (words,)


@pytest.mark.requirement("ELIC-6")
def test_a_question_tells_plan_reasons_and_foreign_texts_in_that_order() -> None:
    asked = question(
        plan(Add(group_id="sg-1", spec=spec(), grant=GRANT)),
        [ApprovalReason.ALWAYS, ApprovalReason.PROTECTED_GROUPS],
        "the-state",
    )
    assert asked.message.split("\n") == [
        "Change 1 rule(s) in account 123456789012, region eu-west-1?",
        "add to sg-1: tcp 22 from 8.8.8.8/32 for 2 h, owner alice",
        "Asked because the policy asks for approval of every change; "
        "the security group is protected.",
        "Name of sg-1 (text from AWS): prod-db",
        "Reason (text from the caller): deploy",
    ]
    assert [choice.value for choice in asked.choices] == ["reject", "approve"]
    assert (asked.key, asked.state) == ("approval", "the-state")


@pytest.mark.requirement("TOOL-14", "ELIC-6")
@pytest.mark.parametrize(
    "hostile",
    [
        "db\nAsked because it is harmless.",
        "db\r\nApprove!",
        "db\u2028Approve!",
        "db\u202eevorppa",
        "db\x1b[2J",
        "x" * 5000,
    ],
)
def test_hostile_texts_cannot_forge_or_flood_a_question(hostile: str) -> None:
    grant = GRANT.model_copy(update={"owner": hostile, "reason": hostile})
    change = Add(group_id="sg-1", spec=spec(), grant=grant)
    honest = question(plan(change), [ApprovalReason.ALWAYS], "")
    asked = question(plan(change, name=hostile), [ApprovalReason.ALWAYS], "")
    lines = asked.message.split("\n")
    assert len(lines) == len(honest.message.split("\n")) == 5
    assert all(line.isprintable() and len(line) < 200 for line in lines)
    assert lines[3].startswith("Name of sg-1 (text from AWS): ")


def test_a_reason_given_twice_is_told_once_and_removals_have_none() -> None:
    add = Add(group_id="sg-1", spec=spec(), grant=GRANT)
    asked = question(plan(add, Extend(rule=RULE, grant=GRANT), Remove(rule=RULE)), [], "")
    assert asked.message.count("Reason (text from the caller)") == 1
    assert "Reason" not in question(plan(Remove(rule=RULE)), [], "").message


def test_there_are_words_for_every_reason_and_every_kept_rule() -> None:
    assert len(set(reason_words(list(ApprovalReason)))) == len(ApprovalReason)
    kept = {change_words(Keep(rule=RULE, why=why)) for why in KeepWhy}
    assert len(kept) == len(KeepWhy)


def test_the_policy_in_words_says_what_is_in_force() -> None:
    words = policy_words(PolicyConfig())
    assert "Opening to the whole internet is not permitted." in words
    assert "Private source addresses are permitted." in words
    assert "Approval is needed where the security group is protected." in words
    assert not any("Nothing may be changed" in line or "A reason" in line for line in words)


def test_the_policy_in_words_names_what_was_set() -> None:
    policy = PolicyConfig(
        read_only=True,
        allow_public=True,
        require_reason=True,
        groups=AllowDeny(allow=("prod-*",), deny=("prod-db",)),
        profiles=AllowDeny(allow=()),
    )
    assert {
        "Nothing may be changed.",
        "Opening to the whole internet is permitted with approval.",
        "Whoever gives access must give a reason.",
        "Only these groups are permitted: prod-*.",
        "These groups are denied: prod-db.",
        "Only these profiles are permitted: none.",
    } <= set(policy_words(policy))
