"""The composition root: everything is made and wired here, once, and only when it is needed.

Importing this module loads neither botocore nor tenacity nor the operations: the handshake must
not wait for what it does not need. They are loaded when the tools are first listed or called.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from awswhitelist import __version__, constants
from awswhitelist.collecting import uncollected
from awswhitelist.config import Config
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.log_context import timed
from awswhitelist.mcp.catalog import Catalog
from awswhitelist.mcp.registry import Lazy, ToolRegistry, ToolSpec
from awswhitelist.mcp.server import Server, ServerSettings
from awswhitelist.mcp.spare_time import Work
from awswhitelist.wiring import Cloud, Surroundings, enforcement_of, wired

if TYPE_CHECKING:
    from awswhitelist.access.ending.enforcer import Enforcer
    from awswhitelist.mcp.offers import Offer
    from awswhitelist.mcp.rounds import Sealer
    from awswhitelist.models import AwsScope
    from awswhitelist.tools.services import Services, Wired

__all__ = [
    "Cloud",
    "INSTRUCTIONS",
    "Offering",
    "Surroundings",
    "build_server",
    "load_offering",
    "load_tools",
    "offering_of",
    "real_cloud",
    "sandbox_cloud",
    "sandboxed",
    "spare_work",
    "tools_of",
]

log = logging.getLogger("awswhitelist.application")

INSTRUCTIONS = """\
Opens and closes access to AWS resources, in their security groups. Usual order: `list_rules` to \
see what is there, `whitelist` to let an address in (source "me" is the address of this machine; \
give `expires_in`), `revoke` to end it. `dry_run` shows the plan. An answer with status \
`approval_required` changed nothing: show its plan to the user and repeat the call with `approval` \
only if they agree. Errors say what to do in `remedy`. The operator's policy cannot be overridden \
by arguments."""

MOST_CALLS_PER_MINUTE = 1_200
"""Calls of any kind that one process serves: generous, for reads cost AWS little."""

FIRST_MODULES = (
    "urllib3",
    "awswhitelist.aws.errors",
    "awswhitelist.aws.credentials",
    "awswhitelist.aws.gateway",
    "awswhitelist.access.pipeline",
    "encodings.idna",
)
"""With what these import, and the wiring, the first call has all its modules. Each takes some 5 to
40 ms. The last is a large one that Python loads when it looks up a host."""

ROUND = b"awswhitelist round\n"
"""Signed before what a modern client carries from one round of a call to the next."""


class Offering(NamedTuple):
    """All that a server offers: its tools, and what is beside them when it is asked for.

    ``end`` finishes what goes on by itself, in so many seconds at most. ``warm_up`` loads what the
    first call needs, in steps.
    """

    tools: list[ToolSpec]
    beside: Lazy[Offer]
    end: Callable[[float], None]
    warm_up: Callable[[], Iterator[None]]


def _to_nobody(*_news: object) -> None:
    """Nobody wants to hear of it."""


def build_server(config: Config, surroundings: Surroundings, *, sandbox: bool = False) -> Server:
    """A server that is ready to serve; AWS and the operations are loaded on first use."""
    settings = sandboxed(config) if sandbox else config
    staying = surroundings._replace(stays=True)
    offering = Lazy(
        lambda: load_offering(
            settings, staying, sandbox=sandbox, publish=catalog.subscriptions.publish
        )
    )
    catalog = Catalog(lambda: offering.get().beside.get())
    return Server(
        _server_settings(settings),
        ToolRegistry(lambda: offering.get().tools),
        catalog=catalog,
        new_sealer=lambda: _sealer(settings),
        former=_former_method,
        at_end=lambda seconds: offering.get().end(seconds) if offering.is_made else None,
        when_idle=spare_work(settings, offering, sandbox=sandbox),
    )


def spare_work(config: Config, offering: Lazy[Offering], *, sandbox: bool) -> Work | None:
    """What to do when nothing else is to be done; None: nothing.

    A sandbox is left cold: there is no AWS to wait for in it.
    """
    if sandbox or not config.server.warm_up:
        return None
    return lambda: offering.get().warm_up()


def _former_method(method: str, params: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a request of version 1.x is today; None where 1.x had no such method."""
    from awswhitelist.tools.migration import replacement

    return replacement(method, params)


def _sealer(config: Config) -> Sealer:
    """Seals what goes through a client while its user is asked."""
    from awswhitelist.access.approval.sealing import Seal
    from awswhitelist.access.files.state import StateDirectory

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
        with loading, uncollected(for_good=True), timed(log, "services.wired"):
            made = wired(config, surroundings, open_cloud(), tell, enforcement.get())
        if made.enforcer:
            running.append(made.enforcer)
        return made

    running: list[Enforcer] = []
    # Two threads that enter libraries whose modules import each other at different ends could see
    # them half made.
    loading = Lock()
    enforcement = Lazy(lambda: enforcement_of(config, surroundings))
    services = Services(
        config,
        operation_names=OPERATION_NAMES,
        pace=CallPace(MOST_CALLS_PER_MINUTE, clock=time.monotonic),
        clock=time.monotonic,
        enforcement=enforcement.get,
        wire=wire,
        principal=surroundings.principal,
    )

    def end(seconds: float) -> None:
        for enforcer in running:
            enforcer.close(seconds)

    def warm_up() -> Iterator[None]:
        return _warming(services, loading)

    return Offering(
        tool_specs(services, sandbox=sandbox),
        Lazy(partial(_beside, services, sandbox=sandbox)),
        end,
        warm_up,
    )


def _beside(services: Services, *, sandbox: bool) -> Offer:
    """What is offered beside the tools."""
    from awswhitelist.tools.offer import offer_of

    return offer_of(services, services.principal, sandbox=sandbox)


def _warming(services: Services, loading: Lock) -> Iterator[None]:
    """Load what the first call needs; each item ends a step. Asks nobody, fetches no credentials.

    What cannot be loaded is told of by the call that needs it; the log has a word on it.
    """
    with suppress(AwsWhitelistError, ImportError, OSError, ValueError), timed(log, "warmed_up"):
        for name in FIRST_MODULES:
            with loading, uncollected():
                import_module(name)
            yield
        gateway = services.gateway
        yield
        gateway.preload()


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
        # In the order of botocore, which reads both.
        ambient_profile=environ.get("AWS_DEFAULT_PROFILE") or environ.get("AWS_PROFILE"),
    )


def sandbox_cloud(config: Config) -> Cloud:
    """A fresh embedded AWS."""
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
