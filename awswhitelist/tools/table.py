"""The operations, one row each. A new operation is a module beside this one and a row here."""

from __future__ import annotations

from awswhitelist.mcp.registry import ToolHints, ToolSpec
from awswhitelist.tools.binding import bind
from awswhitelist.tools.capabilities import (
    CapabilitiesHandler,
    CapabilitiesRequest,
    CapabilitiesResponse,
)
from awswhitelist.tools.get_my_ip import GetMyIpHandler, GetMyIpRequest, GetMyIpResponse
from awswhitelist.tools.health import HealthHandler, HealthRequest, HealthResponse
from awswhitelist.tools.list_rules import ListRulesHandler, ListRulesRequest, ListRulesResponse
from awswhitelist.tools.operation import Operation
from awswhitelist.tools.revoke import RevokeHandler, RevokeRequest, RevokeResponse
from awswhitelist.tools.services import Services
from awswhitelist.tools.whitelist import (
    IpWhitelistRequest,
    IpWhitelistResponse,
    WhitelistHandler,
)

READS = ToolHints(read_only=True, destructive=False, idempotent=True, open_world=False)
READS_THE_WORLD = ToolHints(read_only=True, destructive=False, idempotent=True, open_world=True)
ADDS = ToolHints(read_only=False, destructive=False, idempotent=True, open_world=False)
REMOVES = ToolHints(read_only=False, destructive=True, idempotent=True, open_world=False)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "whitelist",
        "Allow access",
        "Let an address reach a resource on a port for a limited time. "
        "Calling it again changes nothing, or extends the access.",
        ADDS,
        IpWhitelistRequest,
        IpWhitelistResponse,
        WhitelistHandler,
        ordered_by="target",
    ),
    Operation(
        "revoke",
        "End access",
        "Remove rules by `rule_ids`, or those of `target` that `source`, `port`, `protocol` or "
        "`owner` pick. Looks again to prove that they are gone.",
        REMOVES,
        RevokeRequest,
        RevokeResponse,
        RevokeHandler,
        ordered_by="target",
    ),
    Operation(
        "list_rules",
        "List rules",
        "All ingress rules of a resource's security groups: who may reach what, until when, and "
        "whether awswhitelist made the rule.",
        READS,
        ListRulesRequest,
        ListRulesResponse,
        ListRulesHandler,
        ordered_by="target",
    ),
    Operation(
        "get_my_ip",
        "My public address",
        "The public IPv4 and IPv6 address of the machine that this server runs on.",
        READS_THE_WORLD,
        GetMyIpRequest,
        GetMyIpResponse,
        GetMyIpHandler,
    ),
    Operation(
        "capabilities",
        "Capabilities",
        "Version, operations, limits, and the policy in force in plain words.",
        READS,
        CapabilitiesRequest,
        CapabilitiesResponse,
        CapabilitiesHandler,
    ),
    Operation(
        "health",
        "Health",
        "Whether policy, state, audit log, credentials and AWS work, and which rules are overdue.",
        READS,
        HealthRequest,
        HealthResponse,
        HealthHandler,
    ),
)

OPERATION_NAMES = tuple(operation.name for operation in OPERATIONS)


def tool_specs(services: Services, *, sandbox: bool) -> list[ToolSpec]:
    """All operations as tools, on these services."""
    return [bind(operation, services, sandbox=sandbox) for operation in OPERATIONS]
