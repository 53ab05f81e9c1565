"""The nouns that every layer shares: frozen pydantic models and enums, no behaviour beyond reading.

Raw AWS dictionaries stop in ``aws/``; above it there are only these types.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from awswhitelist.exceptions import AwsWhitelistError


class Frozen(BaseModel):
    """Base of the shared nouns: immutable, strict about unknown fields, built on first use."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class IpProtocol(StrEnum):
    """The protocols that a caller may name; a rule read from AWS may have others (by number)."""

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"
    ICMPV6 = "icmpv6"
    ALL = "all"


class SourceKind(StrEnum):
    """What a rule's source is."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    GROUP = "group"
    PREFIX_LIST = "prefix_list"


class ResourceType(StrEnum):
    """The kinds of resource that a target may name."""

    SECURITY_GROUP = "security_group"
    INSTANCE = "instance"
    NETWORK_INTERFACE = "network_interface"
    RDS = "rds"
    ELASTICACHE = "elasticache"
    LOAD_BALANCER = "load_balancer"


class RuleSpec(Frozen):
    """What identifies an ingress rule within its group: protocol, ports and source.

    ``protocol`` is ``tcp``, ``udp``, ``icmp``, ``icmpv6``, ``all`` or an IANA number as text.
    ``from_port`` and ``to_port`` are None where the protocol is ``all`` or has no ports; all ports
    of TCP and UDP are 0 to 65535. For ICMP they hold type and code, None for all. ``source`` is a
    canonical CIDR, a group id or a prefix-list id.
    Source: EC2 API reference, IpPermission.
    """

    protocol: str
    from_port: int | None = None
    to_port: int | None = None
    source: str
    source_kind: SourceKind


class SecurityGroup(Frozen):
    """A security group, without its rules. ``account`` is its owner's account id."""

    group_id: str
    name: str
    description: str = ""
    vpc_id: str | None = None
    account: str = ""
    tags: Mapping[str, str] = Field(default_factory=dict)


class SecurityGroupRule(Frozen):
    """An ingress rule as AWS has it."""

    rule_id: str
    group_id: str
    spec: RuleSpec
    description: str = ""
    tags: Mapping[str, str] = Field(default_factory=dict)


class Observation(Frozen):
    """Groups and all of their ingress rules as AWS just told, and the time it told them at.

    ``at`` is the ``Date`` of AWS's answer (UTC): the clock that expiry is judged by.
    """

    groups: tuple[SecurityGroup, ...]
    rules: tuple[SecurityGroupRule, ...]
    at: datetime

    def rules_of(self, group_id: str) -> tuple[SecurityGroupRule, ...]:
        """The rules of one group, in AWS's order."""
        return tuple(rule for rule in self.rules if rule.group_id == group_id)


class Caller(Frozen):
    """Who AWS says we are (STS GetCallerIdentity)."""

    account: str
    arn: str


class AwsCredentials(Frozen):
    """Access keys. They show in no repr and in no dump."""

    access_key_id: SecretStr
    secret_access_key: SecretStr
    session_token: SecretStr | None = None


class AwsScope(Frozen):
    """Where a call goes: a credential profile (None: the standard chain) and a region.

    ``credentials`` are keys that came with the call; they stand instead of a profile.
    """

    profile: str | None
    region: str
    credentials: AwsCredentials | None = Field(default=None, exclude=True, repr=False)


class Grant(Frozen):
    """What somebody is given: who, why, and for how long (None: without an end).

    ``sharers`` are more owners who get the same at once; ``target`` is what the caller called the
    thing that access is to.
    """

    owner: str
    sharers: tuple[str, ...] = ()
    reason: str = ""
    ticket: str = ""
    description: str = ""
    target: str = ""
    lifetime: timedelta | None

    @property
    def owners(self) -> tuple[str, ...]:
        """Everybody it is given to."""
        return (self.owner, *self.sharers)


class Add(Frozen):
    """Authorize a rule that is not there."""

    kind: Literal["add"] = "add"
    group_id: str
    spec: RuleSpec
    grant: Grant


class _OfRule(Frozen):
    """A change to a rule that is there, as it stood when the plan was made."""

    rule: SecurityGroupRule

    @property
    def group_id(self) -> str:
        """The group that the rule is in."""
        return self.rule.group_id

    @property
    def spec(self) -> RuleSpec:
        """What the rule lets through."""
        return self.rule.spec


class Extend(_OfRule):
    """Let one of our rules last longer, or let one more owner share it."""

    kind: Literal["extend"] = "extend"
    grant: Grant


class Move(_OfRule):
    """Let one of our rules let in another source instead, in one step and under the same id."""

    kind: Literal["move"] = "move"
    to: RuleSpec
    grant: Grant

    @property
    def spec(self) -> RuleSpec:
        """What the rule lets through afterwards."""
        return self.to


class RemoveWhy(StrEnum):
    """Why a rule is revoked."""

    ASKED = "asked"
    EXPIRED = "expired"
    REPLACED = "replaced"
    """Its owner has another one instead."""


class Remove(_OfRule):
    """Revoke a rule."""

    kind: Literal["remove"] = "remove"
    why: RemoveWhy = RemoveWhy.ASKED


class Restore(_OfRule):
    """Authorize a rule that was revoked again, as ``rule`` says it stood."""

    kind: Literal["restore"] = "restore"


class Reset(_OfRule):
    """Make a rule of ours what it was before a change: source, description and tags."""

    kind: Literal["reset"] = "reset"
    to: SecurityGroupRule

    @property
    def spec(self) -> RuleSpec:
        """What the rule lets through afterwards."""
        return self.to.spec


class Release(_OfRule):
    """Take one owner off a rule that others still share; the rule stays."""

    kind: Literal["release"] = "release"
    owner: str


class KeepWhy(StrEnum):
    """Why nothing needs to change."""

    ALREADY_ALLOWED = "already_allowed"
    COVERED = "covered"
    NOT_OURS = "not_ours"
    USED_UP = "used_up"
    """Past its end, and as old as policy lets a rule become."""

    CHANGED_SINCE = "changed_since"
    """Not as the change that is to be undone left it."""

    GONE = "gone"
    """To be undone, but not there any more: ``rule`` is as it stood."""

    ENDED = "ended"
    """To be restored, but past its end by now."""


class Keep(_OfRule):
    """Leave a rule alone: it does what is wanted already, or is not ours to touch."""

    kind: Literal["keep"] = "keep"
    why: KeepWhy


Change = Annotated[
    Add | Extend | Move | Remove | Release | Restore | Reset | Keep, Field(discriminator="kind")
]


class Plan(Frozen):
    """An ordered list of changes against the state of AWS as just observed.

    ``groups`` are the groups that the changes are about, as observed.
    """

    account: str
    region: str
    groups: tuple[SecurityGroup, ...]
    changes: tuple[Change, ...]

    def group(self, group_id: str) -> SecurityGroup:
        """One of ``groups`` by its id; KeyError if the plan is not about it."""
        return {group.group_id: group for group in self.groups}[group_id]

    @property
    def writes(self) -> tuple[Change, ...]:
        """The changes that would write to AWS."""
        return tuple(change for change in self.changes if not isinstance(change, Keep))


class ReceiptStatus(StrEnum):
    """What happened to one change."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    UNVERIFIED = "unverified"
    SKIPPED = "skipped"
    ROLLED_BACK = "rolled_back"
    CLASHED = "clashed"
    """Somebody else's rule was in the way: the intent is planned again."""


class Receipt(Frozen):
    """What AWS did with one change, and what stands now.

    ``rule`` is the rule afterwards (for a removal: as it stood); ``error`` is why it is not done.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    change: Change
    status: ReceiptStatus
    rule: SecurityGroupRule | None = None
    aws_request_id: str | None = None
    error: AwsWhitelistError | None = None
