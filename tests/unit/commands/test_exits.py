"""Exit codes: every status and every error has one, and the documents say which."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.commands.exits import (
    MEANINGS,
    STATUSES,
    ExitCode,
    code_of_error,
    code_of_name,
    code_of_result,
)
from awswhitelist.exceptions import (
    ApprovalUnavailableError,
    AwsWhitelistError,
    BreakerOpenError,
    CallCancelledError,
    PolicyDeniedError,
    RegionMissingError,
    UnavailableError,
)
from awswhitelist.tools.health import HealthStatus
from awswhitelist.tools.results import RuleStatus

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "command-line.md"


@pytest.mark.parametrize("status", [*RuleStatus, *HealthStatus])
def test_every_status_has_been_given_an_exit_code(status: str) -> None:
    assert status in STATUSES


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RegionMissingError(), ExitCode.WRONG_USE),
        (PolicyDeniedError("No.", reasons=["x"]), ExitCode.FAILED),
        (ApprovalUnavailableError(["x"]), ExitCode.NOT_APPROVED),
        (UnavailableError("Gone."), ExitCode.UNREACHABLE),
        (BreakerOpenError("Shut."), ExitCode.UNREACHABLE),
        (CallCancelledError(), ExitCode.INTERRUPTED),
        (AwsWhitelistError("Odd."), ExitCode.FAILED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_has_the_same_code_as_an_object_and_by_its_name(
    error: AwsWhitelistError, code: ExitCode
) -> None:
    assert code_of_error(error) is code
    assert code_of_name(error.code) is code
    assert code_of_result({"error": error.to_object()}) is code


def test_an_error_that_nobody_knows_is_a_failure() -> None:
    assert code_of_name("never_heard_of") is ExitCode.FAILED


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ({"summary": "…"}, ExitCode.DONE),
        ({"status": "added"}, ExitCode.DONE),
        ({"status": "planned"}, ExitCode.DONE),
        ({"status": "not_ours"}, ExitCode.FAILED),
        ({"status": "what_is_this"}, ExitCode.FAILED),
        ({"status": "declined"}, ExitCode.NOT_APPROVED),
        ({"status": "degraded"}, ExitCode.PARTLY),
        ({"status": "down"}, ExitCode.UNREACHABLE),
        ({"allowed": True}, ExitCode.DONE),
        ({"allowed": False}, ExitCode.FAILED),
        ({"status": "added", "totals": {"added": 9, "failed": 0}}, ExitCode.DONE),
        ({"status": "added", "totals": {"added": 9, "failed": 1}}, ExitCode.PARTLY),
        ({"totals": {"failed": 2, "skipped": 1}}, ExitCode.FAILED),
        ({"totals": {"added": 1, "approval_required": 1}}, ExitCode.NOT_APPROVED),
        ({"status": "approval_required", "totals": {"failed": 1}}, ExitCode.NOT_APPROVED),
        ({"status": "revoked", "totals": {"overdue": 3}}, ExitCode.DONE),
    ],
    ids=str,
)
def test_a_result_ends_with_what_became_of_it(result: dict[str, Any], code: ExitCode) -> None:
    assert code_of_result(result) is code


def test_every_code_has_a_meaning_and_the_document_has_them_all() -> None:
    assert set(MEANINGS) == set(ExitCode)
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", DOCUMENT.read_text(encoding="utf-8"), re.M)
    assert rows == [(str(int(code)), words) for code, words in MEANINGS.items()]
