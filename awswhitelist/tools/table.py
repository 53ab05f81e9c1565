"""The operations, one row each. A new operation is a module beside this one and a row here."""

from __future__ import annotations

from awswhitelist.mcp.registry import ToolHints, ToolSpec
from awswhitelist.tools.binding import bind
from awswhitelist.tools.operation import Operation
from awswhitelist.tools.services import Services

READS = ToolHints(read_only=True, destructive=False, idempotent=True, open_world=False)
READS_THE_WORLD = ToolHints(read_only=True, destructive=False, idempotent=True, open_world=True)
ADDS = ToolHints(read_only=False, destructive=False, idempotent=True, open_world=False)
REMOVES = ToolHints(read_only=False, destructive=True, idempotent=True, open_world=False)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "whitelist",
        "Allow access",
        "Let an address reach a resource on a port for a limited time. "
        "Calling it again changes nothing, or extends the access. "
        "`replace_previous` when the address has changed.",
        ADDS,
        "whitelist:WhitelistHandler",
        ordered_by="target",
    ),
    Operation(
        "whitelist_bulk",
        "Allow access in bulk",
        "Many `whitelist` calls as one: `entries`, or `targets` with every source and port. An "
        "entry that fails does not stop the others, unless `atomic`.",
        ADDS,
        "whitelist_bulk:BulkWhitelistHandler",
        timeout=lambda server: server.bulk_timeout,
    ),
    Operation(
        "revoke",
        "End access",
        "Remove rules by `rule_ids`, those of `target` that `source`, `port`, `protocol` or "
        "`owner` pick, or without a target all of ours in the region from a `source` or of an "
        "`owner`. Looks again to prove that they are gone.",
        REMOVES,
        "revoke:RevokeHandler",
        ordered_by="target",
    ),
    Operation(
        "undo",
        "Undo",
        "Take back what a call changed, by its `undo.receipt`. What was changed since is left "
        "alone; giving access back needs approval.",
        REMOVES,
        "undo:UndoHandler",
    ),
    Operation(
        "sweep_expired",
        "Remove what has ended",
        "Remove our rules past their end, in `target` or in the whole region. Says for how long "
        "each was overdue.",
        REMOVES,
        "sweep_expired:SweepExpiredHandler",
        ordered_by="target",
    ),
    Operation(
        "list_rules",
        "List rules",
        "All ingress rules of a resource's security groups: who may reach what, until when, and "
        "whether awswhitelist made the rule.",
        READS,
        "list_rules:ListRulesHandler",
        ordered_by="target",
    ),
    Operation(
        "check_access",
        "Check access",
        "Whether `source` can reach `target` on `port`: the rules of all its security groups that "
        "let it in, what is missing, and what may keep it out all the same.",
        READS,
        "check_access:CheckAccessHandler",
        ordered_by="target",
    ),
    Operation(
        "find_security_group",
        "Find security group",
        "What `target` means: the resource, its security groups and ports, or the candidates.",
        READS,
        "find_security_group:FindSecurityGroupHandler",
        ordered_by="target",
    ),
    Operation(
        "list_security_groups",
        "List security groups",
        "Security groups with their number of rules, the room left, and which are open to all.",
        READS,
        "list_security_groups:ListSecurityGroupsHandler",
    ),
    Operation(
        "get_my_ip",
        "My public address",
        "The public IPv4 and IPv6 address of the machine that this server runs on.",
        READS_THE_WORLD,
        "get_my_ip:GetMyIpHandler",
    ),
    Operation(
        "list_profiles",
        "List profiles",
        "Credential profiles, their kind, account and region, and whether they can be used.",
        READS,
        "list_profiles:ListProfilesHandler",
    ),
    Operation(
        "test_credentials",
        "Test credentials",
        "Who AWS says we are, until when, and by dry runs what we may do; with the IAM policy for "
        "what is missing.",
        READS,
        "test_credentials:CredentialsHandler",
    ),
    Operation(
        "capabilities",
        "Capabilities",
        "Version, operations, limits, and the policy in force in plain words.",
        READS,
        "capabilities:CapabilitiesHandler",
    ),
    Operation(
        "health",
        "Health",
        "Whether policy, state, audit log, credentials and AWS work, and which rules are overdue.",
        READS,
        "health:HealthHandler",
    ),
)

OPERATION_NAMES = tuple(operation.name for operation in OPERATIONS)


def tool_specs(services: Services, *, sandbox: bool) -> list[ToolSpec]:
    """All operations as tools, on these services."""
    return [bind(operation, services, sandbox=sandbox) for operation in OPERATIONS]
