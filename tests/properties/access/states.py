"""Groups in any state, and wishes of any kind: few values, so that they meet at their edges."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from awswhitelist import constants
from awswhitelist.access.entries import Entry, Located, entries_of, manner_of
from awswhitelist.access.marks.expiry import new_suffix, new_tags
from awswhitelist.access.intents import (
    AllowIntent,
    BulkIntent,
    Intent,
    RevokeIntent,
    Selector,
    SweepIntent,
)
from awswhitelist.access.planner import specs_of
from awswhitelist.access.planning import Drawn, Planning
from awswhitelist.config import DefaultsConfig
from awswhitelist.models import (
    Caller,
    Grant,
    IpProtocol,
    Observation,
    RuleSpec,
    SecurityGroupRule,
    SourceKind,
)
from awswhitelist.policy_config import PolicyConfig
from awswhitelist.resources.factory import ResourceHandlerFactory
from tests.properties.access.cloud import GROUPS

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CALLER = Caller(account="123456789012", arn="arn:aws:iam::123456789012:user/alice")
OWNERS = ("alice", "bob", "carol")
SOURCES = ("8.8.8.8/32", "8.8.8.9/32", "8.8.8.0/28", "9.9.9.9/32", "2001:db8::1/128")
PORTS = ((22, 22), (443, 443), (400, 500))
GROUP_IDS = tuple(group.group_id for group in GROUPS)
# Most of all one group, one port and two owners: wishes should meet.
PLACES = st.sampled_from((*GROUP_IDS[:1] * 4, *GROUP_IDS))
DOORS = st.sampled_from((*PORTS[:1] * 4, *PORTS))
PEOPLE = st.sampled_from((*OWNERS[:2] * 2, *OWNERS))


def spec(source: str, ports: tuple[int | None, int | None], protocol: str = "tcp") -> RuleSpec:
    kind = {"s": SourceKind.GROUP, "p": SourceKind.PREFIX_LIST}.get(source[0])
    if kind is None:
        kind = SourceKind.IPV6 if ":" in source else SourceKind.IPV4
    first, last = ports
    return RuleSpec(
        protocol=protocol, from_port=first, to_port=last, source=source, source_kind=kind
    )


CIDRS = st.builds(spec, st.sampled_from(SOURCES), DOORS)
SPECS = st.one_of(
    CIDRS,
    CIDRS,
    st.builds(spec, st.sampled_from(("sg-9", "pl-1")), DOORS),
    st.just(spec("9.9.9.9/32", (None, None), "all")),
    st.just(spec("8.8.8.8/32", (8, None), "icmp")),
)
LIFETIMES = st.sampled_from((HOUR, 2 * HOUR, 8 * HOUR, timedelta(days=7)))
GARBLED: Sequence[dict[str, str | None]] = (
    {constants.TAG_EXPIRES_AT: None},
    {constants.TAG_EXPIRES_AT: "soon"},
    {constants.TAG_CREATED_AT: None},
    {constants.TAG_CREATED_AT: "then", constants.TAG_EXPIRES_AT: ""},
    {constants.TAG_OWNER: None},
    {constants.TAG_CHANGE: None, "Name": "kept"},
    {constants.TAG_MANAGED: "yes"},
)
"""What may be wrong with our tags; with the last one the rule is ours no longer."""


@st.composite
def tags(draw: st.DrawFn) -> dict[str, str]:
    """Tags of ours as they may be: new, old, ended, for ever, shared, damaged."""
    owner, *sharers = draw(st.lists(PEOPLE, min_size=1, max_size=2, unique=True))
    grant = Grant(owner=owner, sharers=tuple(sharers), reason="test", lifetime=None)
    age = draw(st.sampled_from((timedelta(), HOUR, timedelta(days=3), timedelta(days=29.9))))
    total = draw(st.none() | LIFETIMES | st.just(timedelta(days=30)))
    made = new_tags(grant.model_copy(update={"lifetime": total}), NOW - age, "u-0")
    damage = draw(st.sampled_from(({}, {}, {}, *GARBLED)))
    return {key: value for key, value in {**made, **damage}.items() if value is not None}


@st.composite
def described(draw: st.DrawFn) -> str:
    """The description of a rule that has no tags, but says that it is ours."""
    grant = Grant(owner=draw(PEOPLE), lifetime=draw(st.none() | LIFETIMES))
    return "deploy" + new_suffix(grant, NOW - draw(st.sampled_from((HOUR, 3 * HOUR)))).text()


@st.composite
def rules(draw: st.DrawFn) -> tuple[SecurityGroupRule, ...]:
    """What stands in the two groups; no group has the same rule twice."""
    places = draw(st.lists(st.tuples(PLACES, SPECS), max_size=8, unique_by=repr))
    return tuple(
        SecurityGroupRule(
            rule_id=f"sgr-{number}",
            group_id=group_id,
            spec=what,
            description=draw(st.sampled_from(("", "theirs")) | described()),
            tags=draw(st.just({}) | st.just({"Name": "x"}) | tags() | tags()),
        )
        for number, (group_id, what) in enumerate(places)
    )


@st.composite
def wishes(draw: st.DrawFn) -> AllowIntent:
    """Access for somebody; ``target`` is the group."""
    sources = st.lists(st.sampled_from(SOURCES), min_size=1, max_size=2, unique=True)
    return AllowIntent(
        target=draw(PLACES),
        sources=tuple(draw(sources)),
        protocol=IpProtocol.TCP,
        ports=draw(DOORS),
        grant=Grant(owner=draw(PEOPLE), lifetime=draw(LIFETIMES)),
        force=draw(st.booleans()),
        replace_previous=draw(st.booleans()),
    )


REVOKES = st.builds(
    RevokeIntent,
    target=st.just("both"),
    selector=st.builds(
        Selector,
        sources=st.none() | st.sampled_from(SOURCES).map(lambda source: (source,)),
        owner=st.none() | st.sampled_from(OWNERS),
    ),
    include_foreign=st.booleans(),
)
INTENTS: st.SearchStrategy[Intent] = st.one_of(
    wishes(),
    st.builds(BulkIntent, entries=st.lists(wishes(), min_size=2, max_size=4).map(tuple)),
    REVOKES,
    st.just(SweepIntent()),
)


def located(intent: Intent) -> Located:
    """Where an intent applies: access to one group, all else to both."""
    if isinstance(intent, AllowIntent):
        return Located(intent.target, (intent.target,), specs_of(intent, intent.ports))
    return Located("", GROUP_IDS)


def draw_plan(intent: Intent, observed: Observation, policy: PolicyConfig | None = None) -> Drawn:
    """The plan for an intent, and its entries. Raises AmbiguousRuleError for a single wish."""
    planning = Planning(
        ResourceHandlerFactory(lambda _group: True), policy or PolicyConfig(), DefaultsConfig(), {}
    )
    entries = [
        Entry(entry.intent, entry.index, located=located(entry.intent))
        for entry in entries_of(intent)
    ]
    return planning.plan(entries, observed, CALLER, "eu-west-1", manner_of(intent))
