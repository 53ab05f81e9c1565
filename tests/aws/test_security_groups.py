"""SecurityGroupService over a stubbed client: exact requests, paging, answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from awswhitelist.aws import writes
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.aws.security_groups import Revoked, SecurityGroupService, Written
from awswhitelist.calls import CallContext, PlainContext
from awswhitelist.exceptions import (
    AwsError,
    CallCancelledError,
    PermissionMissingError,
    QuotaExceededError,
    RuleExistsError,
    SecurityGroupNotFoundError,
    ThrottledError,
    UnavailableError,
)
from awswhitelist.models import RuleSpec, SecurityGroupRule, SourceKind

GROUP = "sg-0123456789abcdef0"
RULE = "sgr-0123456789abcdef0"
SSH = RuleSpec(
    protocol="tcp",
    from_port=22,
    to_port=22,
    source="203.0.113.7/32",
    source_kind=SourceKind.IPV4,
)
PERMISSION = {
    "IpProtocol": "tcp",
    "FromPort": 22,
    "ToPort": 22,
    "IpRanges": [{"CidrIp": "203.0.113.7/32", "Description": "alice"}],
}


def answered(body: Mapping[str, Any], *, second: int = 0) -> dict[str, Any]:
    """An answer with the request id ``aws-1`` and a Date."""
    date = f"Sun, 22 Nov 2026 13:15:{second:02d} GMT"
    return {
        **body,
        "ResponseMetadata": {"RequestId": "aws-1", "HTTPHeaders": {"date": date}},
    }


def raw_rule(rule_id: str = RULE, group_id: str = GROUP, **changes: Any) -> dict[str, Any]:
    return {
        "SecurityGroupRuleId": rule_id,
        "GroupId": group_id,
        "IsEgress": False,
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "CidrIpv4": "203.0.113.7/32",
        "Description": "alice",
    } | changes


def rule(rule_id: str = RULE, group_id: str = GROUP) -> SecurityGroupRule:
    return SecurityGroupRule(rule_id=rule_id, group_id=group_id, spec=SSH, description="alice")


def filters(name: str, values: list[str], **more: Any) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": values}], "MaxResults": 1000, **more}


def test_rules_are_read_page_by_page_with_the_date_of_the_last(
    stub: Stubber, service: SecurityGroupService
) -> None:
    method = "describe_security_group_rules"
    stub.add_response(
        method,
        answered({"SecurityGroupRules": [raw_rule("sgr-1")], "NextToken": "more"}, second=1),
        filters("group-id", [GROUP]),
    )
    stub.add_response(
        method,
        answered({"SecurityGroupRules": [raw_rule("sgr-2")], "NextToken": ""}, second=2),
        filters("group-id", [GROUP], NextToken="more"),
    )
    rules, at = service.describe_rules([GROUP])
    assert rules == (rule("sgr-1"), rule("sgr-2"))
    assert at == datetime(2026, 11, 22, 13, 15, 2, tzinfo=UTC)


def test_many_groups_are_read_two_hundred_at_a_time(
    stub: Stubber, service: SecurityGroupService
) -> None:
    ids = [f"sg-{number:017x}" for number in range(201)]
    for batch in (ids[:200], ids[200:]):
        body = {"SecurityGroupRules": [raw_rule(f"sgr-{len(batch)}", batch[0])]}
        stub.add_response(
            "describe_security_group_rules", answered(body), filters("group-id", batch)
        )
    rules, _ = service.describe_rules(ids)
    assert rules == (rule("sgr-200", ids[0]), rule("sgr-1", ids[200]))


def test_paging_that_does_not_move_on_is_given_up(
    stub: Stubber, service: SecurityGroupService
) -> None:
    page = answered({"SecurityGroupRules": [], "NextToken": "same"})
    stub.add_response("describe_security_group_rules", page)
    stub.add_response("describe_security_group_rules", page)
    with pytest.raises(UnavailableError):
        service.describe_rules([GROUP])


def test_no_groups_never_means_the_whole_account(
    stub: Stubber, service: SecurityGroupService
) -> None:
    with pytest.raises(ValueError):
        service.describe_rules([])
    with pytest.raises(ValueError):
        service.observe([])


def test_a_group_name_is_asked_for_literally(stub: Stubber, service: SecurityGroupService) -> None:
    method = "describe_security_groups"
    stub.add_response(
        method,
        answered({"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "a*b"}]}),
        filters("group-name", ["a\\*b"]),
    )
    assert [group.group_id for group in service.find_security_groups("a*b")] == ["sg-1"]


def test_a_group_that_merely_resembles_the_name_is_not_found(
    stub: Stubber, service: SecurityGroupService
) -> None:
    method = "describe_security_groups"
    near = {"GroupId": "sg-1", "GroupName": "Prod", "Tags": [{"Key": "Name", "Value": "Prod"}]}
    stub.add_response(method, answered({"SecurityGroups": [near]}), filters("group-name", ["prod"]))
    stub.add_response(method, answered({"SecurityGroups": [near]}), filters("tag:Name", ["prod"]))
    assert service.find_security_groups("prod") == ()


def test_adding_is_one_authorize_with_description_and_tags(
    stub: Stubber, service: SecurityGroupService
) -> None:
    tags = [{"Key": "awswhitelist:change", "Value": "u-1"}]
    stub.add_response(
        "authorize_security_group_ingress",
        answered({"Return": True, "SecurityGroupRules": [raw_rule(Tags=tags)]}),
        {
            "GroupId": GROUP,
            "IpPermissions": [PERMISSION],
            "TagSpecifications": [{"ResourceType": "security-group-rule", "Tags": tags}],
        },
    )
    written = service.add_ingress_rule(
        GROUP, SSH, description="alice", tags={"awswhitelist:change": "u-1"}
    )
    expected = rule().model_copy(update={"tags": {"awswhitelist:change": "u-1"}})
    assert written == Written((expected,), "aws-1")


def test_many_rules_are_added_in_one_request(stub: Stubber, service: SecurityGroupService) -> None:
    web = SSH.model_copy(update={"from_port": 443, "to_port": 443})
    stub.add_response(
        "authorize_security_group_ingress",
        answered({"Return": True, "SecurityGroupRules": [raw_rule()]}),
        {
            "GroupId": GROUP,
            "IpPermissions": [PERMISSION, {**PERMISSION, "FromPort": 443, "ToPort": 443}],
        },
    )
    written = service.add_ingress_rules(GROUP, [(SSH, "alice"), (web, "alice")], tags={})
    assert written.rules == (rule(),)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("InvalidPermission.Duplicate", RuleExistsError),
        ("RulesPerSecurityGroupLimitExceeded", QuotaExceededError),
        ("UnauthorizedOperation", PermissionMissingError),
    ],
)
def test_a_refused_authorize_raises_what_it_means(
    stub: Stubber, service: SecurityGroupService, code: str, expected: type[AwsError]
) -> None:
    stub.add_client_error("authorize_security_group_ingress", code, http_status_code=400)
    with pytest.raises(expected) as raised:
        service.add_ingress_rule(GROUP, SSH, description="", tags={})
    assert raised.value.aws_code == code


def test_authorizing_in_a_missing_group_names_it(
    stub: Stubber, service: SecurityGroupService
) -> None:
    stub.add_client_error("authorize_security_group_ingress", "InvalidGroup.NotFound")
    with pytest.raises(SecurityGroupNotFoundError, match=GROUP):
        service.add_ingress_rule(GROUP, SSH, description="", tags={})


def test_revoking_names_the_rules_by_id(stub: Stubber, service: SecurityGroupService) -> None:
    stub.add_response(
        "revoke_security_group_ingress",
        answered({"Return": True}),
        {"GroupId": GROUP, "SecurityGroupRuleIds": [RULE]},
    )
    assert service.revoke_rules(GROUP, [RULE]) == Revoked("aws-1", unknown=False)


def test_a_revoke_that_matched_nothing_in_a_default_vpc_is_unknown(
    stub: Stubber, service: SecurityGroupService
) -> None:
    body = {"Return": True, "UnknownIpPermissions": [PERMISSION]}
    stub.add_response("revoke_security_group_ingress", answered(body))
    assert service.revoke_rules(GROUP, [RULE]) == Revoked("aws-1", unknown=True)


@pytest.mark.parametrize(
    "code", ["InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound"]
)
def test_a_revoke_of_a_rule_that_is_gone_is_unknown(
    stub: Stubber, service: SecurityGroupService, code: str
) -> None:
    stub.add_client_error(
        "revoke_security_group_ingress", code, response_meta={"RequestId": "aws-2"}
    )
    assert service.revoke_rules(GROUP, [RULE]) == Revoked("aws-2", unknown=True)


def test_tagging_creates_tags_on_the_rules(stub: Stubber, service: SecurityGroupService) -> None:
    stub.add_response(
        "create_tags", answered({}), {"Resources": [RULE], "Tags": [{"Key": "k", "Value": "v"}]}
    )
    assert service.send(writes.tag([RULE], {"k": "v"})) == "aws-1"


def test_descriptions_are_updated_by_rule_id(stub: Stubber, service: SecurityGroupService) -> None:
    stub.add_response(
        "update_security_group_rule_descriptions_ingress",
        answered({"Return": True}),
        {
            "GroupId": GROUP,
            "SecurityGroupRuleDescriptions": [{"SecurityGroupRuleId": RULE, "Description": "new"}],
        },
    )
    assert service.update_descriptions(GROUP, {RULE: "new"}) == "aws-1"


def test_a_rehearsal_is_the_same_request_as_a_dry_run(
    stub: Stubber, service: SecurityGroupService
) -> None:
    stub.add_client_error(
        "authorize_security_group_ingress",
        "DryRunOperation",
        http_status_code=412,
        expected_params={"GroupId": GROUP, "IpPermissions": [PERMISSION], "DryRun": True},
    )
    service.check_allowed(writes.authorize(GROUP, [(SSH, "alice")], {}))
    stub.assert_no_pending_responses()


def test_a_rehearsal_that_is_denied_raises_what_is_missing(
    stub: Stubber, service: SecurityGroupService
) -> None:
    stub.add_client_error(
        "revoke_security_group_ingress", "UnauthorizedOperation", http_status_code=403
    )
    with pytest.raises(PermissionMissingError) as raised:
        service.check_allowed(writes.revoke(GROUP, [RULE]))
    assert raised.value.details["missing_permissions"] == ["ec2:RevokeSecurityGroupIngress"]


def test_a_rehearsal_taken_for_the_real_thing_is_an_error(
    stub: Stubber, service: SecurityGroupService
) -> None:
    stub.add_response("create_tags", answered({}))
    with pytest.raises(AwsError) as raised:
        service.check_allowed(writes.tag([RULE], {"k": "v"}))
    assert raised.value.code == "aws_rejected"


def test_a_throttled_call_is_made_again(
    stub: Stubber, client: Any, impatient: RetryPolicy, ctx: CallContext
) -> None:
    stub.add_client_error("create_tags", "RequestLimitExceeded", http_status_code=503)
    stub.add_response("create_tags", answered({}))
    assert (
        SecurityGroupService(client, impatient, ctx).send(writes.tag([RULE], {"k": "v"})) == "aws-1"
    )


def test_throttling_without_end_is_reported(
    stub: Stubber, client: Any, impatient: RetryPolicy, ctx: CallContext
) -> None:
    for _ in range(3):
        stub.add_client_error("create_tags", "RequestLimitExceeded", http_status_code=503)
    with pytest.raises(ThrottledError):
        SecurityGroupService(client, impatient, ctx).send(writes.tag([RULE], {"k": "v"}))


def test_a_cancelled_call_asks_aws_nothing(stub: Stubber, client: Any, once: RetryPolicy) -> None:
    gone = PlainContext("r-1", is_cancelled=lambda: True)
    with pytest.raises(CallCancelledError):
        SecurityGroupService(client, once, gone).send(writes.tag([RULE], {"k": "v"}))
