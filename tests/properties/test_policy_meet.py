"""The meet of two policies: never looser than either, whatever they say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.access.policy import Admission, admit, admits_profile, is_visible
from awswhitelist.access.policy_checks import names_group
from awswhitelist.exceptions import ConfigurationError, PolicyDeniedError
from awswhitelist.model_parsing import parse_model
from awswhitelist.models import RuleSpec, SecurityGroup, SourceKind
from awswhitelist.policy_config import ApprovalFallback, ApprovalReason, PolicyConfig
from awswhitelist.policy_meet import meet

SWITCHES = {
    "read_only": True,
    "allow_public": False,
    "allow_private": False,
    "allow_all_ports": False,
    "allow_all_protocols": False,
    "allow_never_expires": False,
    "require_enforcer": True,
    "require_tags": True,
    "require_reason": True,
    "act_for_others": False,
    "allow_inline_credentials": False,
}
"""Each switch, and which of its positions is the stricter one."""

SMALLEST = (
    *("max_addresses", "max_ttl", "max_total_ttl"),
    *("max_changing_calls_per_minute", "max_changes_per_hour", "max_bulk_entries"),
)
LARGEST = ("min_prefix_ipv4", "min_prefix_ipv6")
WHOLE = ("sensitive_ports", "protected_groups")
STRICTER = list(ApprovalFallback).index

GROUP_NAMES = ["prod-db", "prod-web", "staging-app", "a"]
GROUP_ENTRIES = [*GROUP_NAMES, "*", "prod-*", "*-db", "p?od-db", "sg-0123456789abcdef0", "tag:Env"]
REGIONS = ["eu-west-1", "eu-central-1", "us-east-1"]
REGION_ENTRIES = [*REGIONS, "*", "eu-*", "*-1"]
PROFILE_ENTRIES = ["dev", "prod", "*", "pr*"]
PORT_ENTRIES = ["22", "443", "8000-8100", "8050-9000", "1-1024", "all"]

reasons = st.sampled_from(ApprovalReason)


def _lists(entries: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    some = st.lists(st.sampled_from(entries), max_size=3)
    return st.fixed_dictionaries({}, optional={"allow": st.none() | some, "deny": some})


_numbers = st.integers(1, 300)
_groups = st.lists(st.sampled_from(GROUP_ENTRIES), max_size=3)
_settings = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(SWITCHES, st.booleans()),
        "min_prefix_ipv4": st.integers(0, 32),
        "min_prefix_ipv6": st.integers(0, 128),
        "max_addresses": _numbers,
        "max_changing_calls_per_minute": _numbers,
        "max_changes_per_hour": _numbers,
        "max_bulk_entries": _numbers,
        "max_ttl": st.sampled_from(["1h", "8h", "2d", "10d"]),
        "max_total_ttl": st.sampled_from(["10d", "30d", "60d"]),
        "ports": _lists(PORT_ENTRIES),
        "regions": _lists(REGION_ENTRIES),
        "profiles": _lists(PROFILE_ENTRIES),
        "groups": _lists(GROUP_ENTRIES),
        "untagged_groups": _groups,
        "protected_groups": _groups,
        "sensitive_ports": st.lists(st.sampled_from(PORT_ENTRIES), max_size=3),
        "approval": st.fixed_dictionaries(
            {},
            optional={
                "when": st.lists(reasons, max_size=3, unique=True),
                "without_elicitation": st.dictionaries(reasons, st.sampled_from(ApprovalFallback)),
                "timeout": st.sampled_from(["30s", "2m", "5m"]),
            },
        ),
    },
)
policies = _settings.map(lambda data: parse_model(PolicyConfig, data, error=ConfigurationError))
complete = policies.map(lambda policy: PolicyConfig.model_validate(policy.model_dump()))
"""Policies that say something of every setting, so that none of them narrows nothing."""

_sources = st.sampled_from(
    ["203.0.113.7/32", "203.0.113.0/28", "198.18.0.0/15", "10.0.0.0/24", "0.0.0.0/0"]
)
_ports = st.sampled_from([(22, 22), (443, 443), (8040, 8060), (8000, 9000), (0, 65535)])
_specs = st.builds(
    lambda source, ports: RuleSpec(
        protocol="tcp",
        from_port=ports[0],
        to_port=ports[1],
        source=source,
        source_kind=SourceKind.IPV4,
    ),
    _sources,
    _ports,
)
requests = st.builds(
    Admission,
    changes=st.booleans(),
    region=st.sampled_from(REGIONS),
    brings_credentials=st.booleans(),
    specs=st.tuples(_specs),
    grants=st.booleans(),
    lifetime=st.none() | st.sampled_from([timedelta(hours=1), timedelta(days=3)]),
    reason=st.sampled_from(["", "demo"]),
)
groups = st.builds(
    SecurityGroup,
    group_id=st.sampled_from(["sg-0123456789abcdef0", "sg-0fedcba9876543210"]),
    name=st.sampled_from(GROUP_NAMES),
    tags=st.sampled_from([{}, {"Env": "prod"}]),
)


def _admits(request: Admission, policy: PolicyConfig) -> bool:
    try:
        admit(request, policy)
    except PolicyDeniedError:
        return False
    return True


@given(policies, policies, requests)
def test_what_the_operator_denies_no_user_can_admit(
    upper: PolicyConfig, lower: PolicyConfig, request: Admission
) -> None:
    assert _admits(request, upper) or not _admits(request, meet(upper, lower))


@given(policies, complete, requests)
def test_what_is_admitted_both_admit(
    upper: PolicyConfig, lower: PolicyConfig, request: Admission
) -> None:
    if _admits(request, meet(upper, lower)):
        assert _admits(request, upper) and _admits(request, lower)


@given(policies, complete, groups)
def test_a_group_that_is_shown_is_shown_by_both(
    upper: PolicyConfig, lower: PolicyConfig, group: SecurityGroup
) -> None:
    if is_visible(group, meet(upper, lower)):
        assert is_visible(group, upper) and is_visible(group, lower)


@given(policies, complete, groups)
def test_untagged_rules_are_swept_only_in_groups_that_both_name(
    upper: PolicyConfig, lower: PolicyConfig, group: SecurityGroup
) -> None:
    def names(policy: PolicyConfig) -> bool:
        return any(names_group(entry, group) for entry in policy.untagged_groups)

    if names(meet(upper, lower)):
        assert names(upper) and names(lower)


@given(policies, policies, st.sampled_from(["dev", "prod"]), st.booleans())
def test_no_user_can_name_a_profile_that_the_operator_does_not_admit(
    upper: PolicyConfig, lower: PolicyConfig, name: str, is_configured: bool
) -> None:
    if admits_profile(name, meet(upper, lower), is_configured=is_configured):
        assert admits_profile(name, upper, is_configured=is_configured)


@given(policies, complete)
def test_of_each_switch_and_limit_the_stricter_holds(
    upper: PolicyConfig, lower: PolicyConfig
) -> None:
    met, both = meet(upper, lower), (upper, lower)
    for name, strict in SWITCHES.items():
        given_values = [getattr(policy, name) for policy in both]
        assert getattr(met, name) == (strict if strict in given_values else not strict)
    for name in SMALLEST:
        assert getattr(met, name) <= min(getattr(policy, name) for policy in both)
    for name in LARGEST:
        assert getattr(met, name) == max(getattr(policy, name) for policy in both)
    for name in WHOLE:
        assert set(getattr(met, name)) == {*getattr(upper, name), *getattr(lower, name)}


@given(policies, complete)
def test_approval_is_asked_for_by_either_and_replaced_by_the_stricter(
    upper: PolicyConfig, lower: PolicyConfig
) -> None:
    met, one, other = (each.approval for each in (meet(upper, lower), upper, lower))
    assert set(met.when) == {*one.when, *other.when}
    assert met.timeout == min(one.timeout, other.timeout)
    for reason, fallback in met.without_elicitation.items():
        given_values = (one.without_elicitation[reason], other.without_elicitation[reason])
        assert STRICTER(fallback) == max(map(STRICTER, given_values))


@given(policies)
def test_a_user_who_says_nothing_changes_nothing(upper: PolicyConfig) -> None:
    assert meet(upper, PolicyConfig()) == upper


@given(complete, requests)
def test_a_policy_met_with_itself_decides_as_before(
    policy: PolicyConfig, request: Admission
) -> None:
    assert _admits(request, meet(policy, policy)) == _admits(request, policy)


@given(policies, policies)
def test_every_meet_is_a_policy_that_can_be_written_and_read(
    upper: PolicyConfig, lower: PolicyConfig
) -> None:
    met = meet(upper, lower)
    assert PolicyConfig.model_validate(met.model_dump(mode="json")) == met
