"""The arguments that operations share, and how their texts are read."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from awswhitelist.config import Config
from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.models import AwsCredentials, IpProtocol, ResourceType
from awswhitelist.resources.references import clean_target
from awswhitelist.validators import (
    LAST_PORT,
    check_region,
    parse_duration,
    parse_network,
    parse_ports,
    parse_protocol,
)

EVERY_PORT = (0, LAST_PORT)
WITH_PORTS = (IpProtocol.TCP, IpProtocol.UDP)
MOST_SOURCES = 60
"""More sources than the default quota of rules in a group cannot be added at once."""

Text = Annotated[str, Field(max_length=255)]
LONGEST_TARGET = 1024
"""Connection strings are long."""

Target = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_TARGET,
        description="Id, name, ARN or endpoint: security group, instance, database, cache, "
        "load balancer.",
    ),
    # At once, before anything keeps or shows it: it may hold a password.
    AfterValidator(clean_target),
]
TypeOfResource = Annotated[
    str, Field(json_schema_extra={"enum": [kind.value for kind in ResourceType]})
]
Source = Annotated[
    str | list[str],
    Field(description='IPv4/IPv6 address or CIDR, a list of them, or "me".'),
]
Port = Annotated[
    int | str,
    Field(description='Number, range "8000-8100", name ("ssh", "postgresql") or "all".'),
]
Protocol = Annotated[
    str, Field(json_schema_extra={"enum": [protocol.value for protocol in IpProtocol]})
]
Limit = Annotated[int, Field(ge=1, le=1000)]
Cursor = Annotated[str, Field(max_length=1024)]
DEFAULT_LIMIT = 20
DryRun = Annotated[bool, Field(description="Show the plan, change nothing.")]
ApprovalToken = Annotated[
    str, Field(max_length=4096, description="Token of an approval_required answer.")
]


def _sendable(keys: AwsCredentials) -> AwsCredentials:
    """Keys that can stand in the headers of a request; others fail as if AWS were unreachable."""
    for name, value in keys:
        text = value.get_secret_value() if value is not None else "-"
        if not text.isascii() or not text.isprintable() or " " in text:
            raise InvalidArgumentError(
                f"`credentials.{name}` holds what no AWS key has: a blank or a special character.",
                field=f"credentials.{name}",
                remedy="Pass the keys as AWS gave them.",
            )
    return keys


class Arguments(BaseModel):
    """Base of all request models: unknown arguments are errors, types are not guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class AwsArguments(Arguments):
    """Where a call goes."""

    profile: Annotated[Text | None, Field(description="Credential profile.")] = None
    region: Annotated[Text | None, Field(description="AWS region.")] = None
    # Only where policy allows it is this part of the schema: see tools/binding.py.
    credentials: Annotated[
        Annotated[AwsCredentials, AfterValidator(_sendable)] | None,
        Field(description="AWS keys to use instead of a profile."),
    ] = None

    def checked_region(self) -> str | None:
        """The region given, if it looks like one. InvalidArgumentError if not."""
        return None if self.region is None else check_region(self.region)


class ChangeArguments(AwsArguments):
    """How a change is made."""

    dry_run: DryRun = False
    approval: ApprovalToken | None = None

    def bound_arguments(self) -> dict[str, Any]:
        """The arguments that an approval of this call is bound to."""
        unbound = {"approval", "dry_run", "credentials"}
        return self.model_dump(mode="json", exclude=unbound, exclude_none=True)


def read_sources(source: str | list[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and CIDRs as networks, each once. InvalidArgumentError names the bad one."""
    texts = [source] if isinstance(source, str) else source
    if not texts:
        raise InvalidArgumentError(
            "`source` is an empty list.", field="source", remedy="Name at least one address."
        )
    if len(texts) > MOST_SOURCES:
        raise InvalidArgumentError(
            f"`source` has {len(texts)} entries; at most {MOST_SOURCES} are possible.",
            field="source",
            remedy="Split the call, or name networks that hold the addresses.",
        )
    networks = (_read_source(source, index) for index, source in _numbered(source, texts))
    return tuple(dict.fromkeys(networks))


def _numbered(source: str | list[str], texts: list[str]) -> list[tuple[int | None, str]]:
    alone = isinstance(source, str)
    return [(None if alone else index, text) for index, text in enumerate(texts)]


def _read_source(text: str, index: int | None) -> IPv4Network | IPv6Network:
    return parse_network(text, field="source" if index is None else f"source[{index}]")


def read_ports(port: int | str | None, config: Config) -> tuple[int, int] | None:
    """An inclusive range; None where none is given."""
    if port is None:
        return None
    return parse_ports(port, config.port_names) or EVERY_PORT


def read_protocol(protocol: str) -> IpProtocol:
    """The protocol of an argument. InvalidArgumentError."""
    return parse_protocol(protocol)


def read_lifetime(expires_in: str | None, config: Config) -> timedelta | None:
    """How long access lasts; None for "never". Left out: ``policy.default_ttl``."""
    return config.policy.default_ttl if expires_in is None else parse_duration(expires_in)
