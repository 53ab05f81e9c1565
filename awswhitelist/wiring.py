"""What the operations run on: everything that reaches AWS or the disk, put together.

As with :mod:`awswhitelist.application`, importing this loads nothing of it.
"""

from __future__ import annotations

import os
import platform
import re
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from awswhitelist import constants
from awswhitelist.config import Config
from awswhitelist.redaction import Redactor, known_secrets

if TYPE_CHECKING:
    from awswhitelist.access.audit.log import AuditLog
    from awswhitelist.access.ending.enforcement import Enforcement
    from awswhitelist.access.executor import Executor
    from awswhitelist.access.planning import Planning
    from awswhitelist.access.rates import RateLimits
    from awswhitelist.access.files.state import StateDirectory
    from awswhitelist.aws.clients import SessionFactory
    from awswhitelist.aws.gateway import AwsGateway
    from awswhitelist.models import AwsScope
    from awswhitelist.tools.services import AddressFinder, Wired

SECOND_LOOK = 0.5
"""Seconds after which a rule that was to be revoked and was not found is looked for once more."""


class Surroundings(NamedTuple):
    """What is known of the process: the user who runs it, its environment variables, how it
    waits between two attempts or looks (seconds), and whether it stays to end what it opens."""

    principal: str
    environ: Mapping[str, str]
    sleep: Callable[[float], None] = time.sleep
    stays: bool = False


class Cloud(NamedTuple):
    """Which AWS is used: the real one, or the sandbox."""

    new_session: SessionFactory
    default_profile: str | None
    default_region: str | None
    addresses: AddressFinder
    is_sandbox: bool
    ambient_profile: str | None = None
    """The profile that AWS's own variables name."""


def enforcement_of(config: Config, surroundings: Surroundings) -> Enforcement:
    """What is known to end access by itself."""
    from awswhitelist.access.audit.reading import AuditReader
    from awswhitelist.access.ending.enforcement import Enforcement
    from awswhitelist.access.files.state import StateDirectory

    state = StateDirectory(config.state.directory, now=time.time)
    return Enforcement(
        AuditReader(config.audit_path, state.verify),
        config.expiry.sweep_interval,
        now=lambda: datetime.now(UTC),
        has_process=surroundings.stays,
    )


def _gateway(config: Config, surroundings: Surroundings, cloud: Cloud) -> AwsGateway:
    """The door to the AWS given."""
    from awswhitelist.aws.clients import AwsClientFactory
    from awswhitelist.aws.gateway import AwsGateway
    from awswhitelist.aws.resilience import RetryPolicy

    # The sandbox has one caller: profiles mean nothing there.
    profiles = {} if cloud.is_sandbox else config.profiles
    factory = AwsClientFactory(
        cloud.new_session,
        profiles=profiles,
        session_name=_session_name(surroundings.principal),
        max_pool_connections=config.server.workers * 2,
        connect_timeout=config.aws.connect_timeout,
        read_timeout=config.aws.read_timeout,
        endpoint_url=config.aws.endpoint_url,
    )
    return AwsGateway(
        factory,
        RetryPolicy(
            attempts=config.aws.max_attempts,
            total=config.aws.total_timeout,
            sleep=surroundings.sleep,
        ),
        default_profile=cloud.default_profile,
        ambient_profile=cloud.ambient_profile,
        default_region=lambda profile: cloud.default_region or factory.default_region(profile),
        profiles=profiles,
    )


def _audit_log(config: Config, surroundings: Surroundings, state: StateDirectory) -> AuditLog:
    """Where every change is written down, signed with the key of the state directory."""
    from awswhitelist.access.audit.log import AuditLog

    return AuditLog(
        config.audit_path,
        max_bytes=config.audit.max_bytes,
        now=lambda: datetime.now(UTC),
        stamp=_stamp(surroundings),
        redact=Redactor(known_secrets(surroundings.environ)).record,
        sign=state.sign,
    )


def _executor(config: Config, surroundings: Surroundings) -> Executor:
    """What carries plans out."""
    from awswhitelist.access.executor import Executor, Shaping

    policy = config.policy
    return Executor(
        Shaping(config.defaults.description_template, policy.max_total_ttl, policy.require_tags),
        sleep=surroundings.sleep,
        new_change_id=lambda: str(uuid.uuid4()),
        width=config.server.workers,
    )


def _planning(config: Config) -> Planning:
    """What makes plans, of what the policy lets be seen."""
    from awswhitelist.access.planning import Planning
    from awswhitelist.access.policy import hides_groups, is_visible
    from awswhitelist.resources.factory import ResourceHandlerFactory

    policy = config.policy
    handlers = ResourceHandlerFactory(
        lambda group: is_visible(group, policy), may_hide=hides_groups(policy)
    )
    return Planning(handlers, policy, config.defaults, config.port_names)


def _rate_limits(config: Config) -> RateLimits:
    """How often the accounts may be changed, counted for all processes of this user."""
    from awswhitelist.access.rates import RateLimits

    return RateLimits(
        config.state.directory,
        calls_per_minute=config.policy.max_changing_calls_per_minute,
        changes_per_hour=config.policy.max_changes_per_hour,
        now=time.time,
    )


def _nothing_after(*_news: object) -> None:
    """Nobody stays to see to what a change leaves behind."""


def wired(
    config: Config,
    surroundings: Surroundings,
    cloud: Cloud,
    on_change: Callable[[AwsScope, str], None],
    enforcement: Enforcement,
) -> Wired:
    """The services of the operations, on the AWS given. ``on_change`` is told of each group that
    was changed."""
    from awswhitelist.access.approval.approvals import Approvals
    from awswhitelist.access.audit.reading import AuditReader
    from awswhitelist.access.ending.enforcer import Enforcer
    from awswhitelist.access.pipeline import AccessPipeline
    from awswhitelist.access.files.state import StateDirectory
    from awswhitelist.access.ending.sweeper import sweeper, waking_clock
    from awswhitelist.tools.services import Wired

    gateway = _gateway(config, surroundings, cloud)
    policy = config.policy
    state = StateDirectory(config.state.directory, now=time.time)
    audit = _audit_log(config, surroundings, state)
    enforcer = Enforcer(
        sweeper(lambda: pipeline, config.server.call_timeout), policy, clock=waking_clock
    )
    pipeline = AccessPipeline(
        gateway,
        _planning(config),
        policy,
        Approvals(state, now=time.time, lifetime=policy.approval.timeout),
        audit,
        _executor(config, surroundings),
        _rate_limits(config),
        principal=surroundings.principal,
        policy_error=config.policy_error,
        on_change=on_change,
        afterwards=enforcer.follow if surroundings.stays else _nothing_after,
        has_sweeper=enforcement.has_sweeper,
        pause=lambda: surroundings.sleep(SECOND_LOOK),
        width=config.server.workers,
    )
    reader = AuditReader(config.audit_path, state.verify)
    staying = enforcer if surroundings.stays else None
    return Wired(pipeline, gateway, state, audit, cloud.addresses, reader, staying)


def _session_name(principal: str) -> str:
    """What CloudTrail shows of our roles; STS takes 64 letters, digits and ``_+=,.@-``."""
    return re.sub(r"[^A-Za-z0-9_+=,.@-]", "-", f"{constants.PRODUCT}-{principal}")[:64]


def _stamp(surroundings: Surroundings) -> Mapping[str, Any]:
    """What tells this process from all others in the audit log."""
    from awswhitelist.access.audit import processes

    return {
        "principal": surroundings.principal,
        "stays": surroundings.stays,
        "host": platform.node(),
        "boot_id": processes.boot_id(),
        "pid": os.getpid(),
        "pid_started": processes.started(os.getpid()),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
