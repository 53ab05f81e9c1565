"""The policy over requests of any kind: to ask for less is never worse, and no field loosens it."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st

from awswhitelist.access.intents import AllowIntent, BulkIntent, Intent, Order
from awswhitelist.access.judged import admission_of
from awswhitelist.access.policy import Allowed, Denied, Verdict, admit, judge
from awswhitelist.exceptions import AmbiguousRuleError, AwsWhitelistError, PolicyDeniedError
from awswhitelist.models import (
    Add,
    AwsCredentials,
    Extend,
    Grant,
    IpProtocol,
    Move,
    Observation,
    ResourceType,
    RuleSpec,
    SecurityGroupRule,
)
from awswhitelist.policy_config import ApprovalReason, PolicyConfig
from awswhitelist.validators import LAST_PORT
from tests.properties.access.cloud import GROUPS
from tests.properties.access.states import CALLER, NOW, OWNERS, draw_plan, rules, wishes

REGION = "eu-west-1"
EDGES = (1, 21, 22, 23, 1024, 1025, 3389, LAST_PORT)
RANGES = st.tuples(st.sampled_from(EDGES), st.sampled_from(EDGES)).map(
    lambda ends: (min(ends), max(ends))
)
ENTRIES = st.lists(RANGES.map(lambda ends: f"{ends[0]}-{ends[1]}"), max_size=2)
WIDE = st.sampled_from(
    ("0.0.0.0/0", "8.0.0.0/5", "8.8.0.0/16", "8.8.8.0/24", "8.8.8.8/32", "10.0.0.0/24")
    + ("::/0", "2001:db8::/48", "2001:db8::/64", "fd00::/120")
)
SPANS = (timedelta(minutes=5), timedelta(hours=8), timedelta(days=7), timedelta(days=9), None)
NAMES = st.sampled_from(("sg-1", "db", "d*", "tag:env=prod", "other"))


@st.composite
def policies(draw: st.DrawFn) -> PolicyConfig:
    """Settings of every kind that has a word on access."""

    def lists(entries: st.SearchStrategy[list[str]]) -> dict[str, Any]:
        return {"allow": draw(st.none() | entries), "deny": draw(st.just([]) | entries)}

    switches = ("allow_public", "allow_private", "allow_all_ports", "allow_all_protocols")
    more = ("allow_never_expires", "require_reason", "act_for_others")
    given_settings = {
        **{name: draw(st.booleans()) for name in (*switches, *more)},
        "min_prefix_ipv4": draw(st.sampled_from((0, 5, 16, 24, 32))),
        "min_prefix_ipv6": draw(st.sampled_from((0, 48, 64, 128))),
        "max_addresses": draw(st.sampled_from((1, 256, 2**16, 2**32))),
        "ports": lists(ENTRIES),
        "groups": lists(st.lists(NAMES, max_size=2)),
        "max_ttl": draw(st.sampled_from(("5m", "8h", "7d"))),
        "sensitive_ports": draw(st.lists(st.sampled_from((22, 3389)), max_size=2)),
        "protected_groups": draw(st.lists(NAMES, max_size=1)),
        "approval": {"when": draw(st.lists(st.sampled_from(list(ApprovalReason)), max_size=3))},
    }
    return PolicyConfig.model_validate(given_settings)


def asked(
    source: str, protocol: str, ports: tuple[int, int] | None, span: timedelta | None, **more: Any
) -> AllowIntent:
    grant = {"owner": "", "reason": "deploy", "lifetime": span} | more.pop("grant", {})
    return AllowIntent(
        target="sg-1",
        sources=(source,),
        protocol=IpProtocol(protocol),
        ports=ports,
        grant=Grant(**grant),
        **more,
    )


@st.composite
def wide_requests(draw: st.DrawFn) -> AllowIntent:
    protocol = draw(st.sampled_from(("tcp", "udp", "icmp", "all")))
    has_ports = protocol in ("tcp", "udp")
    ports = draw(RANGES | st.just((0, LAST_PORT))) if has_ports else None
    return asked(draw(WIDE), protocol, ports, draw(st.sampled_from(SPANS)))


def within(network: IPv4Network | IPv6Network, draw: st.DrawFn) -> str:
    """A network that is part of another one."""
    prefix = draw(st.integers(network.prefixlen, network.max_prefixlen))
    offset = draw(st.integers(0, network.num_addresses - 1))
    inside = f"{network.network_address + offset}/{prefix}"
    return str(ip_network(inside, strict=False))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[AllowIntent, AllowIntent]:
    """A request, and one that asks for no more of anything."""
    wide = draw(wide_requests())
    protocol, ports, span = wide.protocol, wide.ports, wide.grant.lifetime
    if protocol is IpProtocol.ALL:
        protocol = draw(st.sampled_from((IpProtocol.ALL, IpProtocol.TCP, IpProtocol.ICMP)))
        ports = (0, LAST_PORT) if protocol is IpProtocol.TCP else None
    if ports is not None:
        low = draw(st.integers(*ports))
        ports = draw(st.sampled_from((ports, (low, ports[1]), (ports[0], low), (low, low))))
    shorter = [each for each in SPANS if span is None or (each is not None and each <= span)]
    source = within(ip_network(wide.sources[0]), draw)
    return wide, asked(source, protocol, ports, draw(st.sampled_from(shorter)))


def order_of(intent: AllowIntent, **more: Any) -> Order:
    return Order(**{"operation": "whitelist", "intent": intent, "arguments": {}} | more)


def gates(order: Order, policy: PolicyConfig) -> Verdict:
    """What both gates say of an order where nothing stands yet."""
    empty = Observation(groups=GROUPS, rules=(), at=NOW)
    try:
        admit(admission_of(order, REGION, is_configured=True), policy)
        plan = draw_plan(order.intent, empty, policy).plan
    except AwsWhitelistError:
        return Denied(())
    return judge(plan, policy, CALLER, now=NOW)


def strictness(verdict: Verdict) -> tuple[int, frozenset[ApprovalReason]]:
    if isinstance(verdict, Denied):
        return 2, frozenset(ApprovalReason)
    if isinstance(verdict, Allowed):
        return 0, frozenset()
    return 1, frozenset(verdict.reasons)


def is_stricter(verdict: Verdict, than: Verdict) -> bool:
    """Whether a verdict is stricter than another in any way."""
    (rank, reasons), (other_rank, other_reasons) = strictness(verdict), strictness(than)
    return rank > other_rank or not reasons <= other_reasons


@given(pairs(), policies())
def test_who_asks_for_less_is_never_denied_what_is_allowed_to_who_asks_for_more(
    pair: tuple[AllowIntent, AllowIntent], policy: PolicyConfig
) -> None:
    wide, narrow = pair
    # By design `allow_public` is about exactly the whole internet, and always asks.
    assume(not wide.sources[0].endswith("/0") or narrow.sources == wide.sources)
    verdict = gates(order_of(wide), policy)
    event(type(verdict).__name__)
    assert not is_stricter(gates(order_of(narrow), policy), verdict)


TEXTS = st.sampled_from(("", " ", "deploy", "*", "x" * 300, "policy", "allow_public=true"))
KEYS = AwsCredentials.model_validate({"access_key_id": "A", "secret_access_key": "B"})


@st.composite
def dressed_up(draw: st.DrawFn, intent: AllowIntent) -> Order:
    """An order for the same access, with every other field set to anything."""
    grant = {
        name: draw(TEXTS) for name in ("owner", "reason", "ticket", "description", "target")
    } | {"sharers": tuple(draw(st.lists(st.sampled_from(OWNERS), max_size=2)))}
    changed = {
        "grant": intent.grant.model_copy(update=grant),
        "force": draw(st.booleans()),
        "replace_previous": draw(st.booleans()),
        "icmp_type": draw(st.none() | st.integers(0, 255)),
        "resource_type": draw(st.none() | st.sampled_from(list(ResourceType))),
    }
    return order_of(
        intent.model_copy(update=changed),
        arguments={"policy": {"allow_public": True}, draw(TEXTS): True},
        profile=draw(st.none() | TEXTS),
        credentials=draw(st.none() | st.just(KEYS)),
        region=draw(st.none() | TEXTS),
        dry_run=draw(st.booleans()),
        approval=draw(st.none() | TEXTS),
    )


@given(st.data(), wide_requests(), policies())
def test_no_field_of_a_request_loosens_what_the_policy_says_of_the_access(
    data: st.DataObject, intent: AllowIntent, policy: PolicyConfig
) -> None:
    policy = policy.model_copy(update={"act_for_others": True})
    plain = gates(order_of(intent), policy)
    event(type(plain).__name__)
    assert not is_stricter(plain, gates(data.draw(dressed_up(intent)), policy))


@given(rules(), st.lists(wishes(), min_size=1, max_size=3), policies())
def test_nothing_is_opened_against_the_policy_whatever_stands_there(
    there: tuple[SecurityGroupRule, ...], every: list[AllowIntent], policy: PolicyConfig
) -> None:
    observed = Observation(groups=GROUPS, rules=there, at=NOW)
    intent: Intent = every[0] if len(every) == 1 else BulkIntent(entries=tuple(every))
    try:
        plan = draw_plan(intent, observed, policy).plan
    except (AmbiguousRuleError, PolicyDeniedError):
        return
    verdict = judge(plan, policy, CALLER, now=NOW)
    event(type(verdict).__name__)
    if isinstance(verdict, Denied):
        return
    for change in plan.writes:
        if isinstance(change, Add | Extend | Move):
            assert is_permitted(change.spec, change.grant, policy), change
            network = ip_network(change.spec.source)
            asks = ApprovalReason.WIDER_THAN_HOST in policy.approval.when
            if isinstance(verdict, Allowed) and asks:
                assert network.prefixlen == network.max_prefixlen


def is_permitted(spec: RuleSpec, grant: Grant, policy: PolicyConfig) -> bool:
    """The policy's word on one rule, said once more in other words."""
    network, ports = ip_network(spec.source), range(spec.from_port or 0, (spec.to_port or 0) + 1)
    limit = policy.min_prefix_ipv4 if network.version == 4 else policy.min_prefix_ipv6
    listed = {
        name: {port for entry in entries or () for port in _ports(entry)}
        for name, entries in (("allow", policy.ports.allow), ("deny", policy.ports.deny))
    }
    lasts = grant.lifetime
    return (
        network.prefixlen >= limit
        and listed["deny"].isdisjoint(ports)
        and (policy.ports.allow is None or listed["allow"].issuperset(ports))
        and (policy.allow_never_expires or (lasts is not None and lasts <= policy.max_ttl))
    )


def _ports(entry: str) -> range:
    first, _, last = entry.partition("-")
    return range(int(first), int(last or first) + 1)
