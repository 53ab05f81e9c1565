"""The configuration: where it comes from, what it refuses and how it says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.config import Config, LogLevel, PolicyConfig, StateConfig, load_config
from awswhitelist.exceptions import ConfigurationError

NO_FILE = Path("/nonexistent/awswhitelist/policy.json")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    directory.mkdir()
    return directory


def _write(path: Path, data: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def _load(home: Path, data: object = None, environ: Mapping[str, str] | None = None) -> Config:
    path = None if data is None else _write(home / "chosen.json", data)
    return load_config(path, {"HOME": str(home), **(environ or {})}, operator_policy=NO_FILE)


def _error(
    home: Path, data: object, environ: Mapping[str, str] | None = None
) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        _load(home, data, environ)
    return caught.value


def test_without_any_file_the_defaults_hold(home: Path) -> None:
    config = _load(home)
    directory = home / ".local/state/awswhitelist"
    assert config.state.directory == directory
    assert config.audit_path == directory / "audit.jsonl"
    assert (config.server.workers, config.server.max_line_bytes) == (8, 4 * 1024 * 1024)
    assert config.logging.level is LogLevel.INFO
    assert (config.policy, config.policy_error, config.policy_files) == (PolicyConfig(), None, ())


def test_a_config_made_directly_needs_a_state_directory_alone(tmp_path: Path) -> None:
    config = Config(state=StateConfig(directory=tmp_path))
    assert config.audit_path == tmp_path / "audit.jsonl"
    assert config.policy == PolicyConfig()


def test_the_file_named_by_argument_wins_over_the_variable_and_the_usual_place(home: Path) -> None:
    usual = _write(home / ".config/awswhitelist/config.json", {"server": {"workers": 1}})
    named = _write(home / "named.json", {"server": {"workers": 2}})
    argument = _write(home / "argument.json", {"server": {"workers": 3}})
    environ = {"HOME": str(home)}
    by_variable = {**environ, "AWSWHITELIST_CONFIG": str(named)}
    assert usual.exists()
    found = [
        load_config(None, environ, operator_policy=NO_FILE),
        load_config(None, by_variable, operator_policy=NO_FILE),
        load_config(argument, by_variable, operator_policy=NO_FILE),
    ]
    assert [config.server.workers for config in found] == [1, 2, 3]


def test_the_xdg_directories_are_used_where_they_are_set(home: Path, tmp_path: Path) -> None:
    _write(tmp_path / "xdg/awswhitelist/config.json", {"server": {"workers": 5}})
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg"), "XDG_STATE_HOME": str(tmp_path / "state")}
    config = _load(home, environ=environ)
    assert config.server.workers == 5
    assert config.state.directory == tmp_path / "state/awswhitelist"


def test_relative_xdg_directories_are_ignored(home: Path) -> None:
    config = _load(home, environ={"XDG_STATE_HOME": "state"})
    assert config.state.directory == home / ".local/state/awswhitelist"


def test_without_home_the_state_directory_must_be_given(home: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_config(None, {}, operator_policy=NO_FILE)
    assert caught.value.field == "state.directory"


def test_a_usual_file_that_is_a_link_to_nowhere_is_no_file_that_is_not_there(home: Path) -> None:
    usual = home / ".config/awswhitelist/config.json"
    usual.parent.mkdir(parents=True)
    usual.symlink_to(home / "gone.json")
    with pytest.raises(ConfigurationError, match="does not exist"):
        _load(home)


def test_a_tilde_in_a_path_is_the_home_directory(home: Path) -> None:
    data = {
        "audit": {"path": "~/a.jsonl"},
        "state": {"directory": "~/s"},
        "logging": {"file": "~/l.jsonl"},
    }
    config = _load(home, data)
    assert config.logging.file == home / "l.jsonl"
    assert config.audit_path == home / "a.jsonl"
    assert config.state.directory == home / "s"


def test_a_byte_order_mark_is_no_part_of_the_json(home: Path) -> None:
    assert _load(home, '\ufeff{"server": {"workers": 3}}').server.workers == 3


def test_configured_port_names_are_added_to_the_well_known_ones(home: Path) -> None:
    config = _load(home, {"ports": {"grafana": 3000, "ssh": 2222}, "defaults": {"port": "grafana"}})
    assert config.port_names["grafana"] == 3000
    assert config.port_names["ssh"] == 2222
    assert config.port_names["postgresql"] == 5432


def test_a_description_template_may_use_every_placeholder_and_doubled_braces(home: Path) -> None:
    template = "{{x}} {owner} {reason} {ticket} {date} {expires} {port} {target}"
    config = _load(home, {"defaults": {"description_template": template}})
    assert config.defaults.description_template == template


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"server": 5}, "server"),
        ({"server": {"workers": True}}, "server.workers"),
        ({"server": {"workers": 0}}, "server.workers"),
        ({"server": {"call_timeout": -1}}, "server.call_timeout"),
        ({"defaults": {"port": "nope"}}, "defaults.port"),
        ({"defaults": {"region": "moon"}}, "defaults.region"),
        ({"defaults": {"region": "eu-*"}}, "defaults.region"),
        ({"defaults": {"description_template": "{nobody}"}}, "defaults.description_template"),
        (
            {"defaults": {"description_template": "{owner.__class__}"}},
            "defaults.description_template",
        ),
        ({"defaults": {"description_template": "{owner!r:>9}"}}, "defaults.description_template"),
        ({"defaults": {"description_template": "{owner"}}, "defaults.description_template"),
        ({"ports": {"All": 1}}, "ports.All"),
        ({"ports": {"all": 1}}, "ports.all"),
        ({"ports": {"x": 70000}}, "ports.x"),
        ({"audit": {"path": "audit.jsonl"}}, "audit.path"),
        ({"state": {"directory": "state"}}, "state.directory"),
        ({"state": 5}, "state"),
        ({"aws": {"endpoint_url": "http://user:word@localhost"}}, "aws.endpoint_url"),
        ({"logging": {"level": "LOUD"}}, "logging.level"),
        ({"public_ip": {"sources": ["http://example.com"]}}, "public_ip.sources[0]"),
        ({"public_ip": {"sources": []}}, "public_ip.sources"),
        ({"public_ip": {"agree": 4}}, "public_ip"),
        ({"sandbox": {"latency_ms": -1}}, "sandbox.latency_ms"),
        ({"server": {"bulk_timeout": 0}}, "server.bulk_timeout"),
        ({"server": {"warm_up": 1}}, "server.warm_up"),
        ({"expiry": {"sweep_interval": "30s"}}, "expiry.sweep_interval"),
        ({"expiry": {"sweep_interval": "2d"}}, "expiry.sweep_interval"),
        ({"expiry": {"sweep_interval": "never"}}, "expiry.sweep_interval"),
        ({"logging": {"file": "log.jsonl"}}, "logging.file"),
        ({"logging": {"max_bytes": 1}}, "logging.max_bytes"),
        ({"logging": {"backups": -1}}, "logging.backups"),
        ({"policy_error": "x"}, "policy_error"),
        ({"policy_files": []}, "policy_files"),
    ],
)
def test_a_wrong_setting_is_named_by_its_path(home: Path, data: dict[str, Any], field: str) -> None:
    assert _error(home, data).field == field


def test_an_unknown_setting_is_answered_with_the_near_miss(home: Path) -> None:
    assert _error(home, {"polcy": {}}).remedy.startswith("Did you mean `policy`?")
    assert _error(home, {"server": {"worker": 1}}).remedy.startswith("Did you mean `workers`?")


@pytest.mark.parametrize("url", ["http://localhost:4566", "https://ec2.example.com/path"])
def test_an_endpoint_may_be_any_http_url(home: Path, url: str) -> None:
    assert _load(home, {"aws": {"endpoint_url": url}}).aws.endpoint_url == url


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/ip", "http://[::1]:80", "http://localhost", "https://x.example"]
)
def test_address_sources_are_https_or_on_loopback(home: Path, url: str) -> None:
    assert _load(home, {"public_ip": {"sources": [url], "agree": 1}}).public_ip.sources == (url,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"server":', "line 1, column 11"),
        ('{"server": {\n  "workers": x}}', "line 2, column 14"),
        ("[]", "does not hold a JSON object"),
        ("[" * 100_000, "nests too deep"),
        ('{"server": {"call_timeout": NaN}}', "out of range"),
    ],
)
def test_json_that_is_wrong_is_told_with_its_place(home: Path, text: str, words: str) -> None:
    assert words in _error(home, text).summary


def test_a_name_given_twice_in_one_object_is_told_with_its_place(home: Path) -> None:
    error = _error(home, '{"server": {"workers": 1,\n  "workers": 2}}')
    assert error.field == "workers"
    assert "line 2, column 3" in error.summary


def test_the_same_name_in_different_objects_is_no_duplicate(home: Path) -> None:
    text = '{"policy": {"ports": {"deny": ["22"]}, "regions": {"deny": []}}, "ports": {"a": 1}}'
    assert _load(home, text).policy.ports.deny == ("22",)


@pytest.mark.parametrize(
    "make",
    [
        lambda path: None,
        lambda path: path.mkdir(),
        lambda path: path.write_bytes(b"\xff\xfe{}"),
    ],
    ids=["missing", "a directory", "not utf-8"],
)
def test_a_named_file_that_cannot_be_read_is_an_error(home: Path, make: Any) -> None:
    make(home / "named.json")
    with pytest.raises(ConfigurationError) as caught:
        load_config(home / "named.json", {"HOME": str(home)}, operator_policy=NO_FILE)
    assert "named.json" in caught.value.summary


def test_variables_override_the_file(home: Path) -> None:
    environ = {
        "AWSWHITELIST_SERVER__WORKERS": "4",
        "AWSWHITELIST_SERVER__REMOTE": "true",
        "AWSWHITELIST_DEFAULTS__REGION": "eu-west-1",
        "AWSWHITELIST_PORTS__GRAFANA": "3000",
        "AWSWHITELIST_PUBLIC_IP__SOURCES": '["https://one.example", "https://two.example"]',
        "PATH": "/bin",
    }
    config = _load(home, {"server": {"workers": 2, "queue": 3}}, environ)
    assert (config.server.workers, config.server.queue, config.server.remote) == (4, 3, True)
    assert config.defaults.region == "eu-west-1"
    assert config.ports == {"grafana": 3000}
    assert config.public_ip.sources == ("https://one.example", "https://two.example")


@pytest.mark.parametrize("value", ["four", "NaN", "[" * 100_000])
def test_a_variable_that_is_no_json_is_text(home: Path, value: str) -> None:
    error = _error(home, {}, {"AWSWHITELIST_SERVER__WORKERS": value})
    assert error.field == "server.workers"
    assert "not text" in error.summary


def test_a_variable_does_not_hide_a_section_that_is_no_object(home: Path) -> None:
    assert _error(home, {"server": 5}, {"AWSWHITELIST_SERVER__WORKERS": "4"}).field == "server"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("AWSWHITELIST_SERVER__WORKRS", "Did you mean AWSWHITELIST_SERVER__WORKERS?"),
        ("AWSWHITELIST_SERVER_WORKERS", "Did you mean AWSWHITELIST_SERVER__WORKERS?"),
        ("AWSWHITELIST_CONFG", "Did you mean AWSWHITELIST_CONFIG?"),
        ("AWSWHITELIST_FOO", "Variables are named AWSWHITELIST_<SECTION>__<FIELD>."),
        ("AWSWHITELIST_SERVER__", "Did you mean AWSWHITELIST_SERVER__"),
        ("AWSWHITELIST_ZZZ", "Variables are named"),
    ],
)
def test_a_variable_that_sets_nothing_is_an_error(home: Path, name: str, hint: str) -> None:
    error = _error(home, {}, {name: "1"})
    assert error.field == name
    assert error.remedy.startswith(hint)


@pytest.mark.parametrize(
    "name", ["AWSWHITELIST_POLICY__READ_ONLY", "AWSWHITELIST_STATE__DIRECTORY"]
)
def test_policy_and_state_cannot_be_set_by_variables(home: Path, name: str) -> None:
    assert "cannot be set by the environment" in _error(home, {}, {name: "false"}).summary


def test_the_value_of_a_wrong_setting_is_not_repeated(home: Path) -> None:
    error = _error(home, {}, {"AWSWHITELIST_SERVER__WORKERS": "hunter2-hunter2"})
    assert "hunter2" not in str(error.to_object())


def test_a_config_file_may_name_its_schema(home: Path) -> None:
    assert _load(home, {"$schema": "x", "server": {"workers": 3}}).server.workers == 3


def test_a_file_with_nothing_but_a_schema_says_nothing(home: Path) -> None:
    assert _load(home, {"$schema": "x"}) == _load(home)


def test_the_timers_and_files_that_nobody_sets_have_their_defaults(home: Path) -> None:
    config = _load(home)
    assert (config.server.bulk_timeout, config.server.warm_up) == (300.0, True)
    assert config.expiry.sweep_interval == timedelta(minutes=15)
    assert (config.logging.file, config.logging.backups) == (None, 5)
