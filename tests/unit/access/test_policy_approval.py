"""When the policy asks for approval: for each reason that it names, and for no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awswhitelist.access.policy import Allowed, Denied, NeedsApproval, Verdict, judge
from awswhitelist.models import (
    Add,
    Caller,
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
from awswhitelist.policy_config import ApprovalReason, PolicyConfig

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DB = SecurityGroup(group_id="sg-1", name="prod-db")
ALICE = Caller(account="123456789012", arn="arn:aws:iam::123456789012:user/alice")
MARK = {"awswhitelist:managed": "1", "awswhitelist:owner": "alice"}


def spec(source: str = "8.8.8.8/32", first: int = 443, last: int | None = None) -> RuleSpec:
    kind = SourceKind.IPV6 if ":" in source else SourceKind.IPV4
    return RuleSpec(
        protocol="tcp", from_port=first, to_port=last or first, source=source, source_kind=kind
    )


def add(what: RuleSpec | None = None) -> Add:
    grant = Grant(owner="alice", lifetime=timedelta(hours=2))
    return Add(group_id="sg-1", spec=what or spec(), grant=grant)


def there(what: RuleSpec | None = None, tags: dict[str, str] | None = None) -> SecurityGroupRule:
    rule = SecurityGroupRule(rule_id="sgr-1", group_id="sg-1", spec=what or spec())
    return rule.model_copy(update={"tags": MARK if tags is None else tags})


def verdict(change: Change, group: SecurityGroup = DB, **settings: Any) -> Verdict:
    plan = Plan(account=ALICE.account, region="eu-west-1", groups=(group,), changes=(change,))
    return judge(plan, PolicyConfig.model_validate(settings), ALICE, now=NOW)


@pytest.mark.parametrize("everywhere", ["0.0.0.0/0", "::/0"])
def test_the_whole_internet_needs_approval_whatever_the_policy_asks(everywhere: str) -> None:
    opened: dict[str, Any] = {"allow_public": True, "approval": {"when": []}}
    asked = NeedsApproval((ApprovalReason.WIDER_THAN_HOST,))
    assert verdict(add(spec(everywhere)), **opened) == asked
    longer = Extend(rule=there(spec(everywhere)), grant=add().grant)
    assert verdict(longer, **opened) == asked
    assert isinstance(verdict(add(spec(everywhere))), Denied)


APPROVALS: list[tuple[Change, SecurityGroup, list[str]]] = [
    (add(), DB, ["always"]),
    (add(spec("8.8.8.8/31")), DB, ["always", "wider_than_host"]),
    (add(spec("2001:db8::/127")), DB, ["always", "wider_than_host"]),
    (Extend(rule=there(spec("8.8.8.0/24")), grant=add().grant), DB, ["always", "wider_than_host"]),
    (add(spec(first=22)), DB, ["always", "sensitive_ports"]),
    (add(spec(first=5986, last=6000)), DB, ["always", "sensitive_ports"]),
    (Remove(rule=there()), DB, ["always"]),
    (Remove(rule=there(tags={})), DB, ["always", "foreign_rules"]),
    (Release(rule=there(), owner="alice"), DB, ["always"]),
    (
        Remove(rule=there()),
        DB.model_copy(update={"tags": {"awswhitelist:protected": ""}}),
        ["always", "protected_groups"],
    ),
    (Keep(rule=there(tags={}), why=KeepWhy.NOT_OURS), DB, []),
]


@pytest.mark.parametrize(("change", "group", "reasons"), APPROVALS)
def test_approval_is_asked_for_each_reason_that_policy_names_and_no_other(
    change: Change, group: SecurityGroup, reasons: list[str]
) -> None:
    for named in ApprovalReason:
        asks = verdict(change, group, approval={"when": [named.value]})
        wanted = NeedsApproval((named,)) if named.value in reasons else Allowed()
        assert asks == wanted, named
    every = verdict(change, group, approval={"when": [each.value for each in ApprovalReason]})
    assert (list(every.reasons) if isinstance(every, NeedsApproval) else []) == reasons


def test_the_everyday_change_needs_no_second_question() -> None:
    assert verdict(add(spec(first=22))) == Allowed()
