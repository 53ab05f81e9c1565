"""Protocols and ports, from AWS and to AWS."""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.aws.ports import aws_protocol_and_ports, canonical, our_ports, our_protocol
from awswhitelist.models import RuleSpec, SourceKind


def spec(protocol: str, first: int | None = None, last: int | None = None) -> RuleSpec:
    return RuleSpec(
        protocol=protocol,
        from_port=first,
        to_port=last,
        source="203.0.113.7/32",
        source_kind=SourceKind.IPV4,
    )


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("-1", "all"),
        ("1", "icmp"),
        ("6", "tcp"),
        ("17", "udp"),
        ("58", "icmpv6"),
        ("tcp", "tcp"),
        ("50", "50"),
    ],
)
def test_a_protocol_has_our_name_or_keeps_its_number(theirs: str, ours: str) -> None:
    assert our_protocol(theirs) == ours


@pytest.mark.parametrize(
    ("protocol", "theirs", "ours"),
    [
        ("tcp", (22, 22), (22, 22)),
        ("udp", (0, 65535), (0, 65535)),
        ("tcp", (-1, -1), (0, 65535)),
        ("udp", (None, None), (0, 65535)),
        ("icmp", (8, -1), (8, None)),
        ("icmp", (0, 0), (0, 0)),
        ("icmpv6", (-1, -1), (None, None)),
        ("icmpv6", (None, None), (None, None)),
        ("all", (-1, -1), (None, None)),
        ("50", (0, 0), (None, None)),
    ],
)
def test_ports_read_from_aws_have_one_spelling(
    protocol: str, theirs: tuple[int | None, int | None], ours: tuple[int | None, int | None]
) -> None:
    assert our_ports(protocol, *theirs) == ours


def test_two_spellings_of_one_rule_have_one_canonical_form() -> None:
    assert canonical(spec("6", 22, 22)) == spec("tcp", 22, 22)
    assert canonical(spec("-1", -1, -1)) == canonical(spec("all")) == spec("all")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (spec("tcp", 22, 22), {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}),
        (spec("17", 0, 65535), {"IpProtocol": "udp", "FromPort": 0, "ToPort": 65535}),
        (spec("icmp"), {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1}),
        (spec("icmp", 8), {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1}),
        (spec("icmpv6", 128, 0), {"IpProtocol": "icmpv6", "FromPort": 128, "ToPort": 0}),
        (spec("all"), {"IpProtocol": "-1"}),
        (spec("50"), {"IpProtocol": "50"}),
    ],
)
def test_a_request_spells_protocol_and_ports_as_aws_wants_them(
    ours: RuleSpec, theirs: dict[str, Any]
) -> None:
    assert aws_protocol_and_ports(ours) == theirs


@pytest.mark.parametrize(
    "gap", [spec("tcp"), spec("tcp", 22), spec("udp", None, 53), spec("icmp", None, 3)]
)
def test_a_gap_in_a_request_is_refused_and_not_filled_with_every_port(gap: RuleSpec) -> None:
    with pytest.raises(ValueError):
        aws_protocol_and_ports(gap)
