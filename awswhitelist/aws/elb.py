"""Load balancers: application, network and gateway ones (ELBv2), and classic ones.

Source: Elastic Load Balancing API references, versions 2015-12-01 and 2012-06-01.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from awswhitelist.aws.answers import required
from awswhitelist.aws.describing import Describer, Item, Listing
from awswhitelist.aws.found import TCP, UDP, Found, account_of, present
from awswhitelist.models import ResourceType

_ABSENT = frozenset(
    {
        "LoadBalancerNotFound",
        "AccessPointNotFound",  # the classic API's word
        "LoadBalancerNotFoundException",
        "AccessPointNotFoundException",
    }
)
_BALANCERS = Listing("describe_load_balancers", "LoadBalancers", "Marker", "NextMarker", _ABSENT)
_LISTENERS = Listing("describe_listeners", "Listeners", "Marker", "NextMarker")
_TARGETS = Listing("describe_target_groups", "TargetGroups", "Marker", "NextMarker", _ABSENT)
_CLASSIC = Listing(
    "describe_load_balancers", "LoadBalancerDescriptions", "Marker", "NextMarker", _ABSENT
)
_TRANSPORTS = {"UDP": (UDP,), "QUIC": (UDP,), "TCP_UDP": (TCP, UDP), "TCP_QUIC": (TCP, UDP)}
"""What a listener's protocol runs on; all others run on TCP alone."""

_PUBLIC = "internet-facing"

NETWORK = "network load balancer"
"""The :attr:`Found.kind` of the balancers that may pass their callers' addresses on."""

_SEE_THE_CALLER = frozenset({"instance", "alb"})
"""Types of targets that see whom a network load balancer serves, unless that was switched off.

Source: Elastic Load Balancing user guide for network load balancers, "Client IP preservation".
"""


class LoadBalancerService(Describer):
    """ELBv2 of one account and region. Every method may raise the AwsError that fits."""

    def balancers(self, name: str | None = None) -> tuple[Found, ...]:
        """The load balancer of that name, without its ports; without a name, all."""
        params = {} if name is None else {"Names": [name]}
        return _read_balancers(self.items(_BALANCERS, params))

    def ports(self, arn: str) -> tuple[tuple[str, int], ...]:
        """What the listeners of a load balancer listen on: protocol and port, in order."""
        return _read_listeners(self.items(_LISTENERS, {"LoadBalancerArn": arn}))

    def passes_callers_on(self, arn: str) -> bool:
        """Whether targets of a network load balancer see their callers' own addresses.

        That is what AWS sets by default; telling for certain would take a call for each target
        group.
        """
        groups = self.items(_TARGETS, {"LoadBalancerArn": arn})
        return any(_sees_callers(group) for group in groups)


class ClassicLoadBalancerService(Describer):
    """Classic load balancers. Every method may raise the AwsError that fits."""

    def balancers(self, name: str | None = None) -> tuple[Found, ...]:
        """The load balancer of that name; without a name, all."""
        params: dict[str, Any] = {} if name is None else {"LoadBalancerNames": [name]}
        return _read_classic(self.items(_CLASSIC, params))


@required()
def _read_balancers(items: Iterable[Item]) -> tuple[Found, ...]:
    return tuple(
        Found(
            resource_type=ResourceType.LOAD_BALANCER,
            kind=f"{item['Type']} load balancer",
            resource_id=item["LoadBalancerArn"],
            name=item["LoadBalancerName"],
            arn=item["LoadBalancerArn"],
            account=account_of(item["LoadBalancerArn"]),
            hosts=present(item.get("DNSName")),  # a gateway load balancer has none
            group_ids=tuple(item.get("SecurityGroups", ())),
            is_public=item.get("Scheme") == _PUBLIC,
        )
        for item in items
    )


@required()
def _read_listeners(items: Iterable[Item]) -> tuple[tuple[str, int], ...]:
    told = [(item.get("Protocol", ""), item["Port"]) for item in items if "Port" in item]
    return tuple(sorted({(kind, port) for protocol, port in told for kind in _carriers(protocol)}))


@required()
def _read_classic(items: Iterable[Item]) -> tuple[Found, ...]:
    return tuple(
        Found(
            resource_type=ResourceType.LOAD_BALANCER,
            kind="classic load balancer",
            resource_id=item["DNSName"].lower(),
            name=item["LoadBalancerName"],
            hosts=present(item["DNSName"]),
            ports=tuple(sorted({(TCP, port) for port in _classic_ports(item)})),
            group_ids=tuple(item.get("SecurityGroups", ())),
            is_public=item.get("Scheme") == _PUBLIC,
        )
        for item in items
    )


def _classic_ports(item: Item) -> list[int]:
    listeners = item.get("ListenerDescriptions", ())
    return [listener["Listener"]["LoadBalancerPort"] for listener in listeners]


def _sees_callers(group: Item) -> bool:
    """With UDP it cannot be switched off; targets that are addresses see TCP as the balancer's."""
    return group.get("TargetType") in _SEE_THE_CALLER or UDP in _carriers(group.get("Protocol", ""))


def _carriers(protocol: str) -> tuple[str, ...]:
    return _TRANSPORTS.get(protocol, (TCP,))
