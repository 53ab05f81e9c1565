"""Everything that is wrong with a configuration, not just the first of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from awswhitelist import config_sources as sources
from awswhitelist.config import (
    OPERATOR_POLICY,
    ConfigFile,
    PolicyConfig,
    check_default_port,
)
from awswhitelist.config_sections import Sections
from awswhitelist.exceptions import AwsWhitelistError, ConfigurationError
from awswhitelist.model_parsing import find_problems

Problems = tuple[AwsWhitelistError, ...]


def problems_of_config(
    path: Path | None, environ: Mapping[str, str], *, operator_policy: Path = OPERATOR_POLICY
) -> Problems:
    """What is wrong with the file, the variables and the policies that ``load_config`` would read.

    Raises nothing: a file that cannot be read is a problem too.
    """
    return tuple(_of_config(path, environ, operator_policy))


def problems_of_policy(path: Path) -> Problems:
    """What is wrong with an operator's policy file, and with who may write it."""
    try:
        data = sources.read_operator_policy(path)
    except ConfigurationError as error:
        return (error,)
    return _of_policy(data, "policy file")


def _of_config(
    path: Path | None, environ: Mapping[str, str], operator_policy: Path
) -> Iterator[AwsWhitelistError]:
    settings: dict[str, Any] = {}
    try:
        settings = sources.read_settings(path, environ)
    except ConfigurationError as error:
        yield error
    variables, wrong = _variables(environ)
    yield from wrong
    settings = sources.with_variables(settings, variables, sources.section_fields(Sections))
    yield from _of_settings(sources.with_directories(settings, environ))
    if (own := settings.get("policy")) is not None:
        yield from _of_policy(own, "policy")
    for file in sources.policy_files(operator_policy, environ):
        yield from problems_of_policy(file)


def _variables(environ: Mapping[str, str]) -> tuple[dict[str, str], list[AwsWhitelistError]]:
    """The variables that set something, and what is wrong with the others."""
    known = sources.section_fields(Sections)
    good, wrong = {}, list[AwsWhitelistError]()
    for name in sources.our_variables(environ):
        only = {name: environ[name]}
        error = _raised(partial(sources.with_variables, {}, only, known))
        if error is None:
            good.update(only)
        else:
            wrong.append(error)
    return good, wrong


def _of_settings(data: Mapping[str, Any]) -> Problems:
    found = find_problems(ConfigFile, data, error=ConfigurationError, noun="setting")
    if found:
        return found
    error = _raised(lambda: check_default_port(ConfigFile.model_validate(data)))
    return () if error is None else (error,)


def _of_policy(data: Any, at: str) -> Problems:
    return find_problems(PolicyConfig, data, error=ConfigurationError, noun="setting", at=at)


def _raised(step: Callable[[], object]) -> ConfigurationError | None:
    try:
        step()
    except ConfigurationError as error:
        return error
    return None
