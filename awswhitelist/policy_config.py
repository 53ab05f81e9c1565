"""The operator's policy as data: what may be opened, for how long, and what needs approval."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.model_parsing import stated
from awswhitelist.models import Frozen
from awswhitelist.validators import LAST_PORT, check_region, parse_duration, parse_ports


class ApprovalReason(StrEnum):
    """Why a plan needs a second look."""

    ALWAYS = "always"
    WIDER_THAN_HOST = "wider_than_host"
    SENSITIVE_PORTS = "sensitive_ports"
    FOREIGN_RULES = "foreign_rules"
    PROTECTED_GROUPS = "protected_groups"


class ApprovalFallback(StrEnum):
    """What stands in for a person where nobody can be asked."""

    TOKEN = "token"
    DENY = "deny"


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    try:
        parsed = parse_duration(value) if isinstance(value, str) else None
    except InvalidArgumentError:
        parsed = None
    if parsed is None:
        raise stated('must be a duration such as "90m", "8h" or "7d"')
    return parsed


def _port_entry(value: object) -> str:
    try:
        ports = parse_ports(value, {}) if isinstance(value, (int, str)) else (0, 0)
    except InvalidArgumentError:
        ports = (0, 0)
    if ports == (0, 0):
        raise stated('must be a port number or a range such as "8000-8100"')
    first, last = ports or (0, LAST_PORT)
    return str(first) if first == last else f"{first}-{last}"


def _account_entry(value: str) -> str:
    if "*" not in value and not re.fullmatch(r"[0-9]{12}", value):
        raise stated("must be an AWS account id of 12 digits")
    return value


def _region_entry(value: str) -> str:
    try:
        return value if "*" in value else check_region(value)
    except InvalidArgumentError:
        raise stated("must be the name of an AWS region") from None


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""In JSON a text such as "8h"."""

PortEntry = Annotated[str, BeforeValidator(_port_entry)]
"""A port or a range, as text: "443", "8000-8100"; "0-65535" for all."""

Entry = Annotated[str, Field(strict=True, min_length=1)]
AccountEntry = Annotated[Entry, AfterValidator(_account_entry)]
RegionEntry = Annotated[Entry, AfterValidator(_region_entry)]
Switch = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=1)]


LONGEST_QUESTION = timedelta(minutes=5)


class AllowDeny(Frozen):
    """What is admitted and what is not; ``allow`` absent means all, empty means none."""

    allow: tuple[Entry, ...] | None = None
    deny: tuple[Entry, ...] = ()


class PortLists(AllowDeny):
    """Lists of ports and ranges."""

    allow: tuple[PortEntry, ...] | None = None
    deny: tuple[PortEntry, ...] = ()


class AccountLists(AllowDeny):
    """Lists of AWS account ids; ``*`` works."""

    allow: tuple[AccountEntry, ...] | None = None
    deny: tuple[AccountEntry, ...] = ()


class RegionLists(AllowDeny):
    """Lists of AWS regions; ``*`` works."""

    allow: tuple[RegionEntry, ...] | None = None
    deny: tuple[RegionEntry, ...] = ()


def _every_reason(
    given: Mapping[ApprovalReason, ApprovalFallback],
) -> Mapping[ApprovalReason, ApprovalFallback]:
    return {reason: given.get(reason, ApprovalFallback.TOKEN) for reason in ApprovalReason}


def _question_time(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= LONGEST_QUESTION:
        raise stated("must be at most 5 minutes")
    return value


class ApprovalConfig(Frozen):
    """When approval is needed, and what stands in for it; ``without_elicitation`` is complete.

    ``timeout`` is how long a question stays open; an approval itself lasts no longer than that.
    """

    when: tuple[ApprovalReason, ...] = (
        ApprovalReason.WIDER_THAN_HOST,
        ApprovalReason.FOREIGN_RULES,
        ApprovalReason.PROTECTED_GROUPS,
    )
    without_elicitation: Annotated[
        Mapping[ApprovalReason, ApprovalFallback], AfterValidator(_every_reason)
    ] = Field(default_factory=lambda: _every_reason({}))
    timeout: Annotated[Duration, AfterValidator(_question_time)] = LONGEST_QUESTION


def _longest_total(data: Mapping[str, Any]) -> timedelta:
    longest: timedelta = data.get("max_ttl", timedelta(0))
    return max(timedelta(days=30), longest)


def _usual_ttl(data: Mapping[str, Any]) -> timedelta:
    longest: timedelta = data.get("max_ttl", timedelta.max)
    return min(timedelta(hours=8), longest)


class PolicyConfig(Frozen):
    """What the operator allows. Every default is on the careful side.

    ``max_total_ttl`` and ``default_ttl``, where not given, make way for the ``max_ttl`` given.
    ``protected_groups`` holds ids, names and ``tag:Key=Value``; groups with the tag
    ``awswhitelist:protected`` are protected whatever it holds.
    """

    read_only: Switch = False
    min_prefix_ipv4: Annotated[int, Field(strict=True, ge=0, le=32)] = 24
    min_prefix_ipv6: Annotated[int, Field(strict=True, ge=0, le=128)] = 64
    max_addresses: Count = 256
    allow_public: Switch = False
    allow_private: Switch = True
    allow_all_ports: Switch = False
    allow_all_protocols: Switch = False
    ports: PortLists = Field(default_factory=PortLists.model_construct)
    regions: RegionLists = Field(default_factory=RegionLists.model_construct)
    accounts: AccountLists = Field(default_factory=AccountLists.model_construct)
    profiles: AllowDeny = Field(default_factory=AllowDeny.model_construct)
    groups: AllowDeny = Field(default_factory=AllowDeny.model_construct)
    max_ttl: Duration = timedelta(days=7)
    max_total_ttl: Duration = Field(default_factory=_longest_total)
    default_ttl: Duration = Field(default_factory=_usual_ttl)
    allow_never_expires: Switch = False
    require_reason: Switch = False
    act_for_others: Switch = True
    allow_inline_credentials: Switch = False
    max_changing_calls_per_minute: Count = 60
    max_changes_per_hour: Count = 2000
    approval: ApprovalConfig = Field(default_factory=ApprovalConfig.model_construct)
    sensitive_ports: tuple[PortEntry, ...] = ("22", "3389", "5985-5986")
    protected_groups: tuple[Entry, ...] = ()

    @model_validator(mode="after")
    def _lifetimes_agree(self) -> PolicyConfig:
        if not self.default_ttl <= self.max_ttl <= self.max_total_ttl:
            raise stated("must have default_ttl <= max_ttl <= max_total_ttl")
        return self
