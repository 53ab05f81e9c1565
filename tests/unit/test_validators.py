"""Single values: what is taken, what is refused, and what the refusal says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from ipaddress import IPv4Network, IPv6Network, ip_network

import pytest

from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.models import IpProtocol
from awswhitelist.validators import (
    AddressKind,
    address_kind,
    check_region,
    check_rule_id,
    format_duration,
    format_time,
    looks_like_group_id,
    parse_duration,
    parse_network,
    parse_ports,
    parse_protocol,
    parse_time,
)

NAMES = {"ssh": 22, "postgres": 5432}


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("198.51.100.7", IPv4Network("198.51.100.7/32")),
        (" 198.51.100.0/24 ", IPv4Network("198.51.100.0/24")),
        ("2001:DB8::7", IPv6Network("2001:db8::7/128")),
        ("2001:db8::/32", IPv6Network("2001:db8::/32")),
        ("0.0.0.0/0", IPv4Network("0.0.0.0/0")),
    ],
)
def test_an_address_or_cidr_becomes_the_network_it_names(
    text: str, network: IPv4Network | IPv6Network
) -> None:
    assert parse_network(text) == network


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "198.51.100",
        "198.51.100.07",
        "198.51. 100.7",
        "198.51.100.7/33",
        "198.51.100.7/",
        "198.51.100.7/024",
        "198.51.100.0/255.255.255.0",
        "198.51.100.7/32/32",
        "fe80::1%eth0",
        "٣.1.1.1",
        "2001:db8::/129",
    ],
)
def test_what_is_no_address_is_refused_by_field(text: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_network(text, field="sources[1]")
    assert caught.value.field == "sources[1]"
    assert "198.51.100.0/24" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "network", "host"),
    [
        ("198.51.100.7/24", "198.51.100.0/24", "198.51.100.7"),
        ("2001:db8::7/64", "2001:db8::/64", "2001:db8::7"),
    ],
)
def test_host_bits_are_refused_with_the_network_that_was_meant(
    text: str, network: str, host: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_network(text)
    assert network in caught.value.remedy
    assert f"{host} for that one" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "meant"),
    [("::ffff:198.51.100.7", "198.51.100.7."), ("::ffff:198.51.100.0/120", "198.51.100.0/24.")],
)
def test_ipv4_written_as_ipv6_is_refused_with_the_ipv4_address(text: str, meant: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_network(text)
    assert caught.value.remedy == f"Write {meant}"


def test_a_refusal_repeats_at_most_80_printable_characters_of_the_input() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_network("\x1b[31m\u202e" + "x" * 5000)
    assert len(caught.value.summary) < 150
    assert caught.value.summary.isprintable()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("8.8.8.8/32", AddressKind.PUBLIC),
        ("2600::/64", AddressKind.PUBLIC),
        ("10.1.2.3/32", AddressKind.PRIVATE),
        ("172.31.0.0/16", AddressKind.PRIVATE),
        ("fd00::/64", AddressKind.PRIVATE),
        ("fec0::/64", AddressKind.PRIVATE),
        ("100.64.1.1/32", AddressKind.SHARED),
        ("127.0.0.1/32", AddressKind.LOOPBACK),
        ("::1/128", AddressKind.LOOPBACK),
        ("169.254.169.254/32", AddressKind.LINK_LOCAL),
        ("fe80::/64", AddressKind.LINK_LOCAL),
        ("239.1.1.1/32", AddressKind.MULTICAST),
        ("ff02::1/128", AddressKind.MULTICAST),
        ("203.0.113.7/32", AddressKind.DOCUMENTATION),
        ("2001:db8::1/128", AddressKind.DOCUMENTATION),
        ("0.0.0.1/32", AddressKind.RESERVED),
        ("255.255.255.255/32", AddressKind.RESERVED),
        ("198.19.0.1/32", AddressKind.RESERVED),
        ("::/128", AddressKind.RESERVED),
        ("64:ff9b::1/128", AddressKind.RESERVED),
        ("4000::/16", AddressKind.RESERVED),
    ],
)
def test_special_ranges_are_known_by_their_kind(text: str, kind: AddressKind) -> None:
    assert address_kind(ip_network(text)) is kind


@pytest.mark.parametrize("text", ["8.0.0.0/6", "172.0.0.0/8", "f000::/4"])
def test_a_network_that_overlaps_private_space_counts_as_private(text: str) -> None:
    assert address_kind(ip_network(text)) is AddressKind.PRIVATE


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "198.51.0.0/16"])
def test_a_network_that_is_only_partly_special_is_public(text: str) -> None:
    assert address_kind(ip_network(text)) is AddressKind.PUBLIC


@pytest.mark.parametrize("name", list(IpProtocol))
def test_protocols_are_taken_by_name_in_any_case(name: IpProtocol) -> None:
    assert parse_protocol(f" {name.upper()} ") is name


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("-1", "all"),
        (-1, "all"),
        (6, "tcp"),
        ("17", "udp"),
        ("ipv6-icmp", "icmpv6"),
        ("tpc", "tcp"),
    ],
)
def test_a_protocol_by_number_or_misspelt_is_refused_with_the_word_to_use(
    value: object, word: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_protocol(value)
    assert caught.value.remedy.startswith(f'Write "{word}".')


@pytest.mark.parametrize("value", [True, None, "gopher-over-carrier-pigeon"])
def test_a_protocol_like_no_other_is_refused_with_the_whole_list(value: object) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_protocol(value)
    assert caught.value.remedy == 'Protocols are "tcp", "udp", "icmp", "icmpv6", "all".'


@pytest.mark.parametrize(
    ("value", "ports"),
    [
        (22, (22, 22)),
        ("5432", (5432, 5432)),
        ("8000-8100", (8000, 8100)),
        (" 8000 - 8100 ", (8000, 8100)),
        ("443-443", (443, 443)),
        ("SSH", (22, 22)),
        (65535, (65535, 65535)),
        ("all", None),
        ("1-65535", None),
    ],
)
def test_ports_are_numbers_ranges_and_names(
    value: int | str, ports: tuple[int, int] | None
) -> None:
    assert parse_ports(value, NAMES) == ports


@pytest.mark.parametrize(
    "value", [True, 0, -1, 70000, "022", "0", "0-65535", "8100-8000", "1-99999", "", "١", "9" * 99]
)
def test_what_is_no_port_is_refused_by_field(value: int | str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_ports(value, NAMES, field="ports[0]")
    assert caught.value.field == "ports[0]"


@pytest.mark.parametrize(
    ("value", "hint"),
    [("postgress", 'Did you mean "postgres"?'), ("8100-8000", 'Write "8000-8100".')],
)
def test_a_near_miss_of_a_port_is_answered_with_what_was_meant(value: str, hint: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_ports(value, NAMES)
    assert caught.value.remedy.startswith(hint)


@pytest.mark.parametrize(
    ("text", "delta"),
    [
        ("90m", timedelta(minutes=90)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
        ("45s", timedelta(seconds=45)),
        ("1h30m", timedelta(minutes=90)),
        ("1 h 30 min", timedelta(minutes=90)),
        ("PT2H", timedelta(hours=2)),
        ("P1D", timedelta(days=1)),
        ("p1dt30m", timedelta(days=1, minutes=30)),
        ("3650d", timedelta(days=3650)),
        (" Never ", None),
    ],
)
def test_durations_are_taken_short_and_as_iso_8601(text: str, delta: timedelta | None) -> None:
    assert parse_duration(text) == delta


@pytest.mark.parametrize(
    "text",
    ["", "0", "0h", "-2h", "2", "h", "2y", "P", "PT", "P1DT", "P1M", "P1Y", "30m1h", "1.5h"]
    + ["3651d", "999999999999w", "9999999999999999w", "soon"],
)
def test_what_is_no_length_of_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse_duration(text)
    assert caught.value.field == "expires_in"
    assert '"1h30m"' in caught.value.remedy


@pytest.mark.parametrize(
    ("delta", "text"),
    [
        (timedelta(hours=2), "2 h"),
        (timedelta(minutes=90), "1 h 30 min"),
        (timedelta(days=7), "7 d"),
        (timedelta(days=1, hours=2, minutes=3), "1 d 2 h"),
        (timedelta(seconds=59, milliseconds=600), "1 min"),
        (timedelta(milliseconds=-100), "0 s"),
        (timedelta(0), "0 s"),
        (timedelta(hours=-3), "-3 h"),
    ],
)
def test_people_read_the_two_largest_units(delta: timedelta, text: str) -> None:
    assert format_duration(delta) == text


def test_times_are_written_in_utc_with_z_and_read_back() -> None:
    at = datetime(2026, 11, 20, 14, 30, 5, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert format_time(at) == "2026-11-20T12:30:05Z"
    assert parse_time("2026-11-20T12:30:05Z") == datetime(2026, 11, 20, 12, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "never", "2026-11-20", "2026-11-20T12:30:05", "2026-13-20T12:30:05Z"]
)
def test_what_is_no_time_of_ours_is_none(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("sg-12345678", True),
        ("sg-0123456789abcdef0", True),
        ("sg-0123456789", False),
        ("sg-0123456789ABCDEF0", False),
        ("sg-12345678\n", False),
        ("prod-bastion", False),
    ],
)
def test_a_group_id_has_eight_or_seventeen_hex_digits(text: str, looks: bool) -> None:
    assert looks_like_group_id(text) is looks


@pytest.mark.parametrize("text", ["sgr-0123456789abcdef0", "sgr-01234567"])
def test_a_rule_id_is_given_back_as_it_is(text: str) -> None:
    assert check_rule_id(text, field="rule_ids[0]") == text


@pytest.mark.parametrize("text", ["sg-0123456789abcdef0", "sgr-", "sgr-xyz", ""])
def test_what_is_no_rule_id_is_refused_by_field(text: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_rule_id(text, field="rule_ids[0]")
    assert caught.value.field == "rule_ids[0]"


@pytest.mark.parametrize(
    "text", ["eu-west-1", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1", "ap-southeast-2"]
)
def test_every_shape_of_region_is_known(text: str) -> None:
    assert check_region(text) == text


@pytest.mark.parametrize("text", ["", "eu-west", "EU-WEST-1", "eu-west-1a", "eu-west-1/../x"])
def test_what_is_no_region_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        check_region(text)
    assert caught.value.field == "region"
