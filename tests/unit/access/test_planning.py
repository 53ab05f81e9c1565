"""From an intent to a plan: groups, ports, owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awswhitelist.access.entries import Entry, Located, Manner
from awswhitelist.access.intents import AllowIntent, Intent, RevokeIntent, Selector
from awswhitelist.access.planning import Planning
from awswhitelist.aws.found import TCP, UDP, Found
from awswhitelist.aws.inventory import Inventory
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.calls import PlainContext
from awswhitelist.config import DefaultsConfig
from awswhitelist.exceptions import InvalidArgumentError, NoSecurityGroupError, PolicyDeniedError
from awswhitelist.models import (
    Add,
    Caller,
    Extend,
    Grant,
    IpProtocol,
    Observation,
    ResourceType,
    RuleSpec,
    SecurityGroup,
    SecurityGroupRule,
    SourceKind,
)
from awswhitelist.policy_config import PolicyConfig
from awswhitelist.resources.factory import ResourceHandlerFactory
from awswhitelist.resources.interface import ResourceHandler, Search
from awswhitelist.resources.references import Form, Reference

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GROUP = SecurityGroup(group_id="sg-01234567", name="db")
SSH = RuleSpec(
    protocol="tcp", from_port=22, to_port=22, source="8.8.8.8/32", source_kind=SourceKind.IPV4
)
ALICE = Caller(account="123456789012", arn="arn:aws:sts::123456789012:assumed-role/dev/alice")


def intent(owner: str = "", **changes: Any) -> AllowIntent:
    values: dict[str, Any] = {
        "target": GROUP.group_id,
        "sources": ("8.8.8.8/32",),
        "protocol": IpProtocol.TCP,
        "ports": None,
        "grant": Grant(owner=owner, lifetime=timedelta(hours=2)),
    }
    return AllowIntent(**values | changes)


class Rules(SecurityGroupService):
    """A region with these rules; nothing else may be asked of it."""

    def __init__(self, *rules: SecurityGroupRule) -> None:
        self.rules = rules

    def find_rules(self, rule_ids: Sequence[str]) -> tuple[SecurityGroupRule, ...]:
        return tuple(rule for rule in self.rules if rule.rule_id in rule_ids)


class Database(ResourceHandler):
    """A resource that listens on a port of its own."""

    ports: tuple[tuple[str, int], ...] = ((TCP, 5432),)

    def searches(self, reference: Reference) -> tuple[Search, ...]:
        found = Found(
            resource_type=ResourceType.SECURITY_GROUP,
            kind="DB instance",
            resource_id=reference.name,
            ports=self.ports,
            group_ids=(GROUP.group_id,),
        )
        return (Search("databases", lambda: (found,)),)


class Balancer(Database):
    """A resource that listens on several."""

    ports = ((TCP, 80), (TCP, 443), (UDP, 53))


class Bare(Database):
    """A resource without security groups."""

    def searches(self, reference: Reference) -> tuple[Search, ...]:
        (search,) = super().searches(reference)
        bare = [each.model_copy(update={"group_ids": ()}) for each in search.ask()]
        return (Search("databases", lambda: tuple(bare)),)


def handled_by(handler: type[ResourceHandler]) -> ResourceHandlerFactory:
    """Every target is such a resource."""
    return ResourceHandlerFactory(lambda _group: True, {ResourceType.SECURITY_GROUP: handler})


def no_client(service: str) -> Any:
    raise AssertionError(f"{service} was asked")


def located(
    made: Planning,
    asked: Intent,
    *rules: SecurityGroupRule,
    port: int | None = None,
    account: str | None = None,
) -> Located:
    """Where an intent applies, in a region with these rules."""
    ctx = PlainContext("r-1")
    inventory = Inventory(no_client, Rules(*rules), RetryPolicy(attempts=1), ctx)
    if asked.target is None:
        return made.locate(asked, None, inventory)
    reference = Reference(
        text=asked.target,
        form=Form.ID,
        types=(ResourceType.SECURITY_GROUP,),
        name=asked.target,
        port=port,
        account=account,
    )
    return made.locate(asked, reference, inventory)


def planning(
    policy: PolicyConfig | None = None,
    handlers: ResourceHandlerFactory | None = None,
    **defaults: Any,
) -> Planning:
    return Planning(
        handlers or ResourceHandlerFactory(lambda _group: True),
        policy or PolicyConfig(),
        DefaultsConfig(**defaults),
        {"ssh": 22, "jump": 2222},
    )


def ports(located: Located) -> tuple[int | None, int | None]:
    (spec,) = located.specs
    return spec.from_port, spec.to_port


def planned(made: Planning, asked: Intent, *rules: SecurityGroupRule) -> Any:
    seen = Observation(groups=(GROUP,), rules=rules, at=NOW)
    entry = Entry(asked, located=located(made, asked, *rules))
    return made.plan([entry], seen, ALICE, "eu-west-1", Manner(raises=True)).plan


def test_the_port_that_is_given_is_taken() -> None:
    assert ports(located(planning(port=443), intent(ports=(22, 23)))) == (22, 23)


def test_the_resources_own_port_comes_before_the_configured_one() -> None:
    made = planning(handlers=handled_by(Database), port=443)
    assert ports(located(made, intent())) == (5432, 5432)


def test_of_several_ports_of_its_own_none_is_guessed() -> None:
    made = planning(handlers=handled_by(Balancer), port=443)
    with pytest.raises(InvalidArgumentError) as raised:
        located(made, intent())
    assert raised.value.field == "port" and "80, 443" in raised.value.summary
    assert ports(located(made, intent(protocol=IpProtocol.UDP))) == (53, 53)


def test_a_port_in_the_targets_text_is_the_one_meant() -> None:
    made = planning(handlers=handled_by(Balancer))
    assert ports(located(made, intent(), port=443)) == (443, 443)
    assert ports(located(made, intent(ports=(22, 22)), port=443)) == (22, 22)
    with pytest.raises(InvalidArgumentError) as raised:
        located(made, intent(), port=8080)
    assert raised.value.field == "target"


@pytest.mark.parametrize("asked", [intent(ports=(22, 22)), RevokeIntent(target="x")])
def test_where_there_is_no_security_group_nothing_can_be_changed(asked: Intent) -> None:
    with pytest.raises(NoSecurityGroupError):
        located(planning(handlers=handled_by(Bare)), asked)


def test_a_target_of_another_account_is_refused_when_the_account_is_seen() -> None:
    theirs = GROUP.model_copy(update={"account": "123456789012"})
    seen = Observation(groups=(theirs,), rules=(), at=NOW)
    here = located(planning(port=22), intent(), account="123456789012")
    here.check_account(seen)
    elsewhere = located(planning(port=22), intent(), account="210987654321")
    with pytest.raises(InvalidArgumentError) as raised:
        elsewhere.check_account(seen)
    assert raised.value.field == "target"


@pytest.mark.parametrize(
    ("default", "expected"),
    [(443, (443, 443)), ("jump", (2222, 2222)), ("8000-8100", (8000, 8100)), ("all", (0, 65535))],
)
def test_the_configured_port_is_the_last_resort(
    default: int | str, expected: tuple[int, int]
) -> None:
    assert ports(located(planning(port=default), intent())) == expected


def test_without_any_port_the_caller_must_say_one() -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        located(planning(), intent())
    assert raised.value.field == "port"


def test_protocols_without_ports_need_none() -> None:
    echo = intent(protocol=IpProtocol.ICMP, icmp_type=8)
    assert ports(located(planning(port=443), echo)) == (8, None)


@pytest.mark.parametrize(
    ("arn", "owner"),
    [
        ("arn:aws:sts::123456789012:assumed-role/dev/alice", "alice"),
        ("arn:aws:iam::123456789012:user/team/bob", "bob"),
        ("arn:aws:iam::123456789012:root", "root"),
    ],
)
def test_the_owner_is_by_default_the_session_that_aws_sees(arn: str, owner: str) -> None:
    assert planning().own_owner(Caller(account="123456789012", arn=arn)) == owner
    assert planning(owner="ops").own_owner(Caller(account="123456789012", arn=arn)) == "ops"


def test_a_grant_without_an_owner_is_the_callers() -> None:
    (change,) = planned(planning(port=22), intent()).changes
    assert isinstance(change, Add) and change.grant.owner == "alice"


def test_acting_for_another_needs_the_policys_leave() -> None:
    strict = planning(PolicyConfig(act_for_others=False), port=22)
    own, other = intent("alice"), intent("bob")
    assert planned(strict, own).writes
    with pytest.raises(PolicyDeniedError) as raised:
        planned(strict, other)
    assert raised.value.field == "owner"
    assert planned(planning(port=22), other).writes


def test_revoking_for_another_owner_needs_it_too() -> None:
    asked = RevokeIntent(target=GROUP.group_id, selector=Selector(owner="bob"))
    with pytest.raises(PolicyDeniedError):
        planned(planning(PolicyConfig(act_for_others=False)), asked)
    assert planned(planning(), asked).changes == ()


def test_a_plan_names_every_group_that_was_looked_at_even_without_changes() -> None:
    plan = planned(planning(), RevokeIntent(target=GROUP.group_id))
    assert (plan.groups, plan.changes) == ((GROUP,), ())
    assert (plan.account, plan.region) == ("123456789012", "eu-west-1")


def test_rule_ids_lead_to_their_groups_in_order() -> None:
    rules = [
        SecurityGroupRule(rule_id=f"sgr-{number}", group_id=group_id, spec=SSH)
        for number, group_id in enumerate(["sg-2", "sg-1", "sg-2", "sg-3"])
    ]
    asked = RevokeIntent(target=None, rule_ids=("sgr-0", "sgr-1", "sgr-2", "sgr-9"))
    assert located(planning(), asked, *rules) == Located("", ("sg-1", "sg-2"))


def test_the_policys_lifetimes_shape_the_plan() -> None:
    tags = {
        "awswhitelist:managed": "1",
        "awswhitelist:owner": "alice",
        "awswhitelist:created-at": "2026-11-22T11:00:00Z",
        "awswhitelist:expires-at": "2026-11-22T13:00:00Z",
    }
    mine = SecurityGroupRule(rule_id="sgr-1", group_id=GROUP.group_id, spec=SSH, tags=tags)
    short = PolicyConfig(max_ttl="2h", max_total_ttl="2h")
    assert planned(planning(short, port=22), intent(), mine).writes == ()
    (change,) = planned(planning(port=22), intent(), mine).writes
    assert isinstance(change, Extend)


def managed(*owners: str) -> SecurityGroupRule:
    tags = {"awswhitelist:managed": "1", "awswhitelist:owner": " ".join(owners)}
    return SecurityGroupRule(rule_id="sgr-1", group_id=GROUP.group_id, spec=SSH, tags=tags)


def test_taking_away_what_is_anothers_is_acting_for_them_though_nobody_is_named() -> None:
    strict = planning(PolicyConfig(act_for_others=False))
    asked = RevokeIntent(target=GROUP.group_id)
    for rule in (managed("bob"), managed("alice", "bob")):
        with pytest.raises(PolicyDeniedError):
            planned(strict, asked, rule)
        assert planned(planning(), asked, rule).writes
    assert planned(strict, asked, managed("alice")).writes
    own_share = RevokeIntent(target=GROUP.group_id, selector=Selector(owner="alice"))
    assert planned(strict, own_share, managed("alice", "bob")).writes


def test_an_owner_for_whom_the_tag_has_no_room_is_refused_before_anything_is_written() -> None:
    full = managed("b" * 200)
    with pytest.raises(InvalidArgumentError) as raised:
        planned(planning(port=22), intent("c" * 56), full)
    assert raised.value.field == "owner"
    assert planned(planning(port=22), intent("c" * 55), full).writes
