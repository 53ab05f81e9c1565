"""Rules changed in place, and their tags removed, over a stubbed client."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.stub import Stubber

from awswhitelist.aws import writes
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.exceptions import (
    AwsError,
    PermissionMissingError,
    RuleExistsError,
    RuleNotFoundError,
    SecurityGroupNotFoundError,
)
from awswhitelist.models import RuleSpec, SourceKind

GROUP = "sg-0123456789abcdef0"
RULE, OTHER = "sgr-0123456789abcdef0", "sgr-0123456789abcdef1"
MODIFY = "modify_security_group_rules"


def ssh(source: str, kind: SourceKind = SourceKind.IPV4) -> RuleSpec:
    return RuleSpec(protocol="tcp", from_port=22, to_port=22, source=source, source_kind=kind)


MOVES = {
    RULE: (ssh("203.0.113.8/32"), "alice"),
    OTHER: (ssh("2001:db8::8/128", SourceKind.IPV6), ""),
}
REQUEST: dict[str, Any] = {
    "GroupId": GROUP,
    "SecurityGroupRules": [
        {
            "SecurityGroupRuleId": RULE,
            "SecurityGroupRule": {
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "CidrIpv4": "203.0.113.8/32",
                "Description": "alice",
            },
        },
        {
            "SecurityGroupRuleId": OTHER,
            "SecurityGroupRule": {
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "CidrIpv6": "2001:db8::8/128",
                "Description": "",
            },
        },
    ],
}
ANSWERED = {"ResponseMetadata": {"RequestId": "aws-1"}}


def test_all_rules_of_a_group_are_changed_in_one_request(
    stub: Stubber, service: SecurityGroupService
) -> None:
    stub.add_response(MODIFY, {"Return": True, **ANSWERED}, REQUEST)
    assert service.send(writes.modify(GROUP, MOVES)) == "aws-1"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("InvalidPermission.Duplicate", RuleExistsError),
        ("InvalidSecurityGroupRuleId.NotFound", RuleNotFoundError),
        ("InvalidGroup.NotFound", SecurityGroupNotFoundError),
        ("UnauthorizedOperation", PermissionMissingError),
    ],
)
def test_a_change_that_aws_refuses_says_what_is_wrong(
    stub: Stubber, service: SecurityGroupService, code: str, expected: type[Exception]
) -> None:
    stub.add_client_error(MODIFY, code)
    with pytest.raises(expected):
        service.send(writes.modify(GROUP, MOVES))


@pytest.mark.parametrize("code", ["InvalidParameterValue", "InvalidParameterCombination"])
def test_a_rule_that_should_become_of_another_kind_is_refused_in_awss_words(
    stub: Stubber, service: SecurityGroupService, code: str
) -> None:
    stub.add_client_error(MODIFY, code, response_meta={"RequestId": "aws-2"})
    with pytest.raises(AwsError) as caught:
        service.send(writes.modify(GROUP, MOVES))
    assert (caught.value.code, caught.value.aws_code) == ("aws_rejected", code)
    assert caught.value.aws_request_id == "aws-2"


def test_tags_are_removed_by_key(stub: Stubber, service: SecurityGroupService) -> None:
    asked = {"Resources": [RULE, OTHER], "Tags": [{"Key": "a"}, {"Key": "b"}]}
    stub.add_response("delete_tags", ANSWERED, asked)
    assert service.send(writes.untag([RULE, OTHER], ["a", "b"])) == "aws-1"


@pytest.mark.parametrize(
    ("write", "action"),
    [
        (writes.modify(GROUP, MOVES), "ec2:ModifySecurityGroupRules"),
        (writes.untag([RULE], ["a"]), "ec2:DeleteTags"),
    ],
)
def test_both_can_be_rehearsed(
    stub: Stubber, service: SecurityGroupService, write: writes.Write, action: str
) -> None:
    asked = {**write.params, "DryRun": True}
    stub.add_client_error(write.method, "DryRunOperation", expected_params=asked)
    service.check_allowed(write)
    stub.add_client_error(write.method, "UnauthorizedOperation", expected_params=asked)
    with pytest.raises(PermissionMissingError) as caught:
        service.check_allowed(write)
    assert caught.value.details["missing_permissions"] == [action]
