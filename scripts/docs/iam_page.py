"""Least-privilege IAM policies, made of the table of IAM actions that the code may need."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from awswhitelist.aws.actions import (
    CHANGE_ACTIONS,
    CHECK_ACTIONS,
    FIND_ACTIONS,
    FREE_ACTIONS,
    READ_ACTIONS,
    ROLE_ACTIONS,
    SECRET_ACTIONS,
)
from awswhitelist.aws.loader import OPERATIONS
from awswhitelist.aws.probing import missing_statements
from scripts.docs.tables import HEAD, table

Statement = dict[str, Any]
Calls = Mapping[str, Sequence[str]]

PARTITION, REGION, ACCOUNT = "aws", "eu-west-1", "111122223333"

PREFIXES = {
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "service-quotas": "servicequotas",
    "sso-oidc": "sso-oauth",
}
"""IAM's name of a service, where it is not botocore's."""

INTRODUCTION = """\
awswhitelist can do what its credentials may do, and no more: give it little. Below are the
policies for each purpose; put together those that you need. The region `eu-west-1` and the account
`111122223333` stand for yours.

`awswhitelist test-credentials` tries the actions for looking and changing by dry runs, and writes
the policy for what is missing. IAM is one bound, the [policy](policy.md) of the operator is
another: IAM knows nothing of addresses, ports and times.
"""

LOOK = """\
## To look

Rules and groups. That is enough for `list_rules`, `check_access` and `list_security_groups`. A dry
run asks EC2 besides whether the change would be allowed, and so needs the rights to make it. IAM
cannot bound these actions to some groups; the operator's policy can.
"""

CHANGE = """\
## To change

In the groups of one account and region. To bound it to some groups, name them in the place of
`security-group/*`; rules get new ids as they are made, so that `security-group-rule/*` stays. Tags
carry owner and end of each rule: without `ec2:CreateTags` nothing is opened, unless
`policy.require_tags` is off.
"""

FIND = """\
## To find by name

A name, an endpoint or an address is looked for where such things are. An id or ARN of a security
group needs none of these. What may not be asked is left out and said so.
"""

CLOSER = """\
## To look closer

The addresses in prefix lists, and your quota of rules for a group. Where these are missing, all
else works, with the warnings `prefix_list_unread` and `quota_assumed`.
"""

ROLE = """\
## To assume a role

For a profile with `"source": "role"`: the identity that it goes `via` needs this, for that role
alone. The role then needs the policies above, and must trust the identity; with `external_id`,
under that condition.
"""

SECRET = """\
## To read keys from Secrets Manager

For a profile with `"source": "secrets_manager"`: the identity that it goes `via` needs this. A
secret that is encrypted with a key of your own needs `kms:Decrypt` on that key besides.
"""

EVERY = """\
## Every call

All calls that the program can make to AWS, and the IAM action of each.
"""


def markdown() -> str:
    """The whole page."""
    finding = sorted({each for actions in FIND_ACTIONS.values() for each in actions})
    opener = f"arn:{PARTITION}:iam::{ACCOUNT}:role/opener"
    secret = f"arn:{PARTITION}:secretsmanager:{REGION}:{ACCOUNT}:secret:ci/opener-*"
    parts = [
        HEAD.format(title="IAM policies"),
        INTRODUCTION,
        LOOK,
        _policy(_allow(READ_ACTIONS)),
        CHANGE,
        _policy(*changing()),
        FIND,
        _policy(_allow(finding)),
        _by_type(),
        CLOSER,
        _policy(_allow(CHECK_ACTIONS)),
        ROLE,
        _policy(_allow(ROLE_ACTIONS, opener)),
        SECRET,
        _policy(_allow(SECRET_ACTIONS, secret)),
        EVERY,
        table(("service", "call", "IAM action", "for"), every_call()),
    ]
    return "\n".join(parts)


def changing() -> list[Statement]:
    """What reading and changing the groups of an account and region needs."""
    return missing_statements(
        (*READ_ACTIONS, *CHANGE_ACTIONS), partition=PARTITION, region=REGION, account=ACCOUNT
    )


def purposes() -> Iterator[tuple[str, Sequence[str]]]:
    """What actions are for, in the order of the page."""
    yield "looking", READ_ACTIONS
    yield "changing", CHANGE_ACTIONS
    yield "finding", [each for actions in FIND_ACTIONS.values() for each in actions]
    yield "looking closer", CHECK_ACTIONS
    yield "a role", ROLE_ACTIONS
    yield "Secrets Manager", SECRET_ACTIONS
    yield "needs no permission", FREE_ACTIONS


def action_of(service: str, operation: str) -> str:
    """The IAM action of a call, by botocore's names."""
    return f"{PREFIXES.get(service, service)}:{operation}"


def every_call(calls: Calls = OPERATIONS) -> Iterator[tuple[str, str, str, str]]:
    """Service, call, IAM action and purpose of all ``calls``, by botocore's name of their service.

    LookupError for a call whose action is in no list.
    """
    known = list(purposes())
    for service, operations in sorted(calls.items()):
        for operation in operations:
            action = action_of(service, operation)
            uses = [purpose for purpose, actions in known if action in actions]
            if not uses:
                raise LookupError(f"{action} is not in aws/actions.py")
            yield service, operation, f"`{action}`", uses[0]


def _allow(actions: Sequence[str], resource: str = "*") -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def _policy(*statements: Statement) -> str:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return f"```json\n{json.dumps(document, indent=2)}\n```\n"


def _by_type() -> str:
    rows = (
        [f"`{kind.value}`", ", ".join(f"`{each}`" for each in actions)]
        for kind, actions in FIND_ACTIONS.items()
    )
    return table(("to find a", "is needed"), rows)
