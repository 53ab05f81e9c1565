"""What holds for every input."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network

from hypothesis import given
from hypothesis import strategies as st

from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.text import DESCRIPTION_ALPHABET
from awswhitelist.validators import (
    clean_description,
    clean_tag_value,
    format_duration,
    format_time,
    parse_duration,
    parse_network,
    parse_ports,
    parse_time,
    printable,
)

ANY_TEXT = st.text(max_size=400) | st.text(st.characters(), max_size=400)
TAG_PUNCTUATION = set(" _.:/=+-@")
MAPPED = IPv6Network("::ffff:0:0/96")


def _network_v4(bits: int, prefix: int) -> IPv4Network:
    return IPv4Network((bits >> (32 - prefix) << (32 - prefix), prefix))


def _network_v6(bits: int, prefix: int) -> IPv6Network:
    return IPv6Network((bits >> (128 - prefix) << (128 - prefix), prefix))


NETWORKS = st.builds(_network_v4, st.integers(0, 2**32 - 1), st.integers(0, 32)) | st.builds(
    _network_v6, st.integers(0, 2**128 - 1), st.integers(0, 128)
).filter(lambda network: not network.subnet_of(MAPPED))


@given(ANY_TEXT)
def test_a_cleaned_description_is_legal_and_cleaning_it_again_changes_nothing(text: str) -> None:
    cleaned = clean_description(text)
    assert set(cleaned) <= DESCRIPTION_ALPHABET
    assert len(cleaned) <= 255
    assert clean_description(cleaned) == cleaned


@given(ANY_TEXT)
def test_a_cleaned_tag_value_is_legal_and_cleaning_it_again_changes_nothing(text: str) -> None:
    cleaned = clean_tag_value(text)
    assert all(unicodedata.category(c)[0] in "LN" or c in TAG_PUNCTUATION for c in cleaned)
    assert len(cleaned) <= 256
    assert clean_tag_value(cleaned) == cleaned


@given(ANY_TEXT, st.integers(1, 300))
def test_printable_text_has_no_hidden_characters_and_keeps_the_limit(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert all(unicodedata.category(c)[0] != "C" and c not in "\u2028\u2029" for c in shown)
    assert len(shown) <= limit


@given(NETWORKS)
def test_a_network_written_out_is_read_as_itself(network: IPv4Network | IPv6Network) -> None:
    assert parse_network(str(network)) == network


@given(ANY_TEXT)
def test_any_text_is_a_network_or_a_refusal(text: str) -> None:
    try:
        parsed = parse_network(text)
    except InvalidArgumentError as error:
        assert error.field == "source"
    else:
        assert isinstance(parsed, IPv4Network | IPv6Network)


@given(st.integers(1, 3650), st.integers(0, 23))
def test_a_duration_of_two_units_written_for_people_is_read_as_itself(
    days: int, hours: int
) -> None:
    delta = min(timedelta(days=days, hours=hours), timedelta(days=3650))
    assert parse_duration(format_duration(delta)) == delta


@given(ANY_TEXT)
def test_any_text_is_a_duration_in_bounds_or_a_refusal(text: str) -> None:
    try:
        parsed = parse_duration(text)
    except InvalidArgumentError as error:
        assert error.field == "expires_in"
    else:
        assert parsed is None or timedelta(0) < parsed <= timedelta(days=3650)


@given(st.integers(1, 65535), st.integers(1, 65535))
def test_a_range_of_ports_is_read_as_itself(one: int, other: int) -> None:
    first, last = sorted((one, other))
    expected = None if (first, last) == (1, 65535) else (first, last)
    assert parse_ports(f"{first}-{last}", {}) == expected


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_a_time_to_the_second_is_read_back_as_itself(naive: datetime) -> None:
    at = naive.replace(microsecond=0, tzinfo=UTC)
    assert parse_time(format_time(at)) == at
