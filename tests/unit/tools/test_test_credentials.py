"""``test_credentials``: who we are, and what EC2 says to dry runs."""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.aws.actions import CHANGE_ACTIONS, READ_ACTIONS

NAME = "test_credentials"
EVERYTHING = {*READ_ACTIONS, *CHANGE_ACTIONS}


def test_who_may_do_everything_is_told_so_and_needs_no_policy(shared_desk: Any) -> None:
    answer = shared_desk.do(NAME)
    assert answer["arn"] == "arn:aws:iam::111122223333:user/sandbox"
    assert answer["permissions"] == dict.fromkeys(EVERYTHING, "yes")
    assert (answer["account"], answer["region"]) == ("111122223333", "eu-west-1")
    assert answer["summary"].endswith("we may do all that is needed.")
    assert not {"missing_permissions", "iam_policy", "expires_at"} & set(answer)


def test_nothing_is_changed_by_asking(make_desk: Any) -> None:
    desk = make_desk()
    before = desk.rule_ids()
    desk.do(NAME)
    assert desk.rule_ids() == before


def test_what_is_missing_comes_with_the_policy_that_would_allow_just_that(
    refusing_desk: Any,
) -> None:
    desk = refusing_desk(
        {
            "ec2.DescribeSecurityGroupRules": "UnauthorizedOperation",
            "ec2.CreateTags": "UnauthorizedOperation",
            "ec2.DeleteTags": "UnauthorizedOperation",
        }
    )
    answer = desk.do(NAME)
    missing = ["ec2:DescribeSecurityGroupRules", "ec2:CreateTags", "ec2:DeleteTags"]
    assert answer["missing_permissions"] == missing
    place = "arn:aws:ec2:eu-west-1:111122223333"
    assert answer["iam_policy"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["ec2:DescribeSecurityGroupRules"],
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Action": ["ec2:CreateTags", "ec2:DeleteTags"],
                "Resource": [f"{place}:security-group/*", f"{place}:security-group-rule/*"],
            },
        ],
    }
    assert "of 8 actions, 3 may not be done." in answer["summary"]
    assert "ec2:CreateTags: no" in desk.text


def test_what_cannot_be_told_is_unknown(refusing_desk: Any) -> None:
    desk = refusing_desk(
        {
            "ec2.CreateTags": "InvalidParameterValue",
            "ec2.RevokeSecurityGroupIngress": "UnauthorizedOperation",
        }
    )
    answer = desk.do(NAME)
    assert answer["permissions"]["ec2:CreateTags"] == "unknown"
    assert answer["missing_permissions"] == ["ec2:RevokeSecurityGroupIngress"]
    assert "1 may not be done and 1 cannot be told." in answer["summary"]


@pytest.mark.parametrize(
    ("operation", "code", "expected"),
    [
        ("sts.GetCallerIdentity", "InvalidClientTokenId", "credentials_invalid"),
        ("ec2.CreateTags", "ExpiredToken", "credentials_expired"),
        ("ec2.CreateTags", "RequestTimeTooSkewed", "clock_skew"),
    ],
)
def test_keys_that_are_no_good_are_an_error_with_the_remedy(
    refusing_desk: Any, operation: str, code: str, expected: str
) -> None:
    assert refusing_desk({operation: code}).refuse(NAME)["code"] == expected


def test_policy_decides_which_profiles_and_regions_may_be_tried(make_desk: Any) -> None:
    desk = make_desk(policy={"regions": {"allow": ["eu-west-1"]}})
    assert desk.refuse(NAME, profile="nobody")["code"] == "policy_denied"
    assert desk.refuse(NAME, region="us-east-1")["code"] == "policy_denied"
    assert desk.do(NAME)["region"] == "eu-west-1"
