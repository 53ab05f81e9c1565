"""``room_left``: how many more rules fit into the groups that a call has changed."""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.sandbox.answers import Refusal, refused, succeeded

HOST = {"target": "prod-bastion", "port": 22, "expires_in": "2h"}
MANY = [f"203.0.113.{number}" for number in range(1, 46)]


class Quotas:
    """Service Quotas: how often it was asked, and what it answers."""

    def __init__(self, answer: Any) -> None:
        self.asked = 0
        self._answer = answer

    def ask(self) -> Any:
        self.asked += 1
        return self._answer


def room(answer: dict[str, Any]) -> int:
    (left,) = answer["room_left"].values()
    return int(left)


@pytest.fixture
def raised() -> Quotas:
    return Quotas(succeeded({"Quota": {"Value": 100.0}}))


def test_on_the_everyday_path_the_usual_quota_is_taken_and_nobody_is_asked(
    tricked_desk: Any, raised: Quotas
) -> None:
    desk = tricked_desk({"service-quotas.GetServiceQuota": raised.ask})
    first = room(desk.do("whitelist", **HOST, source="203.0.113.7"))
    assert room(desk.do("whitelist", **HOST, source=["203.0.113.8", "203.0.113.9"])) == first - 2
    assert raised.asked == 0


def test_near_the_quota_the_one_that_the_account_has_counts(
    tricked_desk: Any, raised: Quotas
) -> None:
    desk = tricked_desk({"service-quotas.GetServiceQuota": raised.ask})
    few = room(desk.do("whitelist", **HOST, source="203.0.113.99"))
    many = room(desk.do("whitelist", **HOST, source=MANY))
    assert many == few - len(MANY) + (100 - 60)
    assert raised.asked == 1


def test_a_quota_that_cannot_be_read_is_taken_to_be_the_usual_one(tricked_desk: Any) -> None:
    denied = Quotas(refused(Refusal("AccessDeniedException", "No.")))
    desk = tricked_desk({"service-quotas.GetServiceQuota": denied.ask})
    few = room(desk.do("whitelist", **HOST, source="203.0.113.99"))
    assert room(desk.do("whitelist", **HOST, source=MANY)) == few - len(MANY)
    assert denied.asked == 1


def test_the_families_are_counted_apart(desk: Any) -> None:
    ipv4 = room(desk.do("whitelist", **HOST, source="203.0.113.7"))
    ipv6 = room(desk.do("whitelist", **HOST, source="2001:db8::7"))
    assert room(desk.do("whitelist", **HOST, source="203.0.113.8")) == ipv4 - 1
    assert room(desk.do("whitelist", **HOST, source="2001:db8::8")) == ipv6 - 1


def test_what_is_revoked_makes_room(desk: Any) -> None:
    opened = desk.do("whitelist", **HOST, source="203.0.113.7")
    ended = desk.do("revoke", rule_ids=[opened["rules"][0]["rule_id"]])
    assert room(ended) == room(opened) + 1


def test_what_only_changes_takes_no_room(desk: Any) -> None:
    opened = desk.do("whitelist", **HOST, source="203.0.113.7")
    extended = desk.do("whitelist", **HOST | {"expires_in": "5h"}, source="203.0.113.7")
    assert extended["status"] == "extended"
    assert room(extended) == room(opened)


def test_a_group_with_a_prefix_list_of_unknown_size_is_left_out(make_desk: Any) -> None:
    desk = make_desk()
    known = desk.do("whitelist", **HOST, source="203.0.113.7")
    (group_id,) = known["room_left"]
    prefix_list, *_ = desk.ec2.describe_managed_prefix_lists()["PrefixLists"]
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "PrefixListIds": [{"PrefixListId": prefix_list["PrefixListId"]}],
    }
    desk.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission])
    assert "room_left" not in desk.do("whitelist", **HOST, source="203.0.113.8")


def test_a_dry_run_leaves_no_room_to_speak_of(desk: Any) -> None:
    assert "room_left" not in desk.do("whitelist", **HOST, source="203.0.113.7", dry_run=True)
