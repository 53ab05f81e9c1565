"""Several resources or groups: never guessed, narrowed by a type, a mark, policy, a person."""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.access.intents import RevokeIntent
from awswhitelist.calls import Answer, AnswerKind, PlainContext, Question
from awswhitelist.exceptions import AmbiguousGroupError, AmbiguousTargetError, AwsWhitelistError
from awswhitelist.models import IpProtocol, ResourceType

CTX = PlainContext("r-1")
T = ResourceType


def candidates(estate: Any, target: str) -> list[dict[str, Any]]:
    with pytest.raises((AmbiguousTargetError, AmbiguousGroupError)) as caught:
        estate.locate(target, port=443)
    found: list[dict[str, Any]] = caught.value.details["candidates"]
    return found


@pytest.mark.parametrize("target", ["reports", "batch", "worker", "archive"])
def test_the_id_of_every_candidate_means_that_candidate_alone(estate: Any, target: str) -> None:
    shown = candidates(estate, target)
    assert len(shown) == 2
    for each in shown:
        located = estate.locate(each["id"], port=443)
        assert located.resource is not None
        assert located.resource.resource_id == each["id"]
        assert located.resource.resource_type == each["resource_type"]
        assert each["why"]


def test_a_resource_type_settles_what_a_name_leaves_open(estate: Any) -> None:
    found = estate.locate("reports", T.RDS)
    assert (estate.group_names(found), found.specs[0].from_port) == (["prod-db"], 3306)
    found = estate.locate("reports", T.LOAD_BALANCER)
    assert (estate.group_names(found), found.specs[0].from_port) == (["prod-web"], 80)


def test_only_the_services_of_the_type_named_are_asked(estate: Any) -> None:
    estate.locate("orders-db", T.RDS)
    assert estate.heard == {"rds:DescribeDBInstances", "rds:DescribeDBClusters"}


def test_an_id_needs_no_call_and_a_name_that_no_service_can_have_only_ec2(estate: Any) -> None:
    estate.locate("{prod-web}", port=443)
    assert estate.heard == set()
    with pytest.raises(AwsWhitelistError):
        estate.locate("web servers (new)")
    assert {each.partition(":")[0] for each in estate.heard} == {"ec2"}


def test_a_type_that_the_target_cannot_be_is_refused(estate: Any) -> None:
    with pytest.raises(AwsWhitelistError) as caught:
        estate.locate("{prod-web}", T.RDS)
    assert (caught.value.code, caught.value.field) == ("invalid_argument", "resource_type")


def test_the_listeners_of_the_protocol_asked_give_the_port(estate: Any) -> None:
    with pytest.raises(AwsWhitelistError) as caught:
        estate.locate("relay", protocol=IpProtocol.UDP)
    assert "443, 514" in caught.value.summary


def test_the_group_that_its_owner_marked_is_the_one(estate: Any) -> None:
    session: Any = estate.sandbox.new_session(None)
    ec2, mark = session.create_client("ec2"), [{"Key": "awswhitelist:target", "Value": "true"}]
    ec2.create_tags(Resources=[estate.ids["prod-cache"]], Tags=mark)
    try:
        assert estate.group_names(estate.locate("archive")) == ["prod-cache"]
        assert estate.locate("archive").beside == (estate.ids["prod-db"],)
        ec2.create_tags(Resources=[estate.ids["prod-db"]], Tags=mark)
        assert len(candidates(estate, "archive")) == 2
    finally:
        both = [estate.ids["prod-cache"], estate.ids["prod-db"]]
        ec2.delete_tags(Resources=both, Tags=mark)


def test_a_group_that_policy_hides_is_no_choice(estate: Any) -> None:
    estate.hidden.add("prod-cache")
    located = estate.locate("archive")
    assert (estate.group_names(located), located.beside) == (["prod-db"], ())
    estate.hidden.add("prod-db")
    assert estate.locate("archive").group_ids == (estate.ids["prod-db"],)


class Person:
    """Chooses the candidates whose ids hold these words, one question after the other."""

    def __init__(self, *words: str) -> None:
        self.words = list(words)
        self.keys: list[str] = []

    def __call__(self, question: Question) -> Answer:
        self.keys.append(question.key)
        word = self.words.pop(0)
        value = next(each.value for each in question.choices if word in each.value)
        return Answer(AnswerKind.ACCEPTED, value)


def test_a_person_may_choose_the_resource_and_then_its_group(estate: Any) -> None:
    person = Person("db:reports")
    located = estate.locate("reports", ctx=PlainContext("r-1", answer=person))
    assert (estate.group_names(located), located.specs[0].from_port) == (["prod-db"], 3306)
    person = Person(estate.ids["prod-cache"])
    located = estate.locate("archive", ctx=PlainContext("r-1", answer=person))
    assert person.keys == ["group"]
    assert (estate.group_names(located), located.specs[0].from_port) == (["prod-cache"], 5433)


def test_reading_and_revoking_take_all_groups_of_a_resource(estate: Any) -> None:
    intent = RevokeIntent(target="archive")
    (entry,) = estate.locator.read(intent)
    inventory = estate.gateway.inventory(estate.gateway.scope(None, None), CTX)
    both = {estate.ids["prod-db"], estate.ids["prod-cache"]}
    assert set(estate.locator.for_reading(entry.reference, inventory, CTX).group_ids) == both
    (located,) = estate.locator.locate(intent, [entry], inventory, CTX)
    assert set(located.group_ids) == both


def test_a_hidden_group_is_no_candidate(estate: Any) -> None:
    estate.hidden.add("prod-web")
    with pytest.raises(AwsWhitelistError) as caught:
        estate.locate("prod-web")
    assert caught.value.code == "security_group_not_found"


def test_a_resource_whose_groups_policy_hides_is_no_candidate(estate: Any) -> None:
    shown = candidates(estate, "reports")
    assert {each["resource_type"] for each in shown} == {T.RDS, T.LOAD_BALANCER}
    estate.hidden.add("prod-web")
    found = estate.locate("reports")
    assert found.resource is not None and found.resource.resource_type is T.RDS
    estate.hidden.add("prod-db")
    assert len(estate.locate("reports", port=443).group_ids) == 1, "for policy to refuse"
