"""What the caller may do to security groups, asked of EC2 by dry runs. Nothing is changed.

Source: EC2 API reference, "DryRun": DryRunOperation says that the caller may, UnauthorizedOperation
that they may not. The requests name a group and a rule that cannot be there. EC2 looks at the
permission before it looks for those, so that "not found" says that the caller may, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

from awswhitelist.aws import writes
from awswhitelist.aws.actions import CHANGE_ACTIONS, READ_ACTIONS
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.aws.writes import Write
from awswhitelist.constants import TAG_MANAGED
from awswhitelist.exceptions import (
    AwsError,
    ClockSkewError,
    CredentialsError,
    PermissionMissingError,
    RuleNotFoundError,
    SecurityGroupNotFoundError,
)
from awswhitelist.models import RuleSpec, SourceKind
from awswhitelist.parallel import run_side_by_side

NO_GROUP = "sg-00000000000000000"
NO_RULE = "sgr-00000000000000000"

_SPEC = RuleSpec(
    protocol="tcp",
    from_port=443,
    to_port=443,
    source="192.0.2.1/32",  # RFC 5737: nobody has it
    source_kind=SourceKind.IPV4,
)


class Allowed(StrEnum):
    """What a dry run says."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Probe(NamedTuple):
    """An IAM action, and the request that shows whether the caller may do it."""

    action: str
    request: Write


PROBES: tuple[Probe, ...] = (
    Probe("ec2:DescribeSecurityGroups", Write("describe_security_groups", {"MaxResults": 5})),
    Probe(
        "ec2:DescribeSecurityGroupRules", Write("describe_security_group_rules", {"MaxResults": 5})
    ),
    Probe(
        "ec2:AuthorizeSecurityGroupIngress",
        writes.authorize(NO_GROUP, [(_SPEC, "")], {}),
    ),
    Probe("ec2:RevokeSecurityGroupIngress", writes.revoke(NO_GROUP, [NO_RULE])),
    Probe("ec2:ModifySecurityGroupRules", writes.modify(NO_GROUP, {NO_RULE: (_SPEC, "")})),
    Probe(
        "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
        writes.describe(NO_GROUP, {NO_RULE: ""}),
    ),
    Probe("ec2:CreateTags", writes.tag([NO_RULE], {TAG_MANAGED: ""})),
    Probe("ec2:DeleteTags", writes.untag([NO_RULE], [TAG_MANAGED])),
)
"""One for each of the actions that reading and changing need; see :mod:`awswhitelist.aws.actions`.
"""


def probe(groups: SecurityGroupService) -> Mapping[str, Allowed]:
    """What the caller may do, by IAM action, in the order of :data:`PROBES`.

    Where EC2's answer says neither, it is unknown. Raises CredentialsError and its kin,
    ClockSkewError, CallCancelledError and CallTimeoutError: then no answer would mean anything.
    """
    answers = run_side_by_side(*[partial(_ask, groups, each) for each in PROBES])
    return {each.action: answer for each, answer in zip(PROBES, answers, strict=True)}


def _ask(groups: SecurityGroupService, probed: Probe) -> Allowed:
    try:
        groups.check_allowed(probed.request)
    except PermissionMissingError:
        return Allowed.NO
    except (SecurityGroupNotFoundError, RuleNotFoundError):
        return Allowed.YES
    except (CredentialsError, ClockSkewError):
        raise
    except AwsError:
        return Allowed.UNKNOWN
    return Allowed.YES


def missing_statements(
    missing: Sequence[str], *, partition: str, region: str, account: str
) -> list[dict[str, Any]]:
    """The IAM statements that would allow the actions, for groups of one region and account.

    Describes take no narrower resource than ``*`` (Service Authorization Reference, "Actions,
    resources, and condition keys for Amazon EC2").
    """
    place = f"arn:{partition}:ec2:{region}:{account}"
    groups = [f"{place}:security-group/*", f"{place}:security-group-rule/*"]
    rows: tuple[tuple[Sequence[str], str | list[str]], ...] = (
        (READ_ACTIONS, "*"),
        (CHANGE_ACTIONS, groups),
    )
    return [
        {"Effect": "Allow", "Action": wanted, "Resource": resource}
        for actions, resource in rows
        if (wanted := sorted(set(missing) & set(actions)))
    ]
