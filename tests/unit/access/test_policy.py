"""The policy's verdicts: each setting denies on its far side and admits just this side of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awswhitelist.access.policy import (
    Admission,
    Allowed,
    Denied,
    NeedsApproval,
    Verdict,
    admit,
    admit_account,
    check_groups,
    is_protected,
    is_visible,
    judge,
    names_accounts,
)
from awswhitelist.exceptions import PolicyDeniedError
from awswhitelist.models import (
    Add,
    Caller,
    Change,
    Extend,
    Grant,
    Keep,
    KeepWhy,
    Plan,
    Release,
    Remove,
    Reset,
    Restore,
    RuleSpec,
    SecurityGroup,
    SecurityGroupRule,
    SourceKind,
)
from awswhitelist.policy_config import ApprovalReason, PolicyConfig

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DB = SecurityGroup(group_id="sg-1", name="prod-db", tags={"team": "data", "env": "prod"})
ALICE = Caller(account="123456789012", arn="arn:aws:iam::123456789012:user/alice")
MARK = {"awswhitelist:managed": "1", "awswhitelist:owner": "alice"}


def policy(**settings: Any) -> PolicyConfig:
    return PolicyConfig.model_validate(settings)


def spec(
    source: str = "8.8.8.8/32",
    first: int | None = 443,
    last: int | None = None,
    protocol: str = "tcp",
) -> RuleSpec:
    kind = SourceKind.IPV6 if ":" in source else SourceKind.IPV4
    return RuleSpec(
        protocol=protocol,
        from_port=first,
        to_port=first if last is None else last,
        source=source,
        source_kind=kind,
    )


def add(what: RuleSpec | None = None, *, group: str = "sg-1", hours: int | None = 2) -> Add:
    lifetime = None if hours is None else hours * HOUR
    return Add(group_id=group, spec=what or spec(), grant=Grant(owner="alice", lifetime=lifetime))


def there(what: RuleSpec | None = None, tags: dict[str, str] | None = None) -> SecurityGroupRule:
    rule = SecurityGroupRule(rule_id="sgr-1", group_id="sg-1", spec=what or spec())
    return rule.model_copy(update={"tags": MARK if tags is None else tags})


def verdict(changes: Change | list[Change], group: SecurityGroup = DB, **settings: Any) -> Verdict:
    listed = changes if isinstance(changes, list) else [changes]
    plan = Plan(account=ALICE.account, region="eu-west-1", groups=(group,), changes=tuple(listed))
    return judge(plan, policy(**settings), ALICE, now=NOW)


def denied(changes: Change | list[Change], group: SecurityGroup = DB, **settings: Any) -> set[str]:
    """The settings that deny a plan."""
    found = verdict(changes, group, **settings)
    return {denial.setting for denial in found.denials} if isinstance(found, Denied) else set()


def test_where_something_must_end_access_a_sweep_must_be_known() -> None:
    assert denied(add(), require_enforcer=True) == {"require_enforcer"}
    assert denied(add(hours=None), require_enforcer=True) >= {"require_enforcer"}
    assert denied(Remove(rule=there()), require_enforcer=True) == set()
    plan = Plan(account=ALICE.account, region="eu-west-1", groups=(DB,), changes=(add(),))
    known = judge(plan, policy(require_enforcer=True), ALICE, now=NOW, has_sweeper=True)
    assert not isinstance(known, Denied)


def refused(policy_error: str | None = None, /, **request: Any) -> list[str]:
    """The reasons why a request is not admitted, with the policy under ``policy``."""
    in_force = policy(**request.pop("policy", {}))
    facts: dict[str, Any] = {"changes": True, "region": "eu-west-1"} | request
    try:
        admit(Admission(**facts), in_force, policy_error)
    except PolicyDeniedError as error:
        reasons: list[str] = error.details["reasons"]
        return [reason.partition(":")[0] for reason in reasons]
    return []


SPEC_LIMITS: list[tuple[dict[str, Any], RuleSpec, RuleSpec, str]] = [
    # settings, just admitted, just denied, the setting that denies
    ({}, spec("8.8.8.0/24"), spec("8.8.8.0/23"), "min_prefix_ipv4"),
    ({"min_prefix_ipv4": 32}, spec(), spec("8.8.8.8/31"), "min_prefix_ipv4"),
    ({}, spec("2001:db8::/64"), spec("2001:db8::/63"), "min_prefix_ipv6"),
    ({"min_prefix_ipv4": 0, "max_addresses": 2**31}, spec("0.0.0.0/1"), spec("0.0.0.0/0"),
     "allow_public"),
    ({"allow_private": False}, spec(), spec("10.0.0.1/32"), "allow_private"),
    ({"allow_private": False}, spec("2001:db8::/64"), spec("fd00::/64"), "allow_private"),
    ({}, spec(first=1, last=1024), spec(first=1, last=1025), "allow_all_ports"),
    ({}, spec(first=64512, last=65535), spec(first=2, last=65535), "allow_all_ports"),
    ({}, spec(), spec(first=None, protocol="all"), "allow_all_protocols"),
    ({"ports": {"deny": ["20-30"]}}, spec(first=31, last=40), spec(first=30, last=40),
     "ports.deny"),
    ({"ports": {"deny": ["22"]}}, spec(first=1, last=21), spec(first=1, last=22), "ports.deny"),
    ({"ports": {"allow": ["8000-8100"]}}, spec(first=8000, last=8100),
     spec(first=8000, last=8101), "ports.allow"),
    ({"ports": {"allow": ["22", "23"]}}, spec(first=23), spec(first=22, last=23), "ports.allow"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "inside", "outside", "setting"), SPEC_LIMITS)
def test_both_gates_draw_the_line_of_a_rule_at_the_same_place(
    settings: dict[str, Any], inside: RuleSpec, outside: RuleSpec, setting: str
) -> None:
    assert refused(specs=(inside,), policy=settings) == []
    assert f"policy.{setting}" in refused(specs=(outside,), policy=settings)
    assert denied(add(inside), **settings) == set()
    assert setting in denied(add(outside), **settings)
    assert setting in denied(
        Extend(rule=there(outside), grant=add().grant), **settings
    ), "extending opens again"


def test_all_ports_and_all_protocols_where_they_are_permitted() -> None:
    assert denied(add(spec(first=0, last=65535)), allow_all_ports=True) == set()
    assert denied(add(spec(first=None, protocol="all")), allow_all_protocols=True) == set()


def test_port_lists_do_not_speak_of_icmp() -> None:
    assert denied(add(spec(first=8, protocol="icmp")), ports={"allow": []}) == set()


def test_rules_for_groups_are_not_measured_as_addresses() -> None:
    by_group = RuleSpec(
        protocol="tcp", from_port=1, to_port=1, source="sg-2", source_kind=SourceKind.GROUP
    )
    assert verdict(add(by_group)) == Allowed()


LIFETIMES: list[tuple[dict[str, Any], int | None, int | None, str]] = [
    ({"max_ttl": "8h"}, 8, 9, "max_ttl"),
    ({}, 7 * 24, None, "allow_never_expires"),
]


@pytest.mark.parametrize(("settings", "inside", "outside", "setting"), LIFETIMES)
def test_both_gates_bound_the_lifetime(
    settings: dict[str, Any], inside: int | None, outside: int | None, setting: str
) -> None:
    def asked(hours: int | None) -> list[str]:
        lifetime = None if hours is None else hours * HOUR
        return refused(grants=True, lifetime=lifetime, policy=settings)

    assert (asked(inside), asked(outside)) == ([], [f"policy.{setting}"])
    assert denied(add(hours=inside), **settings) == set()
    assert denied(add(hours=outside), **settings) == {setting}


def test_access_without_an_end_where_it_is_permitted() -> None:
    assert refused(grants=True, lifetime=None, policy={"allow_never_expires": True}) == []


def test_the_addresses_of_one_plan_are_counted_together() -> None:
    four: list[Change] = [add(spec(f"8.8.{net}.0/26")) for net in range(4)]
    assert verdict(four) == NeedsApproval((ApprovalReason.WIDER_THAN_HOST,))
    assert denied([*four, add(spec("9.9.9.9/32"))]) == {"max_addresses"}


def test_addresses_within_each_other_count_once() -> None:
    again: list[Change] = [add(spec("8.8.8.0/24")), add(spec("8.8.8.8/32"))]
    assert denied(again, max_addresses=256) == set()


def test_groups_and_ports_are_counted_apart() -> None:
    apart: list[Change] = [
        add(spec("8.8.8.0/24")),
        add(spec("9.9.9.0/24", first=444)),
    ]
    assert denied(apart) == set()
    assert denied([*apart, add(spec("9.9.9.0/32"))]) == {"max_addresses"}


@pytest.mark.parametrize("doors", [
    [spec("8.8.8.0/24", 22), spec("9.9.9.9/32", 21, 22)],
    [spec("8.8.8.0/24", 22, 30), spec("9.9.9.0/28", 25), spec("9.9.9.0/24", 30, 40)],
    [spec("8.8.8.0/24", 22), spec("9.9.9.9/32", None, protocol="all")],
    [spec("8.8.8.0/24", 8, protocol="icmp"), spec("9.9.9.9/32", None, protocol="icmp")],
    [spec("2001:db8::/64", 22), spec("2001:db8:1::1/128", 21, 23)],
])  # fmt: skip
def test_addresses_are_counted_together_wherever_ports_overlap(doors: list[RuleSpec]) -> None:
    changes: list[Change] = [add(door) for door in doors]
    assert denied(changes, allow_all_protocols=True) == {"max_addresses"}
    one_by_one = [denied(change, allow_all_protocols=True) for change in changes]
    assert set().union(*one_by_one) == set()
    in_other_groups = [add(door, group=f"sg-{number}") for number, door in enumerate(doors)]
    assert denied([*in_other_groups], allow_all_protocols=True, approval={"when": []}) == set()


def test_one_ipv6_subnet_at_a_time() -> None:
    subnet = add(spec("2001:db8::/64"))
    assert denied([subnet, add(spec("2001:db8::1/128"))]) == set()
    assert denied([subnet, add(spec("2001:db8:1::1/128"))]) == {"max_addresses"}


@pytest.mark.parametrize("change", [Remove(rule=there()), Release(rule=there(), owner="a"), add()])
def test_read_only_denies_every_write(change: Change) -> None:
    assert denied(change, read_only=True) == {"read_only"}
    assert refused(policy={"read_only": True}) == ["policy.read_only"]


def test_read_only_leaves_reading_and_looking_alone() -> None:
    assert refused(changes=False, policy={"read_only": True}) == []
    kept = Keep(rule=there(), why=KeepWhy.COVERED)
    assert verdict(kept, read_only=True) == Allowed()


def test_a_policy_that_cannot_be_read_refuses_changes_alone() -> None:
    assert refused("policy.json: not JSON") == ["policy"]
    assert refused("policy.json: not JSON", changes=False) == []


def test_a_reason_may_be_required() -> None:
    strict = {"require_reason": True}
    asked: dict[str, Any] = {"grants": True, "lifetime": HOUR, "policy": strict}
    for reason in ("  ", "\u200b\u2060"):
        assert refused(reason=reason, **asked) == ["policy.require_reason"]
    assert refused(reason="deploy", **asked) == []
    assert refused(policy=strict) == [], "revoking grants nothing"


@pytest.mark.parametrize(
    ("lists", "is_admitted"),
    [
        ({}, True),
        ({"allow": ["eu-*"]}, True),
        ({"allow": ["eu-west-1"]}, True),
        ({"allow": ["us-east-1"]}, False),
        ({"allow": []}, False),
        ({"deny": ["eu-west-1"]}, False),
        ({"deny": ["us-*"]}, True),
        ({"allow": ["eu-*"], "deny": ["eu-west-*"]}, False),
    ],
)
def test_both_gates_read_the_list_of_regions(lists: dict[str, Any], is_admitted: bool) -> None:
    assert (refused(policy={"regions": lists}) == []) is is_admitted
    assert (denied(add(), regions=lists) == set()) is is_admitted


@pytest.mark.parametrize(
    ("lists", "reasons"),
    [
        ({}, ["policy.profiles"]),
        ({"allow": ["dev*"]}, []),
        ({"allow": ["prod"]}, ["policy.profiles.allow"]),
        ({"allow": ["*"], "deny": ["dev"]}, ["policy.profiles.deny"]),
    ],
)
def test_a_profile_is_admitted_only_where_the_policy_names_it(
    lists: dict[str, Any], reasons: list[str]
) -> None:
    assert refused(named_profile="dev", policy={"profiles": lists}) == reasons
    assert refused(policy={"profiles": lists}) == [], "none was named"


@pytest.mark.parametrize(
    ("lists", "named", "is_admitted"),
    [
        ({}, False, True),
        ({"allow": ["123456789012"]}, True, True),
        ({"allow": ["1*"]}, True, True),
        ({"allow": []}, True, False),
        ({"deny": ["123456789012"]}, True, False),
        ({"deny": ["210987654321"]}, True, True),
    ],
)
def test_the_account_is_admitted_or_not(
    lists: dict[str, Any], named: bool, is_admitted: bool
) -> None:
    in_force = policy(accounts=lists)
    assert names_accounts(in_force) is named
    assert (denied(add(), accounts=lists) == set()) is is_admitted
    try:
        admit_account(ALICE.account, in_force)
    except PolicyDeniedError:
        assert not is_admitted
    else:
        assert is_admitted


@pytest.mark.parametrize(
    ("pattern", "is_meant"),
    [
        ("sg-1", True),
        ("sg-*", False),
        ("prod-db", True),
        ("prod-*", True),
        ("prod", False),
        ("PROD-DB", False),
        ("tag:team", True),
        ("tag:team=data", True),
        ("tag:team=d*", True),
        ("tag:team=web", False),
        ("tag:nobody", False),
    ],
)
def test_groups_are_meant_by_id_name_or_tag(pattern: str, is_meant: bool) -> None:
    assert is_visible(DB, policy(groups={"allow": [pattern]})) is is_meant
    assert is_visible(DB, policy(groups={"deny": [pattern]})) is not is_meant
    assert is_protected(DB, policy(protected_groups=[pattern])) is is_meant
    assert (denied(add(), groups={"allow": [pattern]}) == set()) is is_meant
    assert (denied(add(), groups={"deny": [pattern]}) == set()) is not is_meant


@pytest.mark.requirement("TOOL-12")
def test_a_group_that_policy_hides_is_denied_even_where_nothing_would_change() -> None:
    assert denied([], groups={"deny": ["prod-*"]}) == {"groups.deny"}
    with pytest.raises(PolicyDeniedError):
        check_groups([DB], policy(groups={"allow": []}))
    check_groups([DB], policy())


def test_a_rule_extended_for_as_long_as_it_may_be_is_denied() -> None:
    kept = Keep(rule=there(), why=KeepWhy.USED_UP)
    assert denied(kept) == {"max_total_ttl"}


def test_each_denial_is_told_once_and_the_first_names_the_argument() -> None:
    with pytest.raises(PolicyDeniedError) as raised:
        admit(
            Admission(changes=True, region="eu-west-1", specs=(spec("8.0.0.0/8"),) * 2),
            policy(read_only=True),
        )
    read_only, width = raised.value.details["reasons"]
    assert read_only.startswith("policy.read_only: ")
    assert width.startswith("policy.min_prefix_ipv4: 8.0.0.0/8 is wider than /24")
    assert raised.value.field is None


EVERYTHING = spec(first=None, protocol="all")


@pytest.mark.parametrize(("lists", "setting"), [
    ({"deny": ["22"]}, "ports.deny"),
    ({"allow": ["443"]}, "ports.allow"),
])  # fmt: skip
def test_all_protocols_are_all_ports_to_the_lists_of_ports(
    lists: dict[str, Any], setting: str
) -> None:
    settings: dict[str, Any] = {"ports": lists, "allow_all_protocols": True}
    assert denied(add(EVERYTHING), **settings) == {setting}
    assert refused(specs=(EVERYTHING,), policy=settings) == [f"policy.{setting}"]


@pytest.mark.parametrize(
    ("ranges", "setting"),
    [
        ([(1, 1024), (1, 1024)], set()),
        ([(1, 600), (500, 1024)], set()),
        ([(1, 1024), (2000, 2000)], {"allow_all_ports"}),
        ([(1, 600), (500, 1025)], {"allow_all_ports"}),
    ],
)
def test_many_ranges_in_one_plan_are_judged_as_the_ports_that_they_open_together(
    ranges: list[tuple[int, int]], setting: set[str]
) -> None:
    changes: list[Change] = [add(spec(first=first, last=last)) for first, last in ranges]
    assert denied(changes) == setting
    assert denied(changes, allow_all_ports=True) == set()
    others = [add(spec(f"8.8.8.{i}/32", first, last)) for i, (first, last) in enumerate(ranges)]
    assert denied([*others]) == set(), "to each source by itself"


def test_what_no_sweep_would_end_is_not_prolonged_where_one_must() -> None:
    text = "x [aw 20261122T110000Z-20261122T130000Z 3f9a1c2b]"
    untagged = there(tags={}).model_copy(update={"description": text})
    longer = Extend(rule=untagged, grant=add().grant)
    settings: dict[str, Any] = {"require_tags": False, "require_enforcer": True}

    def judged(**more: Any) -> Verdict:
        account, region = ALICE.account, "eu-west-1"
        plan = Plan(account=account, region=region, groups=(DB,), changes=(longer,))
        return judge(plan, policy(**settings | more), ALICE, now=NOW, has_sweeper=True)

    assert isinstance(judged(), Denied)
    assert judged(untagged_groups=["prod-db"]) == Allowed()
    assert judged(require_enforcer=False) == Allowed()


def ending(hours: float | None, spec: RuleSpec | None = None) -> SecurityGroupRule:
    end = "never" if hours is None else (NOW + hours * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")
    return there(spec, MARK | {"awswhitelist:expires-at": end})


@pytest.mark.parametrize(
    ("hours", "settings"), [(2.0, set()), (3.0, {"max_ttl"}), (None, {"allow_never_expires"})]
)
def test_access_does_not_come_back_for_longer_than_it_could_be_given_now(
    hours: float | None, settings: set[str]
) -> None:
    allowed: dict[str, Any] = {"max_ttl": "2h", "default_ttl": "1h"}
    assert denied(Restore(rule=ending(hours)), **allowed) == settings
    assert denied(Reset(rule=ending(1.0), to=ending(hours)), **allowed) == settings
