"""What starting leaves out, and that leaving it out changes nothing."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from awswhitelist import config as sections
from awswhitelist.cli import main
from awswhitelist.config import Config, load_config
from awswhitelist.exceptions import ConfigurationError
from awswhitelist.policy_config import PolicyConfig

NOWHERE = Path("/nowhere/policy.json")

WITH_DEFAULTS = [
    sections.ServerConfig,
    sections.AwsConfig,
    sections.DefaultsConfig,
    sections.ExpiryConfig,
    sections.AuditConfig,
    sections.LoggingConfig,
    sections.PublicIpConfig,
    sections.SandboxConfig,
    PolicyConfig,
    *(type(value) for _, value in PolicyConfig() if isinstance(value, BaseModel)),
]

BUILT = """
from pathlib import Path
from awswhitelist.config import PolicyConfig, ConfigFile, load_config
load_config(None, {"HOME": "/home/nobody"}, operator_policy=Path("/nowhere/policy.json"))
print(ConfigFile.__pydantic_complete__, PolicyConfig.__pydantic_complete__)
"""


@pytest.mark.parametrize("model", WITH_DEFAULTS)
def test_defaults_taken_unchecked_are_what_the_checks_give(model: type[BaseModel]) -> None:
    assert model.model_construct() == model.model_validate({})


def test_a_configuration_that_says_nothing_equals_one_that_was_checked(tmp_path: Path) -> None:
    environ = {"HOME": "/home/nobody"}
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"server": {"workers": 8}, "policy": {}}))
    checked = load_config(file, environ, operator_policy=NOWHERE)
    unchecked = load_config(None, environ, operator_policy=NOWHERE)
    assert unchecked == checked
    assert unchecked.model_dump() == checked.model_dump()
    assert Config.model_validate(unchecked.model_dump()) == unchecked


def test_a_configuration_that_says_nothing_builds_nothing_to_check_with() -> None:
    done = subprocess.run([sys.executable, "-c", BUILT], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_without_a_place_for_the_state_nothing_starts() -> None:
    with pytest.raises(ConfigurationError) as told:
        load_config(None, {}, operator_policy=NOWHERE)
    assert told.value.field == "state.directory"


@pytest.mark.parametrize("state", [{}, {"XDG_STATE_HOME": "/var/state"}])
def test_usual_directories_are_checked_like_given_ones(state: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as told:
        load_config(None, {"HOME": "here", **state}, operator_policy=NOWHERE)
    assert "absolute path" in told.value.summary


def test_garbage_is_collected_again_after_a_start_that_failed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["serve", "--config", "/nowhere/config.json"]) == 2
    assert gc.isenabled()
    assert "does not exist" in capsys.readouterr().err
