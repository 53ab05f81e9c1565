"""What somebody wants, before anything is known about AWS: the same models for every door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from awswhitelist.models import (
    AwsCredentials,
    Change,
    Frozen,
    Grant,
    IpProtocol,
    ResourceType,
    SecurityGroupRule,
)


class Selector(Frozen):
    """Which rules of a target are meant; what is None does not narrow.

    ``ports`` is an inclusive range; ``sources`` are canonical CIDRs, matched exactly.
    """

    sources: tuple[str, ...] | None = None
    ports: tuple[int, int] | None = None
    protocol: IpProtocol | None = None
    owner: str | None = None


class AllowIntent(Frozen):
    """Let ``sources`` (canonical CIDRs) reach ``target``, which is of ``resource_type`` if given.

    ``ports`` is an inclusive range; None means the resource's own port, or the configured one.
    ``icmp_type`` and ``icmp_code`` are None for all. ``force`` adds the rule even where a wider
    one lets the sources through already. An empty ``grant.owner`` means the caller. With
    ``replace_previous`` the owner's own earlier rule for the same ports makes way.
    """

    target: str
    sources: tuple[str, ...]
    protocol: IpProtocol
    ports: tuple[int, int] | None
    icmp_type: int | None = None
    icmp_code: int | None = None
    grant: Grant
    force: bool = False
    replace_previous: bool = False
    resource_type: ResourceType | None = None


class BulkIntent(Frozen):
    """Many wishes at once, planned as if one after the other. ``atomic``: all of them or none."""

    target: None = None
    entries: tuple[AllowIntent, ...]
    atomic: bool = False


class RevokeIntent(Frozen):
    """Remove rules: by their ids, or those of ``target`` that ``selector`` picks.

    Without either, those of ours in the whole region that it picks. Rules that are not ours are
    left alone unless ``include_foreign``.
    """

    target: str | None
    rule_ids: tuple[str, ...] = ()
    selector: Selector = Field(default_factory=Selector)
    include_foreign: bool = False
    reason: str = ""
    resource_type: ResourceType | None = None


class SweepIntent(Frozen):
    """Remove our rules past their end: in the groups of ``target``, in those of ``group_ids``, or
    without either wherever our mark is found in the region."""

    target: str | None = None
    group_ids: tuple[str, ...] = ()
    resource_type: ResourceType | None = None


class UndoStep(Frozen):
    """One change that was made: what it was, and the rule as it stood afterwards."""

    change: Change
    rule: SecurityGroupRule | None = None


class UndoIntent(Frozen):
    """Take back what the receipt of a call says was done."""

    target: None = None
    receipt: str
    steps: tuple[UndoStep, ...]
    reason: str = ""


Intent = AllowIntent | BulkIntent | RevokeIntent | SweepIntent | UndoIntent


class Order(Frozen):
    """An intent with everything that came along: how to do it, and as whom.

    ``arguments`` are the request's own arguments without ``approval``: an approval is bound to
    them. ``profile`` and ``region`` are None where the caller left them out.
    """

    operation: str
    intent: Intent
    arguments: Mapping[str, Any]
    profile: str | None = None
    credentials: AwsCredentials | None = Field(default=None, exclude=True, repr=False)
    region: str | None = None
    dry_run: bool = False
    approval: str | None = None
