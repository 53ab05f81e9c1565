"""The executor where all goes well, and where time or permission runs out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awswhitelist.access.marks.expiry import new_tags
from awswhitelist.exceptions import (
    AwsError,
    AwsWhitelistError,
    CallCancelledError,
    CallTimeoutError,
    ConflictError,
    PermissionMissingError,
    QuotaExceededError,
    RuleNotFoundError,
)
from awswhitelist.models import (
    Add,
    Extend,
    Grant,
    Receipt,
    ReceiptStatus,
    Release,
    Remove,
    RuleSpec,
    SecurityGroupRule,
    SourceKind,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
GRANT = Grant(owner="alice", reason="deploy", target="prod-db", lifetime=2 * HOUR)


def spec(last: int = 8) -> RuleSpec:
    return RuleSpec(
        protocol="tcp",
        from_port=22,
        to_port=22,
        source=f"8.8.8.{last}/32",
        source_kind=SourceKind.IPV4,
    )


def add(last: int = 8, group_id: str = "sg-1", grant: Grant = GRANT) -> Add:
    return Add(group_id=group_id, spec=spec(last), grant=grant)


def ours(rule_id: str, last: int = 8, owner: str = "bob") -> SecurityGroupRule:
    grant = Grant(owner="x", reason="first", lifetime=HOUR)
    return SecurityGroupRule(
        rule_id=rule_id,
        group_id="sg-1",
        spec=spec(last),
        description="as it was",
        tags=new_tags(grant, NOW, "u-0") | {"awswhitelist:owner": owner},
    )


def statuses(receipts: tuple[Receipt, ...]) -> list[ReceiptStatus]:
    return [receipt.status for receipt in receipts]


def test_rules_of_one_group_and_grant_are_added_in_one_call(bench: Any) -> None:
    receipts = bench.apply(add(1), add(2), add(3))
    assert bench.groups.calls == [("add", [spec(1), spec(2), spec(3)])]
    assert statuses(receipts) == [ReceiptStatus.DONE] * 3
    assert [receipt.rule.spec for receipt in receipts] == [spec(1), spec(2), spec(3)]
    assert {receipt.aws_request_id for receipt in receipts} == {"aws-1"}
    assert (bench.slept, bench.recorded) == ([], list(receipts))


def test_an_added_rule_carries_tags_and_a_description(bench: Any) -> None:
    (receipt,) = bench.apply(add())
    assert receipt.rule.tags == new_tags(GRANT, NOW, "u-1")
    assert receipt.rule.description == "deploy (alice until 2026-11-22T14:00:00Z, prod-db)"


def test_a_rule_without_an_end_says_so(bench: Any) -> None:
    (receipt,) = bench.apply(add(grant=Grant(owner="alice", target="prod-db", lifetime=None)))
    assert receipt.rule.description == "(alice until never, prod-db)"
    assert receipt.rule.tags["awswhitelist:expires-at"] == "never"


def test_other_groups_and_other_grants_take_calls_of_their_own(bench: Any) -> None:
    other = GRANT.model_copy(update={"owner": "carol"})
    bench.apply(add(1), add(2, grant=other), add(1, "sg-2"), add(2, "sg-2"))
    assert [len(about) for _, about in bench.groups.calls] == [1, 1, 2]
    tags = [rule.tags["awswhitelist:change"] for rule in bench.groups.rules.values()]
    assert tags == ["u-1", "u-2", "u-3", "u-3"]


def test_what_the_answer_leaves_out_is_looked_up(bench: Any) -> None:
    bench.groups.shown_in_answer = 1
    receipts = bench.apply(add(1), add(2))
    assert bench.groups.names() == ["add", "describe"]
    assert statuses(receipts) == [ReceiptStatus.DONE] * 2


def test_extending_writes_the_tags_then_the_description(bench: Any) -> None:
    bench.groups.put(ours("sgr-1"))
    (receipt,) = bench.apply(Extend(rule=ours("sgr-1"), grant=GRANT))
    assert bench.groups.names() == ["tag", "describe anew", "describe"]
    assert receipt.status is ReceiptStatus.DONE
    assert receipt.rule == bench.groups.rules["sgr-1"]
    assert receipt.rule.tags["awswhitelist:owner"] == "bob alice"
    assert receipt.rule.tags["awswhitelist:expires-at"] == "2026-11-22T14:00:00Z"
    assert receipt.rule.tags["awswhitelist:change"] == "u-1"
    assert receipt.rule.description == "first (bob alice until 2026-11-22T14:00:00Z, prod-db)"
    assert receipt.aws_request_id == "aws-1"


def test_a_description_that_stays_the_same_is_not_written(bench: Any) -> None:
    bench.template = "{reason}"
    rule = ours("sgr-1").model_copy(update={"description": "first"})
    bench.groups.put(rule)
    bench.apply(Extend(rule=rule, grant=GRANT))
    assert bench.groups.names() == ["tag", "describe"]


def test_an_extension_stands_even_if_its_description_cannot_be_written(
    bench: Any, caplog: pytest.LogCaptureFixture
) -> None:
    bench.groups.put(ours("sgr-1"))
    bench.groups.trouble("describe anew", "before", PermissionMissingError("No."))
    (receipt,) = bench.apply(Extend(rule=ours("sgr-1"), grant=GRANT))
    assert (receipt.status, receipt.error) == (ReceiptStatus.DONE, None)
    assert [record.getMessage() for record in caplog.records] == ["description.stale"]


def extensions(*numbers: int) -> list[Extend]:
    return [Extend(rule=ours(f"sgr-{number}", number), grant=GRANT) for number in numbers]


def test_rules_of_one_group_are_extended_in_one_go(bench: Any) -> None:
    bench.groups.put(*(each.rule for each in extensions(1, 2, 3)))
    receipts = bench.apply(*extensions(1, 2, 3))
    assert bench.groups.names() == ["tag", "describe anew", "describe"]
    assert statuses(receipts) == [ReceiptStatus.DONE] * 3
    assert {rule.tags["awswhitelist:owner"] for rule in bench.groups.rules.values()} == {
        "bob alice"
    }
    assert [receipt.rule for receipt in receipts] == list(bench.groups.rules.values())


def test_rules_that_need_other_tags_are_tagged_apart(bench: Any) -> None:
    rules = [ours("sgr-1", 1), ours("sgr-2", 2, "carol"), ours("sgr-3", 3)]
    bench.groups.put(*rules)
    receipts = bench.apply(*(Extend(rule=rule, grant=GRANT) for rule in rules))
    assert statuses(receipts) == [ReceiptStatus.DONE] * 3
    tagged = [about for name, about in bench.groups.calls if name == "tag"]
    assert tagged == [["sgr-1", "sgr-3"], ["sgr-2"]]
    owners = [rule.tags["awswhitelist:owner"] for rule in bench.groups.rules.values()]
    assert owners == ["bob alice", "carol alice", "bob alice"]


@pytest.mark.parametrize("refusal", [QuotaExceededError("No."), RuleNotFoundError("Gone.")])
def test_an_extension_that_is_refused_does_not_sink_its_neighbours(
    bench: Any, refusal: AwsWhitelistError
) -> None:
    bench.groups.put(*(each.rule for each in extensions(1, 2)))
    bench.groups.trouble("tag", "before", refusal)  # both
    bench.groups.trouble("tag", "after", CallTimeoutError("Late."))  # the first alone
    bench.groups.trouble("tag", "before", refusal)  # the second alone
    receipts = bench.apply(*extensions(1, 2))
    assert statuses(receipts) == [ReceiptStatus.DONE, ReceiptStatus.FAILED]
    assert receipts[1].error is refusal


def test_what_a_refused_call_did_all_the_same_is_told_rule_by_rule(bench: Any) -> None:
    bench.groups.put(*(each.rule for each in extensions(1, 2)))
    refusal = RuleNotFoundError("Gone.")

    def tag_the_first_alone(params: dict[str, Any]) -> None:
        type(bench.groups)._tag(bench.groups, params | {"Resources": params["Resources"][:1]})
        raise refusal

    bench.groups._tag = tag_the_first_alone
    receipts = bench.apply(*extensions(1, 2))
    assert statuses(receipts) == [ReceiptStatus.DONE, ReceiptStatus.FAILED]
    assert receipts[1].error is refusal
    assert bench.groups.rules["sgr-2"] == ours("sgr-2", 2)


def test_a_rule_whose_tags_somebody_takes_off_meanwhile_is_a_conflict(bench: Any) -> None:
    bench.groups.put(ours("sgr-1", 1, "alice bob"))
    job = bench.job()
    job.latest["sgr-1"] = ours("sgr-1", 1).model_copy(update={"tags": {}})
    (receipt,) = bench.executor().apply(extensions(1), job)
    assert receipt.status is ReceiptStatus.FAILED
    assert isinstance(receipt.error, ConflictError)
    assert bench.groups.calls == []


def test_an_owner_leaves_the_rules_of_a_group_in_one_go(bench: Any) -> None:
    rules = [ours(f"sgr-{number}", number, "alice bob") for number in (1, 2)]
    bench.groups.put(*rules)
    receipts = bench.apply(*(Release(rule=rule, owner="bob") for rule in rules))
    assert statuses(receipts) == [ReceiptStatus.DONE] * 2
    assert bench.groups.names() == ["tag", "describe"]


def test_removing_is_proved_by_looking_again(bench: Any) -> None:
    bench.groups.put(ours("sgr-1", 1), ours("sgr-2", 2), ours("sgr-3", 3))
    receipts = bench.apply(Remove(rule=ours("sgr-1", 1)), Remove(rule=ours("sgr-2", 2)))
    assert bench.groups.calls == [("revoke", ["sgr-1", "sgr-2"]), ("describe", ["sg-1"])]
    assert statuses(receipts) == [ReceiptStatus.DONE] * 2
    assert [receipt.rule.rule_id for receipt in receipts] == ["sgr-1", "sgr-2"]
    assert list(bench.groups.rules) == ["sgr-3"]


def test_removals_of_one_group_go_together_after_the_releases(bench: Any) -> None:
    rules = [ours("sgr-1", 1), ours("sgr-2", 2, "alice bob"), ours("sgr-3", 3)]
    bench.groups.put(*rules)
    receipts = bench.apply(
        Remove(rule=rules[0]), Release(rule=rules[1], owner="bob"), Remove(rule=rules[2])
    )
    assert statuses(receipts) == [ReceiptStatus.DONE] * 3
    assert list(bench.groups.rules) == ["sgr-2"]
    assert receipts[1].rule.tags["awswhitelist:owner"] == "alice"
    assert receipts[1].rule.description == "as it was"
    assert [name for name in bench.groups.names() if name != "describe"] == ["tag", "revoke"]


def test_a_refused_change_does_not_stop_the_next(bench: Any) -> None:
    bench.groups.trouble("add", "before", PermissionMissingError("No."))
    receipts = bench.apply(add(1), add(2), add(1, "sg-2"))
    assert statuses(receipts) == [ReceiptStatus.FAILED] * 2 + [ReceiptStatus.DONE]
    assert all(isinstance(receipt.error, PermissionMissingError) for receipt in receipts[:2])
    assert bench.groups.names() == ["add", "add"], "a plain refusal needs no second look"


def test_a_call_that_one_rule_spoils_is_made_again_for_its_halves(bench: Any) -> None:
    for when in range(3):
        bench.groups.trouble("add", "before", AwsError(f"Not so {when}."))
    receipts = bench.apply(add(1), add(2), add(3), add(4))
    assert statuses(receipts) == [ReceiptStatus.FAILED] + [ReceiptStatus.DONE] * 3
    about = [last for _, last in bench.groups.calls]
    assert about == [
        [spec(1), spec(2), spec(3), spec(4)],
        [spec(1), spec(2)],
        [spec(1)],
        [spec(2)],
        [spec(3), spec(4)],
    ]


def test_a_group_that_has_no_room_for_a_rule_is_not_asked_to_take_another(bench: Any) -> None:
    for _ in range(4):
        bench.groups.trouble("add", "before", QuotaExceededError("Full."))
    receipts = bench.apply(*(add(last) for last in range(1, 9)), add(1, "sg-2"))
    sizes = [len(about) for _, about in bench.groups.calls]
    # Halved down to the first rule that alone is one too many; the other group has room.
    assert sizes == [8, 4, 2, 1, 1]
    assert statuses(receipts) == [ReceiptStatus.FAILED] * 8 + [ReceiptStatus.DONE]
    assert {receipt.error.code for receipt in receipts[:8]} == {"quota_exceeded"}


def test_a_cancelled_call_has_recorded_the_half_of_a_batch_that_was_done(bench: Any) -> None:
    bench.groups.trouble("add", "before", AwsError("One of them is bad."))
    bench.is_cancelled = lambda: bool(bench.groups.rules)
    with pytest.raises(CallCancelledError):
        bench.apply(add(1), add(2))
    assert [receipt.change.spec for receipt in bench.recorded] == [spec(1)]
    assert [rule.spec for rule in bench.groups.rules.values()] == [spec(1)]


def test_what_must_hold_as_a_whole_stops_at_the_first_failure(bench: Any) -> None:
    bench.stops = True
    bench.groups.trouble("add", "before", QuotaExceededError("Full."))
    receipts = bench.apply(add(1), add(2), add(1, "sg-2"))
    assert [receipt.status for receipt in receipts[:2]] == [ReceiptStatus.FAILED] * 2
    assert receipts[2].status is ReceiptStatus.SKIPPED
    assert bench.groups.names() == ["add"]


def test_rolling_back_takes_back_what_was_done_and_leaves_the_rest(bench: Any) -> None:
    rule = ours("sgr-9", 9)
    bench.groups.put(rule)
    receipts = bench.apply(add(1), Extend(rule=rule, grant=GRANT), add(2, "sg-2"))
    left = bench.executor().roll_back(receipts, bench.job())
    assert statuses(left) == [ReceiptStatus.ROLLED_BACK] * 3
    assert list(bench.groups.rules.values()) == [rule]


def test_what_cannot_be_rolled_back_stands_and_says_why(bench: Any) -> None:
    receipts = bench.apply(add(1), add(1, "sg-2"))
    bench.groups.trouble("revoke", "before", PermissionMissingError("No."))
    left = bench.executor().roll_back(receipts, bench.job())
    assert sorted(statuses(left)) == [ReceiptStatus.DONE, ReceiptStatus.ROLLED_BACK]
    (standing,) = [each for each in left if each.status is ReceiptStatus.DONE]
    assert isinstance(standing.error, PermissionMissingError)
    assert [rule.group_id for rule in bench.groups.rules.values()] == [standing.change.group_id]


def test_what_no_time_is_left_for_is_skipped(bench: Any) -> None:
    bench.time_left = [1.0, 0.0, -1.0]
    receipts = bench.apply(add(1), add(1, "sg-2"), add(1, "sg-3"))
    assert statuses(receipts) == [ReceiptStatus.DONE] + [ReceiptStatus.SKIPPED] * 2
    assert all(isinstance(receipt.error, CallTimeoutError) for receipt in receipts[1:])
    assert bench.recorded == list(receipts)


def test_a_cancelled_call_stops_between_two_changes_and_has_recorded_the_first(bench: Any) -> None:
    bench.is_cancelled = lambda: len(bench.groups.calls) > 0
    with pytest.raises(CallCancelledError):
        bench.apply(add(1), add(1, "sg-2"))
    assert statuses(tuple(bench.recorded)) == [ReceiptStatus.DONE]
    assert len(bench.groups.rules) == 1


def test_nothing_to_do_is_done_at_once(bench: Any) -> None:
    assert bench.apply() == ()
    bench.rehearse()
    assert bench.groups.calls == []


def test_a_rehearsal_asks_for_every_write_that_would_be_made_and_makes_none(bench: Any) -> None:
    rules = [ours("sgr-1", 1), ours("sgr-2", 2, "alice bob"), ours("sgr-3", 3), ours("sgr-4", 4)]
    bench.groups.put(*rules)
    before = dict(bench.groups.rules)
    bench.rehearse(
        add(8),
        add(9),
        Extend(rule=rules[0], grant=GRANT),
        Release(rule=rules[1], owner="bob"),
        Remove(rule=rules[2]),
        Remove(rule=rules[3]),
    )
    assert set(bench.groups.names()) == {"dry run"}
    assert [method for _, (method, _) in bench.groups.calls] == [
        "authorize_security_group_ingress",
        "create_tags",
        "update_security_group_rule_descriptions_ingress",
        "create_tags",
        "revoke_security_group_ingress",
    ]
    assert bench.groups.calls[-1][1][1]["SecurityGroupRuleIds"] == ["sgr-3", "sgr-4"]
    assert bench.groups.rules == before
    assert bench.ids == 0 and bench.recorded == []


def test_a_rehearsal_says_what_the_caller_may_not_do(bench: Any) -> None:
    bench.groups.trouble("dry run", "before", PermissionMissingError("No."))
    with pytest.raises(PermissionMissingError):
        bench.rehearse(add())
