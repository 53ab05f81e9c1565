"""The arguments that say through which door: protocol, ports, ICMP type and code."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network
from typing import Annotated

from pydantic import Field

from awswhitelist.config import Config
from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.models import IpProtocol
from awswhitelist.tools.arguments import (
    EVERY_PORT,
    WITH_PORTS,
    Arguments,
    AwsArguments,
    Port,
    Protocol,
    read_ports,
    read_protocol,
)

WITH_TYPES = (IpProtocol.ICMP, IpProtocol.ICMPV6)

_OTHER_FAMILY: dict[IpProtocol, tuple[int, str]] = {
    IpProtocol.ICMP: (6, "ICMP of IPv6 is a protocol of its own: `icmp` lets nothing in from {}."),
    IpProtocol.ICMPV6: (4, "`icmpv6` is of IPv6 alone: it lets nothing in from {}."),
}
"""The family of addresses that never send by a protocol. RFC 4443, section 1; AWS takes rules for
them all the same, as https://github.com/hashicorp/terraform-provider-aws/pull/9569 has found."""

IcmpNumber = Annotated[int, Field(ge=0, le=255)]


class Way(Arguments):
    """By which protocol something is reached."""

    protocol: Protocol = IpProtocol.TCP
    icmp_type: IcmpNumber | None = None
    icmp_code: IcmpNumber | None = None


class Door(Way):
    """One door of a target."""

    port: Port | None = None

    def checked_protocol(self) -> IpProtocol:
        """The protocol. InvalidArgumentError."""
        return read_protocol(self.protocol)

    def checked_ports(self, config: Config) -> tuple[int, int] | None:
        """The ports named, as an inclusive range; None where none is.

        InvalidArgumentError where ports, types or codes make no sense for the protocol.
        """
        protocol = self.checked_protocol()
        self._check_types(protocol)
        ports = read_ports(self.port, config)
        if protocol in WITH_PORTS or ports is None:
            return ports
        if protocol is IpProtocol.ALL and ports == EVERY_PORT:
            return None
        raise InvalidArgumentError(
            f"Protocol {protocol.value} has no ports.",
            field="port",
            remedy="Leave `port` out, or set `protocol` to tcp or udp.",
        )

    def check_family(self, sources: Iterable[str]) -> None:
        """InvalidArgumentError where no traffic of the protocol can come from one of the sources,
        canonical CIDRs: a rule would be there and let nothing in."""
        if self.checked_protocol() not in _OTHER_FAMILY:
            return
        family, problem = _OTHER_FAMILY[self.checked_protocol()]
        odd = next((each for each in sources if ip_network(each).version == family), None)
        if odd is not None:
            raise InvalidArgumentError(
                problem.format(odd),
                field="protocol",
                remedy="Use `icmp` for IPv4 sources and `icmpv6` for IPv6 ones, each by itself.",
            )

    def _check_types(self, protocol: IpProtocol) -> None:
        if protocol not in WITH_TYPES and (self.icmp_type, self.icmp_code) != (None, None):
            raise InvalidArgumentError(
                f"ICMP types and codes mean nothing for protocol {protocol.value}.",
                field="icmp_type" if self.icmp_type is not None else "icmp_code",
                remedy="Leave them out, or set `protocol` to icmp or icmpv6.",
            )
        if self.icmp_code is not None and self.icmp_type is None:
            raise InvalidArgumentError(
                "An ICMP code without a type means nothing.",
                field="icmp_code",
                remedy="Give `icmp_type` too, or leave `icmp_code` out.",
            )


class DoorArguments(Door, AwsArguments):
    """Base of requests about one door of a target."""
