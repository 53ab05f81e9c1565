"""Whatever a caller or an environment says, the policy in force is the operator's."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from awswhitelist.application import load_tools
from awswhitelist.calls import PlainContext
from awswhitelist.config import load_config
from awswhitelist.exceptions import ConfigurationError, PolicyDeniedError
from awswhitelist.policy_config import ApprovalConfig, PolicyConfig
from awswhitelist.tools.table import OPERATIONS
from awswhitelist.wiring import Surroundings

LOOSE: dict[str, Any] = {
    "read_only": False,
    "min_prefix_ipv4": 0,
    "min_prefix_ipv6": 0,
    "max_addresses": 2**32,
    "allow_public": True,
    "allow_private": True,
    "allow_all_ports": True,
    "allow_all_protocols": True,
    "ports": {"allow": None, "deny": []},
    "regions": {"allow": None, "deny": []},
    "accounts": {"allow": None, "deny": []},
    "profiles": {"allow": ["*"], "deny": []},
    "groups": {"allow": None, "deny": []},
    "max_ttl": "3650d",
    "max_total_ttl": "3650d",
    "default_ttl": "3650d",
    "allow_never_expires": True,
    "require_enforcer": False,
    "require_tags": False,
    "untagged_groups": ["*"],
    "require_reason": False,
    "act_for_others": True,
    "allow_inline_credentials": True,
    "max_changing_calls_per_minute": 10**6,
    "max_changes_per_hour": 10**6,
    "max_bulk_entries": 1000,
    "approval": {"when": [], "without_elicitation": {}, "timeout": "5m"},
    "sensitive_ports": [],
    "protected_groups": [],
}
"""Every setting at its most lenient."""

STRICT: dict[str, Any] = {
    "min_prefix_ipv4": 32,
    "max_addresses": 1,
    "allow_private": False,
    "ports": {"allow": [443]},
    "regions": {"allow": ["eu-west-1"]},
    "profiles": {"allow": []},
    "groups": {"deny": ["prod-db"]},
    "max_ttl": "1h",
    "require_reason": True,
    "act_for_others": False,
    "max_bulk_entries": 2,
    "approval": {"when": ["always"], "without_elicitation": {"always": "deny"}},
}
GOOD = {"target": "prod-bastion", "source": "203.0.113.7", "port": 443, "reason": "r"}
DENIED: dict[str, tuple[str, dict[str, Any]]] = {
    "a network": ("whitelist", GOOD | {"source": "203.0.113.0/28"}),
    "the internet": ("whitelist", GOOD | {"source": "0.0.0.0/0"}),
    "a private source": ("whitelist", GOOD | {"source": "10.0.0.9"}),
    "a port": ("whitelist", GOOD | {"port": 22}),
    "all ports": ("whitelist", GOOD | {"port": "all"}),
    "nearly all ports": ("whitelist", GOOD | {"port": "2-65535"}),
    "all protocols": ("whitelist", GOOD | {"protocol": "all", "port": None}),
    "a long time": ("whitelist", GOOD | {"expires_in": "2h"}),
    "for ever": ("whitelist", GOOD | {"expires_in": "never"}),
    "no reason": ("whitelist", GOOD | {"reason": ""}),
    "another owner": ("whitelist", GOOD | {"owner": "mara"}),
    "another region": ("list_rules", {"target": "prod-bastion", "region": "us-east-1"}),
    "a profile": ("list_rules", {"target": "prod-bastion", "profile": "admin"}),
    "a hidden group": ("list_rules", {"target": "prod-db", "resource_type": "security_group"}),
    "no person": ("whitelist", GOOD),
}
"""Calls that the strict policy refuses, each for a reason of its own."""


def variables(name: str) -> list[str]:
    """The ways to write a setting of the policy as a variable."""
    named = f"AWSWHITELIST_POLICY__{name}"
    return [named.upper(), named.upper() + "__ALLOW", f"AWSWHITELIST_policy__{name}"]


def test_the_tables_of_this_suite_have_every_setting() -> None:
    assert set(LOOSE) == set(PolicyConfig.model_fields)
    assert set(LOOSE["approval"]) == set(ApprovalConfig.model_fields)
    PolicyConfig.model_validate(LOOSE)


@pytest.mark.parametrize("name", PolicyConfig.model_fields)
def test_no_setting_of_the_policy_comes_from_a_variable(place: Any, name: str) -> None:
    """Every field of the model, in every spelling: the server does not even start."""
    place.operator.write_text(json.dumps(STRICT), encoding="utf-8")
    before = place.config().policy
    for variable in variables(name):
        with pytest.raises(ConfigurationError):
            load_config(
                place.folder / "config.json",
                {variable: json.dumps(LOOSE[name])},
                operator_policy=place.operator,
            )
    # A spelling that is not ours, and the whole of it at once.
    place.environ |= {f"awswhitelist_policy__{name}": json.dumps(LOOSE[name])}
    assert place.config().policy == before
    place.environ |= {"AWSWHITELIST_POLICY__": json.dumps(LOOSE)}
    with pytest.raises(ConfigurationError):
        place.config()


def test_the_operators_policy_is_not_widened_by_the_users_section_or_another_file(
    place: Any,
) -> None:
    place.operator.write_text(json.dumps(STRICT), encoding="utf-8")
    strict = place.config().policy
    wide = place.folder / "wide.json"
    wide.write_text(json.dumps(LOOSE), encoding="utf-8")
    wide.chmod(0o600)
    place.environ["AWSWHITELIST_POLICY"] = str(wide)
    met = place.config(policy=LOOSE).policy
    habits = {"default_ttl"}  # no permission: it says what a call means that says nothing
    for name in set(STRICT) | {"allow_public", "allow_all_ports", "allow_never_expires"} - habits:
        assert getattr(met, name) == getattr(strict, name), name


@pytest.fixture
def guarded(desk_on: Any, place: Any) -> Any:
    """A desk under the operator's strict policy."""
    place.operator.write_text(json.dumps(STRICT), encoding="utf-8")
    return desk_on()


@pytest.mark.parametrize(("name", "arguments"), DENIED.values(), ids=DENIED)
def test_each_bound_of_the_strict_policy_holds(
    guarded: Any, name: str, arguments: dict[str, Any]
) -> None:
    given = {key: value for key, value in arguments.items() if value is not None}
    refusals = ("policy_denied", "approval_unavailable", "security_group_not_found")
    assert guarded.code(name, **given) in refusals


def test_no_setting_of_the_policy_comes_from_a_request(guarded: Any) -> None:
    """Every field of the model, as an argument of every operation, alone and within others."""
    before = guarded.read("awswhitelist://policy")
    rules = guarded.rules()
    for setting, operation in product(PolicyConfig.model_fields, OPERATIONS):
        own = set(operation.request_model.model_fields)
        good = {name: value for name, value in GOOD.items() if name in own}
        alone = {} if setting in own else {setting: LOOSE[setting]}
        within = {"policy": {setting: LOOSE[setting]}, f"policy.{setting}": LOOSE[setting]}
        for injected in filter(None, (alone, within)):
            refused = guarded.do(operation.name, **good, **injected)
            assert refused["error"]["code"] == "invalid_argument", (operation.name, injected)
    assert guarded.read("awswhitelist://policy") == before
    assert guarded.rules() == rules


@pytest.mark.parametrize("variable", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_a_profile_that_policy_denies_is_not_had_by_leaving_it_unnamed(
    place: Any, variable: str
) -> None:
    denied = {"profiles": {"deny": ["admin"]}}
    cases = [
        (place.config(policy=denied), {variable: "admin"}),
        (place.config(policy=denied, defaults={"profile": "admin"}), {}),
        (place.config(policy={"profiles": {"allow": ["dev"]}}), {variable: "admin"}),
    ]
    for config, environ in cases:
        made = load_tools(config, Surroundings("t", environ), sandbox=False)
        tools = {each.name: each for each in made}
        for name, arguments in (("list_rules", {"target": "x"}), ("whitelist", GOOD)):
            with pytest.raises(PolicyDeniedError) as caught:
                tools[name].call({**arguments, "region": "eu-west-1"}, PlainContext("r"))
            assert "'admin'" in caught.value.summary
