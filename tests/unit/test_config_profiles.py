"""Credential profiles in the configuration: what fits each source, and what is refused."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.config import Config, CredentialSource, load_config
from awswhitelist.exceptions import ConfigurationError

ROLE = "arn:aws:iam::111122223333:role/team/opener"


def load(folder: Path, sections: dict[str, Any], environ: dict[str, str] | None = None) -> Config:
    file = folder / "config.json"
    file.write_text(json.dumps({"state": {"directory": str(folder)}} | sections))
    return load_config(file, environ or {}, operator_policy=folder / "none")


def test_each_source_takes_what_it_needs(tmp_path: Path) -> None:
    profiles = {
        "here": {"source": "standard", "account": "111122223333"},
        "sso": {"source": "aws_profile", "aws_profile": "work", "region": "eu-west-1"},
        "role": {"source": "role", "role_arn": ROLE, "via": "sso", "duration": "4h"},
        "vault": {"source": "secrets_manager", "secret_id": "prod/keys", "via": "role"},
    }
    found = load(tmp_path, {"profiles": profiles}).profiles
    assert [each.source for each in found.values()] == list(CredentialSource)
    assert found["role"].duration == timedelta(hours=4)
    assert (found["vault"].via, found["sso"].region) == ("role", "eu-west-1")


@pytest.mark.parametrize(
    ("profiles", "words"),
    [
        ({"a": {"source": "role"}}, "`role_arn`"),
        ({"a": {"source": "aws_profile"}}, "`aws_profile`"),
        ({"a": {"source": "secrets_manager"}}, "`secret_id`"),
        ({"a": {"source": "standard", "via": "b"}}, "`via`"),
        ({"a": {"source": "standard", "duration": "1h"}}, "`duration`"),
        ({"a": {"source": "keychain"}}, "one of"),
        ({"a": {"source": "standard", "account": "1234"}}, "12 digits"),
        ({"a": {"source": "standard", "region": "moon"}}, "AWS region"),
        ({"a": {"source": "role", "role_arn": "arn:aws:iam::1:user/x"}}, "IAM role"),
        ({"a": {"source": "role", "role_arn": ROLE, "session_name": "a b"}}, "2 to 64"),
        ({"a": {"source": "role", "role_arn": ROLE, "external_id": "a b"}}, "2 to 1224"),
        ({"a": {"source": "role", "role_arn": ROLE, "duration": "15m"}}, "at least 30m"),
        ({"a": {"source": "role", "role_arn": ROLE, "duration": "13h"}}, "at most 12h"),
        ({"a": {"source": "role", "role_arn": ROLE, "via": "b"}}, "every profile"),
        ({"a": {"source": "role", "role_arn": ROLE, "via": "a"}}, "circle"),
        (
            {
                "a": {"source": "role", "role_arn": ROLE, "via": "b"},
                "b": {"source": "role", "role_arn": ROLE, "via": "c"},
                "c": {"source": "role", "role_arn": ROLE, "via": "b"},
            },
            "circle",
        ),
        (
            {
                "a": {"source": "role", "role_arn": ROLE},
                "b": {"source": "role", "role_arn": ROLE, "via": "a", "duration": "2h"},
            },
            "at most 1h",
        ),
        ({"a": {"source": "standard", "secret_access_key": "hunter2"}}, "no such setting"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    tmp_path: Path, profiles: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(tmp_path, {"profiles": profiles})
    assert words in raised.value.summary
    assert raised.value.field is not None and raised.value.field.startswith("profiles")
    assert "hunter2" not in str(raised.value.to_object())


def test_the_models_are_kept_in_the_users_cache_directory(tmp_path: Path) -> None:
    caches = {"XDG_CACHE_HOME": str(tmp_path / "caches")}
    assert load(tmp_path, {}, caches).aws.model_cache == tmp_path / "caches" / "awswhitelist"
    home = {"HOME": str(tmp_path)}
    assert load(tmp_path, {}, home).aws.model_cache == tmp_path / ".cache" / "awswhitelist"
    assert load(tmp_path, {}).aws.model_cache is None
    own = {"aws": {"model_cache": "~/models"}}
    assert load(tmp_path, own, home).aws.model_cache == tmp_path / "models"


def test_the_model_cache_can_be_switched_off(tmp_path: Path) -> None:
    off = {"HOME": str(tmp_path), "AWSWHITELIST_AWS__MODEL_CACHE": "false"}
    assert load(tmp_path, {}, off).aws.model_cache is False


def test_without_a_config_file_the_models_are_kept_too(tmp_path: Path) -> None:
    config = load_config(None, {"HOME": str(tmp_path)}, operator_policy=tmp_path / "none")
    assert config.aws.model_cache == tmp_path / ".cache" / "awswhitelist"
