"""The operator's policy as data: what may be opened, for how long, and what needs approval."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

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
    RESTORES_ACCESS = "restores_access"
    """Access that had ended comes back: this always asks, whatever ``approval.when`` says."""


class ApprovalFallback(StrEnum):
    """What stands in for a person where nobody can be asked, the most lenient first."""

    TOKEN = "token"
    """The same call once more, with the token of the first answer: a second look, no person."""

    TERMINAL = "terminal"
    """A person of the same user types ``awswhitelist approve ID`` on a terminal."""

    DENY = "deny"


USUAL_FALLBACKS: Mapping[ApprovalReason, ApprovalFallback] = {
    ApprovalReason.ALWAYS: ApprovalFallback.TOKEN,
    ApprovalReason.WIDER_THAN_HOST: ApprovalFallback.TOKEN,
    ApprovalReason.SENSITIVE_PORTS: ApprovalFallback.TERMINAL,
    ApprovalReason.FOREIGN_RULES: ApprovalFallback.TERMINAL,
    ApprovalReason.PROTECTED_GROUPS: ApprovalFallback.TERMINAL,
    ApprovalReason.RESTORES_ACCESS: ApprovalFallback.TOKEN,
}
"""What stands in for a person unless the policy says something else."""


EVERY_PORT = f"0-{LAST_PORT}"
"""The entry of a list that names all ports."""


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


def duration_text(value: timedelta) -> str:
    """A duration as settings have it, exact to the second: "1h30m"; parses back to itself."""
    seconds = int(value.total_seconds())
    parts = []
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def _port_entry(value: object) -> str:
    if value == EVERY_PORT:  # What an entry for all ports has become once.
        return EVERY_PORT
    try:
        ports = parse_ports(value, {}) if isinstance(value, (int, str)) else (0, 0)
    except InvalidArgumentError:
        ports = (0, 0)
    if ports == (0, 0):
        raise stated('must be a port number or a range such as "8000-8100"')
    if ports is None:
        return EVERY_PORT
    first, last = ports
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


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(duration_text, when_used="json"),
    WithJsonSchema({"type": "string", "title": "duration", "examples": ["90m", "8h", "7d"]}),
]
"""In JSON a text such as "8h"."""

PortEntry = Annotated[
    str,
    BeforeValidator(_port_entry),
    WithJsonSchema(
        {
            "title": "port or range",
            "anyOf": [{"type": "integer", "minimum": 1, "maximum": LAST_PORT}, {"type": "string"}],
        }
    ),
]
"""A port or a range, as text: "443", "8000-8100"; "0-65535" for all."""

Entry = Annotated[str, Field(strict=True, min_length=1)]
AccountEntry = Annotated[Entry, AfterValidator(_account_entry)]
RegionEntry = Annotated[Entry, AfterValidator(_region_entry)]
Switch = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=1)]


LONGEST_QUESTION = timedelta(minutes=5)

MOST_BULK_ENTRIES = 1000
"""What one bulk call takes at most, whatever the policy says."""


MOST_PORTS = 1024
"""More ports than these at once are as good as all of them: it takes ``allow_all_ports``."""


ALLOW = "What is admitted; null means all, an empty list means none."
DENY = "What is not admitted, whatever `allow` says."


class AllowDeny(Frozen):
    """What is admitted and what is not; ``allow`` absent means all, empty means none."""

    allow: tuple[Entry, ...] | None = Field(default=None, description=ALLOW)
    deny: tuple[Entry, ...] = Field(default=(), description=DENY)


class PortLists(AllowDeny):
    """Lists of ports and ranges."""

    allow: tuple[PortEntry, ...] | None = Field(default=None, description=ALLOW)
    deny: tuple[PortEntry, ...] = Field(default=(), description=DENY)


class AccountLists(AllowDeny):
    """Lists of AWS account ids; ``*`` works."""

    allow: tuple[AccountEntry, ...] | None = Field(default=None, description=ALLOW)
    deny: tuple[AccountEntry, ...] = Field(default=(), description=DENY)


class RegionLists(AllowDeny):
    """Lists of AWS regions; ``*`` works."""

    allow: tuple[RegionEntry, ...] | None = Field(default=None, description=ALLOW)
    deny: tuple[RegionEntry, ...] = Field(default=(), description=DENY)


def _every_reason(
    given: Mapping[ApprovalReason, ApprovalFallback],
) -> Mapping[ApprovalReason, ApprovalFallback]:
    return {**USUAL_FALLBACKS, **given}


def _question_time(value: timedelta) -> timedelta:
    if not timedelta(0) < value <= LONGEST_QUESTION:
        raise stated("must be at most 5 minutes")
    return value


class ApprovalConfig(Frozen):
    """When approval is needed, and what stands in for it; ``without_elicitation`` is complete."""

    when: tuple[ApprovalReason, ...] = Field(
        default=(
            ApprovalReason.WIDER_THAN_HOST,
            ApprovalReason.FOREIGN_RULES,
            ApprovalReason.PROTECTED_GROUPS,
        ),
        description="The reasons for which a change needs approval. Opening to the whole internet "
        "and bringing back access that had ended need it whatever this says.",
    )
    without_elicitation: Annotated[
        Mapping[ApprovalReason, ApprovalFallback], AfterValidator(_every_reason)
    ] = Field(
        default_factory=lambda: _every_reason({}),
        description="For each reason, what stands in for a person where the client cannot ask "
        "one: `token` (the call is repeated with a token, a second look), `terminal` (a person "
        "approves on a terminal) or `deny`. Reasons left out have their defaults: `terminal` for "
        "`sensitive_ports`, `foreign_rules` and `protected_groups`, else `token`.",
    )
    timeout: Annotated[Duration, AfterValidator(_question_time)] = Field(
        default=LONGEST_QUESTION,
        description="How long a question stays open, and an approval good; at most 5m.",
    )


def _longest_total(data: Mapping[str, Any]) -> timedelta:
    longest: timedelta = data.get("max_ttl", timedelta(0))
    return max(timedelta(days=30), longest)


def _usual_ttl(data: Mapping[str, Any]) -> timedelta:
    longest: timedelta = data.get("max_ttl", timedelta.max)
    return min(timedelta(hours=8), longest)


class PolicyConfig(Frozen):
    """What the operator allows. Every default is on the careful side."""

    read_only: Switch = Field(default=False, description="Nothing may be changed.")
    min_prefix_ipv4: Annotated[int, Field(strict=True, ge=0, le=32)] = Field(
        default=24, description="The widest IPv4 network that may be let in, as a prefix length."
    )
    min_prefix_ipv6: Annotated[int, Field(strict=True, ge=0, le=128)] = Field(
        default=64, description="The widest IPv6 network that may be let in, as a prefix length."
    )
    max_addresses: Count = Field(
        default=256,
        description="How many IPv4 addresses one call may let in, for each group and port; of "
        "IPv6 it is one /64.",
    )
    allow_public: Switch = Field(
        default=False,
        description="The whole internet (0.0.0.0/0, ::/0) may be let in, always with approval.",
    )
    allow_private: Switch = Field(
        default=True, description="Private source addresses may be let in, with a warning."
    )
    allow_all_ports: Switch = Field(
        default=False,
        description=f"One call may open more than {MOST_PORTS:,} ports, or all, to a source.",
    )
    allow_all_protocols: Switch = Field(
        default=False, description="All protocols may be opened at once, and so may all ports."
    )
    ports: PortLists = Field(
        default_factory=PortLists.model_construct,
        description='Ports and ranges that may be opened: 443, "8000-8100".',
    )
    regions: RegionLists = Field(
        default_factory=RegionLists.model_construct,
        description="AWS regions that calls may go to; `*` works.",
    )
    accounts: AccountLists = Field(
        default_factory=AccountLists.model_construct,
        description="AWS accounts that calls may go to; `*` works.",
    )
    profiles: AllowDeny = Field(
        default_factory=AllowDeny.model_construct,
        description="Credential profiles that a call may name. An AWS profile that the "
        "configuration does not name may be used only where `allow` names it.",
    )
    groups: AllowDeny = Field(
        default_factory=AllowDeny.model_construct,
        description="Security groups that may be seen and changed: ids, names, `tag:Key=Value`; "
        "`*` works.",
    )
    max_ttl: Duration = Field(
        default=timedelta(days=7), description="The longest that one call may open access for."
    )
    max_total_ttl: Duration = Field(
        default_factory=_longest_total,
        description="How old access may become by being extended; 30d, or `max_ttl` where that "
        "is more.",
    )
    default_ttl: Duration = Field(
        default_factory=_usual_ttl,
        description="How long access lasts where the call does not say; 8h, or `max_ttl` where "
        "that is less.",
    )
    allow_never_expires: Switch = Field(
        default=False, description="Access may be without an end, or longer than `max_ttl`."
    )
    require_enforcer: Switch = Field(
        default=False,
        description="Access is opened only where something is known to end it besides the "
        "process that opened it: a sweep that runs on this machine.",
    )
    require_tags: Switch = Field(
        default=True,
        description="Access is opened only where the rule can be tagged. Without it, a rule that "
        "cannot be tagged keeps its end in its description.",
    )
    untagged_groups: tuple[Entry, ...] = Field(
        default=(),
        description="Groups (ids or names; `*` works) in which a sweep may remove rules of ours "
        "that are not tagged and have their end in their description.",
    )
    require_reason: Switch = Field(
        default=False, description="Each call that gives access must give a reason."
    )
    act_for_others: Switch = Field(
        default=True, description="A call may name another owner than its own."
    )
    allow_inline_credentials: Switch = Field(
        default=False, description="A call may bring AWS credentials in its arguments."
    )
    max_changing_calls_per_minute: Count = Field(
        default=60, description="How many changing calls an account takes in a minute."
    )
    max_changes_per_hour: Count = Field(
        default=2000, description="How many rules may be changed in an account in an hour."
    )
    max_bulk_entries: Annotated[int, Field(strict=True, ge=1, le=MOST_BULK_ENTRIES)] = Field(
        default=MOST_BULK_ENTRIES, description="How many entries one bulk call may have."
    )
    approval: ApprovalConfig = Field(
        default_factory=ApprovalConfig.model_construct,
        description="Approval.",
    )
    sensitive_ports: tuple[PortEntry, ...] = Field(
        default=("22", "3389", "5985-5986"),
        description="The ports that the approval reason `sensitive_ports` is about.",
    )
    protected_groups: tuple[Entry, ...] = Field(
        default=(),
        description="The groups that the approval reason `protected_groups` is about: ids, names, "
        "`tag:Key=Value`. Groups tagged `awswhitelist:protected` always are.",
    )

    @model_validator(mode="after")
    def _lifetimes_agree(self) -> PolicyConfig:
        if not self.default_ttl <= self.max_ttl <= self.max_total_ttl:
            raise stated("must have default_ttl <= max_ttl <= max_total_ttl")
        return self
