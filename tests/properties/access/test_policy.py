"""The policy over generated requests: both gates agree, and narrowing never admits more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.access.policy import Admission, Denied, admit, judge
from awswhitelist.exceptions import PolicyDeniedError
from awswhitelist.models import (
    Add,
    Caller,
    Grant,
    Plan,
    RuleSpec,
    SecurityGroup,
    SourceKind,
)
from awswhitelist.policy_config import PolicyConfig

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CALLER = Caller(account="123456789012", arn="arn:aws:iam::123456789012:user/alice")
GROUP = SecurityGroup(group_id="sg-1", name="db")
# Few and small, so that requests and lists meet at their edges often.
PORT = st.integers(min_value=1, max_value=8)
RANGES = st.tuples(PORT, PORT).map(lambda ends: (min(ends), max(ends)))
ENTRIES = st.lists(RANGES.map(lambda ends: f"{ends[0]}-{ends[1]}"), max_size=3)
NETWORKS = st.sampled_from(
    ["8.8.8.8/32", "8.8.8.0/26", "8.8.8.0/24", "8.8.0.0/16", "0.0.0.0/0", "10.0.0.0/28"]
    + ["2001:db8::1/128", "2001:db8::/64", "2001:db8::/56", "::/0", "fd00::/120"]
)


@st.composite
def specs(draw: st.DrawFn) -> RuleSpec:
    source = draw(NETWORKS)
    first, last = draw(st.one_of(RANGES, st.just((0, 65535))))
    return RuleSpec(
        protocol=draw(st.sampled_from(["tcp", "udp"])),
        from_port=first,
        to_port=last,
        source=source,
        source_kind=SourceKind.IPV6 if ":" in source else SourceKind.IPV4,
    )


@st.composite
def settings(draw: st.DrawFn) -> dict[str, Any]:
    ports: dict[str, Any] = {"deny": draw(ENTRIES)}
    if draw(st.booleans()):
        ports["allow"] = draw(ENTRIES)
    switches = ("allow_public", "allow_private", "allow_all_ports", "allow_all_protocols")
    return {
        "min_prefix_ipv4": draw(st.integers(0, 32)),
        "min_prefix_ipv6": draw(st.integers(0, 128)),
        "max_addresses": draw(st.sampled_from([1, 64, 256, 2**32])),
        "ports": ports,
        **{name: draw(st.booleans()) for name in switches},
    }


def is_admitted(spec: RuleSpec, policy: PolicyConfig) -> bool:
    try:
        admit(Admission(changes=True, region="eu-west-1", specs=(spec,)), policy)
    except PolicyDeniedError:
        return False
    return True


def denials(spec: RuleSpec, policy: PolicyConfig) -> set[str]:
    grant = Grant(owner="alice", lifetime=timedelta(hours=1))
    change = Add(group_id="sg-1", spec=spec, grant=grant)
    plan = Plan(account=CALLER.account, region="eu-west-1", groups=(GROUP,), changes=(change,))
    verdict = judge(plan, policy, CALLER, now=NOW)
    return {each.setting for each in verdict.denials} if isinstance(verdict, Denied) else set()


@given(specs(), settings())
def test_the_second_gate_denies_what_the_first_does_and_beyond_that_only_sizes(
    spec: RuleSpec, given_settings: dict[str, Any]
) -> None:
    policy = PolicyConfig.model_validate(given_settings)
    found = denials(spec, policy)
    assert is_admitted(spec, policy) == (not found - {"max_addresses"})


@given(specs(), settings(), st.integers(0, 32), st.integers(0, 128))
def test_asking_for_longer_prefixes_never_admits_more(
    spec: RuleSpec, given_settings: dict[str, Any], ipv4: int, ipv6: int
) -> None:
    policy = PolicyConfig.model_validate(given_settings)
    narrower = policy.model_copy(
        update={
            "min_prefix_ipv4": max(policy.min_prefix_ipv4, ipv4),
            "min_prefix_ipv6": max(policy.min_prefix_ipv6, ipv6),
        }
    )
    if denials(spec, policy):
        assert denials(spec, narrower)


@given(specs(), settings(), ENTRIES)
def test_denying_further_ports_never_admits_more(
    spec: RuleSpec, given_settings: dict[str, Any], more: list[str]
) -> None:
    policy = PolicyConfig.model_validate(given_settings)
    lists = policy.ports.model_copy(update={"deny": (*policy.ports.deny, *more)})
    if denials(spec, policy):
        assert denials(spec, policy.model_copy(update={"ports": lists}))


@given(specs(), settings(), ENTRIES, ENTRIES)
def test_allowing_fewer_ports_never_admits_more(
    spec: RuleSpec, given_settings: dict[str, Any], kept: list[str], taken: list[str]
) -> None:
    def allowing(entries: list[str]) -> set[str]:
        ports = {"allow": entries, "deny": given_settings["ports"]["deny"]}
        return denials(spec, PolicyConfig.model_validate(given_settings | {"ports": ports}))

    if allowing(kept + taken):
        assert allowing(kept)


@given(specs(), settings(), ENTRIES, ENTRIES)
def test_a_port_list_denies_on_any_overlap_and_admits_only_what_it_holds(
    spec: RuleSpec, given_settings: dict[str, Any], allow: list[str], deny: list[str]
) -> None:
    def numbers(entry: str) -> set[int]:
        first, last = map(int, entry.split("-"))
        return set(range(first, last + 1))

    assert spec.from_port is not None and spec.to_port is not None
    asked = set(range(spec.from_port, spec.to_port + 1))
    lists = {"ports": {"allow": allow, "deny": deny}}
    found = denials(spec, PolicyConfig.model_validate(given_settings | lists))
    assert ("ports.deny" in found) == any(asked & numbers(entry) for entry in deny)
    assert ("ports.allow" in found) == (not any(asked <= numbers(entry) for entry in allow))
