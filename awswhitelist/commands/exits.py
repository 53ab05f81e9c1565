"""Exit codes: the one table of what they mean, and which result or error has which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from awswhitelist.exceptions import (
    ApprovalUnavailableError,
    AwsWhitelistError,
    BreakerOpenError,
    CallCancelledError,
    ConfigurationError,
    InvalidArgumentError,
    UnavailableError,
    error_classes,
)


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    WRONG_USE = 2
    NOT_APPROVED = 3
    PARTLY = 4
    UNREACHABLE = 5
    INTERRUPTED = 130
    BROKEN_PIPE = 141


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.DONE: "done, planned, or there was nothing to do",
    ExitCode.FAILED: "refused or failed; check-access: not allowed",
    ExitCode.WRONG_USE: "wrong use, argument or configuration",
    ExitCode.NOT_APPROVED: "nothing was changed: approval is required, or was declined",
    ExitCode.PARTLY: "some entries failed; health: degraded",
    ExitCode.UNREACHABLE: "AWS cannot be reached; health: down",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C)",
    ExitCode.BROKEN_PIPE: "whoever read the output has gone",
}

STATUSES: Mapping[str, ExitCode] = {
    **dict.fromkeys(
        ("added", "already_allowed", "covered", "extended", "moved", "planned"), ExitCode.DONE
    ),
    **dict.fromkeys(("revoked", "released", "restored", "absent", "ok"), ExitCode.DONE),
    **dict.fromkeys(("not_ours", "not_picked", "unverified", "undo_conflict"), ExitCode.FAILED),
    **dict.fromkeys(("failed", "skipped", "rolled_back", "unknown"), ExitCode.FAILED),
    **dict.fromkeys(("approval_required", "declined"), ExitCode.NOT_APPROVED),
    "degraded": ExitCode.PARTLY,
    "down": ExitCode.UNREACHABLE,
}
"""By the status of a result, or of one entry of a bulk."""

ERRORS: tuple[tuple[type[AwsWhitelistError], ExitCode], ...] = (
    (InvalidArgumentError, ExitCode.WRONG_USE),
    (ConfigurationError, ExitCode.WRONG_USE),
    (ApprovalUnavailableError, ExitCode.NOT_APPROVED),
    (UnavailableError, ExitCode.UNREACHABLE),
    (BreakerOpenError, ExitCode.UNREACHABLE),
    (CallCancelledError, ExitCode.INTERRUPTED),
)
"""By the class of an error; any other is :attr:`ExitCode.FAILED`."""


def code_of_error(error: AwsWhitelistError) -> ExitCode:
    """The exit code of a command that ends with this error."""
    return _code_of_class(type(error))


def code_of_name(name: str) -> ExitCode:
    """The exit code for an error object's ``code``."""
    classes = (each for each in error_classes() if each.code == name)
    return _code_of_class(next(classes, AwsWhitelistError))


def _code_of_class(error_class: type[AwsWhitelistError]) -> ExitCode:
    found = (code for base, code in ERRORS if issubclass(error_class, base))
    return next(found, ExitCode.FAILED)


def code_of_result(result: Mapping[str, Any]) -> ExitCode:
    """The exit code for an operation's structured result."""
    if isinstance(error := result.get("error"), Mapping):
        return code_of_name(str(error.get("code")))
    if result.get("allowed") is False:
        return ExitCode.FAILED
    alone = STATUSES.get(str(result.get("status", "ok")), ExitCode.FAILED)
    totals = result.get("totals")
    if alone is ExitCode.NOT_APPROVED or not isinstance(totals, Mapping):
        return alone
    return _code_of_entries(
        {STATUSES[name] for name, count in totals.items() if count and name in STATUSES}, alone
    )


def _code_of_entries(present: set[ExitCode], alone: ExitCode) -> ExitCode:
    """The exit code of a bulk whose entries ended in these ways; ``alone`` is its own status's."""
    if ExitCode.FAILED not in present:
        return ExitCode.NOT_APPROVED if ExitCode.NOT_APPROVED in present else alone
    return ExitCode.PARTLY if ExitCode.DONE in present else ExitCode.FAILED
