"""What is in force and who set it: defaults, file, variables, operators."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.commands.config_origins import Origin, origins

ROLE = "arn:aws:iam::111122223333:role/opener"


class Setup:
    """A home with a config file and an operator's policy."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.file = home / "config.json"
        self.operator = home / "policy.json"

    def rows(self, data: object = None, **environ: str) -> dict[str, Origin]:
        if data is not None:
            self.file.write_text(json.dumps(data))
        _, found = origins(
            self.file if data is not None else None,
            {"HOME": str(self.home), **environ},
            operator_policy=self.operator,
        )
        assert len({row.setting for row in found}) == len(found)
        return {row.setting: row for row in found}


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(tmp_path)


def test_without_anything_every_value_is_a_default(setup: Setup) -> None:
    rows = setup.rows()
    assert {row.source for row in rows.values()} == {"default"}
    assert rows["server.workers"].value == 8
    assert rows["policy.max_ttl"].value == "7d"
    assert rows["expiry.sweep_interval"].value == "15m"
    assert rows["state.directory"].value == str(setup.home / ".local/state/awswhitelist")


def test_a_variable_is_the_source_where_it_overrides_the_file(setup: Setup) -> None:
    data = {"server": {"workers": 2, "queue": 3}, "ports": {"web": 80}}
    rows = setup.rows(data, AWSWHITELIST_SERVER__WORKERS="4")
    variable = "variable AWSWHITELIST_SERVER__WORKERS"
    assert rows["server.workers"] == ("server.workers", 4, variable)
    assert rows["server.queue"].source == f"file {setup.file}"
    assert rows["ports.web"].source == f"file {setup.file}"
    assert rows["server.remote"].source == "default"


def test_a_setting_of_the_policy_names_all_who_set_it(setup: Setup) -> None:
    setup.operator.write_text('{"max_ttl": "2d", "ports": {"deny": [22]}}')
    rows = setup.rows({"policy": {"max_ttl": "1d", "read_only": True}})
    file, operator = f"file {setup.file}", f"operator {setup.operator}"
    assert rows["policy.max_ttl"] == ("policy.max_ttl", "1d", f"{file} and {operator}")
    assert rows["policy.read_only"].source == file
    assert rows["policy.ports.deny"] == ("policy.ports.deny", ["22"], operator)
    assert rows["policy.allow_public"].source == "default"


def test_a_policy_file_that_cannot_be_used_is_the_source_of_nothing(setup: Setup) -> None:
    setup.operator.write_text("{")
    rows = setup.rows({})
    assert rows["policy.read_only"] == ("policy.read_only", True, "default")


def test_a_section_that_cannot_be_used_is_the_source_of_nothing(setup: Setup) -> None:
    rows = setup.rows({"policy": 5})
    assert rows["policy.read_only"] == ("policy.read_only", True, "default")


def test_secrets_are_blanked_by_name_by_shape_and_by_value(setup: Setup) -> None:
    secret = "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"
    profiles: dict[str, Any] = {
        "vault": {"source": "secrets_manager", "secret_id": "prod/keys"},
        "role": {"source": "role", "role_arn": ROLE, "external_id": "correct-horse"},
    }
    data = {"profiles": profiles, "defaults": {"owner": secret}}
    rows = setup.rows(data, AWS_SECRET_ACCESS_KEY="correct-horse")
    assert rows["profiles.vault.secret_id"].value == "[redacted]"
    assert rows["profiles.role.external_id"].value == "[redacted]"
    assert rows["defaults.owner"].value == "[redacted]"
    assert rows["profiles.role.role_arn"].value == ROLE
