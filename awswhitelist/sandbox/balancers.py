"""What moto has wrong about load balancers, or not at all.

Classic load balancers: moto names all of their hosts as if they were in us-east-1. Target groups
come from the estate's table. Source: Elastic Load Balancing API reference, DescribeTargetGroups.
"""

from __future__ import annotations

from awswhitelist.sandbox.answers import Answer, Params
from awswhitelist.sandbox.estate import BALANCERS, Targets
from awswhitelist.sandbox.region import Region

_HOSTS = ("DNSName", "CanonicalHostedZoneName")


def placed(region: Region, answer: Answer) -> Answer:
    """A DescribeLoadBalancers of the older API with the hosts of its region."""
    shown = answer["LoadBalancerDescriptions"]
    return answer | {"LoadBalancerDescriptions": [_placed(each, region.name) for each in shown]}


def describe_target_groups(region: Region, params: Params) -> Answer:
    """The target groups of one load balancer, which is named by its ARN, or of all."""
    wanted = params.get("LoadBalancerArn")
    known = region.ask("elbv2", "DescribeLoadBalancers", {})["LoadBalancers"]
    arns = {balancer["LoadBalancerName"]: balancer["LoadBalancerArn"] for balancer in known}
    shown = [
        _target_group(region, targets, arns[balancer.name])
        for balancer in BALANCERS
        for targets in balancer.targets
        if balancer.name in arns and wanted in (None, arns[balancer.name])
    ]
    return {"TargetGroups": shown}


def _target_group(region: Region, targets: Targets, balancer_arn: str) -> Answer:
    place = f"arn:aws:elasticloadbalancing:{region.name}:{region.account}"
    return {
        "TargetGroupArn": f"{place}:targetgroup/{targets.name}/0123456789abcdef",
        "TargetGroupName": targets.name,
        "Protocol": targets.protocol,
        "Port": targets.port,
        "TargetType": targets.kind,
        "LoadBalancerArns": [balancer_arn],
    }


def _placed(balancer: Answer, region: str) -> Answer:
    host = f"{balancer['LoadBalancerName']}-1234567890.{region}.elb.amazonaws.com"
    return balancer | dict.fromkeys(_HOSTS, host)
