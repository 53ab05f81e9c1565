"""Checking a configuration: everything that is wrong, not the first of it alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.commands.config_problems import problems_of_config, problems_of_policy
from awswhitelist.config import PolicyConfig
from awswhitelist.exceptions import ConfigurationError
from awswhitelist.model_parsing import find_problems


def _fields(folder: Path, data: object, **environ: str) -> list[str | None]:
    file = folder / "config.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data))
    found = problems_of_config(
        file, {"HOME": str(folder), **environ}, operator_policy=folder / "policy.json"
    )
    assert all(isinstance(each, ConfigurationError) and each.remedy for each in found)
    return [each.field for each in found]


def test_a_sound_configuration_has_no_problems(tmp_path: Path) -> None:
    data = {"ports": {"web": 8080}, "defaults": {"port": "web"}, "policy": {"read_only": True}}
    assert _fields(tmp_path, data, AWSWHITELIST_SERVER__WORKERS="4") == []


def test_all_problems_are_told_of_file_variables_and_policies(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text('{"max_ttl": "soon", "read_onyl": true}')
    data = {
        "server": {"workers": 0, "queue": "x", "wrokers": 1},
        "aws": {"model_cache": True},
        "policy": {"ports": {"deny": ["ssh"]}},
    }
    environ = {"AWSWHITELIST_ZZZ": "1", "AWSWHITELIST_STATE__DIRECTORY": "/x"}
    assert _fields(tmp_path, data, **environ) == [
        "state",
        "AWSWHITELIST_ZZZ",
        "server.workers",
        "server.queue",
        "server.wrokers",
        "aws.model_cache",
        "policy.ports.deny[0]",
        "policy file.max_ttl",
        "policy file.read_onyl",
    ]


def test_a_default_port_without_a_meaning_is_a_problem(tmp_path: Path) -> None:
    assert _fields(tmp_path, {"defaults": {"port": "nope"}}) == ["defaults.port"]


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_file_that_is_no_object_is_one_problem_beside_those_of_the_variables(
    tmp_path: Path, text: str
) -> None:
    assert _fields(tmp_path, text, AWSWHITELIST_SERVER__WORKERS="x") == [None, "server.workers"]


def test_a_section_that_is_no_object_is_a_problem_of_its_own(tmp_path: Path) -> None:
    assert _fields(tmp_path, {"server": 5}) == ["server"]


def test_who_may_write_a_policy_file_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text("{}")
    file.chmod(0o666)
    (found,) = problems_of_policy(file)
    assert "can be written by" in found.summary
    file.chmod(0o644)
    assert problems_of_policy(file) == ()


@pytest.mark.parametrize("data", [5, None, []])
def test_data_that_are_no_object_are_one_problem(data: Any) -> None:
    (found,) = find_problems(PolicyConfig, data, error=ConfigurationError)
    assert (found.field, "must be an object" in found.summary) == (None, True)
