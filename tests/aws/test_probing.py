"""Dry runs: the very requests that are sent, and what EC2's answers are taken to mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from awswhitelist.aws.actions import CHANGE_ACTIONS, READ_ACTIONS
from awswhitelist.aws.probing import NO_GROUP, NO_RULE, Allowed, missing_statements, probe
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.calls import PlainContext
from awswhitelist.exceptions import (
    AwsWhitelistError,
    CallCancelledError,
    ClockSkewError,
    CredentialsExpiredError,
)

PERMISSION = {
    "IpProtocol": "tcp",
    "FromPort": 443,
    "ToPort": 443,
    "IpRanges": [{"CidrIp": "192.0.2.1/32"}],
}
CHANGED = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv4": "192.0.2.1/32"}
REQUESTS: dict[str, dict[str, Any]] = {
    "ec2:DescribeSecurityGroups": {"MaxResults": 5},
    "ec2:DescribeSecurityGroupRules": {"MaxResults": 5},
    "ec2:AuthorizeSecurityGroupIngress": {"GroupId": NO_GROUP, "IpPermissions": [PERMISSION]},
    "ec2:RevokeSecurityGroupIngress": {"GroupId": NO_GROUP, "SecurityGroupRuleIds": [NO_RULE]},
    "ec2:ModifySecurityGroupRules": {
        "GroupId": NO_GROUP,
        "SecurityGroupRules": [
            {"SecurityGroupRuleId": NO_RULE, "SecurityGroupRule": CHANGED | {"Description": ""}}
        ],
    },
    "ec2:UpdateSecurityGroupRuleDescriptionsIngress": {
        "GroupId": NO_GROUP,
        "SecurityGroupRuleDescriptions": [{"SecurityGroupRuleId": NO_RULE, "Description": ""}],
    },
    "ec2:CreateTags": {
        "Resources": [NO_RULE],
        "Tags": [{"Key": "awswhitelist:managed", "Value": ""}],
    },
    "ec2:DeleteTags": {"Resources": [NO_RULE], "Tags": [{"Key": "awswhitelist:managed"}]},
}


class Ec2:
    """Stands where EC2 is: keeps what it is asked, and answers with a code for each operation."""

    def __init__(self, client: Any) -> None:
        self.codes: dict[str, str] = {}
        self.asked: dict[str, dict[str, Any]] = {}
        self._events = client.meta.events
        self._events.register("provide-client-params.ec2", self._keep)
        self._events.register_first("before-call.ec2", self._answer)

    def close(self) -> None:
        self._events.unregister("provide-client-params.ec2", self._keep)
        self._events.unregister("before-call.ec2", self._answer)

    def _keep(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.asked[f"ec2:{model.name}"] = params

    def _answer(self, model: Any, **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        code = self.codes.get(f"ec2:{model.name}", "DryRunOperation")
        status = 200 if code == "" else 412
        parsed = {"Error": {"Code": code, "Message": "No."}, "ResponseMetadata": {}}
        return AWSResponse("https://ec2.invalid/", status, HTTPHeaders(), None), parsed


@pytest.fixture
def ec2(client: Any) -> Iterator[Ec2]:
    stands = Ec2(client)
    yield stands
    stands.close()


def test_every_action_that_reading_and_changing_need_is_asked_about(
    ec2: Ec2, service: SecurityGroupService
) -> None:
    assert probe(service) == dict.fromkeys(REQUESTS, Allowed.YES)
    assert {*REQUESTS} == {*READ_ACTIONS, *CHANGE_ACTIONS}


def test_each_request_is_a_dry_run_on_what_cannot_be_there(
    ec2: Ec2, service: SecurityGroupService
) -> None:
    probe(service)
    assert ec2.asked == {action: {**params, "DryRun": True} for action, params in REQUESTS.items()}


MEANINGS = [
    ("DryRunOperation", Allowed.YES),
    ("InvalidGroup.NotFound", Allowed.YES),
    ("InvalidSecurityGroupRuleId.NotFound", Allowed.YES),
    ("InvalidID", Allowed.YES),
    ("UnauthorizedOperation", Allowed.NO),
    ("InvalidParameterValue", Allowed.UNKNOWN),
    ("RequestLimitExceeded", Allowed.UNKNOWN),
    ("InternalError", Allowed.UNKNOWN),
    ("", Allowed.UNKNOWN),
]


@pytest.mark.parametrize(("code", "expected"), MEANINGS)
@pytest.mark.parametrize("action", ["ec2:CreateTags", "ec2:AuthorizeSecurityGroupIngress"])
def test_an_answer_means_what_ec2_says(
    ec2: Ec2, service: SecurityGroupService, action: str, code: str, expected: Allowed
) -> None:
    ec2.codes[action] = code
    assert probe(service) == dict.fromkeys(REQUESTS, Allowed.YES) | {action: expected}


@pytest.mark.parametrize(
    ("code", "error"),
    [("ExpiredToken", CredentialsExpiredError), ("RequestTimeTooSkewed", ClockSkewError)],
)
def test_where_no_answer_would_mean_anything_there_is_none(
    ec2: Ec2, service: SecurityGroupService, code: str, error: type[AwsWhitelistError]
) -> None:
    ec2.codes["ec2:DeleteTags"] = code
    with pytest.raises(error):
        probe(service)


def test_a_caller_who_gave_up_is_not_answered(client: Any, once: RetryPolicy) -> None:
    gone = PlainContext("r-1", is_cancelled=lambda: True)
    with pytest.raises(CallCancelledError):
        probe(SecurityGroupService(client, once, gone))


PLACE = {"partition": "aws-cn", "region": "cn-north-1", "account": "111122223333"}


def test_a_policy_allows_what_is_missing_and_no_more() -> None:
    everything = missing_statements(tuple(REQUESTS), **PLACE)
    assert [each["Action"] for each in everything] == [
        sorted(READ_ACTIONS),
        sorted(CHANGE_ACTIONS),
    ]
    (only,) = missing_statements(["ec2:DeleteTags"], **PLACE)
    assert only == {
        "Effect": "Allow",
        "Action": ["ec2:DeleteTags"],
        "Resource": [
            "arn:aws-cn:ec2:cn-north-1:111122223333:security-group/*",
            "arn:aws-cn:ec2:cn-north-1:111122223333:security-group-rule/*",
        ],
    }
    assert missing_statements([], **PLACE) == []
