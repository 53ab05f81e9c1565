"""Approvals: bound to one plan, one call and one caller; good for five minutes; used once."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from awswhitelist.access.approval.approvals import (
    Approvals,
    Binding,
    Refusal,
    Spent,
    binding_of,
    digest,
    plan_digest,
)
from awswhitelist.access.files.state import StateDirectory
from awswhitelist.exceptions import StateUnavailableError
from awswhitelist.models import (
    Add,
    Caller,
    Change,
    Extend,
    Grant,
    Keep,
    KeepWhy,
    Plan,
    Remove,
    RuleSpec,
    SecurityGroup,
    SecurityGroupRule,
    SourceKind,
)

HOUR = timedelta(hours=1)
SSH = RuleSpec(
    protocol="tcp", from_port=22, to_port=22, source="8.8.8.8/32", source_kind=SourceKind.IPV4
)
RULE = SecurityGroupRule(rule_id="sgr-1", group_id="sg-1", spec=SSH, tags={"a": "1", "b": "2"})
GRANT = Grant(owner="alice", reason="deploy", lifetime=HOUR)
ADD = Add(group_id="sg-1", spec=SSH, grant=GRANT)
BINDING = Binding("whitelist", "arguments", "plan", "arn:alice", "alice")


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.25

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def approvals(tmp_path: Path, clock: Clock) -> Approvals:
    return Approvals(StateDirectory(tmp_path / "state", now=clock), now=clock)


def plan(*changes: Change, **facts: str) -> Plan:
    places = {"account": "123456789012", "region": "eu-west-1"} | facts
    return Plan(
        account=places["account"], region=places["region"], groups=(), changes=tuple(changes)
    )


@pytest.mark.requirement("MRTR-7", "STATE-4")
def test_an_approval_is_good_for_what_it_was_issued_for_and_only_once(
    approvals: Approvals,
) -> None:
    token = approvals.issue(BINDING).token
    spent = approvals.spend(token, BINDING)
    assert isinstance(spent, Spent) and len(spent.nonce_hash) == 64
    assert approvals.spend(token, BINDING) is Refusal.SPENT


def test_two_approvals_of_the_same_thing_are_spent_apart(approvals: Approvals) -> None:
    first, second = (approvals.issue(BINDING).token for _ in range(2))
    spent = [approvals.spend(token, BINDING) for token in (first, second)]
    assert all(isinstance(each, Spent) for each in spent)
    assert spent[0] != spent[1]


def test_an_approval_ends_after_five_minutes(approvals: Approvals, clock: Clock) -> None:
    issued, late = approvals.issue(BINDING), approvals.issue(BINDING)
    assert issued.expires_at == datetime.fromtimestamp(1_700_000_300, UTC)
    clock.now = 1_700_000_299.9
    assert isinstance(approvals.spend(issued.token, BINDING), Spent)
    clock.now = 1_700_000_300.0
    assert approvals.spend(late.token, BINDING) is Refusal.EXPIRED


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"plan": "another"}, Refusal.OTHER_PLAN),
        ({"operation": "revoke"}, Refusal.OTHER_CALL),
        ({"arguments": "others"}, Refusal.OTHER_CALL),
        ({"caller_arn": "arn:bob"}, Refusal.OTHER_CALL),
        ({"principal": "bob"}, Refusal.OTHER_CALL),
    ],
)
def test_an_approval_is_good_for_nothing_else_and_trying_does_not_spend_it(
    approvals: Approvals, other: dict[str, str], refusal: Refusal
) -> None:
    token = approvals.issue(BINDING).token
    assert approvals.spend(token, replace(BINDING, **other)) is refusal
    assert isinstance(approvals.spend(token, BINDING), Spent)


def test_another_servers_approval_is_none_of_ours(approvals: Approvals, tmp_path: Path) -> None:
    def clock() -> float:
        return 1_700_000_000.0

    theirs = Approvals(StateDirectory(tmp_path / "other", now=clock), now=clock)
    assert approvals.spend(theirs.issue(BINDING).token, BINDING) is Refusal.MALFORMED


def test_whatever_else_our_key_signs_is_no_approval(approvals: Approvals, tmp_path: Path) -> None:
    state = StateDirectory(tmp_path / "state", now=lambda: 0.0)
    payload = base64.urlsafe_b64decode(approvals.issue(BINDING).token.partition(".")[0] + "==")
    parts = (payload, state.sign(payload))
    forged = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    assert approvals.spend(forged, BINDING) is Refusal.MALFORMED


def test_an_altered_approval_is_malformed(approvals: Approvals) -> None:
    payload, signature = approvals.issue(BINDING).token.split(".")
    body = bytearray(base64.urlsafe_b64decode(payload + "=="))
    for place in range(len(body)):
        altered = bytearray(body)
        altered[place] ^= 1
        text = base64.urlsafe_b64encode(altered).decode().rstrip("=")
        assert approvals.spend(f"{text}.{signature}", BINDING) is Refusal.MALFORMED


@pytest.mark.parametrize(
    "token", ["", ".", "a.b", "a.b.c", "nothing", "ä.b", "A" * 2000, "=.=", "a.b" + "\x00"]
)
def test_what_is_no_token_is_malformed(approvals: Approvals, token: str) -> None:
    assert approvals.spend(token, BINDING) is Refusal.MALFORMED


def test_a_token_shows_nothing_of_its_caller(approvals: Approvals) -> None:
    binding = Binding("whitelist", "arguments", "plan", "arn:aws:iam::1:user/alice", "alice")
    payload = approvals.issue(binding).token.partition(".")[0]
    body = base64.urlsafe_b64decode(payload + "==").decode()
    assert "alice" not in body and "arguments" not in body


def test_without_a_state_directory_nothing_is_approved(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("in the way")
    approvals = Approvals(StateDirectory(tmp_path / "file", now=clock), now=clock)
    with pytest.raises(StateUnavailableError):
        approvals.issue(BINDING)
    with pytest.raises(StateUnavailableError):
        approvals.spend("YQ.YQ", BINDING)


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1}) != digest({"a": 1, "b": [3]})


def test_the_digest_of_a_plan_leaves_out_what_the_plan_does_not_touch() -> None:
    kept = Keep(rule=RULE, why=KeepWhy.COVERED)
    group = SecurityGroup(group_id="sg-1", name="renamed")
    seen = plan(ADD, kept).model_copy(update={"groups": (group,)})
    assert plan_digest(seen) == plan_digest(plan(ADD))


def test_the_digest_of_a_plan_does_not_depend_on_the_order_aws_lists_rules_in() -> None:
    shuffled = RULE.model_copy(update={"tags": {"b": "2", "a": "1"}})
    assert plan_digest(plan(Remove(rule=RULE), ADD)) == plan_digest(
        plan(ADD, Remove(rule=shuffled))
    )


DIFFERENT: list[Plan] = [
    plan(ADD),
    plan(ADD, account="210987654321"),
    plan(ADD, region="us-east-1"),
    plan(),
    plan(ADD, ADD.model_copy(update={"group_id": "sg-2"})),
    plan(ADD.model_copy(update={"group_id": "sg-2"})),
    plan(ADD.model_copy(update={"spec": SSH.model_copy(update={"protocol": "udp"})})),
    plan(ADD.model_copy(update={"spec": SSH.model_copy(update={"to_port": 23})})),
    plan(ADD.model_copy(update={"spec": SSH.model_copy(update={"source": "8.8.8.0/24"})})),
    plan(ADD.model_copy(update={"grant": GRANT.model_copy(update={"owner": "bob"})})),
    plan(ADD.model_copy(update={"grant": GRANT.model_copy(update={"reason": "other"})})),
    plan(ADD.model_copy(update={"grant": GRANT.model_copy(update={"lifetime": 2 * HOUR})})),
    plan(ADD.model_copy(update={"grant": GRANT.model_copy(update={"lifetime": None})})),
    plan(Remove(rule=RULE)),
    plan(Remove(rule=RULE.model_copy(update={"rule_id": "sgr-2"}))),
    plan(Remove(rule=RULE.model_copy(update={"description": "changed since"}))),
    plan(Remove(rule=RULE.model_copy(update={"tags": {"a": "1"}}))),
    plan(Extend(rule=RULE, grant=GRANT)),
]


def test_the_digest_of_a_plan_tells_apart_whatever_a_person_judges() -> None:
    assert len({plan_digest(each) for each in DIFFERENT}) == len(DIFFERENT)


@pytest.mark.requirement("ELIC-5")
def test_a_binding_holds_call_plan_caller_and_principal() -> None:
    caller = Caller(account="1", arn="arn:alice")
    bound = binding_of("whitelist", {"target": "db"}, plan(ADD), caller, "alice")
    assert bound == Binding(
        "whitelist", digest({"target": "db"}), plan_digest(plan(ADD)), "arn:alice", "alice"
    )


def test_an_approval_lasts_no_longer_than_the_policy_lets_it(tmp_path: Path, clock: Clock) -> None:
    state = StateDirectory(tmp_path / "state", now=clock)
    approvals = Approvals(state, now=clock, lifetime=timedelta(seconds=30))
    early, late = (approvals.issue(BINDING).token for _ in range(2))
    clock.now += 29
    assert isinstance(approvals.spend(early, BINDING), Spent)
    clock.now += 1
    assert approvals.spend(late, BINDING) is Refusal.EXPIRED
