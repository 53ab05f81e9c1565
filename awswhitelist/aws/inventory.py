"""The services of one call that know of resources, each made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from awswhitelist.aws.describing import Describer
from awswhitelist.aws.ec2 import Ec2Service
from awswhitelist.aws.elasticache import ElastiCacheService
from awswhitelist.aws.elb import ClassicLoadBalancerService, LoadBalancerService
from awswhitelist.aws.prefix_lists import PrefixListService
from awswhitelist.aws.rds import RdsService
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.calls import CallContext

Service = TypeVar("Service", bound=Describer)


class Inventory:
    """What one account has in one region, on behalf of one call. May be shared by threads."""

    def __init__(
        self,
        client_for: Callable[[str], Any],
        groups: SecurityGroupService,
        retry: RetryPolicy,
        ctx: CallContext,
    ) -> None:
        """``client_for`` makes or finds the botocore client of a service (``rds``)."""
        self._client_for = client_for
        self._retry = retry
        self._ctx = ctx
        self.groups = groups

    def ec2(self) -> Ec2Service:
        """Instances and network interfaces."""
        return self._made(Ec2Service, "ec2")

    def prefix_lists(self) -> PrefixListService:
        """Managed prefix lists."""
        return self._made(PrefixListService, "ec2")

    def rds(self) -> RdsService:
        """Databases."""
        return self._made(RdsService, "rds")

    def caches(self) -> ElastiCacheService:
        """ElastiCache."""
        return self._made(ElastiCacheService, "elasticache")

    def balancers(self) -> LoadBalancerService:
        """Application, network and gateway load balancers."""
        return self._made(LoadBalancerService, "elbv2")

    def classic_balancers(self) -> ClassicLoadBalancerService:
        """Classic load balancers."""
        return self._made(ClassicLoadBalancerService, "elb")

    def _made(self, service: type[Service], name: str) -> Service:
        return service(self._client_for(name), self._retry, self._ctx)
