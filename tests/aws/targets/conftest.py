"""The seeded sandbox, and our way from a target to its groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from awswhitelist.access.entries import Located, Manner
from awswhitelist.access.intents import AllowIntent
from awswhitelist.access.locating import Locator, in_region
from awswhitelist.access.planning import Planning
from awswhitelist.access.reach import reach_facts
from awswhitelist.aws.clients import AwsClientFactory
from awswhitelist.aws.gateway import AwsGateway
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.calls import PlainContext
from awswhitelist.config import DefaultsConfig
from awswhitelist.models import AwsScope, Grant, IpProtocol, ResourceType
from awswhitelist.policy_config import PolicyConfig
from awswhitelist.resources.factory import ResourceHandlerFactory
from awswhitelist.resources.reach import ReachCode
from awswhitelist.sandbox import Sandbox

CTX = PlainContext("r-1")


class Estate:
    """The sandbox's resources as others see them, and our way from a target to its groups."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.region = sandbox.region
        self.sandbox = sandbox
        self.heard: set[str] = set()
        self.refused: dict[str, Exception] = {}
        self.hidden: set[str] = set()
        factory = AwsClientFactory(self._session)
        self.gateway = AwsGateway(
            factory, RetryPolicy(attempts=1), default_profile=None, default_region=self._default
        )
        planning = Planning(
            ResourceHandlerFactory(lambda group: group.name not in self.hidden),
            PolicyConfig(),
            DefaultsConfig(),
            {},
        )
        self.locator = Locator(planning, self.gateway, width=2)
        self.ids = self._ids()

    def _default(self, _profile: str | None) -> str | None:
        return self.region

    def _session(self, profile: str | None) -> Any:
        session = self.sandbox.new_session(profile)
        session.get_component("event_emitter").register("provide-client-params", self._hear)
        return session

    def _hear(self, model: Any, **_: Any) -> None:
        self.heard.add(f"{model.service_model.signing_name}:{model.name}")
        if model.name in self.refused:
            raise self.refused[model.name]

    def _ids(self) -> dict[str, str]:
        """What a row of the tables may name in braces: ids, ARNs and hosts of the estate."""
        session: Any = self.sandbox.new_session(None)
        ec2, rds = session.create_client("ec2"), session.create_client("rds")
        v2, classic = session.create_client("elbv2"), session.create_client("elb")
        known = {
            g["GroupName"]: g["GroupId"] for g in ec2.describe_security_groups()["SecurityGroups"]
        }
        for reservation in ec2.describe_instances()["Reservations"]:
            for each in reservation["Instances"]:
                name = each["Tags"][0]["Value"]
                known[f"i/{name}"] = each["InstanceId"]
                known[f"eni/{name}"] = each["NetworkInterfaces"][0]["NetworkInterfaceId"]
                known[f"host/{name}"] = each.get("PublicDnsName", "")
                known[f"ip/{name}"] = each.get("PublicIpAddress", "")
        for each in rds.describe_db_instances()["DBInstances"]:
            known[f"host/{each['DBInstanceIdentifier']}"] = each["Endpoint"]["Address"]
        for each in rds.describe_db_clusters()["DBClusters"]:
            known[f"writer/{each['DBClusterIdentifier']}"] = each["Endpoint"]
            known[f"reader/{each['DBClusterIdentifier']}"] = each["ReaderEndpoint"]
        for each in v2.describe_load_balancers()["LoadBalancers"]:
            known[f"arn/{each['LoadBalancerName']}"] = each["LoadBalancerArn"]
            known[f"host/{each['LoadBalancerName']}"] = each["DNSName"]
        for each in classic.describe_load_balancers()["LoadBalancerDescriptions"]:
            known[f"classic/{each['LoadBalancerName']}"] = each["DNSName"]
        (proxy,) = rds.describe_db_proxies()["DBProxies"]
        _, beside = rds.describe_db_proxy_endpoints()["DBProxyEndpoints"]
        known |= {"pool": proxy["Endpoint"], "pool/reads": beside["Endpoint"]}
        known |= {"arn/pool": proxy["DBProxyArn"], "arn/reads": beside["DBProxyEndpointArn"]}
        account = f"{self.region}:{self.sandbox.account}"
        known |= {f"{s}": f"arn:aws:{s}:{account}" for s in ("ec2", "rds", "elasticache")}
        return known | {"elb": f"arn:aws:elasticloadbalancing:{account}"}

    def text(self, row: str) -> str:
        """A row's target with the braces filled in."""
        for name, value in self.ids.items():
            row = row.replace("{" + name + "}", value)
        assert "{" not in row
        return row

    def locate(
        self,
        target: str,
        resource_type: ResourceType | None = None,
        *,
        region: str | None = None,
        ctx: PlainContext = CTX,
        port: int | None = None,
        protocol: IpProtocol = IpProtocol.TCP,
    ) -> Located:
        """Where ``whitelist`` would apply."""
        intent = AllowIntent(
            target=self.text(target),
            resource_type=resource_type,
            sources=("8.8.8.8/32",),
            protocol=protocol,
            ports=None if port is None else (port, port),
            grant=Grant(owner="alice", lifetime=None),
        )
        common, entries = in_region(self.locator.read(intent), region, Manner(raises=True))
        inventory = self.gateway.inventory(self.gateway.scope(None, common), ctx)
        (entry,) = self.locator.locate(intent, entries, inventory, ctx)
        assert entry.located is not None
        return entry.located

    def group_names(self, located: Located) -> list[str]:
        names = {value: name for name, value in self.ids.items()}
        return [names[group_id] for group_id in located.group_ids]

    def facts(self, target: str) -> set[ReachCode]:
        """What is known of reaching a target, its groups included."""
        located = self.locate(target, port=443)
        scope = AwsScope(profile=None, region=self.region)
        observed = self.gateway.inventory(scope, CTX).groups.observe(located.every_group)
        return {fact.code for fact in reach_facts(located, observed)}


@pytest.fixture(scope="module")
def shared() -> Iterator[Estate]:
    sandbox = Sandbox()
    yield Estate(sandbox)
    sandbox.close()


@pytest.fixture
def estate(shared: Estate) -> Any:
    """An :class:`Estate`; tests name its type as Any, for a conftest cannot be imported."""
    shared.heard.clear()
    shared.refused.clear()
    shared.hidden.clear()
    return shared
