"""``find_security_group``: what a target means, with candidates as an answer like any other."""

from __future__ import annotations

from typing import Any

NAME = "find_security_group"


def group_names(answer: dict[str, Any]) -> list[str]:
    return [group["name"] for group in answer["groups"]]


def test_a_resource_comes_with_its_groups_its_ports_and_why(shared_desk: Any) -> None:
    answer = shared_desk.do(NAME, target="orders-db")
    (group,) = answer["groups"]
    assert answer["resource"] == {
        "resource_type": "rds",
        "id": "arn:aws:rds:eu-west-1:111122223333:db:orders-db",
        "name": "orders-db",
        "endpoint": "orders-db.aaaaaaaaaa.eu-west-1.rds.amazonaws.com",
        "why": "it is the name of this DB instance",
    }
    assert group == {
        "group_id": answer["group_id"],
        "name": "prod-db",
        "vpc_id": group["vpc_id"],
        "description": "Orders database",
        "rules": 2,
    }
    assert answer["ports"] == ["tcp 5432"]
    assert (answer["account"], answer["region"]) == ("111122223333", "eu-west-1")
    assert "the DB instance 'orders-db'; its security groups: sg-" in answer["summary"]
    assert "prod-db  vpc-" in shared_desk.text


def test_of_several_groups_none_is_the_one_to_change_until_one_is_marked(make_desk: Any) -> None:
    desk = make_desk()
    answer = desk.do(NAME, target="archive")
    assert group_names(answer) == ["prod-db", "prod-cache"]
    assert "group_id" not in answer
    marked = answer["groups"][1]["group_id"]
    mark = [{"Key": "awswhitelist:target", "Value": "true"}]
    desk.ec2.create_tags(Resources=[marked], Tags=mark)
    assert desk.do(NAME, target="archive")["group_id"] == marked


def test_a_group_is_found_by_its_name_and_by_its_id(shared_desk: Any) -> None:
    by_name = shared_desk.do(NAME, target="prod-db")
    assert by_name["why"] == "it is the name of this security group"
    assert "resource" not in by_name and "ports" not in by_name
    by_id = shared_desk.do(NAME, target=by_name["group_id"])
    assert by_id["groups"] == by_name["groups"]
    assert "is the security group sg-" in by_id["summary"]


def test_several_candidates_are_the_answer_and_nobody_is_asked(shared_desk: Any) -> None:
    answer = shared_desk.do(NAME, target="batch")
    assert [each["kind"] for each in answer["candidates"]] == ["EC2 instance"] * 2
    assert len({each["id"] for each in answer["candidates"]}) == 2
    assert all(each["why"] for each in answer["candidates"])
    assert "groups" not in answer
    assert shared_desk.questions == []
    assert answer["account"] == "111122223333"
    assert answer["candidates"][0]["id"] in shared_desk.text


def test_each_candidate_is_found_by_its_id(shared_desk: Any) -> None:
    for candidate in shared_desk.do(NAME, target="reports")["candidates"]:
        found = shared_desk.do(NAME, target=candidate["id"])
        assert found["resource"]["id"] == candidate["id"]


def test_a_type_narrows_it(shared_desk: Any) -> None:
    found = shared_desk.do(NAME, target="reports", resource_type="rds")
    assert found["resource"]["resource_type"] == "rds"


def test_a_resource_without_groups_is_found_too(shared_desk: Any, codes: Any) -> None:
    answer = shared_desk.do(NAME, target="ingest")
    assert answer["groups"] == []
    assert codes(answer) >= {"no_security_group", "internal_load_balancer"}
    assert "it has no security group" in answer["summary"]


def test_what_keeps_people_from_reaching_it_is_said(shared_desk: Any, codes: Any) -> None:
    assert codes(shared_desk.do(NAME, target="sessions")) >= {"cache_not_public"}
    assert codes(shared_desk.do(NAME, target="staging-db")) >= {"kept_by_others"}


def test_nothing_of_that_name_is_an_error(shared_desk: Any) -> None:
    error = shared_desk.refuse(NAME, target="no-such-thing")
    assert (error["code"], error["field"]) == ("security_group_not_found", "target")


def test_groups_that_policy_hides_are_not_shown(make_desk: Any) -> None:
    desk = make_desk(policy={"groups": {"deny": ["prod-cache"]}})
    assert group_names(desk.do(NAME, target="archive")) == ["prod-db"]
    assert desk.refuse(NAME, target="prod-cache")["code"] == "security_group_not_found"
    assert desk.refuse(NAME, target="sessions")["code"] == "policy_denied"


def test_a_target_of_another_account_is_refused(shared_desk: Any) -> None:
    group_id = shared_desk.do(NAME, target="prod-db")["group_id"]
    arn = f"arn:aws:ec2:eu-west-1:999988887777:security-group/{group_id}"
    error = shared_desk.refuse(NAME, target=arn)
    assert (error["code"], error["field"]) == ("invalid_argument", "target")


def test_a_region_beside_another_in_the_target_is_refused(shared_desk: Any) -> None:
    target = "orders-db.aaaaaaaaaa.eu-west-1.rds.amazonaws.com"
    error = shared_desk.refuse(NAME, target=target, region="eu-north-1")
    assert (error["code"], error["field"]) == ("invalid_argument", "region")
