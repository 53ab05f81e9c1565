"""AWS's answers as our nouns. Pure: nothing here makes a call.

What AWS always sends is required: an answer without it raises UnavailableError.
Source: EC2 API reference, SecurityGroup and SecurityGroupRule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from ipaddress import ip_network
from typing import Any

from awswhitelist.aws.ports import our_ports, our_protocol
from awswhitelist.exceptions import UnavailableError
from awswhitelist.models import Caller, RuleSpec, SecurityGroup, SecurityGroupRule, SourceKind
from awswhitelist.validators import LAST_PORT

Answer = Mapping[str, Any]

_ID = re.compile(r"[\w.:/+=,@*-]{1,256}", re.ASCII)
"""Ids, ARNs and names of protocols have no blanks and no control characters. We show them as they
are, in front of what is known to be others' text: nothing else may pass for one."""

LONGEST_ARN = 2048


@contextmanager
def required() -> Iterator[None]:
    """Something that is not as AWS's API reference says is an answer we cannot use."""
    try:
        yield
    except (KeyError, OverflowError, TypeError, ValueError):
        raise UnavailableError("AWS's answer could not be read.") from None


@required()
def request_id(answer: Answer) -> str:
    """AWS's own id of the call."""
    return _id(answer["ResponseMetadata"]["RequestId"])


@required()
def answered_at(answer: Answer) -> datetime:
    """When AWS answered (the ``Date`` header), in UTC: expiry is judged by AWS's clock."""
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).astimezone(UTC)


@required()
def caller(answer: Answer) -> Caller:
    """Who STS says we are."""
    arn = answer["Arn"]
    if not arn.isprintable() or " " in arn or len(arn) > LONGEST_ARN:
        raise ValueError
    return Caller(account=_id(answer["Account"]), arn=arn)


def _id(text: str) -> str:
    """An id, as AWS's are. ValueError, TypeError."""
    if not _ID.fullmatch(text):
        raise ValueError
    return text


def _id_if_any(text: str | None) -> str | None:
    return None if text is None else _id(text)


@required()
def security_groups(answer: Answer) -> tuple[SecurityGroup, ...]:
    """The groups of a DescribeSecurityGroups."""
    return tuple(
        SecurityGroup(
            group_id=_id(group["GroupId"]),
            name=group["GroupName"],
            description=group.get("Description", ""),
            vpc_id=_id_if_any(group.get("VpcId")),
            account=_id_if_any(group.get("OwnerId")) or "",
            tags=tags_of(group),
        )
        for group in answer["SecurityGroups"]
    )


@required()
def ingress_rules(answer: Answer) -> tuple[SecurityGroupRule, ...]:
    """The ingress rules of a DescribeSecurityGroupRules or an authorize, in AWS's order."""
    return tuple(
        SecurityGroupRule(
            rule_id=_id(rule["SecurityGroupRuleId"]),
            group_id=_id(rule["GroupId"]),
            spec=_spec(rule),
            description=rule.get("Description", ""),
            tags=tags_of(rule),
        )
        for rule in answer["SecurityGroupRules"]
        if not rule.get("IsEgress", False)
    )


def _spec(rule: Answer) -> RuleSpec:
    ports = rule.get("FromPort"), rule.get("ToPort")
    return _read_spec(rule["IpProtocol"], *ports, *_source(rule))


@lru_cache(maxsize=4096)
def _read_spec(
    protocol: str, first: int | None, last: int | None, kind: SourceKind, source: str
) -> RuleSpec:
    """What a rule lets through, from AWS's words. Each call reads the rules that the last one read,
    and to read their addresses takes longer than all else here."""
    ours = our_protocol(_id(protocol))
    if any(end is not None and not -1 <= end <= LAST_PORT for end in (first, last)):
        raise ValueError
    from_port, to_port = our_ports(ours, first, last)
    read = _canonical_cidr if kind in (SourceKind.IPV4, SourceKind.IPV6) else _id
    return RuleSpec(
        protocol=ours,
        from_port=from_port,
        to_port=to_port,
        source=read(source),
        source_kind=kind,
    )


def _source(rule: Answer) -> tuple[SourceKind, str]:
    if "CidrIpv4" in rule:
        return SourceKind.IPV4, rule["CidrIpv4"]
    if "CidrIpv6" in rule:
        return SourceKind.IPV6, rule["CidrIpv6"]
    if "PrefixListId" in rule:
        return SourceKind.PREFIX_LIST, rule["PrefixListId"]
    return SourceKind.GROUP, rule["ReferencedGroupInfo"]["GroupId"]


def _canonical_cidr(cidr: str) -> str:
    return str(ip_network(cidr, strict=False))


def tags_of(thing: Answer) -> dict[str, str]:
    """The tags of something, by key."""
    tags: Iterable[Mapping[str, str]] = thing.get("Tags", ())
    return {tag["Key"]: tag["Value"] for tag in tags}
