"""Every operation that the sandbox serves; all others are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

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
    have succeeded, and for operations and parameters that the sandbox does not have."""
    served = OPERATIONS.get((service, operation))
    if served is None:
        raise Refusal(
            "SandboxOperationNotSupported",
            f"The sandbox does not serve {service}:{operation}. Nothing was sent to AWS.",
        )
    if unknown := sorted(set(params) - served.parameters - {"DryRun"}):
        raise Refusal(
            "SandboxParameterNotSupported",
            f"The sandbox does not serve {', '.join(unknown)} of {operation}.",
        )
    if params.get("DryRun"):
        raise Refusal(
            "DryRunOperation",
            "Request would have succeeded, but DryRun flag is set.",
            status=PRECONDITION_FAILED,
        )
    return served.answer(region, params)


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


class Served(NamedTuple):
    """What answers an operation, and the parameters that it heeds; with any other it is refused."""

    answer: Operation
    parameters: frozenset[str] = frozenset()


def _served(answer: Operation, *parameters: str) -> Served:
    return Served(answer, frozenset(parameters))


_PAGES = ("Filters", "MaxResults", "NextToken")
_GROUP = ("GroupId", "GroupName")
_FLAT = ("IpProtocol", "FromPort", "ToPort", "CidrIp")
"""One rule without a list of them, as authorize and revoke take it, too."""


OPERATIONS: Mapping[tuple[str, str], Served] = {
    ("ec2", "DescribeSecurityGroups"): _served(
        describes.describe_groups, "GroupIds", "GroupNames", *_PAGES
    ),
    ("ec2", "DescribeSecurityGroupRules"): _served(
        describes.describe_rules, "SecurityGroupRuleIds", *_PAGES
    ),
    ("ec2", "DescribeInstances"): _served(describes.describe_instances, "InstanceIds", *_PAGES),
    ("ec2", "DescribeVpcs"): _served(describes.describe_vpcs, "VpcIds", *_PAGES),
    ("ec2", "DescribeNetworkInterfaces"): _served(
        describes.describe_interfaces, "NetworkInterfaceIds", *_PAGES
    ),
    ("ec2", "AuthorizeSecurityGroupIngress"): _served(
        ingress.authorize, *_GROUP, *_FLAT, "IpPermissions", "TagSpecifications"
    ),
    ("ec2", "RevokeSecurityGroupIngress"): _served(
        ingress.revoke, *_GROUP, *_FLAT, "IpPermissions", "SecurityGroupRuleIds"
    ),
    ("ec2", "ModifySecurityGroupRules"): _served(ingress.modify, "GroupId", "SecurityGroupRules"),
    ("ec2", "UpdateSecurityGroupRuleDescriptionsIngress"): _served(
        ingress.update_descriptions, *_GROUP, "IpPermissions", "SecurityGroupRuleDescriptions"
    ),
    ("ec2", "CreateTags"): _served(tags.create_tags, "Resources", "Tags"),
    ("ec2", "DeleteTags"): _served(tags.delete_tags, "Resources", "Tags"),
    ("ec2", "DescribeManagedPrefixLists"): _served(prefix_lists.describe, "PrefixListIds", *_PAGES),
    ("ec2", "GetManagedPrefixListEntries"): _served(
        prefix_lists.entries, "PrefixListId", "MaxResults", "NextToken"
    ),
    ("rds", "DescribeDBProxies"): _served(databases.describe_proxies, "DBProxyName"),
    ("rds", "DescribeDBProxyEndpoints"): _served(databases.describe_proxy_endpoints, "DBProxyName"),
    ("service-quotas", "GetServiceQuota"): _served(
        quotas.get_service_quota, "ServiceCode", "QuotaCode"
    ),
    ("sts", "GetCallerIdentity"): _served(_caller_identity),
    ("elasticache", "DescribeReplicationGroups"): _served(
        caches.describe_replication_groups, "ReplicationGroupId"
    ),
    ("elasticache", "DescribeCacheClusters"): _served(
        caches.describe_cache_clusters, "CacheClusterId", "ShowCacheNodeInfo"
    ),
    ("elasticache", "DescribeServerlessCaches"): _served(
        caches.describe_serverless_caches, "ServerlessCacheName"
    ),
    ("elbv2", "DescribeListeners"): _served(balancers.describe_listeners, "LoadBalancerArn"),
    ("elbv2", "DescribeTargetGroups"): _served(balancers.describe_target_groups, "LoadBalancerArn"),
} | {
    (naming.service, naming.operation): _served(
        by_name(naming, _ADDED.get(naming.member, _nothing)), *naming.parameters
    )
    for naming in NAMINGS
}
