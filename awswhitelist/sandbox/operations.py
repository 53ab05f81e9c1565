"""Every operation that the sandbox serves; all others are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from awswhitelist.sandbox import (
    balancers,
    caches,
    databases,
    describes,
    ingress,
    prefix_lists,
    quotas,
    tags,
)
from awswhitelist.sandbox.answers import PRECONDITION_FAILED, Answer, Params, Refusal
from awswhitelist.sandbox.named import NAMINGS, by_name
from awswhitelist.sandbox.region import Region

Operation = Callable[[Region, Params], Answer]


def serve(region: Region, service: str, operation: str, params: Params) -> Answer:
    """The answer to one call. Raises Refusal: for what AWS would refuse, for a dry run that would
    have succeeded, and for an operation that the sandbox does not have."""
    serving = OPERATIONS.get((service, operation))
    if serving is None:
        raise Refusal(
            "SandboxOperationNotSupported",
            f"The sandbox does not serve {service}:{operation}. Nothing was sent to AWS.",
        )
    if params.get("DryRun"):
        raise Refusal(
            "DryRunOperation",
            "Request would have succeeded, but DryRun flag is set.",
            status=PRECONDITION_FAILED,
        )
    return serving(region, params)


def _caller_identity(region: Region, _: Params) -> Answer:
    return {
        "UserId": "AIDASANDBOXSANDBOXSA",
        "Account": region.account,
        "Arn": f"arn:aws:iam::{region.account}:user/sandbox",
    }


_ADDED: Mapping[str, Callable[[Region], list[Answer]]] = {
    "DBClusters": databases.clusters,
    "DBInstances": databases.instances,
}
"""What there is beside the recorded, by the member of the answer that it belongs to."""


def _nothing(_region: Region) -> list[Answer]:
    return []


OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("ec2", "DescribeSecurityGroups"): describes.describe_groups,
    ("ec2", "DescribeSecurityGroupRules"): describes.describe_rules,
    ("ec2", "DescribeInstances"): describes.describe_instances,
    ("ec2", "DescribeVpcs"): describes.describe_vpcs,
    ("ec2", "DescribeNetworkInterfaces"): describes.describe_interfaces,
    ("ec2", "AuthorizeSecurityGroupIngress"): ingress.authorize,
    ("ec2", "RevokeSecurityGroupIngress"): ingress.revoke,
    ("ec2", "ModifySecurityGroupRules"): ingress.modify,
    ("ec2", "UpdateSecurityGroupRuleDescriptionsIngress"): ingress.update_descriptions,
    ("ec2", "CreateTags"): tags.create_tags,
    ("ec2", "DeleteTags"): tags.delete_tags,
    ("ec2", "DescribeManagedPrefixLists"): prefix_lists.describe,
    ("ec2", "GetManagedPrefixListEntries"): prefix_lists.entries,
    ("rds", "DescribeDBProxies"): databases.describe_proxies,
    ("rds", "DescribeDBProxyEndpoints"): databases.describe_proxy_endpoints,
    ("service-quotas", "GetServiceQuota"): quotas.get_service_quota,
    ("sts", "GetCallerIdentity"): _caller_identity,
    ("elasticache", "DescribeReplicationGroups"): caches.describe_replication_groups,
    ("elasticache", "DescribeCacheClusters"): caches.describe_cache_clusters,
    ("elasticache", "DescribeServerlessCaches"): caches.describe_serverless_caches,
    ("elbv2", "DescribeListeners"): balancers.describe_listeners,
    ("elbv2", "DescribeTargetGroups"): balancers.describe_target_groups,
} | {
    (naming.service, naming.operation): by_name(naming, _ADDED.get(naming.member, _nothing))
    for naming in NAMINGS
}
