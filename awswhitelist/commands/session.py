"""The configuration and the operations of one command, loaded when a command needs them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from awswhitelist.application import Surroundings, load_tools, sandboxed
from awswhitelist.commands.host import Host
from awswhitelist.commands.terminal import is_terminal
from awswhitelist.config import Config, load_config
from awswhitelist.config import LoggingConfig as Logging
from awswhitelist.logging_config import configure_logging
from awswhitelist.mcp.registry import ToolSpec
from awswhitelist.redaction import known_secrets


@dataclass(frozen=True, slots=True)
class Place:
    """Which configuration and which AWS a command is about."""

    config_file: Path | None = None
    sandbox: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """The operations of this command by their names, and the configuration they follow."""

    config: Config
    tools: Mapping[str, ToolSpec]


def load_settings(place: Place, host: Host) -> Config:
    """The configuration, with logs on standard error set up as it says.

    Raises ConfigurationError.
    """
    config = load_config(place.config_file, host.environ)
    configure_logging(quieter(config.logging), sys.stderr, secrets=known_secrets(host.environ))
    return config


def quieter(settings: Logging) -> Logging:
    """Logging for a command: its output says what was done, so that only what is wrong is logged,
    unless more was asked for or a file is kept; in words where a person reads it."""
    if settings.file is not None:
        return settings
    changes: dict[str, object] = {}
    defaults = Logging.model_construct()
    if settings.level is defaults.level:
        changes["level"] = type(settings.level).WARNING
    if is_terminal(sys.stderr):
        changes["format"] = type(settings.format).TEXT
    return settings.model_copy(update=changes)


def open_session(place: Place, host: Host) -> Session:
    """Everything that an operation needs. Raises ConfigurationError."""
    settings = load_settings(place, host)
    config = sandboxed(settings) if place.sandbox else settings
    surroundings = Surroundings(host.principal(), host.environ)
    specs = load_tools(config, surroundings, sandbox=place.sandbox)
    return Session(config, {spec.name: spec for spec in specs})
