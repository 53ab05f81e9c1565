"""The error tree: one class per thing that can go wrong, each with its code and its remedy.

::

    AwsWhitelistError
    ├── InvalidArgumentError            invalid_argument
    │   ├── RegionMissingError          region_missing
    │   └── MeIsTheServerError          me_is_the_server
    ├── ConfigurationError              configuration_invalid
    ├── ClientConfigError               client_config_invalid
    ├── PolicyDeniedError               policy_denied
    ├── ApprovalUnavailableError        approval_unavailable
    ├── ApprovalNotFoundError           approval_not_found
    ├── TerminalNeededError             terminal_needed
    ├── SecurityGroupNotFoundError      security_group_not_found
    ├── ResourceNotFoundError           resource_not_found
    ├── AmbiguousTargetError            ambiguous_target
    ├── AmbiguousGroupError             ambiguous_group
    ├── AmbiguousRuleError              ambiguous_rule
    ├── NoSecurityGroupError            no_security_group
    ├── AwsError                        aws_rejected
    │   ├── CredentialsError            credentials_missing
    │   │   ├── CredentialsExpiredError credentials_expired
    │   │   └── CredentialsInvalidError credentials_invalid
    │   ├── PermissionMissingError      permission_missing
    │   ├── ThrottledError              throttled
    │   ├── UnavailableError            aws_unavailable
    │   ├── BreakerOpenError            breaker_open
    │   ├── QuotaExceededError          quota_exceeded
    │   ├── ClockSkewError              clock_skew
    │   ├── RegionNotEnabledError       region_not_enabled
    │   ├── RuleExistsError             rule_exists
    │   └── RuleNotFoundError           rule_not_found
    ├── ConflictError                   conflict
    ├── SkippedError                    skipped
    ├── OverdueRulesError               rules_overdue
    ├── InterruptedPlansError           plans_interrupted
    ├── ReceiptForgedError              receipt_invalid
    ├── ReceiptNotFoundError            receipt_not_found
    ├── AuditUnavailableError           audit_unavailable
    ├── StateUnavailableError           state_unavailable
    ├── PublicAddressError              public_address_unknown
    ├── RateLimitedError                rate_limited
    ├── OverloadedError                 overloaded
    ├── CallTimeoutError                timeout
    └── CallCancelledError              cancelled

Every error is raised with facts as keyword arguments, never with another error's text: exception
text of libraries may hold secrets. ``number`` is the JSON-RPC error code of a bare method; it lies
outside the range that JSON-RPC and MCP reserve (MCP 2026-07-28, basic, "Error Codes").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class AwsWhitelistError(Exception):
    """Root of the tree. ``summary`` is one plain sentence; ``remedy`` says what to do about it."""

    code: ClassVar[str] = "internal_error"
    number: ClassVar[int] = 1000
    retryable: ClassVar[bool] = False
    missing_capability: ClassVar[str | None] = None
    """The MCP client capability without which the call cannot be served, where that is the reason.
    """
    remedy: str = "Look up the request id in the server's log."

    def __init__(
        self,
        summary: str,
        *,
        remedy: str | None = None,
        field: str | None = None,
        retry_after: float | None = None,
        **details: Any,
    ) -> None:
        super().__init__(summary)
        self.summary = summary
        self.field = field
        self.retry_after = retry_after
        self.details = {key: value for key, value in details.items() if value is not None}
        if remedy is not None:
            self.remedy = remedy

    def to_object(self) -> dict[str, Any]:
        """The error object of every answer: summary, code, remedy, retryable and the facts."""
        facts = {"field": self.field, "retry_after_seconds": self.retry_after, **self.details}
        return {
            "summary": self.summary,
            "code": self.code,
            "remedy": self.remedy,
            "retryable": self.retryable,
        } | {key: value for key, value in facts.items() if value is not None}


class InvalidArgumentError(AwsWhitelistError):
    """An argument's value cannot be used; ``field`` names it."""

    code = "invalid_argument"
    number = 1001
    remedy = "Correct the argument and call again."


class RegionMissingError(InvalidArgumentError):
    """No region anywhere: neither argument, profile, configuration nor environment names one."""

    code = "region_missing"
    number = 1002
    remedy = (
        "Pass `region`, set `defaults.region` in the configuration, or set AWS_REGION; "
        "there is no default region."
    )

    def __init__(self) -> None:
        super().__init__("No AWS region is set.", field="region")


class MeIsTheServerError(InvalidArgumentError):
    """``me`` would be this server's address, not the caller's."""

    code = "me_is_the_server"
    number = 1003
    remedy = "Pass the address that should get access as `source`."

    def __init__(self) -> None:
        super().__init__(
            "This server runs for somebody else, so `me` would be the server's own address.",
            field="source",
        )


class ConfigurationError(AwsWhitelistError):
    """The configuration cannot be used."""

    code = "configuration_invalid"
    number = 1010
    remedy = "Correct the configuration file or the environment variable named, and start again."


class ClientConfigError(AwsWhitelistError):
    """The configuration file of an MCP client cannot be used; ``path``, ``line`` and ``column``."""

    code = "client_config_invalid"
    number = 1012
    remedy = "Correct the file at that place, or name another with --config-file. It is as it was."


class PolicyDeniedError(AwsWhitelistError):
    """The operator's policy forbids this; ``reasons`` names each rule that does."""

    code = "policy_denied"
    number = 1020
    remedy = "Ask for less, or ask the operator who keeps the policy to change it."

    def __init__(self, summary: str, *, reasons: Sequence[str], field: str | None = None) -> None:
        super().__init__(summary, field=field, reasons=list(reasons))


class ApprovalUnavailableError(AwsWhitelistError):
    """A person must approve this and nobody can be asked; ``reasons`` says why one must."""

    code = "approval_unavailable"
    number = 1021
    missing_capability = "elicitation"
    remedy = (
        "Call from an MCP client that can ask its user (the `elicitation` capability), or ask the "
        "operator who keeps the policy to change `approval.without_elicitation`."
    )

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(
            f"A person must approve this, and nobody can be asked here: {reasons[0]}.",
            reasons=list(reasons),
        )


class ApprovalNotFoundError(AwsWhitelistError):
    """Nothing waits for approval under that id."""

    code = "approval_not_found"
    number = 1023
    remedy = (
        "Check the id, and that this is the user and the configuration of the server; an approval "
        "that has waited too long is asked for anew by repeating the call."
    )

    def __init__(self) -> None:
        super().__init__("Nothing waits for approval under that id.", field="id")


class TerminalNeededError(AwsWhitelistError):
    """Only a person at the controlling terminal can do it."""

    code = "terminal_needed"
    number = 1024
    remedy = "Run the command on a terminal, in the foreground."

    def __init__(self) -> None:
        super().__init__("There is no terminal on which a person could approve it.")


class SecurityGroupNotFoundError(AwsWhitelistError):
    """No security group answers to that id or name."""

    code = "security_group_not_found"
    number = 1030
    remedy = "Check the id or name, the region and the account."

    def __init__(self, target: str, *, region: str | None = None, **details: Any) -> None:
        where = f" in {region}" if region else ""
        super().__init__(
            f"No security group {target!r} was found{where}.",
            field=details.pop("field", "target"),
            **details,
        )


class ResourceNotFoundError(AwsWhitelistError):
    """Nothing of the kind that was named answers to that id, name or endpoint."""

    code = "resource_not_found"
    number = 1032
    remedy = "Check the name, the region and the account."

    def __init__(self, target: str, *, kinds: str, region: str | None = None) -> None:
        where = f" in {region}" if region else ""
        super().__init__(f"No {kinds} {target!r} was found{where}.", field="target")


class AmbiguousTargetError(AwsWhitelistError):
    """Several things answer to that name; ``candidates`` lists them."""

    code = "ambiguous_target"
    number = 1031
    remedy = "Call again with the id of the candidate that is meant as `target`."

    def __init__(
        self,
        target: str,
        *,
        candidates: Sequence[dict[str, Any]],
        not_asked: Sequence[str] | None = None,
    ) -> None:
        """``not_asked`` are the services that could not be asked: there may be more candidates."""
        kinds = {each.get("resource_type", "security_group") for each in candidates}
        what = "security groups" if kinds == {"security_group"} else "resources"
        super().__init__(
            f"{len(candidates)} {what} are named {target!r}.",
            field="target",
            candidates=list(candidates),
            not_asked=list(not_asked) if not_asked else None,
        )


class AmbiguousGroupError(AwsWhitelistError):
    """A resource has several security groups, and none is marked; ``candidates`` lists them."""

    code = "ambiguous_group"
    number = 1033
    remedy = (
        "Call again with the id of the group that is meant as `target` (and `port`), or tag one "
        "of the groups awswhitelist:target=true."
    )

    def __init__(self, resource: str, *, candidates: Sequence[dict[str, Any]]) -> None:
        super().__init__(
            f"{resource} has {len(candidates)} security groups.",
            field="target",
            candidates=list(candidates),
        )


class AmbiguousRuleError(AwsWhitelistError):
    """Several rules may be the earlier one that is to be replaced."""

    code = "ambiguous_rule"
    number = 1035
    remedy = "Revoke those that are not needed, by `rule_ids`, or leave `replace_previous` out."

    def __init__(self, group_id: str, rule_ids: Sequence[str], planned: int = 0) -> None:
        """``planned`` more of them are only made by the call itself, and have no id yet."""
        made_here = f", {planned} of them made by this call" if planned else ""
        super().__init__(
            f"{len(rule_ids) + planned} rules of {group_id} may be the previous one{made_here}.",
            field="replace_previous",
            candidates=[{"id": rule_id} for rule_id in rule_ids],
        )


class NoSecurityGroupError(AwsWhitelistError):
    """The resource has no security group, so there is nothing that could be changed."""

    code = "no_security_group"
    number = 1034
    remedy = "Look at what is behind it: the security groups of its targets decide."

    def __init__(self, resource: str, *, remedy: str | None = None) -> None:
        super().__init__(f"{resource} has no security group.", field="target", remedy=remedy)


class AwsError(AwsWhitelistError):
    """AWS refused a call; ``aws_code`` and ``aws_request_id`` are AWS's own."""

    is_in_doubt: bool = False
    """Whether an earlier attempt of the same call got no answer: whatever AWS says of the last one,
    that one may have taken effect."""

    code = "aws_rejected"
    number = 1100
    remedy = "See the AWS error code; the AWS request id helps AWS support to find the call."

    def __init__(
        self,
        summary: str,
        *,
        aws_code: str | None = None,
        aws_request_id: str | None = None,
        **details: Any,
    ) -> None:
        super().__init__(summary, aws_code=aws_code, aws_request_id=aws_request_id, **details)
        self.aws_code = aws_code
        self.aws_request_id = aws_request_id


class CredentialsError(AwsError):
    """There are no AWS credentials."""

    code = "credentials_missing"
    number = 1101
    remedy = "Configure AWS credentials for this process (for example `aws configure`)."


class CredentialsExpiredError(CredentialsError):
    """The AWS credentials have expired."""

    code = "credentials_expired"
    number = 1102
    remedy = "Renew the credentials (for SSO: `aws sso login`) and call again."


class CredentialsInvalidError(CredentialsError):
    """AWS does not accept the credentials."""

    code = "credentials_invalid"
    number = 1103
    remedy = "Check the access key, the secret key and the session token of this profile."


class PermissionMissingError(AwsError):
    """The caller may not do that; ``missing_permissions`` names the IAM actions."""

    code = "permission_missing"
    number = 1104
    remedy = "Allow the missing IAM actions for this caller."


class ThrottledError(AwsError):
    """AWS asks to slow down."""

    code = "throttled"
    number = 1105
    retryable = True
    remedy = "Wait a little and call again."


class UnavailableError(AwsError):
    """AWS could not be reached, or did not give a usable answer."""

    code = "aws_unavailable"
    number = 1106
    retryable = True
    remedy = "Check the network and the AWS service status, then call again."


class BreakerOpenError(AwsError):
    """Calls to this service are held back after repeated failures."""

    code = "breaker_open"
    number = 1107
    retryable = True
    remedy = "AWS failed repeatedly; call again after the time given."


class QuotaExceededError(AwsError):
    """The security group has no room for another rule."""

    code = "quota_exceeded"
    number = 1108
    remedy = "Remove rules that are no longer needed, use another group, or raise quota L-0EA8095F."


class ClockSkewError(AwsError):
    """This machine's clock is too far from AWS's."""

    code = "clock_skew"
    number = 1109
    remedy = "Set this machine's clock (for example with NTP) and call again."


class RegionNotEnabledError(AwsError):
    """The account has not enabled that region."""

    code = "region_not_enabled"
    number = 1110
    remedy = "Enable the region for the account, or use another region."


class RuleExistsError(AwsError):
    """AWS already has that very rule (``InvalidPermission.Duplicate``)."""

    code = "rule_exists"
    number = 1111
    remedy = "List the rules of the group and call again."


class RuleNotFoundError(AwsError):
    """AWS has no such rule, or has it no longer."""

    code = "rule_not_found"
    number = 1112
    remedy = "List the rules of the group and call again with a rule that is there."


class ConflictError(AwsWhitelistError):
    """The rules changed under our hands."""

    code = "conflict"
    number = 1120
    retryable = True
    remedy = "List the rules to see the present state, then call again."


class SkippedError(AwsWhitelistError):
    """Not begun, because another part of a change that must hold as a whole had failed."""

    code = "skipped"
    number = 1122
    remedy = "Mend what failed, and call again."

    def __init__(self) -> None:
        super().__init__("Not begun, because another entry had failed.")


class OverdueRulesError(AwsWhitelistError):
    """Rules of ours have outlived their end, or nobody can tell their end."""

    code = "rules_overdue"
    number = 1121
    remedy = "Revoke them by their rule ids."

    def __init__(self, overdue: Sequence[str], unknown: Sequence[str]) -> None:
        super().__init__(
            f"{len(overdue)} rule(s) are past their end, {len(unknown)} have no readable end: "
            f"{', '.join([*overdue, *unknown][:5])}.",
            overdue=list(overdue),
            expiry_unknown=list(unknown),
        )


class InterruptedPlansError(AwsWhitelistError):
    """Processes ended in the middle of changes; ``interrupted`` names the calls."""

    code = "plans_interrupted"
    number = 1123
    remedy = (
        "List the rules of the groups that the plans name, then repeat each call as it was: "
        "it completes what is missing, without doubles."
    )

    def __init__(self, interrupted: Sequence[str]) -> None:
        super().__init__(
            f"{len(interrupted)} change(s) were cut off: {' | '.join(interrupted[:5])}.",
            interrupted=list(interrupted),
        )


class ReceiptForgedError(AwsWhitelistError):
    """A receipt in the audit log is not ours, or not as we wrote it, so it is not acted on."""

    code = "receipt_invalid"
    number = 1202
    remedy = (
        "Nothing was changed. Find out who wrote to the audit log; list the rules and revoke "
        "what is not wanted by `rule_ids`."
    )

    def __init__(self) -> None:
        super().__init__("A receipt of that call in the audit log is not as we wrote it.")


class ReceiptNotFoundError(AwsWhitelistError):
    """The audit log of this machine has no receipts of that call that this user made."""

    code = "receipt_not_found"
    number = 1203
    remedy = (
        "Call it on the machine, and as the user, that made the change: receipts are in the audit "
        "log there. Otherwise list the rules, and revoke by `rule_ids`."
    )

    def __init__(self) -> None:
        super().__init__(
            "No receipts of that call are in this machine's audit log.", field="receipt"
        )


class AuditUnavailableError(AwsWhitelistError):
    """The audit log cannot be written, so nothing was changed."""

    code = "audit_unavailable"
    number = 1200
    remedy = "Make the audit log writable (see `audit.path`), then call again. Nothing was changed."


class StateUnavailableError(AwsWhitelistError):
    """The state directory cannot be used, so nothing was changed."""

    code = "state_unavailable"
    number = 1201
    remedy = (
        "Make the state directory (`state.directory`) writable for this user alone, "
        "then call again. Nothing was changed."
    )


class PublicAddressError(AwsWhitelistError):
    """Our own public address could not be learnt."""

    code = "public_address_unknown"
    number = 1210
    retryable = True
    remedy = "Pass the address as `source`, or check that the sources in `public_ip` are reachable."


class RateLimitedError(AwsWhitelistError):
    """The operator's limit of changes is reached; ``retry_after`` says when there is room."""

    code = "rate_limited"
    number = 1219
    retryable = True
    remedy = "Call again later. The limit is the operator's."


class OverloadedError(AwsWhitelistError):
    """Too many calls are waiting already."""

    code = "overloaded"
    number = 1220
    retryable = True
    remedy = "Wait for answers to the calls in flight, then call again."


class CallTimeoutError(AwsWhitelistError):
    """The call took longer than it may."""

    code = "timeout"
    number = 1221
    retryable = True
    remedy = "List the rules to see what was done, then call again."


class CallCancelledError(AwsWhitelistError):
    """The caller cancelled the call; it is not answered."""

    code = "cancelled"
    number = 1222
    remedy = "Nothing needs to be done."

    def __init__(self) -> None:
        super().__init__("The call was cancelled by its caller.")


def error_classes() -> tuple[type[AwsWhitelistError], ...]:
    """Every class of the tree, parents first: for documentation and tests."""
    found: list[type[AwsWhitelistError]] = [AwsWhitelistError]
    for error_class in found:
        found.extend(error_class.__subclasses__())
    return tuple(found)
