"""Classic load balancers: moto names all of their hosts as if they were in us-east-1."""

from __future__ import annotations

from awswhitelist.sandbox.answers import Answer
from awswhitelist.sandbox.region import Region

_HOSTS = ("DNSName", "CanonicalHostedZoneName")


def placed(region: Region, answer: Answer) -> Answer:
    """A DescribeLoadBalancers of the older API with the hosts of its region."""
    shown = answer["LoadBalancerDescriptions"]
    return answer | {"LoadBalancerDescriptions": [_placed(each, region.name) for each in shown]}


def _placed(balancer: Answer, region: str) -> Answer:
    host = f"{balancer['LoadBalancerName']}-1234567890.{region}.elb.amazonaws.com"
    return balancer | dict.fromkeys(_HOSTS, host)
