"""Which ports a call is about, where its caller named none. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from awswhitelist.config import DefaultsConfig
from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.models import IpProtocol
from awswhitelist.resources.detection import resource_words
from awswhitelist.resources.interface import ResolvedTarget
from awswhitelist.validators import LAST_PORT, parse_ports

EVERY_PORT = (0, LAST_PORT)
WITH_PORTS = (IpProtocol.TCP, IpProtocol.UDP)


def ports_meant(
    asked: tuple[int, int] | None,
    protocol: IpProtocol,
    found: ResolvedTarget,
    defaults: DefaultsConfig,
    port_names: Mapping[str, int],
) -> tuple[int, int] | None:
    """The ports asked for; else the one in the target's text, the resource's own, ours.

    None for a protocol without ports. InvalidArgumentError where none of these names one, where
    the resource has several, and where the target's text names one that it does not listen on.
    """
    if asked is not None or protocol not in WITH_PORTS:
        return asked
    named = found.reference.port
    if named is not None:
        _check_named(found, named, protocol)
        return named, named
    own = found.ports(protocol)
    if len(own) > 1:
        raise _several(found, own)
    if own:
        return own[0], own[0]
    return _usual(found, defaults, port_names)


def _usual(
    found: ResolvedTarget, defaults: DefaultsConfig, port_names: Mapping[str, int]
) -> tuple[int, int]:
    if defaults.port is None:
        raise InvalidArgumentError(
            f"No port is given, and {resource_words(found.found)} has none of its own.",
            field="port",
            remedy="Pass `port`, for example 443, `ssh` or `8000-8100`.",
        )
    return parse_ports(defaults.port, port_names, field="defaults.port") or EVERY_PORT


def _check_named(found: ResolvedTarget, port: int, protocol: IpProtocol) -> None:
    if not found.answers_on(port, protocol):
        known = ", ".join(str(each) for _, each in found.found.ports)
        raise InvalidArgumentError(
            f"The target says port {port}, but {resource_words(found.found)} listens on {known}.",
            field="target",
            remedy="Correct the port in `target`, or pass the one that is meant as `port`.",
        )


def _several(found: ResolvedTarget, ports: tuple[int, ...]) -> InvalidArgumentError:
    known = ", ".join(map(str, ports))
    return InvalidArgumentError(
        f"No port is given, and {resource_words(found.found)} listens on several: {known}.",
        field="port",
        remedy=f"Pass one of them as `port`: {known}.",
    )
