"""What is in force, and where each value of it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from awswhitelist import config_sources as sources
from awswhitelist.config import OPERATOR_POLICY, Config, load_config
from awswhitelist.config_sections import Sections
from awswhitelist.exceptions import ConfigurationError
from awswhitelist.redaction import Redactor, known_secrets

DEFAULT = "default"

Where = tuple[str, ...]


class Origin(NamedTuple):
    """One setting: its dotted name, its value as JSON has it (secrets blanked), who set it."""

    setting: str
    value: Any
    source: str


class _Layer(NamedTuple):
    """What one source gives, as a tree of the whole configuration."""

    source: str
    data: Mapping[str, Any]


def origins(
    path: Path | None, environ: Mapping[str, str], *, operator_policy: Path = OPERATOR_POLICY
) -> tuple[Config, tuple[Origin, ...]]:
    """The configuration in force, and every setting of it with its source.

    A setting of the policy may have several sources: what is in force is what all of them allow.
    Takes and raises what :func:`load_config` does.
    """
    config = load_config(path, environ, operator_policy=operator_policy)
    layers = (*_settings(path, environ), *_operators(config.policy_files))
    in_force = config.model_dump(mode="json", exclude={"policy_error", "policy_files"})
    redactor = Redactor(known_secrets(environ))
    return config, tuple(
        Origin(".".join(where), _shown(redactor, where, value), _source(where, layers))
        for where, value in _leaves((), in_force)
    )


def _settings(path: Path | None, environ: Mapping[str, str]) -> Iterator[_Layer]:
    """The config file and the variables, weakest first."""
    file = sources.settings_file(path, environ)
    if file is not None:
        yield _Layer(f"file {sources.shown_path(file)}", sources.read_settings(file, environ))
    known = sources.section_fields(Sections)
    for name in sources.our_variables(environ):
        yield _Layer(f"variable {name}", sources.with_variables({}, {name: environ[name]}, known))


def _operators(files: tuple[Path, ...]) -> Iterator[_Layer]:
    """The operator's files; one that cannot be used has set nothing."""
    for file in files:
        try:
            data = sources.read_operator_policy(file)
        except ConfigurationError:
            continue
        yield _Layer(f"operator {sources.shown_path(file)}", {"policy": data})


def _leaves(where: Where, value: Any) -> Iterator[tuple[Where, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves((*where, name), inner)
    else:
        yield where, value


def _gives(data: Any, where: Where) -> bool:
    """Whether the data say something of that setting; a section that is no object says nothing."""
    for name in where:
        if not isinstance(data, Mapping) or name not in data:
            return False
        data = data[name]
    return True


def _source(where: Where, layers: tuple[_Layer, ...]) -> str:
    giving = [layer.source for layer in layers if _gives(layer.data, where)]
    if not giving:
        return DEFAULT
    return " and ".join(giving) if where[0] == "policy" else giving[-1]


def _shown(redactor: Redactor, where: Where, value: Any) -> Any:
    """The value without secrets: its own name decides, and its shape."""
    return redactor.value({where[-1]: value})[where[-1]]
