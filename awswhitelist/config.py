"""The configuration: its sections, and :func:`load_config`, the one reader of the environment.

Sources, weakest first: the defaults of the sections, the JSON file,
``AWSWHITELIST_<SECTION>__<FIELD>`` variables. The policy and the state directory cannot be set by
variables; the operator's policy file is the upper bound of the policy in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial, reduce
from pathlib import Path
from typing import Any

from pydantic import Field

from awswhitelist import config_sources as sources
from awswhitelist.config_sections import (
    AuditConfig,
    AwsConfig,
    DefaultsConfig,
    ExpiryConfig,
    LogFormat,
    LoggingConfig,
    LogLevel,
    PublicIpConfig,
    SandboxConfig,
    Sections,
    ServerConfig,
    StateConfig,
)
from awswhitelist.exceptions import ConfigurationError, InvalidArgumentError
from awswhitelist.model_parsing import parse_model
from awswhitelist.policy_config import (
    AllowDeny,
    ApprovalConfig,
    ApprovalFallback,
    ApprovalReason,
    PolicyConfig,
)
from awswhitelist.policy_meet import meet
from awswhitelist.profiles_config import CredentialSource, ProfileConfig
from awswhitelist.validators import parse_ports

__all__ = [
    "AllowDeny",
    "ApprovalConfig",
    "ApprovalFallback",
    "ApprovalReason",
    "AuditConfig",
    "AwsConfig",
    "Config",
    "ConfigFile",
    "CredentialSource",
    "DefaultsConfig",
    "ExpiryConfig",
    "LogFormat",
    "LogLevel",
    "LoggingConfig",
    "OPERATOR_POLICY",
    "PolicyConfig",
    "ProfileConfig",
    "PublicIpConfig",
    "SandboxConfig",
    "ServerConfig",
    "StateConfig",
    "check_default_port",
    "load_config",
]

OPERATOR_POLICY = Path("/etc/awswhitelist/policy.json")


class ConfigFile(Sections):
    """A config file; its policy is read apart, because a wrong one must not stop reads."""

    policy: Any = None


class Config(Sections):
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
    data = sources.with_variables(data, environ, sources.section_fields(Sections))
    file = _checked(data, environ)
    files = sources.policy_files(operator_policy, environ)
    policy, problem = _policy_in_force(file.policy, files)
    sections = {name: getattr(file, name) for name in Sections.model_fields}
    return Config.model_construct(
        **sections, policy=policy, policy_error=problem, policy_files=files
    )


def _checked(given: Mapping[str, Any], environ: Mapping[str, str]) -> ConfigFile:
    data = sources.with_directories(given, environ)
    if not given and (file := _all_defaults(data)):
        return file
    file = parse_model(ConfigFile, data, error=ConfigurationError, noun="setting")
    check_default_port(file)
    return file


def _all_defaults(directories: Mapping[str, Mapping[str, str]]) -> ConfigFile | None:
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
    return ConfigFile.model_construct(
        state=StateConfig.model_construct(directory=places["state"]["directory"]),
        aws=AwsConfig.model_construct(model_cache=places["aws"].get("model_cache")),
    )


def check_default_port(file: Sections) -> None:
    """Raise ConfigurationError where ``defaults.port`` is no port: its name may be configured."""
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
