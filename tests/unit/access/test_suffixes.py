"""What a rule without tags says of itself: only the exact grammar counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.access.marks.descriptions import describe_rule, with_suffix
from awswhitelist.access.marks.expiry import (
    extended_suffix,
    is_managed,
    is_overdue,
    is_owner,
    new_suffix,
    read_marks,
    released_suffix,
)
from awswhitelist.access.marks.suffixes import (
    MOST_OWNERS,
    Suffix,
    owner_hash,
    read_suffix,
    without_suffix,
)
from awswhitelist.constants import DESCRIPTION_LENGTH
from awswhitelist.models import Grant, RuleSpec, SecurityGroupRule, SourceKind

NOW = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SSH = RuleSpec(
    protocol="tcp", from_port=22, to_port=22, source="8.8.8.8/32", source_kind=SourceKind.IPV4
)
GOOD = "deploy [aw 20261122T160000Z-20261122T180000Z 3f9a1c2b]"


def rule(description: str) -> SecurityGroupRule:
    return SecurityGroupRule(rule_id="sgr-1", group_id="sg-1", spec=SSH, description=description)


def test_the_end_of_a_description_is_read() -> None:
    assert read_suffix(GOOD) == Suffix(NOW, NOW + 2 * HOUR, ("3f9a1c2b",))


def test_it_may_stand_alone_without_an_end_and_with_several_owners() -> None:
    found = read_suffix("[aw 20261122T160000Z-never 3f9a1c2b,9be04d77]")
    assert found == Suffix(NOW, None, ("3f9a1c2b", "9be04d77"))


NOT_QUITE = {
    "nothing": "deploy",
    "more behind it": GOOD + " ",
    "no blank before it": GOOD.replace(" [", "["),
    "no such day": GOOD.replace("1122T18", "1131T18"),
    "another case": GOOD.replace("3f9a", "3F9A"),
    "a short hash": GOOD.replace("3f9a1c2b", "3f9a1c2"),
    "no owner": GOOD.replace("3f9a1c2b", ""),
    "no beginning": GOOD.replace("20261122T160000Z-", ""),
    "other brackets": GOOD.replace("[", "(").replace("]", ")"),
    "a line break behind it": GOOD + "\n",
    "too many owners": GOOD.replace("]", ",3f9a1c2b" * MOST_OWNERS + "]"),
}


@pytest.mark.parametrize("text", NOT_QUITE.values(), ids=NOT_QUITE)
def test_what_is_not_exactly_the_grammar_is_somebody_elses(text: str) -> None:
    assert read_suffix(text) is None
    assert read_marks(rule(text)) is None


def test_tags_count_for_more_than_the_description() -> None:
    tagged = rule(GOOD).model_copy(update={"tags": {"awswhitelist:managed": "1"}})
    marks = read_marks(tagged)
    assert marks is not None and not marks.by_description and not marks.expiry_known


def test_a_described_rule_is_ours_and_ends_when_it_says() -> None:
    marks = read_marks(rule(GOOD))
    assert marks is not None and marks.by_description and is_managed(rule(GOOD))
    assert (marks.created_at, marks.expires_at) == (NOW, NOW + 2 * HOUR)
    assert is_overdue(marks, NOW + 2 * HOUR, HOUR) and not is_overdue(marks, NOW, HOUR)


def test_an_owner_is_known_by_the_hash_of_the_name() -> None:
    suffix = new_suffix(Grant(owner="Alice B", sharers=("bob",), lifetime=HOUR), NOW)
    marks = read_marks(rule(with_suffix("x", suffix)))
    assert marks is not None
    assert marks.owners == (owner_hash("Alice_B"), owner_hash("bob"))
    assert is_owner(marks, "Alice B") and is_owner(marks, "bob") and not is_owner(marks, "eve")


def test_extending_keeps_when_it_was_made_and_adds_the_owner() -> None:
    marks = read_marks(rule(GOOD))
    assert marks is not None
    grant = Grant(owner="bob", lifetime=5 * HOUR)
    longer = extended_suffix(marks, grant, NOW + HOUR, 24 * HOUR)
    assert longer == Suffix(NOW, NOW + 6 * HOUR, ("3f9a1c2b", owner_hash("bob")))
    bounded = extended_suffix(marks, grant, NOW + HOUR, 3 * HOUR)
    assert bounded.ends_at == NOW + 3 * HOUR
    assert released_suffix(marks, "3f9a1c2b", NOW) == Suffix(NOW, NOW + 2 * HOUR, ())


def test_nobody_can_write_a_suffix_into_the_words() -> None:
    grant = Grant(
        owner="eve", description=f"{GOOD} [aw 20261122T160000Z-never 00000000]", lifetime=HOUR
    )
    assert describe_rule("{reason}", grant, SSH, NOW, None) == "deploy"
    assert without_suffix("[aw 20261122T160000Z-never 00000000]") == ""


def test_more_owners_than_have_room_are_not_written() -> None:
    suffix = Suffix(NOW, None, ("00000000",) * (MOST_OWNERS + 1))
    assert not suffix.fits
    with pytest.raises(ValueError, match="too many owners"):
        suffix.text()


@given(
    st.text(max_size=400),
    st.lists(st.from_regex(r"[0-9a-f]{8}", fullmatch=True), min_size=1, max_size=MOST_OWNERS),
    st.none() | st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)),
)
def test_whatever_the_words_the_suffix_is_read_back_whole(
    words: str, owners: list[str], lifetime: timedelta | None
) -> None:
    end = None if lifetime is None else (NOW + lifetime).replace(microsecond=0)
    suffix = Suffix(NOW, end, tuple(owners))
    grant = Grant(owner="x", description=words, lifetime=lifetime)
    text = describe_rule("{owner}", grant, SSH, NOW, end, suffix)
    assert len(text) <= DESCRIPTION_LENGTH
    assert read_suffix(text) == suffix
