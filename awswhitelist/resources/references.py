"""What a target's text says by its shape alone: an id, an ARN, an endpoint, or just a name. Pure.

People paste what they have: connection strings too. What is not host and port is thrown away at
once (:func:`clean_target`), for it may hold a password.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address

from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.models import Frozen, ResourceType
from awswhitelist.resources.arns import read_arn
from awswhitelist.resources.hosts import Geography, read_host
from awswhitelist.text import near_miss, printable
from awswhitelist.validators import LAST_PORT, check_region, looks_like_group_id

TYPE_WORDS: dict[ResourceType, str] = {
    ResourceType.SECURITY_GROUP: "security group",
    ResourceType.INSTANCE: "EC2 instance",
    ResourceType.NETWORK_INTERFACE: "network interface",
    ResourceType.RDS: "RDS database",
    ResourceType.ELASTICACHE: "ElastiCache cache",
    ResourceType.LOAD_BALANCER: "load balancer",
}

_SCHEME = re.compile(r"(?:jdbc:)?[A-Za-z][A-Za-z0-9+.-]*://|jdbc:(?:[a-z]+:)+(?=//|@|\w)")
_PLACE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?::([0-9]{1,5})(?=[/:?#]|$)|(?=[/?#]|$))")
"""A host and its port, up to where a path begins or (Oracle's SID) another colon."""

_NAMED_SECRET = re.compile(r"(?i)\b(?:pass(?:word|wd|phrase)?|pwd|secret|token)\s*=")
_DOTTED = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){3,}\.?(?::[0-9]{1,5})?(?:/.*)?")
_ID = re.compile(r"(i|eni)-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_ID_TYPES = {"i": ResourceType.INSTANCE, "eni": ResourceType.NETWORK_INTERFACE}

_NAMES: tuple[tuple[ResourceType, re.Pattern[str]], ...] = (
    (ResourceType.SECURITY_GROUP, re.compile(r".*", re.DOTALL)),
    (ResourceType.INSTANCE, re.compile(r".*\S.*", re.DOTALL)),
    (ResourceType.RDS, re.compile(r"(?!.{64})[A-Za-z](?:-?[A-Za-z0-9])*")),
    (ResourceType.ELASTICACHE, re.compile(r"(?!.{51})[A-Za-z](?:-?[A-Za-z0-9])*")),
    (ResourceType.LOAD_BALANCER, re.compile(r"(?!.{33})[A-Za-z0-9](?:-*[A-Za-z0-9])*")),
)
"""What a name of each type may look like: services that cannot have it are not asked, because they
refuse to look for one that is too long.

Sources: API references of CreateDBInstance, CreateReplicationGroup, CreateLoadBalancer.
"""


class Form(StrEnum):
    """How a target names what it means."""

    ID = "id"
    ARN = "arn"
    ENDPOINT = "endpoint"
    ADDRESS = "address"
    NAME = "name"


class Reference(Frozen):
    """A target as far as its text goes.

    ``types`` are those that it may name. ``name`` is what services are asked for, ``host`` and
    ``arn`` what the answer must have; ``region`` and ``account`` are where the text says that it
    is, ``port`` the one that stands in it.
    """

    text: str
    form: Form
    types: tuple[ResourceType, ...]
    name: str = ""
    host: str | None = None
    arn: str | None = None
    region: str | None = None
    account: str | None = None
    port: int | None = None


def read_reference(
    text: str, resource_type: ResourceType | None, geography: Geography
) -> Reference:
    """What ``text`` may name. ``resource_type`` narrows it.

    InvalidArgumentError: for an ARN or endpoint of something that has no security groups, and
    where ``resource_type`` is not what the text names.
    """
    cleaned = clean_target(text)
    read = (reader(cleaned, geography) for reader in _READERS)
    reference = next((each for each in read if each is not None), _name(cleaned))
    return reference if resource_type is None else _narrowed(reference, resource_type)


def region_of(reference: Reference, region: str | None) -> str | None:
    """The region of a call that names ``region`` or none: the text of a target may say it too.

    InvalidArgumentError where the two disagree.
    """
    if reference.region is None or region in (None, reference.region):
        return reference.region or region
    raise InvalidArgumentError(
        f"The target is in {reference.region}, but `region` is {region}.",
        field="region",
        remedy="Leave `region` out, or name a target of that region.",
    )


def clean_target(text: str) -> str:
    """``text`` without anything that only a connection needs: user, password, database, options.

    What is no URL and has no user in it is returned as it is, stripped. InvalidArgumentError
    (which repeats nothing) for blanks alone, where a URL cannot be read, and for settings in pairs
    (``Server=db;Password=...``).
    """
    stripped = text.strip()
    if not stripped:
        raise InvalidArgumentError(
            "`target` is blank.", field="target", remedy="Name what is to be reached."
        )
    scheme = _SCHEME.match(stripped)
    if scheme is None and not _has_user(stripped):
        if _NAMED_SECRET.search(stripped):
            raise _no_host()
        return stripped
    rest = stripped[scheme.end() :] if scheme else stripped
    before_options = re.split(r"[?;]", rest, maxsplit=1)[0]
    # The last @, wherever it is: a password may hold / and @ that nobody has encoded.
    place = _PLACE.match(before_options.rpartition("@")[2].removeprefix("//"))
    # An @ among the options means that a password may have begun where the host should be.
    if place is None or ("@" in rest and "@" not in before_options):
        raise _no_host()
    host, port = place.groups()
    return f"{host}:{port}" if port else host


def _no_host() -> InvalidArgumentError:
    return InvalidArgumentError(
        "`target` looks like a connection string, but no host can be read from it.",
        field="target",
        remedy="Pass only the host and port, for example db.example.com:5432.",
    )


def read_resource_type(text: str | None) -> ResourceType | None:
    """The type of that name. InvalidArgumentError."""
    if text is None:
        return None
    name = text.strip().lower()
    if name in set(ResourceType):
        return ResourceType(name)
    meant = near_miss(name, ResourceType)
    hint = f'Write "{meant}". ' if meant else ""
    known = ", ".join(f'"{kind}"' for kind in ResourceType)
    raise InvalidArgumentError(
        f"{printable(name)!r} is not a type of resource.",
        field="resource_type",
        remedy=f"{hint}Types are {known}.",
    )


def _has_user(text: str) -> bool:
    """Whether there is a user before a host: ``ec2-user@host``, ``user:password@host``.

    A security group's name may hold an @ too; what follows that has no such dots.
    """
    user, at, host = text.rpartition("@")
    return bool(at) and (":" in user or _DOTTED.fullmatch(host) is not None)


def _arn(text: str, _geography: Geography) -> Reference | None:
    arn = read_arn(text)
    if arn is None:
        return None
    if arn.resource_type is None:
        raise _no_groups("That ARN")
    form = Form.ID if _is_id(arn.name) else Form.ARN
    return Reference(
        text=text,
        form=form,
        types=(arn.resource_type,),
        name=arn.name,
        arn=text if form is Form.ARN else None,
        region=check_region(arn.region, field="target"),
        account=arn.account or None,
    )


def _id(text: str, _geography: Geography) -> Reference | None:
    if looks_like_group_id(text):
        return Reference(text=text, form=Form.ID, types=(ResourceType.SECURITY_GROUP,), name=text)
    match = _ID.fullmatch(text)
    if match is None:
        return None
    return Reference(text=text, form=Form.ID, types=(_ID_TYPES[match.group(1)],), name=text)


def _endpoint(text: str, geography: Geography) -> Reference | None:
    place = _PLACE.match(text)
    if place is None or "." not in place.group(1):
        return None
    host = read_host(place.group(1), geography)
    if host is None:
        return None
    if host.service:
        raise _not_asked(host.service)
    if host.resource_type is None:
        raise _no_groups("That endpoint")
    return Reference(
        text=text,
        form=Form.ENDPOINT,
        types=(host.resource_type,),
        name=host.name,
        host=host.host,
        region=host.region,
        port=_port(place.group(2)),
    )


def _address(text: str, _geography: Geography) -> Reference | None:
    host, _, port = text.partition(":")
    try:
        address = IPv4Address(host)
    except AddressValueError:
        return None
    return Reference(
        text=text,
        form=Form.ADDRESS,
        types=(ResourceType.NETWORK_INTERFACE,),
        name=str(address),
        port=_port(port or None),
    )


def _name(text: str) -> Reference:
    types = tuple(kind for kind, shape in _NAMES if shape.fullmatch(text))
    return Reference(text=text, form=Form.NAME, types=types, name=text)


_READERS: tuple[Callable[[str, Geography], Reference | None], ...] = (
    _arn,
    _id,
    _address,
    _endpoint,
)
"""Tried in this order; what none of them reads is a name."""


def _narrowed(reference: Reference, resource_type: ResourceType) -> Reference:
    if resource_type in reference.types:
        return reference.model_copy(update={"types": (resource_type,)})
    raise InvalidArgumentError(
        f"{printable(reference.text)!r} cannot be the {reference.form.value} of a "
        f"{TYPE_WORDS[resource_type]}.",
        field="resource_type",
        remedy="Leave `resource_type` out, or name a target of that type.",
    )


def _is_id(name: str) -> bool:
    return looks_like_group_id(name) or _ID.fullmatch(name) is not None


def _port(text: str | None) -> int | None:
    if not text:
        return None
    if text.isdecimal() and 1 <= int(text) <= LAST_PORT:
        return int(text)
    raise InvalidArgumentError(
        "The port in `target` is no port.",
        field="target",
        remedy=f"Ports are 1 to {LAST_PORT}.",
    )


def _not_asked(service: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"That is an endpoint of {service}, whose security groups are not looked up here.",
        field="target",
        remedy="Look its security group up in AWS, and name that group as `target`, with a `port`.",
    )


def _no_groups(what: str) -> InvalidArgumentError:
    known = ", ".join(f"{words}s" for words in TYPE_WORDS.values())
    return InvalidArgumentError(
        f"{what} names something that has no security groups here.",
        field="target",
        remedy=f"Name one of these: {known}.",
    )
