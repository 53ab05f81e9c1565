"""``capabilities``: what this server can do, and what its operator lets it do."""

from __future__ import annotations

from awswhitelist import __version__
from awswhitelist.access.policy_words import policy_words
from awswhitelist.calls import CallContext
from awswhitelist.config import Config
from awswhitelist.mcp.revisions import SUPPORTED
from awswhitelist.models import ResourceType
from awswhitelist.tools.arguments import Arguments
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.results import OperationResult


class CapabilitiesRequest(Arguments):
    """``capabilities`` takes no arguments."""


class CapabilitiesResponse(OperationResult):
    """Everything here is as configured now."""

    version: str | None = None
    protocol_revisions: tuple[str, ...] | None = None
    operations: tuple[str, ...] | None = None
    resource_types: tuple[str, ...] | None = None
    policy: tuple[str, ...] | None = None
    policy_kept_by: str | None = None
    expiry_enforcers: tuple[str, ...] | None = None
    limits: dict[str, int | float] | None = None

    def facts(self) -> tuple[str, ...]:
        """The policy, sentence by sentence."""
        return self.policy or ()


class CapabilitiesHandler(Handler[CapabilitiesRequest, CapabilitiesResponse]):
    """Asks nobody: all of this is known here."""

    def handle(self, _request: CapabilitiesRequest, _ctx: CallContext) -> CapabilitiesResponse:
        """Raises nothing."""
        config = self.services.config
        names = self.services.operation_names
        return CapabilitiesResponse(
            summary=f"awswhitelist {__version__} with {len(names)} operations.",
            version=__version__,
            protocol_revisions=SUPPORTED,
            operations=names,
            resource_types=tuple(kind.value for kind in ResourceType),
            policy=policy_words(config.policy),
            policy_kept_by=kept_by(config),
            expiry_enforcers=self.services.enforcement.active(),
            limits=_limits(config),
        )


def kept_by(config: Config) -> str:
    """Whose policy it is, in words."""
    if config.policy_error:
        return f"nobody: the policy cannot be read ({config.policy_error}), so nothing is changed"
    if config.policy_files:
        return "the operator: " + ", ".join(str(path) for path in config.policy_files)
    return "the user of this process"


def _limits(config: Config) -> dict[str, int | float]:
    server = config.server
    return {
        "call_timeout_seconds": server.call_timeout,
        "workers": server.workers,
        "queue": server.queue,
        "max_line_bytes": server.max_line_bytes,
    }
