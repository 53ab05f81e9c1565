"""The composition root: everything is made and wired here, once, and only when it is needed.

Importing this module loads neither botocore nor tenacity nor the operations: the handshake must
not wait for what it does not need. They are loaded when the tools are first listed or called.
"""

from __future__ import annotations

import os
import platform
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awswhitelist import __version__, constants
from awswhitelist.collecting import uncollected
from awswhitelist.config import Config
from awswhitelist.mcp.catalog import Catalog
from awswhitelist.mcp.registry import Lazy, ToolRegistry, ToolSpec
from awswhitelist.mcp.server import Server, ServerSettings
from awswhitelist.redaction import Redactor, known_secrets

if TYPE_CHECKING:
    from awswhitelist.aws.clients import SessionFactory
    from awswhitelist.aws.gateway import AwsGateway
    from awswhitelist.mcp.offers import Offer
    from awswhitelist.mcp.rounds import Sealer
    from awswhitelist.models import AwsScope
    from awswhitelist.tools.services import AddressFinder, Wired

INSTRUCTIONS = """\
Opens and closes access to AWS resources, in their security groups. Usual order: `list_rules` to \
see what is there, `whitelist` to let an address in (source "me" is the address of this machine; \
give `expires_in`), `revoke` to end it. `dry_run` shows the plan. An answer with status \
`approval_required` changed nothing: show its plan to the user and repeat the call with `approval` \
only if they agree. Errors say what to do in `remedy`. The operator's policy cannot be overridden \
by arguments."""

MOST_CALLS_PER_MINUTE = 1_200
"""Calls of any kind that one process serves: generous, for reads cost AWS little."""

ROUND = b"awswhitelist round\n"
"""Signed before what a modern client carries from one round of a call to the next."""

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the process: the user who runs it, its environment variables, and how it
    waits between two attempts or looks (seconds)."""

    principal: str
    environ: Mapping[str, str]
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Cloud:
    """Which AWS is used: the real one, or the sandbox."""

    new_session: SessionFactory
    default_profile: str | None
    default_region: str | None
    addresses: AddressFinder
    is_sandbox: bool


@dataclass(frozen=True, slots=True)
class Offering:
    """All that a server offers: its tools, and what is beside them when it is asked for."""

    tools: list[ToolSpec]
    beside: Lazy[Offer]


def _to_nobody(_uri: str) -> None:
    """Nobody wants to hear of changed resources."""


def build_server(config: Config, surroundings: Surroundings, *, sandbox: bool = False) -> Server:
    """A server that is ready to serve; AWS and the operations are loaded on first use."""
    settings = sandboxed(config) if sandbox else config
    offering = Lazy(
        lambda: load_offering(
            settings, surroundings, sandbox=sandbox, publish=catalog.subscriptions.publish
        )
    )
    catalog = Catalog(lambda: offering.get().beside.get())
    return Server(
        _server_settings(settings),
        ToolRegistry(lambda: offering.get().tools),
        catalog=catalog,
        new_sealer=lambda: _sealer(settings),
    )


def _sealer(config: Config) -> Sealer:
    """Seals what goes through a client while its user is asked."""
    from awswhitelist.access.sealing import Seal
    from awswhitelist.access.state import StateDirectory

    return Seal(StateDirectory(config.state.directory, now=time.time), ROUND)


def sandboxed(config: Config) -> Config:
    """The configuration for the sandbox: its own state and audit log, none of the real ones."""
    directory = config.state.directory / "sandbox"
    return config.model_copy(
        update={
            "state": config.state.model_copy(update={"directory": directory}),
            "audit": config.audit.model_copy(update={"path": None}),
            "aws": config.aws.model_copy(update={"endpoint_url": None}),
        }
    )


def load_tools(config: Config, surroundings: Surroundings, *, sandbox: bool) -> list[ToolSpec]:
    """The operations as tools, on services wired for this configuration."""
    return load_offering(config, surroundings, sandbox=sandbox).tools


def tools_of(cloud: Cloud, config: Config, surroundings: Surroundings) -> list[ToolSpec]:
    """The operations as tools, on the AWS given."""
    return offering_of(cloud, config, surroundings).tools


def load_offering(
    config: Config,
    surroundings: Surroundings,
    *,
    sandbox: bool,
    publish: Callable[[str], None] = _to_nobody,
) -> Offering:
    """All that is offered, on services wired for this configuration; see :func:`offering_of`."""

    def open_cloud() -> Cloud:
        return sandbox_cloud(config) if sandbox else real_cloud(config, surroundings.environ)

    with uncollected(for_good=True):
        return _offering(open_cloud, config, surroundings, publish, sandbox=sandbox)


def offering_of(
    cloud: Cloud,
    config: Config,
    surroundings: Surroundings,
    publish: Callable[[str], None] = _to_nobody,
) -> Offering:
    """All that is offered, on the AWS given. ``publish`` gets the URI of each resource changed."""
    return _offering(lambda: cloud, config, surroundings, publish, sandbox=cloud.is_sandbox)


def _offering(
    open_cloud: Callable[[], Cloud],
    config: Config,
    surroundings: Surroundings,
    publish: Callable[[str], None],
    *,
    sandbox: bool,
) -> Offering:
    """The offering; ``open_cloud`` is called when something reaches for AWS for the first time."""
    from awswhitelist.access.rates import CallPace
    from awswhitelist.tools.services import Services
    from awswhitelist.tools.table import OPERATION_NAMES, tool_specs
    from awswhitelist.tools.uris import rules_uri

    def tell(scope: AwsScope, group_id: str) -> None:
        publish(rules_uri(scope.region, group_id))

    def wire() -> Wired:
        with uncollected(for_good=True):
            return _wired(config, surroundings, open_cloud(), tell)

    services = Services(
        config,
        operation_names=OPERATION_NAMES,
        pace=CallPace(MOST_CALLS_PER_MINUTE, clock=time.monotonic),
        clock=time.monotonic,
        wire=wire,
    )

    def beside() -> Offer:
        from awswhitelist.tools.offer import offer_of

        return offer_of(services, surroundings.principal, sandbox=sandbox)

    return Offering(tool_specs(services, sandbox=sandbox), Lazy(beside))


def real_cloud(config: Config, environ: Mapping[str, str]) -> Cloud:
    """AWS itself, with the credentials that AWS's own tools would use."""
    from awswhitelist.aws.clients import shared_sessions
    from awswhitelist.network.http_get import http_getter
    from awswhitelist.network.public_ip import PublicAddressFinder

    return Cloud(
        new_session=shared_sessions(config.aws.model_cache),
        default_profile=config.defaults.profile,
        default_region=config.defaults.region,
        addresses=PublicAddressFinder(http_getter(environ), config.public_ip),
        is_sandbox=False,
    )


def sandbox_cloud(config: Config) -> Cloud:
    """A fresh embedded AWS. Raises SandboxUnavailableError."""
    from awswhitelist.sandbox import Sandbox
    from awswhitelist.sandbox.addresses import SandboxAddresses

    sandbox = Sandbox(latency=config.sandbox.latency_ms / 1000)
    return Cloud(
        new_session=sandbox.new_session,
        default_profile=None,
        default_region=sandbox.region,
        addresses=SandboxAddresses(),
        is_sandbox=True,
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
        default_region=lambda profile: cloud.default_region or factory.default_region(profile),
        profiles=profiles,
    )


def _wired(
    config: Config,
    surroundings: Surroundings,
    cloud: Cloud,
    on_change: Callable[[AwsScope, str], None],
) -> Wired:
    from awswhitelist.access.approval import Approvals
    from awswhitelist.access.audit import AuditLog
    from awswhitelist.access.executor import Executor, Shaping
    from awswhitelist.access.pipeline import AccessPipeline
    from awswhitelist.access.planning import Planning
    from awswhitelist.access.policy import is_visible
    from awswhitelist.access.rates import RateLimits
    from awswhitelist.access.state import StateDirectory
    from awswhitelist.resources.factory import ResourceHandlerFactory
    from awswhitelist.tools.services import Wired

    gateway = _gateway(config, surroundings, cloud)
    policy = config.policy
    state = StateDirectory(config.state.directory, now=time.time)
    audit = AuditLog(
        config.audit_path,
        max_bytes=config.audit.max_bytes,
        now=lambda: datetime.now(UTC),
        stamp=_stamp(surroundings.principal),
        redact=Redactor(known_secrets(surroundings.environ)).value,
    )
    handlers = ResourceHandlerFactory(lambda group: is_visible(group, policy))
    pipeline = AccessPipeline(
        gateway,
        Planning(handlers, policy, config.defaults, config.port_names),
        policy,
        Approvals(state, now=time.time, lifetime=policy.approval.timeout),
        audit,
        Executor(
            Shaping(config.defaults.description_template, policy.max_total_ttl),
            sleep=surroundings.sleep,
            new_change_id=lambda: str(uuid.uuid4()),
        ),
        RateLimits(
            config.state.directory,
            calls_per_minute=policy.max_changing_calls_per_minute,
            changes_per_hour=policy.max_changes_per_hour,
            now=time.time,
        ),
        principal=surroundings.principal,
        policy_error=config.policy_error,
        on_change=on_change,
    )
    return Wired(pipeline, gateway, state, audit, cloud.addresses)


def _session_name(principal: str) -> str:
    """What CloudTrail shows of our roles; STS takes 64 letters, digits and ``_+=,.@-``."""
    return re.sub(r"[^A-Za-z0-9_+=,.@-]", "-", f"{constants.PRODUCT}-{principal}")[:64]


def _stamp(principal: str) -> Mapping[str, Any]:
    """What tells this process from all others in the audit log."""
    return {
        "principal": principal,
        "host": platform.node(),
        "boot_id": BOOT_ID.read_text(encoding="ascii").strip() if BOOT_ID.exists() else None,
        "pid": os.getpid(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _server_settings(config: Config) -> ServerSettings:
    server = config.server
    return ServerSettings(
        name=constants.PRODUCT,
        title="AWS whitelist",
        version=__version__,
        website_url=constants.WEBSITE,
        instructions=INSTRUCTIONS,
        max_line_bytes=server.max_line_bytes,
        workers=server.workers,
        queue=server.queue,
        call_timeout=server.call_timeout,
        drain_seconds=server.drain_seconds,
        question_timeout=config.policy.approval.timeout.total_seconds(),
    )
