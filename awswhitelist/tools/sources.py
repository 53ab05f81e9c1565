"""The ``source`` argument as canonical CIDRs, ``me`` included."""

from __future__ import annotations

from collections.abc import Callable

from awswhitelist.exceptions import AwsWhitelistError, MeIsTheServerError
from awswhitelist.tools.arguments import read_sources
from awswhitelist.tools.services import Services

ME = "me"


def canonical_sources(source: str | list[str], services: Services) -> tuple[str, ...]:
    """CIDRs for what was given; ``me`` is asked for outside.

    Raises InvalidArgumentError, MeIsTheServerError, PublicAddressError.
    """
    return sources_of(source, lambda: own_cidr(services))


def sources_of(source: str | list[str], me: Callable[[], str]) -> tuple[str, ...]:
    """CIDRs for what was given; ``me`` says what our own is. Raises what it raises, and
    InvalidArgumentError."""
    if source == ME:
        return (me(),)
    if isinstance(source, list) and ME in source:
        source = [me() if each == ME else each for each in source]
    return tuple(str(network) for network in read_sources(source))


def own_cidr(services: Services) -> str:
    """Our own public address as a CIDR: IPv4 where there is one.

    MeIsTheServerError where this process runs for somebody else; PublicAddressError.
    """
    if services.config.server.remote:
        raise MeIsTheServerError()
    found = services.addresses.find()
    return f"{found.ipv4}/32" if found.ipv4 else f"{found.ipv6}/128"


class OwnCidr:
    """Our own address, asked for once, however many want it and whatever came of it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._found: str | AwsWhitelistError | None = None

    def __call__(self) -> str:
        """See :func:`own_cidr`."""
        if self._found is None:
            self._found = self._find()
        if isinstance(self._found, AwsWhitelistError):
            raise self._found
        return self._found

    def _find(self) -> str | AwsWhitelistError:
        try:
            return own_cidr(self._services)
        except AwsWhitelistError as exc:
            return exc
