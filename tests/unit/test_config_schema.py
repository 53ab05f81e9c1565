"""The published schemas and the reference of settings say what the models say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from awswhitelist.commands.config_docs import main, markdown
from awswhitelist.commands.config_files import first_config
from awswhitelist.commands.config_problems import problems_of_config
from awswhitelist.commands.config_schema import (
    config_schema,
    policy_schema,
    published,
    schema_files,
)
from awswhitelist.config import Config
from awswhitelist.config_sections import Sections
from awswhitelist.config_sources import section_fields, variable_name

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = {"config": config_schema(), "policy": policy_schema()}


@pytest.mark.parametrize("name", schema_files())
def test_the_published_schema_is_the_one_of_the_models(name: str) -> None:
    assert published(name).read_text(encoding="utf-8") == schema_files()[name]


def test_the_reference_of_settings_is_the_one_of_the_models() -> None:
    assert (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8") == markdown()


def test_the_reference_can_be_printed_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 0
    assert main(["--write", str(tmp_path / "made.md")]) == 0
    assert (tmp_path / "made.md").read_text(encoding="utf-8") == capsys.readouterr().out


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_schema_is_a_valid_schema(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)


def _undescribed(where: str, schema: Mapping[str, Any]) -> Iterator[str]:
    for name, field in schema.get("properties", {}).items():
        if not field.get("description") and "$ref" not in field:
            yield f"{where}.{name}"
    for name, model in schema.get("$defs", {}).items():
        if not model.get("description"):
            yield name
        yield from _undescribed(name, model)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_every_setting_and_every_section_is_described(schema: dict[str, Any]) -> None:
    assert list(_undescribed("", schema)) == []


def test_every_setting_is_in_the_reference_with_its_variable() -> None:
    text = markdown()
    for section, fields in section_fields(Sections).items():
        for field in sorted(fields or ()):
            assert f"| `{section}.{field}` |" in text
            variable = variable_name(section, field)
            assert variable is None or f"| `{variable}` |" in text
    assert "AWSWHITELIST_POLICY__" not in text
    assert "AWSWHITELIST_STATE__" not in text


AGREED: tuple[tuple[dict[str, Any], bool], ...] = (
    ({}, True),
    ({"$schema": "x"}, True),
    ({"state": {}}, True),
    ({"server": {"workers": 8, "remote": True, "call_timeout": 5}}, True),
    ({"server": {"workers": "8"}}, False),
    ({"server": {"wrokers": 8}}, False),
    ({"aws": {"model_cache": False}}, True),
    ({"aws": {"model_cache": True}}, False),
    ({"defaults": {"port": 22, "region": None}}, True),
    ({"ports": {"web": 8080}}, True),
    ({"ports": {"web": 0}}, False),
    ({"profiles": {"a": {"source": "standard"}}}, True),
    ({"profiles": {"a": {}}}, False),
    ({"logging": {"level": "DEBUG", "file": "~/log", "backups": 0}}, True),
    ({"logging": {"level": "LOUD"}}, False),
    ({"expiry": {"sweep_interval": "1h"}}, True),
    ({"expiry": {"sweep_interval": 60}}, False),
    ({"policy": {"max_ttl": "8h", "sensitive_ports": [22, "8000-8100"]}}, True),
    ({"policy": {"approval": {"without_elicitation": {"always": "terminal"}}}}, True),
    ({"policy": {"approval": {"without_elicitation": {"always": "maybe"}}}}, False),
    ({"policy": {"approval": {"without_elicitation": {"sometimes": "deny"}}}}, False),
    ({"unknown": {}}, False),
)


@pytest.mark.parametrize(("data", "is_right"), AGREED, ids=[json.dumps(row[0]) for row in AGREED])
def test_the_schema_and_the_program_judge_a_file_alike(
    tmp_path: Path, data: dict[str, Any], is_right: bool
) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(data))
    found = problems_of_config(file, {"HOME": str(tmp_path)}, operator_policy=tmp_path / "none")
    assert (found == ()) == is_right
    assert Draft202012Validator(SCHEMAS["config"]).is_valid(data) == is_right


def test_the_defaults_themselves_fit_the_schema(tmp_path: Path) -> None:
    state = {"directory": tmp_path}
    config = Config.model_validate({"state": state})
    written = config.model_dump(mode="json", exclude={"policy_error", "policy_files"})
    Draft202012Validator(SCHEMAS["config"]).validate(written)
    Draft202012Validator(SCHEMAS["policy"]).validate(written["policy"])
    assert Config.model_validate(written) == config


def test_the_first_file_fits_the_schema_that_it_names() -> None:
    first = json.loads(first_config())
    assert Path(first["$schema"].removeprefix("file://")) == published("config.schema.json")
    Draft202012Validator(SCHEMAS["config"]).validate(first)
