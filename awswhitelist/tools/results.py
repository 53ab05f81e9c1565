"""The shapes that every result shares, and rules as callers see them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from awswhitelist.access.containment import is_open_to_world
from awswhitelist.access.marks.descriptions import describe_door
from awswhitelist.access.marks.expiry import end_of, is_overdue, read_marks
from awswhitelist.models import AwsScope, RuleSpec, SecurityGroup, SecurityGroupRule, SourceKind
from awswhitelist.text import printable
from awswhitelist.validators import format_duration, format_time

NEVER = "never"
UNKNOWN = "unknown"
LONGEST_TEXT = 255

PLAIN = WithJsonSchema({"type": "string"})
"""A list of words that a model need not be sent with every schema."""

OBJECT = WithJsonSchema({"type": "object"})
OBJECTS = WithJsonSchema({"type": "array", "items": {"type": "object"}})
"""What looks the same in many answers, and is not described again with each of them."""


class Result(BaseModel):
    """Base of all that is answered."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class WarningCode(StrEnum):
    """What a warning is about."""

    NOT_EXPIRING = "not_expiring"
    ENDS_SOONER = "ends_sooner"
    EXPIRY_NEEDS_A_SWEEPER = "expiry_needs_a_sweeper"
    EXPIRY_UNKNOWN = "expiry_unknown"
    NOT_TAGGED = "not_tagged"
    SOURCE_NOT_PUBLIC = "source_not_public"
    APPROVAL_NOT_ACCEPTED = "approval_not_accepted"
    CONNECTIONS_SURVIVE = "connections_survive"
    STILL_OPEN = "still_open"
    AUDIT_INCOMPLETE = "audit_incomplete"
    UNVERIFIED = "unverified"
    OVERDUE = "overdue"
    ENDED_MEANWHILE = "ended_meanwhile"
    REDACTED = "redacted"
    SOURCES_DISAGREE = "sources_disagree"
    READ_AS_IPV4 = "read_as_ipv4"
    PREFIX_LIST_UNREAD = "prefix_list_unread"
    MEMBERS_ONLY = "members_only"
    QUOTA_ASSUMED = "quota_assumed"
    NOT_PUBLICLY_ACCESSIBLE = "not_publicly_accessible"
    NO_PUBLIC_ADDRESS = "no_public_address"
    CACHE_NOT_PUBLIC = "cache_not_public"
    INTERNAL_LOAD_BALANCER = "internal_load_balancer"
    NO_SECURITY_GROUP = "no_security_group"
    KEPT_BY_OTHERS = "kept_by_others"
    OPEN_BESIDE = "open_beside"
    GROUP_FULL = "group_full"
    NOT_ALL_ASKED = "not_all_asked"
    TARGETS_NEED_A_RULE_TOO = "targets_need_a_rule_too"


class WarningNote(Result):
    """Something that the caller should know."""

    code: Annotated[WarningCode, PLAIN]
    message: str


class ErrorObject(Result):
    """Why a call failed; some codes bring further facts."""

    model_config = ConfigDict(extra="allow")

    summary: str
    code: str
    remedy: str
    retryable: bool
    field: str | None = None


class OperationResult(Result):
    """Base of all results. Only ``summary`` is always there."""

    summary: str
    account: str | None = None
    region: str | None = None
    profile: str | None = None
    warnings: Annotated[tuple[WarningNote, ...], OBJECTS] | None = None
    request_id: str | None = None
    sandbox: bool | None = None
    error: Annotated[ErrorObject, OBJECT] | None = None

    def facts(self) -> tuple[str, ...]:
        """The facts that matter beside the summary, as lines for people."""
        return ()

    def in_sandbox(self) -> dict[str, Any]:
        """The fields that are others where the sandbox answers."""
        return {}

    def excerpt(self, uri: str) -> OperationResult | None:
        """What a model is shown where all of it can be read at ``uri``; None for a result that is
        never too long to be shown."""
        return None


class RuleStatus(StrEnum):
    """What became of a rule, or of the whole call."""

    ADDED = "added"
    ALREADY_ALLOWED = "already_allowed"
    COVERED = "covered"
    EXTENDED = "extended"
    MOVED = "moved"
    REVOKED = "revoked"
    RELEASED = "released"
    """Ended for one owner; the rule stays for the others."""

    ABSENT = "absent"
    NOT_OURS = "not_ours"
    NOT_PICKED = "not_picked"
    """Named by its id, but not what the other arguments of the call pick: it stays."""

    RESTORED = "restored"
    UNDO_CONFLICT = "undo_conflict"
    """Not as the call that is to be undone left it: it stays as it is."""

    UNVERIFIED = "unverified"
    UNKNOWN = "unknown"
    """The answer was lost, and nobody could look: AWS may have made the change, or not."""

    FAILED = "failed"
    SKIPPED = "skipped"
    ROLLED_BACK = "rolled_back"
    PLANNED = "planned"
    APPROVAL_REQUIRED = "approval_required"
    DECLINED = "declined"


class RuleView(Result):
    """An ingress rule as AWS has it; one of cidr, source_group and prefix_list says from where."""

    rule_id: str
    status: Annotated[RuleStatus, PLAIN] | None = None
    group_id: str | None = None
    group_name: str | None = None
    protocol: str | None = None
    from_port: int | None = None
    to_port: int | None = None
    cidr: str | None = None
    source_group: str | None = None
    prefix_list: str | None = None
    description: str | None = None
    managed: bool | None = None
    owner: str | None = None
    reason: str | None = None
    expires_at: Annotated[str | None, Field(description="UTC, or never")] = None
    expires_in: str | None = None
    expired: bool | None = None
    open_to_world: bool | None = None

    @property
    def source(self) -> str:
        """From where the rule lets in."""
        return self.cidr or self.source_group or self.prefix_list or ""

    @property
    def door(self) -> str:
        """Protocol and ports (or ICMP type and code) in words."""
        spec = RuleSpec(
            protocol=self.protocol or "",
            from_port=self.from_port,
            to_port=self.to_port,
            source=self.source,
            source_kind=SourceKind.IPV4,  # of no account here
        )
        return describe_door(spec)

    def words(self) -> str:
        """The rule on one line."""
        parts = [self.rule_id] if self.status is None else [self.rule_id, self.status.value]
        if self.protocol is not None:
            parts.append(f"{self.door} from {self.source}")
        if self.managed:
            parts.append(f"owner {self.owner}")
            parts.append("EXPIRED" if self.expired else f"until {self.expires_at}")
        if self.open_to_world:
            parts.append("OPEN TO THE WORLD")
        if self.description:
            parts.append(f'"{self.description}"')
        return "  ".join(parts)


def view(
    rule: SecurityGroupRule,
    group: SecurityGroup | None,
    now: datetime,
    max_ttl: timedelta,
    status: RuleStatus | None = None,
) -> RuleView:
    """A rule as callers see it at ``now`` (AWS's time). Text of others is bounded and cleaned."""
    spec = rule.spec
    is_cidr = spec.source_kind in (SourceKind.IPV4, SourceKind.IPV6)
    facts: dict[str, Any] = {
        "rule_id": rule.rule_id,
        "status": status,
        "group_id": rule.group_id,
        "group_name": printable(group.name, LONGEST_TEXT) if group else None,
        "protocol": spec.protocol,
        "from_port": spec.from_port,
        "to_port": spec.to_port,
        "cidr": spec.source if is_cidr else None,
        "source_group": spec.source if spec.source_kind is SourceKind.GROUP else None,
        "prefix_list": spec.source if spec.source_kind is SourceKind.PREFIX_LIST else None,
        "description": printable(rule.description, LONGEST_TEXT) or None,
        "open_to_world": is_open_to_world(spec) or None,
    }
    return RuleView(**facts, **_marks_view(rule, now, max_ttl))


def _marks_view(rule: SecurityGroupRule, now: datetime, max_ttl: timedelta) -> dict[str, Any]:
    """What our tags say of a rule."""
    marks = read_marks(rule)
    if marks is None:
        return {"managed": False}
    end = end_of(marks, max_ttl)
    if end is not None:
        expiry = format_time(end)
    else:
        expiry = NEVER if marks.expiry_known else UNKNOWN
    return {
        "managed": True,
        "owner": printable(" ".join(marks.owners), LONGEST_TEXT),
        "reason": printable(marks.reason, LONGEST_TEXT) or None,
        "expires_at": expiry,
        "expires_in": format_duration(end - now) if end is not None and end > now else None,
        "expired": is_overdue(marks, now, max_ttl),
    }


def place(scope: AwsScope, account: str) -> dict[str, str | None]:
    """What every answer says about where it comes from."""
    return {"account": account, "region": scope.region, "profile": scope.profile}
