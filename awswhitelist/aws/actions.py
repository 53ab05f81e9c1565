"""Every IAM action that this program may need, by what it is needed for. From this table the
policies in the documentation are made; a test holds it against the calls that are made.

Source: Service Authorization Reference, "Actions, resources, and condition keys" of each service.
"""

from __future__ import annotations

from collections.abc import Mapping

from awswhitelist.models import ResourceType

READ_ACTIONS = ("ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules")
"""To see groups and rules. sts:GetCallerIdentity needs no permission."""

CHANGE_ACTIONS = (
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateTags",
    "ec2:DeleteTags",
    "ec2:ModifySecurityGroupRules",
    "ec2:RevokeSecurityGroupIngress",
    "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
)
"""To change rules, beside :data:`READ_ACTIONS`."""

CHECK_ACTIONS = (
    "ec2:DescribeManagedPrefixLists",
    "ec2:GetManagedPrefixListEntries",
    "servicequotas:GetServiceQuota",
)
"""To say more about what is there: the addresses of prefix lists, the quota of rules. Where these
are missing, everything else works."""

FIND_ACTIONS: Mapping[ResourceType, tuple[str, ...]] = {
    ResourceType.SECURITY_GROUP: ("ec2:DescribeSecurityGroups",),
    ResourceType.INSTANCE: ("ec2:DescribeInstances",),
    ResourceType.NETWORK_INTERFACE: ("ec2:DescribeNetworkInterfaces",),
    ResourceType.RDS: (
        "rds:DescribeDBClusters",
        "rds:DescribeDBInstances",
        "rds:DescribeDBProxies",
        "rds:DescribeDBProxyEndpoints",
    ),
    ResourceType.ELASTICACHE: (
        "elasticache:DescribeCacheClusters",
        "elasticache:DescribeReplicationGroups",
        "elasticache:DescribeServerlessCaches",
    ),
    ResourceType.LOAD_BALANCER: (
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeTargetGroups",
    ),
}
"""To find what a target names, by its type."""

ROLE_ACTIONS = ("sts:AssumeRole",)
"""For profiles with a role, asked of the role named."""

SECRET_ACTIONS = ("secretsmanager:GetSecretValue",)
"""For profiles whose keys are in Secrets Manager, asked of the secret named."""

FREE_ACTIONS = (
    "sso-oauth:CreateToken",
    "sso:GetRoleCredentials",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetCallerIdentity",
)
"""What is called and needs no IAM permission: who we are, and how sign-ins become keys."""
