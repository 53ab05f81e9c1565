"""Rules in the shapes that EC2's answers give them."""

from __future__ import annotations

from collections.abc import Mapping

from awswhitelist.models import SourceKind
from awswhitelist.sandbox.answers import Answer
from awswhitelist.sandbox.permissions import Rule

_SOURCE_FIELDS = {
    SourceKind.IPV4: "CidrIpv4",
    SourceKind.IPV6: "CidrIpv6",
    SourceKind.PREFIX_LIST: "PrefixListId",
    SourceKind.GROUP: "ReferencedGroupId",
}


def shown_rule(rule: Rule, account: str, region: str) -> Answer:
    """A rule as DescribeSecurityGroupRules shows it (EC2 API reference, SecurityGroupRule)."""
    shown = revoked_rule(rule)
    if source := shown.pop("ReferencedGroupId", None):
        shown["ReferencedGroupInfo"] = {"GroupId": source, "UserId": account}
    arn = f"arn:aws:ec2:{region}:{account}:security-group-rule/{rule.rule_id}"
    return shown | {
        "GroupOwnerId": account,
        "SecurityGroupRuleArn": arn,
        "Tags": tag_list(rule.tags),
    }


def revoked_rule(rule: Rule) -> Answer:
    """A rule as revoking lists it (EC2 API reference, RevokedSecurityGroupRule)."""
    permission = rule.permission
    shown: Answer = {
        "SecurityGroupRuleId": rule.rule_id,
        "GroupId": rule.group_id,
        "IsEgress": False,
        "IpProtocol": permission.protocol,
        "FromPort": permission.from_port,
        "ToPort": permission.to_port,
        _SOURCE_FIELDS[permission.kind]: permission.source,
    }
    return shown | ({"Description": rule.description} if rule.description else {})


def tag_list(tags: Mapping[str, str]) -> list[Answer]:
    """Tags as AWS lists them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
