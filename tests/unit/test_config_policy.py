"""The policy: its defaults, the operator's upper bound, and failing closed."""

from __future__ import annotations

import json
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.config import ApprovalFallback, ApprovalReason, Config, PolicyConfig, load_config
from awswhitelist.config_sources import is_trusted, read_operator_policy
from awswhitelist.exceptions import ConfigurationError
from awswhitelist.model_parsing import parse_model
from awswhitelist.policy_config import duration_text
from awswhitelist.policy_meet import _MEETS, meet


def _policy(**data: Any) -> PolicyConfig:
    return parse_model(PolicyConfig, data, error=ConfigurationError)


def _met(upper: dict[str, Any], lower: dict[str, Any]) -> PolicyConfig:
    return meet(_policy(**upper), _policy(**lower))


class Machine:
    """A home with a config file and, if wanted, an operator's policy file."""

    def __init__(self, directory: Path) -> None:
        self.operator_policy = directory / "policy.json"
        self._config = directory / "config.json"
        self._environ = {"HOME": str(directory)}

    def operator(self, data: object, mode: int = 0o644) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        self.operator_policy.write_text(text, encoding="utf-8")
        self.operator_policy.chmod(mode)

    def load(self, policy: object = None, **environ: str) -> Config:
        data = {} if policy is None else {"policy": policy}
        self._config.write_text(json.dumps(data), encoding="utf-8")
        return load_config(
            self._config, {**self._environ, **environ}, operator_policy=self.operator_policy
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_defaults_are_careful() -> None:
    policy = _policy()
    assert (policy.min_prefix_ipv4, policy.min_prefix_ipv6, policy.max_addresses) == (24, 64, 256)
    assert not policy.allow_public
    assert not policy.allow_never_expires
    assert policy.default_ttl == timedelta(hours=8)
    assert policy.max_ttl == timedelta(days=7)
    assert policy.max_total_ttl == timedelta(days=30)
    assert set(policy.approval.without_elicitation) == set(ApprovalReason)
    assert policy.sensitive_ports == ("22", "3389", "5985-5986")
    assert (policy.require_tags, policy.require_enforcer) == (True, False)
    assert (policy.untagged_groups, policy.max_bulk_entries) == ((), 1000)


def test_where_nobody_can_be_asked_the_graver_reasons_want_a_person_at_a_terminal() -> None:
    fallback = _policy().approval.without_elicitation
    assert {reason for reason in fallback if fallback[reason] is ApprovalFallback.TERMINAL} == {
        ApprovalReason.SENSITIVE_PORTS,
        ApprovalReason.FOREIGN_RULES,
        ApprovalReason.PROTECTED_GROUPS,
    }
    assert ApprovalFallback.DENY not in fallback.values()


def test_reasons_that_a_policy_leaves_out_keep_their_fallback() -> None:
    given = _policy(approval={"without_elicitation": {"always": "deny"}}).approval
    usual = _policy().approval.without_elicitation
    assert given.without_elicitation == {**usual, ApprovalReason.ALWAYS: ApprovalFallback.DENY}


def test_lifetimes_that_are_not_given_make_way_for_the_one_that_is() -> None:
    assert _policy(max_ttl="4h").default_ttl == timedelta(hours=4)
    assert _policy(max_ttl="60d").max_total_ttl == timedelta(days=60)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"max_ttl": "8 hours!"}, "max_ttl"),
        ({"max_ttl": "never"}, "max_ttl"),
        ({"max_ttl": 3600}, "max_ttl"),
        ({"min_prefix_ipv4": 33}, "min_prefix_ipv4"),
        ({"ports": {"allow": ["ssh"]}}, "ports.allow[0]"),
        ({"ports": {"deny": [True]}}, "ports.deny[0]"),
        ({"ports": {"deny": [1.5]}}, "ports.deny[0]"),
        ({"accounts": {"deny": ["12345678901"]}}, "accounts.deny[0]"),
        ({"regions": {"allow": ["moon"]}}, "regions.allow[0]"),
        ({"regions": {"allow": "eu-west-1"}}, "regions.allow"),
        ({"groups": {"allow": [""]}}, "groups.allow[0]"),
        ({"approval": {"when": ["sometimes"]}}, "approval.when[0]"),
        ({"approval": {"without_elicitation": {"always": "maybe"}}}, None),
        ({"default_ttl": "9d"}, None),
        ({"max_bulk_entries": 1001}, "max_bulk_entries"),
        ({"untagged_groups": [""]}, "untagged_groups[0]"),
        ({"require_tags": "no"}, "require_tags"),
    ],
)
def test_a_wrong_policy_is_refused(data: dict[str, Any], field: str | None) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _policy(**data)
    assert field in (None, caught.value.field)


def test_ports_are_kept_as_text_however_they_were_written() -> None:
    lists = _policy(ports={"allow": [22, "443", "8000-8100", "all"], "deny": ["1-65535"]}).ports
    assert lists.allow == ("22", "443", "8000-8100", "0-65535")
    assert lists.deny == ("0-65535",)


def test_patterns_are_taken_for_accounts_and_regions() -> None:
    policy = _policy(accounts={"allow": ["123456789012", "12*"]}, regions={"deny": ["us-*"]})
    assert policy.accounts.allow == ("123456789012", "12*")
    assert policy.regions.deny == ("us-*",)


def test_every_setting_of_the_policy_has_its_way_to_meet() -> None:
    assert set(_MEETS) == set(PolicyConfig.model_fields)


@pytest.mark.parametrize(
    ("name", "upper", "lower", "met"),
    [
        ("read_only", False, True, True),
        ("read_only", True, False, True),
        ("min_prefix_ipv4", 24, 16, 24),
        ("min_prefix_ipv6", 64, 128, 128),
        ("max_addresses", 10, 500, 10),
        ("allow_public", False, True, False),
        ("allow_public", True, True, True),
        ("allow_private", True, False, False),
        ("allow_never_expires", True, False, False),
        ("require_reason", True, False, True),
        ("max_changing_calls_per_minute", 60, 10, 10),
        ("max_changes_per_hour", 10, 60, 10),
        ("act_for_others", False, True, False),
        ("sensitive_ports", ["22"], ["443"], ("22", "443")),
        ("protected_groups", ["a"], ["b", "a"], ("a", "b")),
        ("require_enforcer", False, True, True),
        ("require_tags", True, False, True),
        ("max_bulk_entries", 10, 100, 10),
        ("untagged_groups", ["a*", "b"], ["ab", "c"], ("ab",)),
        ("untagged_groups", [], ["a"], ()),
    ],
)
def test_the_stricter_of_two_settings_holds(
    name: str, upper: object, lower: object, met: object
) -> None:
    assert getattr(_met({name: upper}, {name: lower}), name) == met


def test_a_question_stays_open_for_the_shorter_time() -> None:
    met = _met({"approval": {"timeout": "2m"}}, {"approval": {"timeout": "1m"}})
    assert met.approval.timeout == timedelta(minutes=1)


@pytest.mark.parametrize("wrong", ["6m", "never", "0s"])
def test_a_question_cannot_stay_open_for_longer_than_an_approval_lasts(wrong: str) -> None:
    with pytest.raises(ConfigurationError):
        _policy(approval={"timeout": wrong})


def test_what_the_user_does_not_say_does_not_narrow_what_the_operator_says() -> None:
    upper = {"max_ttl": "14d", "min_prefix_ipv4": 16, "approval": {"when": []}}
    assert _met(upper, {"require_reason": True}) == _policy(**upper, require_reason=True)


def test_lifetimes_meet_at_the_shorter_one() -> None:
    met = _met({"max_ttl": "2d", "default_ttl": "1d"}, {"max_ttl": "4d", "default_ttl": "3d"})
    assert (met.max_ttl, met.default_ttl) == (timedelta(days=2), timedelta(days=2))


@pytest.mark.parametrize(
    ("upper", "lower", "met"),
    [
        (None, None, None),
        (["eu-*"], None, ("eu-*",)),
        (None, ["eu-west-1"], ("eu-west-1",)),
        (["eu-*"], ["eu-west-1", "us-east-1"], ("eu-west-1",)),
        (["eu-west-1"], ["eu-*"], ("eu-west-1",)),
        (["eu-*"], ["*-west-1"], ()),
        (["*"], ["*"], ("*",)),
        ([], ["eu-west-1"], ()),
    ],
)
def test_allow_lists_meet_in_what_both_admit(
    upper: list[str] | None, lower: list[str] | None, met: tuple[str, ...] | None
) -> None:
    assert _met({"regions": {"allow": upper}}, {"regions": {"allow": lower}}).regions.allow == met


def test_deny_lists_meet_in_what_either_denies() -> None:
    met = _met({"regions": {"deny": ["us-east-1"]}}, {"regions": {"deny": ["eu-west-1"]}})
    assert met.regions.deny == ("us-east-1", "eu-west-1")


@pytest.mark.parametrize(
    ("upper", "lower", "met"),
    [
        (["1-100"], ["50-200", "443"], ("50-100",)),
        (["22", "443"], ["22"], ("22",)),
        (["all"], ["8000-8100"], ("8000-8100",)),
        (["22"], ["23"], ()),
    ],
)
def test_allowed_ports_meet_where_their_ranges_overlap(
    upper: list[str], lower: list[str], met: tuple[str, ...]
) -> None:
    assert _met({"ports": {"allow": upper}}, {"ports": {"allow": lower}}).ports.allow == met


@pytest.mark.parametrize("entry", ["sg-0123456789abcdef0", "tag:Team=web", "a?", "[ab]"])
def test_a_group_entry_that_is_no_name_is_not_taken_for_one(entry: str) -> None:
    pattern = entry[0] + "*"
    assert _met({"groups": {"allow": [pattern]}}, {"groups": {"allow": [entry]}}).groups.allow == ()
    assert _met({"groups": {"allow": ["*"]}}, {"groups": {"allow": [entry]}}).groups.allow == (
        entry,
    )


def test_a_user_cannot_name_profiles_where_the_operator_names_none() -> None:
    lower = {"profiles": {"allow": ["prod"]}}
    assert _met({}, lower).profiles.allow is None
    assert _met({"profiles": {"allow": ["*"]}}, lower).profiles.allow == ("prod",)


def test_approval_is_needed_when_either_says_so_and_denied_when_either_denies() -> None:
    fallback = {"always": "deny", "foreign_rules": "token"}
    upper = {"approval": {"when": ["foreign_rules"], "without_elicitation": fallback}}
    lower = {"approval": {"when": ["always"]}}
    met = _met(upper, lower).approval
    assert met.when == (ApprovalReason.ALWAYS, ApprovalReason.FOREIGN_RULES)
    assert met.without_elicitation[ApprovalReason.ALWAYS] is ApprovalFallback.DENY
    assert met.without_elicitation[ApprovalReason.FOREIGN_RULES] is ApprovalFallback.TOKEN


@pytest.mark.parametrize(
    ("upper", "lower", "met"),
    [
        ("token", "terminal", "terminal"),
        ("terminal", "token", "terminal"),
        ("terminal", "deny", "deny"),
        ("deny", "terminal", "deny"),
    ],
)
def test_the_stricter_of_two_fallbacks_holds(upper: str, lower: str, met: str) -> None:
    one, other = (
        {"approval": {"without_elicitation": {"foreign_rules": fallback}}}
        for fallback in (upper, lower)
    )
    found = _met(one, other).approval.without_elicitation
    assert found[ApprovalReason.FOREIGN_RULES] == met


def test_a_user_who_names_no_reasons_for_approval_keeps_the_operators() -> None:
    upper = {"approval": {"when": ["sensitive_ports"]}}
    lower = {"approval": {"without_elicitation": {"sensitive_ports": "deny"}}}
    met = _met(upper, lower).approval
    assert met.when == (ApprovalReason.SENSITIVE_PORTS,)
    assert met.without_elicitation[ApprovalReason.SENSITIVE_PORTS] is ApprovalFallback.DENY


def test_without_an_operator_the_policy_is_the_users_own(machine: Machine) -> None:
    config = machine.load({"min_prefix_ipv4": 8})
    assert config.policy.min_prefix_ipv4 == 8
    assert config.policy_files == ()


def test_the_operators_file_is_the_upper_bound(machine: Machine) -> None:
    machine.operator({"min_prefix_ipv4": 28})
    config = machine.load({"min_prefix_ipv4": 8, "read_only": True})
    assert (config.policy.min_prefix_ipv4, config.policy.read_only) == (28, True)
    assert config.policy_files == (machine.operator_policy,)


def test_the_file_that_a_variable_names_narrows_the_usual_one(
    machine: Machine, tmp_path: Path
) -> None:
    machine.operator({"min_prefix_ipv4": 28})
    named = tmp_path / "unit.json"
    named.write_text('{"min_prefix_ipv4": 8, "max_addresses": 4}', encoding="utf-8")
    named.chmod(0o600)
    config = machine.load(AWSWHITELIST_POLICY=str(named))
    assert (config.policy.min_prefix_ipv4, config.policy.max_addresses) == (28, 4)
    assert config.policy_files == (machine.operator_policy, named)


@pytest.mark.parametrize("mode", [0o664, 0o646])
def test_an_operators_file_that_others_can_write_fails_closed(machine: Machine, mode: int) -> None:
    machine.operator({}, mode)
    config = machine.load()
    assert config.policy_error is not None
    assert "can be written by" in config.policy_error
    assert config.policy.read_only


@pytest.mark.parametrize("policy", [5, [], {"red_only": True}, {"max_ttl": "soon"}])
def test_a_policy_that_does_not_parse_fails_closed(machine: Machine, policy: object) -> None:
    config = machine.load(policy)
    assert config.policy_error is not None
    assert config.policy_error.startswith("`policy")
    assert config.policy.read_only


@pytest.mark.parametrize("data", ["{", "[]", {"max_ttl": "soon"}])
def test_an_operators_file_that_does_not_parse_fails_closed(machine: Machine, data: object) -> None:
    machine.operator(data)
    config = machine.load()
    assert config.policy_error is not None
    assert "policy file" in config.policy_error
    assert config.policy.read_only


def test_an_operators_file_that_is_named_but_not_there_fails_closed(
    machine: Machine, tmp_path: Path
) -> None:
    config = machine.load(AWSWHITELIST_POLICY=str(tmp_path / "missing.json"))
    assert config.policy_error is not None
    assert config.policy.read_only


def test_an_operators_file_that_cannot_be_looked_at_fails_closed(tmp_path: Path) -> None:
    loop = tmp_path / "policy.json"
    loop.symlink_to(loop)
    config = load_config(None, {"HOME": str(tmp_path)}, operator_policy=loop)
    assert config.policy_files == (loop,)
    assert config.policy_error is not None
    assert config.policy.read_only


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root may give files away")
def test_a_policy_file_of_another_user_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text("{}", encoding="utf-8")
    os.chown(file, 12345, 12345)
    with pytest.raises(ConfigurationError, match="another user"):
        read_operator_policy(file)


def test_a_policy_file_of_ours_or_of_root_is_trusted() -> None:
    assert is_trusted(0)
    assert is_trusted(os.getuid())
    assert not is_trusted(os.getuid() + 4321)


def test_a_mistake_in_the_users_section_lifts_none_of_the_operators_bounds(
    machine: Machine,
) -> None:
    machine.operator({"groups": {"deny": ["secret-*"]}, "accounts": {"allow": ["123456789012"]}})
    config = machine.load({"max_ttl": "soon"})
    assert config.policy_error is not None and config.policy.read_only
    assert config.policy.groups.deny == ("secret-*",)
    assert config.policy.accounts.allow == ("123456789012",)


@pytest.mark.parametrize("name", PolicyConfig.model_fields)
def test_no_setting_of_the_policy_can_be_set_by_a_variable(machine: Machine, name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be set by the environment variable"):
        machine.load({}, **{f"AWSWHITELIST_POLICY__{name.upper()}": "1"})


def test_a_policy_file_may_name_its_schema(machine: Machine) -> None:
    machine.operator({"$schema": "policy.schema.json", "read_only": True})
    config = machine.load()
    assert (config.policy_error, config.policy.read_only) == (None, True)


@pytest.mark.parametrize("text", ["1d2h3m4s", "8h", "90m", "0s"])
def test_a_duration_is_written_as_it_is_read(text: str) -> None:
    parts = {"d": 86400, "h": 3600, "m": 60, "s": 1}
    seconds = sum(int(count) * parts[unit] for count, unit in re.findall(r"(\d+)([dhms])", text))
    shown = duration_text(timedelta(seconds=seconds))
    assert shown == {"90m": "1h30m"}.get(text, text)
    if seconds:
        assert _policy(approval={"timeout": "1m"}, max_total_ttl="60d", max_ttl=shown).max_ttl == (
            timedelta(seconds=seconds)
        )


def test_a_list_of_all_ports_meets_other_lists() -> None:
    upper, lower = {"ports": {"allow": ["all"]}}, {"ports": {"allow": [22, "all"], "deny": ["all"]}}
    met = _met(upper, lower).ports
    assert (met.allow, met.deny) == (("22", "0-65535"), ("0-65535",))
    assert _met(lower, upper).ports.allow == ("22", "0-65535")
