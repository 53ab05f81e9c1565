"""The configuration: its sections, and :func:`load_config`, the one reader of the environment.

Sources, weakest first: the defaults here, the JSON file, ``AWSWHITELIST_<SECTION>__<FIELD>``
variables. The policy and the state directory cannot be set by variables; the operator's policy
file is the upper bound of the policy in force.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import partial, reduce
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from awswhitelist import config_sources as sources
from awswhitelist.constants import WELL_KNOWN_PORTS
from awswhitelist.exceptions import ConfigurationError, InvalidArgumentError
from awswhitelist.model_parsing import parse_model, stated
from awswhitelist.models import Frozen
from awswhitelist.policy_config import (
    AllowDeny,
    ApprovalConfig,
    ApprovalFallback,
    ApprovalReason,
    Count,
    PolicyConfig,
    RegionEntry,
    Switch,
)
from awswhitelist.policy_meet import meet
from awswhitelist.profiles_config import CredentialSource, ProfileConfig, Profiles
from awswhitelist.validators import ALL_PORTS, LAST_PORT, parse_ports

__all__ = [
    "AllowDeny",
    "ApprovalConfig",
    "ApprovalFallback",
    "ApprovalReason",
    "AuditConfig",
    "AwsConfig",
    "Config",
    "CredentialSource",
    "DefaultsConfig",
    "LoggingConfig",
    "PolicyConfig",
    "ProfileConfig",
    "PublicIpConfig",
    "SandboxConfig",
    "ServerConfig",
    "StateConfig",
    "load_config",
]

OPERATOR_POLICY = Path("/etc/awswhitelist/policy.json")
PLACEHOLDERS = frozenset({"owner", "reason", "ticket", "date", "expires", "port", "target"})

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


Seconds = Annotated[float, Field(strict=True, gt=0, le=86400, allow_inf_nan=False)]
Text = Annotated[str, Field(strict=True, min_length=1)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
PortNumber = Annotated[int, Field(strict=True, ge=1, le=LAST_PORT)]


# A section that is not given is made by ``model_construct``. pydantic checks no defaults in any
# case; in this way it builds nothing to check with either, where there is nothing else to check.


class ServerConfig(Frozen):
    """The MCP server. Timeouts are seconds; ``remote`` says that it runs for somebody else."""

    workers: Annotated[int, Field(strict=True, ge=1, le=128)] = 8
    queue: Count = 256
    max_line_bytes: Annotated[int, Field(strict=True, ge=1024)] = 4 * 1024 * 1024
    call_timeout: Seconds = 60.0
    drain_seconds: Seconds = 10.0
    remote: Switch = False


class AwsConfig(Frozen):
    """How AWS is called. Timeouts are seconds; ``max_attempts`` counts the first one.

    ``total_timeout`` is for one call with all of its attempts: none begins after it.
    ``model_cache`` is the directory of trimmed service models; ``false`` keeps and uses none.
    """

    endpoint_url: Annotated[Text, AfterValidator(_url)] | None = None
    connect_timeout: Seconds = 5.0
    read_timeout: Seconds = 20.0
    total_timeout: Seconds = 45.0
    max_attempts: Annotated[int, Field(strict=True, ge=1, le=20)] = 5
    model_cache: AbsolutePath | Literal[False] | None = None


class DefaultsConfig(Frozen):
    """What a call that says nothing means."""

    profile: Text | None = None
    region: RegionEntry | None = None
    port: Annotated[int, Field(strict=True)] | Text | None = None
    owner: Text | None = None
    description_template: Annotated[Text, AfterValidator(_template)] = (
        "awswhitelist: {owner} until {expires} {reason}"
    )


class AuditConfig(Frozen):
    """The audit log; without a ``path`` it is ``audit.jsonl`` in the state directory."""

    path: AbsolutePath | None = None
    max_bytes: Annotated[int, Field(strict=True, ge=4096)] = 10 * 1024 * 1024


class StateConfig(Frozen):
    """Where keys, spent approvals and locks are kept (mode 0700)."""

    directory: AbsolutePath


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
    """The log on standard error."""

    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.JSON


class PublicIpConfig(Frozen):
    """Who is asked for our public address.

    Each of ``sources`` answers with the address alone and is asked over IPv4 and over IPv6;
    ``agree`` of them must say the same. ``timeout`` is seconds for all of them together.
    """

    sources: Annotated[
        tuple[Annotated[Text, AfterValidator(_safe_url)], ...], Field(min_length=1, max_length=8)
    ] = ("https://checkip.global.api.aws", "https://api64.ipify.org", "https://icanhazip.com")
    agree: Count = 2
    timeout: Seconds = 3.0

    @model_validator(mode="after")
    def _enough_sources(self) -> PublicIpConfig:
        if self.agree > len(set(self.sources)):
            raise stated("must have at least as many different sources as must agree")
        return self


class SandboxConfig(Frozen):
    """The embedded AWS; ``latency_ms`` is how long each of its calls takes at least."""

    latency_ms: Annotated[int, Field(strict=True, ge=0, le=60_000)] = 0


class _Sections(Frozen):
    """What stands in a config file, the policy apart."""

    server: ServerConfig = Field(default_factory=ServerConfig.model_construct)
    aws: AwsConfig = Field(default_factory=AwsConfig.model_construct)
    defaults: DefaultsConfig = Field(default_factory=DefaultsConfig.model_construct)
    profiles: Profiles = Field(default_factory=dict)
    ports: Mapping[Annotated[str, AfterValidator(_port_name)], PortNumber] = Field(
        default_factory=dict
    )
    audit: AuditConfig = Field(default_factory=AuditConfig.model_construct)
    state: StateConfig
    logging: LoggingConfig = Field(default_factory=LoggingConfig.model_construct)
    public_ip: PublicIpConfig = Field(default_factory=PublicIpConfig.model_construct)
    sandbox: SandboxConfig = Field(default_factory=SandboxConfig.model_construct)

    @property
    def port_names(self) -> Mapping[str, int]:
        """Well-known and configured port names; a configured one wins."""
        return WELL_KNOWN_PORTS | dict(self.ports)


class _ConfigFile(_Sections):
    """A config file; its policy is read apart, because a wrong one must not stop reads."""

    policy: Any = None


class Config(_Sections):
    """Everything that is set.

    ``policy`` is the one in force. ``policy_error`` says why a policy could not be read: nothing
    may be changed then. ``policy_files`` are the operator's files; without any, the user is the
    operator.
    """

    policy: PolicyConfig = Field(default_factory=PolicyConfig.model_construct)
    policy_error: str | None = None
    policy_files: tuple[Path, ...] = ()

    @property
    def audit_path(self) -> Path:
        """Where the audit log is."""
        return self.audit.path or self.state.directory / "audit.jsonl"


def load_config(
    path: Path | None, environ: Mapping[str, str], *, operator_policy: Path = OPERATOR_POLICY
) -> Config:
    """The configuration in force.

    ``path`` is a file that must exist; without it ``AWSWHITELIST_CONFIG`` names one, else
    ``awswhitelist/config.json`` in the user's configuration directory is read if it is there.
    ``operator_policy`` bounds the policy if it exists; so does the file that
    ``AWSWHITELIST_POLICY`` names, which must exist. Raises ConfigurationError for anything wrong
    but a policy: that is told by ``policy_error``.
    """
    data = sources.read_settings(path, environ)
    data = sources.with_variables(data, environ, sources.section_fields(_Sections))
    file = _checked(data, environ)
    files = sources.policy_files(operator_policy, environ)
    policy, problem = _policy_in_force(file.policy, files)
    sections = {name: getattr(file, name) for name in _Sections.model_fields}
    return Config.model_construct(
        **sections, policy=policy, policy_error=problem, policy_files=files
    )


def _checked(given: Mapping[str, Any], environ: Mapping[str, str]) -> _ConfigFile:
    data = sources.with_directories(given, environ)
    if not given and (file := _all_defaults(data)):
        return file
    file = parse_model(_ConfigFile, data, error=ConfigurationError, noun="setting")
    _check_default_port(file)
    return file


def _all_defaults(directories: Mapping[str, Mapping[str, str]]) -> _ConfigFile | None:
    """The configuration where nothing is given, unchecked; None if a usual directory is unusable.

    What pydantic needs for checking takes longer to build than all else before the handshake.
    """
    places = {
        section: {name: Path(place) for name, place in fields.items()}
        for section, fields in directories.items()
    }
    usable = all(place.is_absolute() for fields in places.values() for place in fields.values())
    if not usable or "directory" not in places["state"]:
        return None
    return _ConfigFile.model_construct(
        state=StateConfig.model_construct(directory=places["state"]["directory"]),
        aws=AwsConfig.model_construct(model_cache=places["aws"].get("model_cache")),
    )


def _check_default_port(file: _Sections) -> None:
    if file.defaults.port is None:
        return
    try:
        parse_ports(file.defaults.port, file.port_names, field="defaults.port")
    except InvalidArgumentError as error:
        raise ConfigurationError(error.summary, field=error.field, remedy=error.remedy) from error


def _policy_in_force(own: Any, files: tuple[Path, ...]) -> tuple[PolicyConfig, str | None]:
    """The meet of the operator's files and the user's own section.

    Where one of them cannot be read, the reason, and a policy that permits reading alone: as far
    as the others do, so that no mistake in a user's section lifts the operator's bounds.
    """
    readers = [partial(_operators, file) for file in files]
    readers += [] if own is None else [partial(_policy, own, "policy")]
    policies, problems = [], []
    for read in readers:
        try:
            policies.append(read())
        except ConfigurationError as error:
            problems.append(f"{error.summary} {error.remedy}")
            policies.append(PolicyConfig(read_only=True))
    policy = reduce(meet, policies or [PolicyConfig.model_construct()])
    return policy, problems[0] if problems else None


def _operators(file: Path) -> PolicyConfig:
    return _policy(sources.read_operator_policy(file), "policy file")


def _policy(data: Any, at: str) -> PolicyConfig:
    return parse_model(PolicyConfig, data, error=ConfigurationError, noun="setting", at=at)
