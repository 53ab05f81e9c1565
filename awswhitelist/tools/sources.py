"""The ``source`` argument as canonical CIDRs, ``me`` included."""

from __future__ import annotations

from awswhitelist.exceptions import MeIsTheServerError
from awswhitelist.tools.arguments import read_sources
from awswhitelist.tools.services import Services

ME = "me"


def canonical_sources(source: str | list[str], services: Services) -> tuple[str, ...]:
    """CIDRs for what was given; ``me`` is asked for outside.

    Raises InvalidArgumentError, MeIsTheServerError, PublicAddressError.
    """
    if source == ME:
        return (own_cidr(services),)
    return tuple(str(network) for network in read_sources(source))


def own_cidr(services: Services) -> str:
    """Our own public address as a CIDR: IPv4 where there is one.

    MeIsTheServerError where this process runs for somebody else; PublicAddressError.
    """
    if services.config.server.remote:
        raise MeIsTheServerError()
    found = services.addresses.find()
    return f"{found.ipv4}/32" if found.ipv4 else f"{found.ipv6}/128"
