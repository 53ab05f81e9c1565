"""``sweep_expired``: what goes, what stays, and what the answer says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

MARK = {"awswhitelist:managed": "1", "awswhitelist:owner": "mara"}
Codes = Callable[[dict[str, Any]], set[str]]


def group_id(desk: Any, name: str = "prod-bastion") -> str:
    found = desk.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])
    return str(found["SecurityGroups"][0]["GroupId"])


def stamp(ago: timedelta) -> str:
    return (datetime.now(UTC) - ago).strftime("%Y-%m-%dT%H:%M:%SZ")


def put(
    desk: Any,
    source: str,
    /,
    group: str = "prod-bastion",
    description: str = "x",
    **tags: str,
) -> str:
    """A rule made by another machine; its id."""
    more = {f"awswhitelist:{name.replace('_', '-')}": value for name, value in tags.items()}
    named = [
        {"Key": key, "Value": value} for key, value in ({**MARK, **more} if tags else {}).items()
    ]
    specification = {"TagSpecifications": [{"ResourceType": "security-group-rule", "Tags": named}]}
    answer = desk.ec2.authorize_security_group_ingress(
        GroupId=group_id(desk, group),
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 4000,
                "ToPort": 4000,
                "IpRanges": [{"CidrIp": source, "Description": description}],
            }
        ],
        **(specification if tags else {}),
    )
    return str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])


def ended(desk: Any, source: str, ago: timedelta = timedelta(hours=3), /, **more: Any) -> str:
    return put(desk, source, expires_at=stamp(ago), **more)


@pytest.fixture
def desk(make_desk: Any) -> Any:
    return make_desk()


def test_a_wider_rule_that_lets_the_same_in_is_named(desk: Any) -> None:
    wider = put(desk, "198.51.100.0/24")
    gone = ended(desk, "198.51.100.7/32")
    answer = desk.do("sweep_expired", target="prod-bastion")
    assert [each["rule_id"] for each in answer["rules"]] == [gone]
    (message,) = (each["message"] for each in answer["warnings"] if each["code"] == "still_open")
    assert wider in message


def test_what_has_ended_goes_everywhere_and_everything_else_stays(desk: Any) -> None:
    stays = desk.opened()["rule_id"]
    foreign = put(desk, "8.8.8.1/32")
    old = ended(desk, "8.8.8.2/32", timedelta(days=2))
    late = ended(desk, "8.8.8.3/32", group="prod-db")
    answer = desk.do("sweep_expired")
    assert answer["status"] == "revoked"
    assert answer["totals"] == {"revoked": 2}
    assert [rule["rule_id"] for rule in answer["rules"]] == [old, late]
    assert [rule["overdue_by"][:3] for rule in answer["rules"]] == ["2 d", "3 h"]
    assert {rule["status"] for rule in answer["rules"]} == {"revoked"}
    assert "2 rule(s) were removed that had ended, up to 2 d" in answer["summary"]
    assert "overdue by 3 h" in desk.text
    assert len(answer["aws_request_ids"]) == 2
    assert {stays, foreign} <= desk.rule_ids()
    assert not {old, late} & (desk.rule_ids() | desk.rule_ids("prod-db"))
    assert not {"plan", "warnings", "undo", "approval"} & set(answer)


def test_with_a_target_only_its_groups_are_swept(desk: Any) -> None:
    here, there = ended(desk, "8.8.8.2/32"), ended(desk, "8.8.8.3/32", group="prod-db")
    answer = desk.do("sweep_expired", target="prod-bastion")
    assert [rule["rule_id"] for rule in answer["rules"]] == [here]
    assert there in desk.rule_ids("prod-db")


def test_nothing_to_sweep_is_absent(desk: Any) -> None:
    desk.opened()
    for arguments in ({}, {"target": "prod-bastion"}):
        answer = desk.do("sweep_expired", **arguments)
        assert (answer["status"], answer["rules"], answer["totals"]) == ("absent", [], {})
        assert "Nothing of ours is past its end." in answer["summary"]


@pytest.mark.parametrize("target", [{}, {"target": "prod-bastion"}], ids=["region", "target"])
def test_a_dry_run_shows_what_would_go_and_removes_nothing(
    desk: Any, target: dict[str, str]
) -> None:
    old = ended(desk, "8.8.8.2/32")
    answer = desk.do("sweep_expired", dry_run=True, **target)
    assert answer["status"] == "planned"
    assert [rule["status"] for rule in answer["rules"]] == ["planned"]
    assert answer["rules"][0]["overdue_by"].startswith("3 h")
    assert f"Plan: remove overdue {old}" in desk.text
    assert old in desk.rule_ids()


def test_a_rule_without_a_readable_end_goes_when_the_longest_time_is_over(desk: Any) -> None:
    week = timedelta(days=7)
    due = put(desk, "8.8.8.2/32", created_at=stamp(week + timedelta(hours=1)), expires_at="soon")
    not_due = put(desk, "8.8.8.3/32", created_at=stamp(week - timedelta(hours=1)))
    answer = desk.do("sweep_expired")
    assert [rule["rule_id"] for rule in answer["rules"]] == [due]
    assert not_due in desk.rule_ids()


@pytest.mark.parametrize("target", [{}, {"target": "prod-bastion"}], ids=["region", "target"])
def test_rules_whose_end_nobody_can_tell_are_listed_and_stay(
    desk: Any, codes: Codes, target: dict[str, str]
) -> None:
    lost = put(desk, "8.8.8.2/32", ticket="T-1")
    answer = desk.do("sweep_expired", **target)
    assert answer["status"] == "absent"
    assert codes(answer) == {"expiry_unknown"}
    assert lost in answer["warnings"][0]["message"]
    assert lost in desk.rule_ids()


def test_many_rules_without_an_end_are_counted(desk: Any) -> None:
    for last in range(1, 25):
        put(desk, f"8.8.8.{last}/32", ticket="T-1")
    (warning,) = desk.do("sweep_expired")["warnings"]
    assert warning["message"].count("sgr-") == 20
    assert "and 4 more" in warning["message"]


def test_without_an_audit_log_it_goes_on_and_says_so(
    make_desk: Any, codes: Codes, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    desk = make_desk(audit={"path": str(tmp_path / "file" / "audit.jsonl")})
    old = ended(desk, "8.8.8.2/32")
    answer = desk.do("sweep_expired")
    assert answer["status"] == "revoked"
    assert codes(answer) == {"audit_incomplete"}
    assert old not in desk.rule_ids()
    assert codes(desk.do("sweep_expired")) == {"audit_incomplete"}


def test_a_sweep_leaves_what_the_timer_is_known_by(desk: Any, tmp_path: Path) -> None:
    ended(desk, "8.8.8.2/32")
    desk.do("sweep_expired")
    desk.do("sweep_expired", target="prod-bastion")
    lines = (tmp_path / "state" / "audit.jsonl").read_text().splitlines()
    outcomes = [each for each in map(json.loads, lines) if each["event"] == "outcome"]
    assert [(each["operation"], each["outcome"], each["everywhere"]) for each in outcomes] == [
        ("sweep_expired", "done", True),
        ("sweep_expired", "done", False),
    ]


def test_approval_of_every_change_is_not_asked_for_what_has_ended(make_desk: Any) -> None:
    desk = make_desk(policy={"approval": {"when": ["always", "protected_groups"]}})
    ended(desk, "8.8.8.2/32")
    assert desk.do("sweep_expired")["status"] == "revoked"


def test_groups_that_policy_hides_are_passed_over(make_desk: Any) -> None:
    desk = make_desk(policy={"groups": {"deny": ["prod-db"]}})
    hidden = ended(desk, "8.8.8.2/32", group="prod-db")
    seen = ended(desk, "8.8.8.3/32")
    answer = desk.do("sweep_expired")
    assert [rule["rule_id"] for rule in answer["rules"]] == [seen]
    assert hidden not in str(answer)
    error = desk.refuse("sweep_expired", target=group_id(desk, "prod-db"))
    assert error["code"] == "policy_denied"


def test_read_only_sweeps_nothing(make_desk: Any) -> None:
    assert make_desk(policy={"read_only": True}).refuse("sweep_expired")["code"] == "policy_denied"


def test_a_removal_that_aws_refuses_is_an_error_that_names_it(refusing_desk: Any) -> None:
    desk = refusing_desk({"ec2.RevokeSecurityGroupIngress": "UnauthorizedOperation"})
    old = ended(desk, "8.8.8.2/32")
    error = desk.refuse("sweep_expired")
    assert error["code"] == "permission_missing"
    assert old in error["not_done"][0]


def test_a_target_that_is_not_there_is_said(desk: Any) -> None:
    error = desk.refuse("sweep_expired", target="sg-0123456789abcdef0")
    assert error["code"] == "security_group_not_found"


# Rules that say in their descriptions when they end


def suffixed(ago: timedelta) -> str:
    made, ends = datetime.now(UTC) - ago * 2, datetime.now(UTC) - ago
    return f"x [aw {made:%Y%m%dT%H%M%SZ}-{ends:%Y%m%dT%H%M%SZ} 3f9a1c2b]"


@pytest.mark.parametrize("target", [{}, {"target": "prod-bastion"}], ids=["region", "target"])
@pytest.mark.parametrize(
    ("named", "goes"), [((), False), (("prod-b*",), True), (("prod-db",), False)]
)
def test_a_described_rule_goes_only_in_groups_that_policy_names(
    make_desk: Any, named: tuple[str, ...], goes: bool, target: dict[str, str]
) -> None:
    desk = make_desk(policy={"untagged_groups": list(named)})
    rule_id = put(desk, "8.8.8.2/32", description=suffixed(timedelta(hours=1)))
    answer = desk.do("sweep_expired", **target)
    assert [rule["rule_id"] for rule in answer["rules"]] == ([rule_id] if goes else [])
    assert (rule_id in desk.rule_ids()) is not goes


def test_where_no_group_bears_a_name_of_policy_nothing_is_read(make_desk: Any) -> None:
    desk = make_desk(policy={"untagged_groups": ["no-such-group"]})
    assert desk.do("sweep_expired")["status"] == "absent"


def test_a_described_rule_that_has_not_ended_stays(make_desk: Any) -> None:
    desk = make_desk(policy={"untagged_groups": ["*"]})
    put(desk, "8.8.8.2/32", description=suffixed(timedelta(hours=-1)))
    assert desk.do("sweep_expired")["rules"] == []
