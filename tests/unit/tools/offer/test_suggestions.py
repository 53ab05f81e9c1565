"""Suggestions: what there is, as far as policy lets it be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.calls import PlainContext
from awswhitelist.constants import WELL_KNOWN_PORTS
from awswhitelist.exceptions import InvalidArgumentError, PolicyDeniedError
from awswhitelist.models import AwsScope, SecurityGroup
from awswhitelist.policy_config import PolicyConfig
from awswhitelist.tools.completions import (
    FRESH_SECONDS,
    MOST_PLACES,
    USUAL_DURATIONS,
    Suggestions,
)
from awswhitelist.validators import parse_duration, parse_ports

CTX = PlainContext("r-1")


def test_regions_are_those_of_aws_that_policy_admits(make_stand: Callable[..., Any]) -> None:
    everywhere = make_stand().suggest("region")
    assert {"eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1"} <= set(everywhere)
    assert everywhere == sorted(everywhere)
    some = make_stand(policy={"regions": {"allow": ["eu-*"], "deny": ["eu-north-1"]}})
    regions = some.suggest("region")
    assert "eu-west-1" in regions and "eu-north-1" not in regions
    assert all(region.startswith("eu-") for region in regions)


def test_profiles_are_those_that_policy_lets_be_named(
    make_stand: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "aws-config"
    file.write_text("[profile dev]\nregion = eu-west-1\n[profile prod]\nregion = eu-west-1\n")
    assert make_stand(file).suggest("profile") == []
    assert make_stand(file, policy={"profiles": {"allow": ["dev"]}}).suggest("profile") == ["dev"]


def test_ports_are_names_that_operations_take(make_stand: Callable[..., Any]) -> None:
    ports = make_stand(ports={"gopher": 70}).suggest("port")
    assert {"ssh", "postgresql", "gopher"} <= set(ports)
    assert "all" not in ports
    assert make_stand(policy={"allow_all_ports": True}).suggest("port")[-1] == "all"
    assert all(parse_ports(name, {"gopher": 70, **WELL_KNOWN_PORTS}) for name in ports)


def test_durations_end_where_policy_ends(make_stand: Callable[..., Any]) -> None:
    stand = make_stand(policy={"max_ttl": "8h"})
    assert stand.suggest("duration") == ["15m", "30m", "1h", "2h", "4h", "8h"]
    endless = make_stand(policy={"max_ttl": "30m", "allow_never_expires": True})
    assert endless.suggest("duration") == ["15m", "30m", "never"]


@pytest.mark.parametrize("text", USUAL_DURATIONS)
def test_a_duration_is_read_as_what_it_says(text: str) -> None:
    assert parse_duration(text) == USUAL_DURATIONS[text]


@pytest.mark.requirement("COMP-3", "COMP-7")
@pytest.mark.requirement("COMP-3", "COMP-7")
def test_targets_are_names_then_ids_of_groups_that_may_be_seen(
    make_stand: Callable[..., Any],
) -> None:
    stand = make_stand(policy={"groups": {"deny": ["prod-*"]}})
    targets = stand.suggest("target")
    names = [target for target in targets if not target.startswith("sg-")]
    assert "staging-app" in names and "prod-db" not in names
    assert targets == [*sorted(names), *stand.suggest("group_id", region="eu-west-1")]


@pytest.mark.requirement("COMP-7")
@pytest.mark.requirement("COMP-7")
def test_groups_are_not_looked_for_where_policy_denies_it(make_stand: Callable[..., Any]) -> None:
    stand = make_stand(policy={"regions": {"deny": ["us-*"]}})
    with pytest.raises(PolicyDeniedError):
        stand.suggest("group_id", region="us-east-1")
    with pytest.raises(PolicyDeniedError):
        stand.suggest("target", profile="dev")
    with pytest.raises(InvalidArgumentError):
        stand.suggest("group_id", region="everywhere")
    assert stand.requests == []


def test_typing_on_does_not_ask_aws_again(make_stand: Callable[..., Any]) -> None:
    stand = make_stand()
    stand.suggest("target")
    stand.suggest("target")
    stand.suggest("group_id", region="eu-west-1")
    assert stand.requests == ["DescribeSecurityGroups"]


@dataclass
class FakeConfig:
    policy: PolicyConfig = field(default_factory=PolicyConfig)


class FakeServices:
    """One group, whose name says how often AWS was asked; a clock and a pace of the test's own."""

    def __init__(self) -> None:
        self.config = FakeConfig()
        self.now = 1000.0
        self.asked: list[str] = []
        self.paces = 0
        self.gateway = self.pipeline = self.pace = self

    def clock(self) -> float:
        return self.now

    def take(self) -> None:
        self.paces += 1

    def admit_read(self, profile: str | None, region: str | None, _ctx: Any) -> AwsScope:
        return AwsScope(profile=profile, region=region or "eu-west-1")

    def security_groups(self, scope: AwsScope, _ctx: Any) -> Any:
        self.asked.append(scope.region)
        return self

    def some_security_groups(self, _most: int) -> tuple[SecurityGroup, ...]:
        return (SecurityGroup(group_id="sg-1", name=f"answer {len(self.asked)}"),)


@pytest.fixture
def services() -> Any:
    return FakeServices()


@pytest.mark.requirement("COMP-5")
def test_groups_are_remembered_for_a_while(services: Any) -> None:
    suggestions = Suggestions(services)
    assert list(suggestions.targets({}, CTX)) == ["answer 1", "sg-1"]
    services.now += FRESH_SECONDS - 1
    assert list(suggestions.targets({}, CTX)) == ["answer 1", "sg-1"]
    services.now += 1
    assert list(suggestions.targets({}, CTX)) == ["answer 2", "sg-1"]
    assert services.paces == 3


def test_each_place_has_groups_of_its_own(services: Any) -> None:
    suggestions = Suggestions(services)
    suggestions.targets({"region": "eu-west-1"}, CTX)
    suggestions.targets({"region": "eu-west-2"}, CTX)
    suggestions.targets({"region": "eu-west-1", "profile": "dev"}, CTX)
    assert services.asked == ["eu-west-1", "eu-west-2", "eu-west-1"]


def test_memory_does_not_grow_with_the_places_asked_for(services: Any) -> None:
    suggestions = Suggestions(services)
    places = [f"eu-west-{number}" for number in range(1, MOST_PLACES + 2)]
    for place in (*places, places[-1], places[0]):
        suggestions.targets({"region": place}, CTX)
    assert services.asked == [*places, places[0]]
