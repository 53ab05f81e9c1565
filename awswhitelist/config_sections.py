"""The sections of the configuration, the policy and the profiles apart: data and their checks."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from awswhitelist.constants import WELL_KNOWN_PORTS
from awswhitelist.model_parsing import stated
from awswhitelist.models import Frozen
from awswhitelist.policy_config import Count, Duration, Switch
from awswhitelist.profiles_config import Profiles, RegionName
from awswhitelist.validators import ALL_PORTS, LAST_PORT

PLACEHOLDERS = frozenset({"owner", "reason", "ticket", "date", "expires", "port", "target"})

SHORTEST_SWEEP = timedelta(minutes=1)
LONGEST_SWEEP = timedelta(days=1)

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[^\s/@:?#]+)(:[0-9]+)?(/\S*)?", re.I
)
_LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|\[::1\]")
_PORT_NAME = re.compile(r"[a-z][a-z0-9_-]*")


def _url(value: str) -> str:
    if not _URL.fullmatch(value):
        raise stated("must be an http or https URL without a user name")
    return value


def _safe_url(value: str) -> str:
    found = _URL.fullmatch(value)
    if not found or (found["scheme"].lower() != "https" and not _LOOPBACK.fullmatch(found["host"])):
        raise stated("must be an https URL (http is for loopback addresses alone)")
    return value


def _absolute(value: Path) -> Path:
    if not value.is_absolute():
        raise stated("must be an absolute path, or begin with ~/")
    try:
        usable = b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        usable = False
    if not usable:
        raise stated("must be a path that a file can have")
    return value


def _template(value: str) -> str:
    try:
        fields = [part[1:] for part in Formatter().parse(value) if part[1] is not None]
    except ValueError:
        raise stated("must have its braces in pairs, as in `{reason}`") from None
    if any(name not in PLACEHOLDERS or spec or conversion for name, spec, conversion in fields):
        known = ", ".join(sorted(PLACEHOLDERS))
        raise stated(f"must have no placeholders but these: {known}")
    return value


def _port_name(value: str) -> str:
    if not _PORT_NAME.fullmatch(value) or value == ALL_PORTS:
        raise stated("must be named in lower-case letters, digits, `-` and `_`")
    return value


def _interval(value: timedelta) -> timedelta:
    if not SHORTEST_SWEEP <= value <= LONGEST_SWEEP:
        raise stated("must be at least 1m and at most 24h")
    return value


Seconds = Annotated[float, Field(strict=True, gt=0, le=86400, allow_inf_nan=False)]
Text = Annotated[str, Field(strict=True, min_length=1)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
PortNumber = Annotated[int, Field(strict=True, ge=1, le=LAST_PORT)]
LogBytes = Annotated[int, Field(strict=True, ge=4096)]


# A section that is not given is made by ``model_construct``. pydantic checks no defaults in any
# case; in this way it builds nothing to check with either, where there is nothing else to check.


class ServerConfig(Frozen):
    """The MCP server."""

    workers: Annotated[int, Field(strict=True, ge=1, le=128)] = Field(
        default=8, description="How many calls are served side by side."
    )
    queue: Count = Field(
        default=256, description="How many calls more may wait; beyond that they are refused."
    )
    max_line_bytes: Annotated[int, Field(strict=True, ge=1024)] = Field(
        default=4 * 1024 * 1024, description="The longest message that is read, in bytes."
    )
    call_timeout: Seconds = Field(
        default=60.0, description="Seconds after which a call is given up."
    )
    bulk_timeout: Seconds = Field(
        default=300.0, description="Seconds after which a bulk call is given up."
    )
    drain_seconds: Seconds = Field(
        default=10.0, description="Seconds that calls in flight have left when the server stops."
    )
    warm_up: Switch = Field(
        default=True,
        description="What the first call needs is loaded beforehand, once nothing else is to do.",
    )
    remote: Switch = Field(
        default=False,
        description="The server runs for somebody else, so `me` would be the wrong address and "
        "is refused.",
    )


class AwsConfig(Frozen):
    """How AWS is called."""

    endpoint_url: Annotated[Text, AfterValidator(_url)] | None = Field(
        default=None, description="Where all calls go instead of AWS, for a stand-in of AWS."
    )
    connect_timeout: Seconds = Field(
        default=5.0, description="Seconds in which a connection must be made."
    )
    read_timeout: Seconds = Field(
        default=20.0, description="Seconds in which an answer must begin."
    )
    total_timeout: Seconds = Field(
        default=45.0,
        description="Seconds for one call with all of its attempts: none begins after them.",
    )
    max_attempts: Annotated[int, Field(strict=True, ge=1, le=20)] = Field(
        default=5, description="How often a call is tried, the first time counted."
    )
    model_cache: AbsolutePath | Literal[False] | None = Field(
        default=None,
        description="The directory of trimmed service models, which make the first call quick; "
        "`false` keeps and uses none. Usually `awswhitelist` in the user's cache directory.",
    )


class DefaultsConfig(Frozen):
    """What a call that says nothing means."""

    profile: Text | None = Field(
        default=None, description="The credential profile; else AWS's standard chain."
    )
    region: RegionName | None = Field(
        default=None, description="The AWS region; else what the environment of AWS's tools says."
    )
    port: Annotated[int, Field(strict=True)] | Text | None = Field(
        default=None,
        description="The port, where the resource has none of its own: a number, a range or a "
        "name.",
    )
    owner: Text | None = Field(default=None, description="Who access belongs to; else the user.")
    description_template: Annotated[Text, AfterValidator(_template)] = Field(
        default="awswhitelist: {owner} until {expires} {reason}",
        description="The description of a rule. Placeholders: `{owner}`, `{reason}`, `{ticket}`, "
        "`{date}`, `{expires}`, `{port}`, `{target}`.",
    )


class ExpiryConfig(Frozen):
    """How access is ended when its time is over."""

    sweep_interval: Annotated[Duration, AfterValidator(_interval)] = Field(
        default=timedelta(minutes=15),
        description="How often this machine's timer runs `sweep-expired`. A sweep that is three "
        "of these late no longer counts as something that ends access.",
    )


class AuditConfig(Frozen):
    """The audit log."""

    path: AbsolutePath | None = Field(
        default=None, description="The file; else `audit.jsonl` in the state directory."
    )
    max_bytes: LogBytes = Field(
        default=10 * 1024 * 1024,
        description="The size at which the file is put aside; none is ever deleted.",
    )


class StateConfig(Frozen):
    """Where keys, spent approvals and locks are kept."""

    directory: AbsolutePath = Field(
        description="The state directory (mode 0700). Usually `awswhitelist` in the user's state "
        "directory."
    )


class LogLevel(StrEnum):
    """The least severe level that is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class LogFormat(StrEnum):
    """One JSON object a line, or one line for people."""

    JSON = "json"
    TEXT = "text"


class LoggingConfig(Frozen):
    """The log."""

    level: LogLevel = Field(
        default=LogLevel.INFO, description="What is less severe than this is not logged."
    )
    format: LogFormat = Field(
        default=LogFormat.JSON,
        description="`json`: one object a line; `text`: one line for people.",
    )
    file: AbsolutePath | None = Field(
        default=None, description="The file that is logged to, instead of standard error."
    )
    max_bytes: LogBytes = Field(
        default=10 * 1024 * 1024, description="The size at which the file is put aside."
    )
    backups: Annotated[int, Field(strict=True, ge=0, le=1000)] = Field(
        default=5,
        description="How many files put aside are kept (`.1` is the newest); 0 keeps none.",
    )


class PublicIpConfig(Frozen):
    """Who is asked for our own public address."""

    sources: Annotated[
        tuple[Annotated[Text, AfterValidator(_safe_url)], ...], Field(min_length=1, max_length=8)
    ] = Field(
        default=(
            "https://checkip.global.api.aws",
            "https://api64.ipify.org",
            "https://icanhazip.com",
        ),
        description="The services, which answer with the address alone; each is asked over IPv4 "
        "and over IPv6.",
    )
    agree: Count = Field(default=2, description="How many of them must say the same.")
    timeout: Seconds = Field(default=3.0, description="Seconds for all of them together.")

    @model_validator(mode="after")
    def _enough_sources(self) -> PublicIpConfig:
        if self.agree > len(set(self.sources)):
            raise stated("must have at least as many different sources as must agree")
        return self


class SandboxConfig(Frozen):
    """The embedded AWS."""

    latency_ms: Annotated[int, Field(strict=True, ge=0, le=60_000)] = Field(
        default=0, description="How long each of its calls takes at least, in milliseconds."
    )


class Sections(Frozen):
    """What stands in a config file, the policy apart."""

    server: ServerConfig = Field(default_factory=ServerConfig.model_construct)
    aws: AwsConfig = Field(default_factory=AwsConfig.model_construct)
    defaults: DefaultsConfig = Field(default_factory=DefaultsConfig.model_construct)
    profiles: Profiles = Field(
        default_factory=dict, description="Credential profiles by name: which identity a call uses."
    )
    ports: Mapping[Annotated[str, AfterValidator(_port_name)], PortNumber] = Field(
        default_factory=dict,
        description="Names of ports, besides the well-known ones; a name given here wins.",
    )
    expiry: ExpiryConfig = Field(default_factory=ExpiryConfig.model_construct)
    audit: AuditConfig = Field(default_factory=AuditConfig.model_construct)
    state: StateConfig
    logging: LoggingConfig = Field(default_factory=LoggingConfig.model_construct)
    public_ip: PublicIpConfig = Field(default_factory=PublicIpConfig.model_construct)
    sandbox: SandboxConfig = Field(default_factory=SandboxConfig.model_construct)

    @property
    def port_names(self) -> Mapping[str, int]:
        """Well-known and configured port names; a configured one wins."""
        return WELL_KNOWN_PORTS | dict(self.ports)
