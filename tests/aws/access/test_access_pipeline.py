"""One way from a request to a write: what is asked of AWS, in which order, and what is kept."""

from __future__ import annotations

from threading import Barrier
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from awswhitelist.access.outcomes import OutcomeState
from awswhitelist.calls import PlainContext
from awswhitelist.exceptions import (
    AuditUnavailableError,
    CallCancelledError,
    CallTimeoutError,
    ConflictError,
    PolicyDeniedError,
    RateLimitedError,
    SecurityGroupNotFoundError,
)
from awswhitelist.models import Keep, KeepWhy, ReceiptStatus

CTX = PlainContext("r-1", client_name="tests")
READS = {"DescribeSecurityGroups", "DescribeSecurityGroupRules", "GetCallerIdentity"}
ADD = "AuthorizeSecurityGroupIngress"


def test_the_everyday_change_costs_one_round_of_reads_side_by_side_and_one_write(
    world: Any,
) -> None:
    together = Barrier(len(READS), timeout=30)
    world.tap.do = {name: [together.wait] for name in READS}
    outcome = world.pipeline().change(world.allow(), CTX)
    assert set(world.tap.heard[:3]) == READS
    assert world.tap.heard[3:] == [ADD]
    (receipt,) = outcome.receipts
    made = world.rules()[receipt.rule.rule_id]
    assert (outcome.state, receipt.status) == (OutcomeState.APPLIED, ReceiptStatus.DONE)
    assert (made["CidrIpv4"], made["FromPort"]) == ("8.8.8.8/32", 5000)
    assert world.changed == [world.group()]


def test_the_same_call_again_writes_nothing(world: Any) -> None:
    pipeline = world.pipeline()
    pipeline.change(world.allow(), CTX)
    world.tap.heard.clear()
    again = pipeline.change(world.allow(), CTX)
    assert again.receipts == ()
    assert [change.why for change in again.plan.changes] == [KeepWhy.ALREADY_ALLOWED]
    assert set(world.tap.heard) == READS - {"GetCallerIdentity"}, "who we are is known"


def test_the_intent_is_on_record_before_the_first_write_and_the_rest_after_it(world: Any) -> None:
    seen: list[list[str]] = []
    world.tap.do[ADD] = [lambda: seen.append([line["event"] for line in world.audited()])]
    outcome = world.pipeline().change(world.allow(), CTX)
    assert seen == [["intent"]]
    intent, receipt, end = world.audited()
    assert (intent["verdict"], intent["request_id"], intent["client"]) == (
        "allowed",
        "r-1",
        "tests",
    )
    assert receipt["rule"]["rule_id"] == outcome.receipts[0].rule.rule_id
    assert (end["event"], end["outcome"]) == ("outcome", "done")


def test_what_the_first_gate_denies_is_never_brought_before_aws(world: Any) -> None:
    with pytest.raises(PolicyDeniedError):
        world.pipeline().change(world.allow("8.0.0.0/8"), CTX)
    with pytest.raises(PolicyDeniedError):
        world.pipeline(regions={"deny": ["eu-*"]}).change(world.allow(), CTX)
    assert world.tap.heard == []
    assert world.audited() == []


def test_what_the_second_gate_denies_leaves_the_rules_alone(world: Any) -> None:
    before = world.rules()
    with pytest.raises(PolicyDeniedError):
        world.pipeline(groups={"deny": ["prod-*"]}).change(world.allow(), CTX)
    assert set(world.tap.heard) == READS
    assert (world.rules(), world.audited(), world.changed) == (before, [], [])


@pytest.mark.parametrize("owner", ["alice", "nobody"])
def test_a_hidden_group_says_nothing_of_the_rules_in_it(world: Any, owner: str) -> None:
    world.pipeline().change(world.allow(), CTX)
    hiding = world.pipeline(groups={"allow": ["staging-*"]})
    with pytest.raises(PolicyDeniedError) as raised:
        hiding.change(world.revoke(target=world.group(), owner=owner), CTX)
    assert raised.value.field == "target"
    with pytest.raises(PolicyDeniedError):
        hiding.read(world.group(), None, None, CTX)
    with pytest.raises(SecurityGroupNotFoundError):
        hiding.read("prod-cache", None, None, CTX)


def test_without_an_audit_log_nothing_is_changed(world: Any) -> None:
    before = world.rules()
    world.audit_path.mkdir(parents=True)
    with pytest.raises(AuditUnavailableError):
        world.pipeline().change(world.allow(), CTX)
    assert world.rules() == before
    assert ADD not in world.tap.heard


def test_an_audit_log_that_fails_after_the_write_is_told(world: Any) -> None:
    def break_log() -> None:
        world.audit_path.unlink()
        world.audit_path.mkdir()

    world.tap.do[ADD] = [break_log]
    outcome = world.pipeline().change(world.allow(), CTX)
    assert outcome.audit_has_gaps
    assert outcome.receipts[0].rule.rule_id in world.rules()


def test_a_policy_that_cannot_be_read_refuses_changes_and_lets_read(world: Any) -> None:
    pipeline = world.pipeline(policy_error="not JSON", read_only=True)
    for order in (world.allow(), world.allow(dry_run=True), world.revoke("sgr-01234567")):
        with pytest.raises(PolicyDeniedError):
            pipeline.change(order, CTX)
    assert world.tap.heard == []
    sight = pipeline.read("prod-cache", None, None, CTX)
    assert [group.name for group in sight.observed.groups] == ["prod-cache"]
    assert {rule.rule_id for rule in sight.observed.rules} == set(world.rules())


def test_where_policy_names_accounts_aws_is_asked_who_we_are_before_anything_else(
    world: Any,
) -> None:
    elsewhere = world.pipeline(accounts={"allow": ["210987654321"]})
    with pytest.raises(PolicyDeniedError):
        elsewhere.change(world.allow(target="prod-cache"), CTX)
    with pytest.raises(PolicyDeniedError):
        elsewhere.read("prod-cache", None, None, CTX)
    assert set(world.tap.heard) == {"GetCallerIdentity"}
    world.tap.heard.clear()
    world.pipeline(accounts={"deny": ["210987654321"]}).change(world.allow(), CTX)
    assert world.tap.heard[0] == "GetCallerIdentity"
    assert world.tap.heard.count("GetCallerIdentity") == 1


def test_a_profile_is_refused_unless_the_policy_names_it(world: Any) -> None:
    with pytest.raises(PolicyDeniedError):
        world.pipeline().read(world.group(), "dev", None, CTX)
    sight = world.pipeline(profiles={"allow": ["dev"]}).read(world.group(), "dev", None, CTX)
    assert sight.scope.profile == "dev"


def test_a_region_that_policy_does_not_admit_cannot_be_read(world: Any) -> None:
    with pytest.raises(PolicyDeniedError):
        world.pipeline(regions={"allow": ["eu-*"]}).read("x", None, "us-east-1", CTX)
    assert world.tap.heard == []


def test_a_dry_run_changes_nothing_and_asks_ec2_whether_it_could(world: Any) -> None:
    before = world.rules()
    outcome = world.pipeline().change(world.allow(dry_run=True), CTX)
    assert (outcome.state, len(outcome.plan.writes)) == (OutcomeState.PLANNED, 1)
    assert world.tap.dry_runs == [ADD]
    assert (world.rules(), world.audited(), world.changed) == (before, [], [])


def test_a_dry_run_of_what_is_denied_is_denied(world: Any) -> None:
    with pytest.raises(PolicyDeniedError):
        world.pipeline(groups={"deny": ["*"]}).change(world.allow(dry_run=True), CTX)


def test_a_dry_run_of_what_needs_approval_says_so_and_issues_none(world: Any) -> None:
    outcome = world.pipeline().change(world.allow("8.8.8.0/24", dry_run=True), CTX)
    assert (outcome.state, outcome.approval) == (OutcomeState.PLANNED, None)
    assert outcome.reasons == ("wider_than_host",)


def test_a_strangers_rule_that_gets_in_the_way_is_planned_around_once(world: Any) -> None:
    world.tap.do[ADD] = [world.let_in]
    outcome = world.pipeline().change(world.allow(), CTX)
    (kept,) = outcome.plan.changes
    assert isinstance(kept, Keep) and kept.why is KeepWhy.ALREADY_ALLOWED
    assert outcome.receipts == ()
    assert world.tap.heard.count(ADD) == 1
    events = [(line["event"], line.get("status")) for line in world.audited()]
    assert events == [
        ("intent", None),
        ("receipt", "clashed"),
        ("outcome", None),
    ]


def test_rules_that_keep_getting_in_the_way_are_a_conflict(world: Any) -> None:
    ids: list[str] = []

    def clear() -> None:
        world.remove(ids.pop())

    world.tap.do[ADD] = [lambda: ids.append(world.let_in())] * 2
    world.tap.do["DescribeSecurityGroupRules"] = [int, int, clear]
    (receipt,) = world.pipeline().change(world.allow(), CTX).receipts
    assert receipt.status is ReceiptStatus.FAILED and isinstance(receipt.error, ConflictError)
    assert world.tap.heard.count(ADD) == 2
    assert world.audited()[-1]["outcome"] == "failed"


def test_what_clashed_is_not_done_another_way_without_being_judged_anew(world: Any) -> None:
    # The group becomes protected in the very moment of the write.
    def protect() -> None:
        world.let_in()
        tag = [{"Key": "awswhitelist:protected", "Value": "1"}]
        world.ec2.create_tags(Resources=[world.group()], Tags=tag)

    world.tap.do[ADD] = [protect]
    try:
        outcome = world.pipeline().change(world.allow("8.8.8.8/32", "8.8.8.9/32"), CTX)
    finally:
        tag = [{"Key": "awswhitelist:protected"}]
        world.ec2.delete_tags(Resources=[world.group()], Tags=tag)
    assert world.tap.heard.count(ADD) == 1
    assert {type(receipt.error) for receipt in outcome.receipts} == {ConflictError}


def test_a_rule_whose_answer_was_lost_is_found_by_its_uuid(world: Any) -> None:
    world.tap.lose[ADD] = [ConnectionClosedError(endpoint_url="https://ec2.invalid")]
    outcome = world.pipeline().change(world.allow(), CTX)
    (receipt,) = outcome.receipts
    assert receipt.status is ReceiptStatus.DONE
    assert world.tap.heard.count(ADD) == 2
    ours = [rule for rule in world.rules().values() if rule.get("FromPort") == 5000]
    assert [rule["SecurityGroupRuleId"] for rule in ours] == [receipt.rule.rule_id]


def test_access_is_extended_shared_and_given_up_owner_by_owner(world: Any) -> None:
    pipeline = world.pipeline()
    rule_id = pipeline.change(world.allow(), CTX).receipts[0].rule.rule_id

    def owners() -> str:
        tags = {tag["Key"]: tag["Value"] for tag in world.rules()[rule_id]["Tags"]}
        return str(tags["awswhitelist:owner"])

    extended = pipeline.change(world.allow(hours=8, owner="bob"), CTX)
    assert [each.status for each in extended.receipts] == [ReceiptStatus.DONE]
    assert owners() == "alice bob"
    assert world.rules()[rule_id]["Description"] == "(alice bob)"
    pipeline.change(world.revoke(target=world.group(), owner="alice"), CTX)
    assert owners() == "bob"
    pipeline.change(world.revoke(rule_id), CTX)
    assert rule_id not in world.rules()


@pytest.mark.parametrize(
    ("dry_run", "state"), [(False, OutcomeState.APPLIED), (True, OutcomeState.PLANNED)]
)
def test_rules_that_are_not_there_leave_nothing_to_do(
    world: Any, dry_run: bool, state: OutcomeState
) -> None:
    outcome = world.pipeline().change(world.revoke("sgr-0123456789abcdef0", dry_run=dry_run), CTX)
    assert (outcome.state, outcome.plan.changes, outcome.observed) == (state, (), None)
    look = "DescribeSecurityGroupRules"
    assert world.tap.heard == [look, "GetCallerIdentity", look]


def test_a_call_that_is_cancelled_at_work_is_recorded_as_such(world: Any) -> None:
    gone = PlainContext("r-1", is_cancelled=lambda: bool(world.audited()))
    with pytest.raises(CallCancelledError):
        world.pipeline().change(world.allow(), gone)
    assert [line["event"] for line in world.audited()] == ["intent", "outcome"]
    assert world.audited()[-1]["outcome"] == "cancelled"


def test_a_call_whose_time_ran_out_at_work_has_skipped_the_rest(world: Any) -> None:
    late = PlainContext("r-1", time_left=lambda: 0.0 if world.audited() else 60.0)
    outcome = world.pipeline().change(world.allow(), late)
    (receipt,) = outcome.receipts
    assert receipt.status is ReceiptStatus.SKIPPED
    assert isinstance(receipt.error, CallTimeoutError)
    assert (world.audited()[-1]["outcome"], world.changed) == ("skipped", [])


def test_a_write_that_outlives_its_call_is_still_looked_at(world: Any) -> None:
    pipeline = world.pipeline()
    rule_id = pipeline.change(world.allow(), CTX).receipts[0].rule.rule_id
    late = PlainContext("r-2", time_left=lambda: 60.0 if rule_id in world.rules() else -1.0)
    outcome = pipeline.change(world.revoke(rule_id), late)
    assert [each.status for each in outcome.receipts] == [ReceiptStatus.DONE]


def test_the_operators_rate_limits_hold_before_anything_is_written(world: Any) -> None:
    pipeline = world.pipeline()
    account = pipeline.change(world.allow(dry_run=True), CTX).caller.account
    (world.folder / "rates").mkdir(mode=0o700)
    full = f"[{world.now},1000]\n"
    (world.folder / "rates" / f"rates-{account}.jsonl").write_text(full)
    with pytest.raises(RateLimitedError):
        pipeline.change(world.allow(), CTX)
    assert world.audited() == []
