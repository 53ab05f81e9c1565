"""The executor where AWS refuses to tag: the description says what the tags would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from awswhitelist.access.marks.descriptions import with_suffix
from awswhitelist.access.marks.expiry import new_suffix, read_marks
from awswhitelist.access.marks.suffixes import MOST_OWNERS, Suffix, owner_hash, read_suffix
from awswhitelist.exceptions import PermissionMissingError, RuleExistsError, UnavailableError
from awswhitelist.models import (
    Add,
    Extend,
    Grant,
    Move,
    ReceiptStatus,
    Release,
    Reset,
    Restore,
    RuleSpec,
    SecurityGroupRule,
    SourceKind,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
GRANT = Grant(owner="alice", reason="deploy", target="prod-db", lifetime=2 * HOUR)
REFUSED = PermissionMissingError("You may not tag.")
SUFFIX = " [aw 20261122T120000Z-20261122T140000Z 2bd806c9]"


def spec(last: int = 8) -> RuleSpec:
    return RuleSpec(
        protocol="tcp",
        from_port=22,
        to_port=22,
        source=f"8.8.8.{last}/32",
        source_kind=SourceKind.IPV4,
    )


def add(last: int = 8, grant: Grant = GRANT) -> Add:
    return Add(group_id="sg-1", spec=spec(last), grant=grant)


def described(owner: str = "bob", rule_id: str = "sgr-1") -> SecurityGroupRule:
    """A rule of ours that has no tags."""
    suffix = new_suffix(Grant(owner=owner, lifetime=HOUR), NOW - HOUR / 2)
    text = with_suffix("as it was", suffix)
    return SecurityGroupRule(rule_id=rule_id, group_id="sg-1", spec=spec(), description=text)


@pytest.fixture
def lenient(bench: Any) -> Any:
    """A bench whose policy lets rules go untagged."""
    bench.require_tags = False
    return bench


def test_where_tags_are_required_nothing_is_added_without_them(bench: Any) -> None:
    bench.groups.trouble("add", "before", REFUSED)
    (receipt,) = bench.apply(add())
    assert (receipt.status, receipt.error) == (ReceiptStatus.FAILED, REFUSED)
    assert bench.groups.names() == ["add"]
    assert bench.groups.rules == {}


def test_where_tagging_is_refused_the_end_is_kept_in_the_description(lenient: Any) -> None:
    lenient.groups.trouble("add", "before", REFUSED)
    first, second = lenient.apply(add(1), add(2))
    assert lenient.groups.names() == ["add", "add"]
    assert {first.status, second.status} == {ReceiptStatus.DONE}
    assert first.rule.tags == {}
    assert first.rule.description == ("deploy (alice until 2026-11-22T14:00:00Z, prod-db)" + SUFFIX)
    assert owner_hash("alice") in SUFFIX


def test_where_tagging_is_permitted_rules_are_tagged_as_ever(lenient: Any) -> None:
    (receipt,) = lenient.apply(add())
    assert receipt.rule.tags and read_suffix(receipt.rule.description) is None


def test_who_may_not_authorize_at_all_is_told_so(lenient: Any) -> None:
    again = PermissionMissingError("You may not authorize.")
    lenient.groups.trouble("add", "before", REFUSED)
    lenient.groups.trouble("add", "before", again)
    (receipt,) = lenient.apply(add())
    assert (receipt.status, receipt.error) == (ReceiptStatus.FAILED, again)


def test_owners_without_room_in_a_description_are_refused(lenient: Any) -> None:
    many = tuple(f"owner-{number}" for number in range(MOST_OWNERS))
    lenient.groups.trouble("add", "before", REFUSED)
    (receipt,) = lenient.apply(add(grant=GRANT.model_copy(update={"sharers": many})))
    assert receipt.error is REFUSED


def test_a_lost_answer_is_settled_by_the_description(lenient: Any) -> None:
    lenient.groups.trouble("add", "before", REFUSED)
    lenient.groups.trouble("add", "after", UnavailableError("Lost."))
    (receipt,) = lenient.apply(add())
    assert receipt.status is ReceiptStatus.DONE
    assert read_suffix(receipt.rule.description) is not None


def test_a_strangers_rule_in_the_way_is_not_taken_for_ours(lenient: Any) -> None:
    theirs = SecurityGroupRule(rule_id="sgr-9", group_id="sg-1", spec=spec(), description="theirs")
    lenient.groups.put(theirs)
    lenient.groups.trouble("add", "before", REFUSED)
    (receipt,) = lenient.apply(add())
    assert receipt.status is ReceiptStatus.CLASHED
    assert isinstance(receipt.error, RuleExistsError)


def test_extending_rewrites_the_description_and_nothing_else(lenient: Any) -> None:
    lenient.groups.put(described())
    (receipt,) = lenient.apply(Extend(rule=described(), grant=GRANT))
    assert lenient.groups.names() == ["describe anew", "describe"]
    assert receipt.status is ReceiptStatus.DONE
    assert receipt.rule.tags == {}
    assert read_suffix(receipt.rule.description) == Suffix(
        NOW - HOUR / 2, NOW + 2 * HOUR, (owner_hash("bob"), owner_hash("alice"))
    )


def test_a_description_that_cannot_be_written_is_no_extension(lenient: Any) -> None:
    lenient.groups.put(described())
    lenient.groups.trouble("describe anew", "before", REFUSED)
    (receipt,) = lenient.apply(Extend(rule=described(), grant=GRANT))
    assert (receipt.status, receipt.error) == (ReceiptStatus.FAILED, REFUSED)


def test_a_description_that_does_not_show_is_unverified(lenient: Any) -> None:
    lenient.groups.put(described())
    lenient.groups.stale = 100
    (receipt,) = lenient.apply(Extend(rule=described(), grant=GRANT))
    assert receipt.status is ReceiptStatus.UNVERIFIED


def test_moving_takes_the_description_along_in_one_write(lenient: Any) -> None:
    lenient.groups.put(described())
    (receipt,) = lenient.apply(Move(rule=described(), to=spec(9), grant=GRANT))
    assert lenient.groups.names() == ["modify", "describe"]
    assert receipt.status is ReceiptStatus.DONE
    assert (receipt.rule.spec, receipt.rule.tags) == (spec(9), {})
    assert receipt.rule.description.endswith(SUFFIX)


def test_an_owner_who_leaves_is_taken_out_of_the_description(lenient: Any) -> None:
    both = Suffix(NOW - HOUR, NOW + HOUR, (owner_hash("bob"), owner_hash("alice")))
    rule = described().model_copy(update={"description": with_suffix("words", both)})
    lenient.groups.put(rule)
    (receipt,) = lenient.apply(Release(rule=rule, owner=owner_hash("bob")))
    assert receipt.status is ReceiptStatus.DONE
    left = both._replace(owners=(owner_hash("alice"),))
    assert receipt.rule.description == "words" + left.text()


def test_a_rule_is_set_back_to_the_description_that_it_had(lenient: Any) -> None:
    extended = with_suffix("x", new_suffix(GRANT, NOW))
    rule = described().model_copy(update={"description": extended})
    lenient.groups.put(rule)
    (receipt,) = lenient.apply(Reset(rule=rule, to=described()))
    assert lenient.groups.names() == ["describe anew", "describe"]
    assert receipt.status is ReceiptStatus.DONE
    assert receipt.rule == described()


def test_a_restored_rule_without_tags_gets_none(lenient: Any) -> None:
    (receipt,) = lenient.apply(Restore(rule=described()))
    assert receipt.status is ReceiptStatus.DONE
    assert (receipt.rule.tags, receipt.rule.description) == ({}, described().description)
    marks = read_marks(receipt.rule)
    assert marks is not None and marks.by_description


def test_a_dry_run_asks_for_the_untagged_rule_where_tagging_is_refused(lenient: Any) -> None:
    lenient.groups.trouble("dry run", "before", REFUSED)
    lenient.rehearse(add())
    (_, (_, tagged)), (_, (_, untagged)) = lenient.groups.calls
    assert "TagSpecifications" in tagged and "TagSpecifications" not in untagged


def test_a_dry_run_says_what_is_missing_where_tags_are_required(bench: Any) -> None:
    bench.groups.trouble("dry run", "before", REFUSED)
    with pytest.raises(PermissionMissingError):
        bench.rehearse(add())
    assert len(bench.groups.calls) == 1
