"""Listeners and target groups of load balancers.

Source: Elastic Load Balancing API reference, DescribeListeners, DescribeTargetGroups.
"""

from __future__ import annotations

from awswhitelist.sandbox.answers import Answer, Params, Refusal
from awswhitelist.sandbox.estate import BALANCERS, Targets
from awswhitelist.sandbox.region import Region


def describe_listeners(region: Region, params: Params) -> Answer:
    """The listeners of one load balancer, which is named by its ARN."""
    wanted = _balancer(region, params)
    everything = region.all("elbv2", "DescribeListeners")
    return {"Listeners": [each for each in everything if each["LoadBalancerArn"] == wanted]}


def describe_target_groups(region: Region, params: Params) -> Answer:
    """The target groups of one load balancer, which is named by its ARN, or of all."""
    wanted = _balancer(region, params) if "LoadBalancerArn" in params else None
    known = region.all("elbv2", "DescribeLoadBalancers")
    arns = {balancer["LoadBalancerName"]: balancer["LoadBalancerArn"] for balancer in known}
    shown = [
        _target_group(region, targets, arns[balancer.name])
        for balancer in BALANCERS
        for targets in balancer.targets
        if balancer.name in arns and wanted in (None, arns[balancer.name])
    ]
    return {"TargetGroups": shown}


def _balancer(region: Region, params: Params) -> str:
    """The ARN that is asked for. Raises Refusal if nothing has it."""
    wanted = str(params.get("LoadBalancerArn", ""))
    known = region.all("elbv2", "DescribeLoadBalancers")
    if wanted not in (balancer["LoadBalancerArn"] for balancer in known):
        raise Refusal("LoadBalancerNotFound", f"Load balancer '{wanted}' not found")
    return wanted


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
