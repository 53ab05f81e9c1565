"""JSON Schemas of the config file and of the operator's policy file, made from their models.

They are published in ``awswhitelist/schemas/``, so that editors complete and check the files.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field
from pydantic.json_schema import GenerateJsonSchema

from awswhitelist.config import PolicyConfig
from awswhitelist.config_sections import Sections
from awswhitelist.config_sources import SCHEMA_KEY
from awswhitelist.policy_config import duration_text

DIALECT = "https://json-schema.org/draft/2020-12/schema"

CONFIG_SCHEMA = "config.schema.json"
POLICY_SCHEMA = "policy.schema.json"


class WrittenConfig(Sections):
    """The configuration of awswhitelist.

    Its policy can only narrow the operator's, where there is one.
    """

    policy: PolicyConfig = Field(default_factory=PolicyConfig.model_construct)


class _Generator(GenerateJsonSchema):
    """Durations as our files have them; no titles that would only say a field's name again."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Whether a field gets its name as a title."""
        return False

    def encode_default(self, dft: Any) -> Any:
        """A default as JSON."""
        return duration_text(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def config_schema() -> dict[str, Any]:
    """The JSON Schema of a config file."""
    schema = _schema(WrittenConfig, "awswhitelist configuration")
    # The usual directory of the state stands in where none is given.
    del schema["required"], schema["$defs"]["StateConfig"]["required"]
    return schema


def policy_schema() -> dict[str, Any]:
    """The JSON Schema of an operator's policy file."""
    return _schema(PolicyConfig, "awswhitelist policy")


def schema_files() -> dict[str, str]:
    """What the published files must hold, by their names."""
    schemas = {CONFIG_SCHEMA: config_schema(), POLICY_SCHEMA: policy_schema()}
    return {name: json.dumps(schema, indent=2) + "\n" for name, schema in schemas.items()}


def published(name: str) -> Path:
    """Where a published schema is."""
    return Path(str(files("awswhitelist"))) / "schemas" / name


def _schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    made = model.model_json_schema(schema_generator=_Generator)
    made["properties"] = {
        SCHEMA_KEY: {"type": "string", "description": "The schema of this file, for editors."}
    } | made["properties"]
    plain: dict[str, Any] = _without_markup(made)
    return {"$schema": DIALECT} | plain | {"title": title}


def _without_markup(value: Any) -> Any:
    """The same with docstrings as people read them: one paragraph, single backticks."""
    if isinstance(value, list):
        return [_without_markup(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    plain = {name: _without_markup(inner) for name, inner in value.items()}
    if isinstance(text := plain.get("description"), str):
        plain["description"] = re.sub(r"\s+", " ", text.replace("``", "`")).strip()
    return plain
