"""The words that callers act on: every status, warning and error code, and a test that brings it
about.

The tables say which operation may answer what. A code that is not in them, or one that no test
names where it makes a claim, fails here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path

import pytest

from awswhitelist.exceptions import error_classes
from awswhitelist.tools.health import HealthStatus
from awswhitelist.tools.results import RuleStatus, WarningCode
from awswhitelist.tools.table import OPERATION_NAMES

TESTS = Path(__file__).resolve().parents[1]

Words = frozenset[str]


def words(text: str) -> Words:
    return frozenset(text.split())


NOT_APPLIED = words("planned approval_required declined")
ALLOWS = words("added already_allowed covered extended moved unverified") | NOT_APPLIED

STATUSES: dict[str, Words] = {
    "whitelist": ALLOWS | words("revoked released"),
    "whitelist_bulk": ALLOWS | words("failed skipped rolled_back unknown revoked released"),
    "revoke": NOT_APPLIED | words("revoked released absent not_ours not_picked unverified"),
    "sweep_expired": words("revoked absent unverified planned"),
    "undo": NOT_APPLIED | words("revoked restored absent already_allowed undo_conflict unverified"),
    "health": words("ok degraded down"),
}
"""Of a call, or of one of its rules or entries. An earlier rule that makes way for a new one is
``revoked`` or ``released``."""

REACH = words(
    "not_publicly_accessible no_public_address cache_not_public internal_load_balancer "
    "no_security_group kept_by_others open_beside group_full not_all_asked targets_need_a_rule_too"
)
CHANGES = words("approval_not_accepted audit_incomplete unverified")
ALLOWING = (
    CHANGES
    | REACH
    | words("not_expiring ends_sooner expiry_needs_a_sweeper source_not_public not_tagged")
)

WARNINGS: dict[str, Words] = {
    "whitelist": ALLOWING,
    "whitelist_bulk": ALLOWING,
    "revoke": CHANGES | words("connections_survive still_open"),
    "sweep_expired": CHANGES | words("still_open expiry_unknown"),
    "undo": CHANGES | words("connections_survive still_open ended_meanwhile redacted"),
    "check_access": REACH
    | words("source_not_public overdue read_as_ipv4 prefix_list_unread members_only"),
    "find_security_group": REACH,
    "list_rules": words("overdue"),
    "list_security_groups": words("overdue prefix_list_unread quota_assumed"),
    "get_my_ip": words("sources_disagree"),
}

ERRORS: dict[str, Words] = {
    "the arguments": words("invalid_argument region_missing me_is_the_server"),
    "the target": words(
        "security_group_not_found resource_not_found ambiguous_target ambiguous_group "
        "no_security_group"
    ),
    "the rules": words("ambiguous_rule conflict skipped rule_exists rule_not_found quota_exceeded"),
    "what the operator allows": words("policy_denied rate_limited"),
    "approval": words("approval_unavailable approval_not_found terminal_needed"),
    "credentials": words(
        "credentials_missing credentials_expired credentials_invalid permission_missing clock_skew "
        "region_not_enabled"
    ),
    "AWS": words("aws_rejected throttled aws_unavailable breaker_open"),
    "receipts": words("receipt_invalid receipt_not_found"),
    "this machine": words(
        "configuration_invalid client_config_invalid audit_unavailable "
        "state_unavailable public_address_unknown"
    ),
    "what health finds": words("rules_overdue plans_interrupted"),
    "the call": words("overloaded timeout cancelled internal_error"),
}
"""By what is wrong."""


def listed(table: dict[str, Words]) -> set[str]:
    return set().union(*table.values())


def members(*enums: type[StrEnum]) -> dict[str, set[str]]:
    """The values of enums, each with the ways in which a test can name it."""
    return {
        each.value: {each.value, f"{enum.__name__}.{each.name}"} for enum in enums for each in enum
    }


def errors() -> dict[str, set[str]]:
    """The codes of errors: named as such, or by the class."""
    return {each.code: {each.code, each.__name__} for each in error_classes()}


def test_the_statuses_are_those_of_the_operations() -> None:
    assert listed(STATUSES) == members(RuleStatus, HealthStatus).keys()


def test_the_warnings_are_those_of_the_operations() -> None:
    assert listed(WARNINGS) == members(WarningCode).keys()


def test_the_errors_are_those_that_are_listed_and_each_has_a_code_of_its_own() -> None:
    assert listed(ERRORS) == errors().keys()
    assert len(errors()) == len(error_classes())
    assert sum(map(len, ERRORS.values())) == len(listed(ERRORS))


def test_the_tables_are_about_operations_that_there_are() -> None:
    assert STATUSES.keys() | WARNINGS.keys() <= set(OPERATION_NAMES)


# -- what tests name ------------------------------------------------------------------------------


def _test_files() -> Iterator[Path]:
    """Ours; the packages of other people that lie beside them are not."""
    folders = [each for each in TESTS.iterdir() if each.is_dir()]
    found = (path for folder in folders for path in folder.rglob("*.py"))
    return (path for path in found if "node_modules" not in path.parts)


@cache
def claimed() -> Words:
    """All that a test of another file names in a claim."""
    files = [path for path in _test_files() if path != Path(__file__).resolve()]
    return frozenset(word for path in files for word in _names(ast.parse(path.read_text("utf-8"))))


def _names(tree: ast.Module) -> Iterator[str]:
    for claim in _claims(tree):
        for node in ast.walk(claim):
            match node:
                case ast.Constant(value=str(text)):
                    yield text
                case ast.Attribute(value=ast.Name(id=owner), attr=name):
                    yield f"{owner}.{name}"
                case ast.Name(id=name):
                    yield name


def _claims(tree: ast.Module) -> Iterator[ast.AST]:
    """Where tests say what must come: assertions, ``pytest.raises``, parameters, tables."""
    yield from (each for each in tree.body if isinstance(each, ast.Assign | ast.AnnAssign))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert | ast.withitem):
            yield node
        elif isinstance(node, ast.FunctionDef):
            yield from node.decorator_list


ALL = members(RuleStatus, HealthStatus) | members(WarningCode) | errors()


@pytest.mark.parametrize("code", sorted(ALL))
def test_a_test_brings_the_code_about(code: str) -> None:
    names = {**members(RuleStatus, HealthStatus), **errors()}.get(code, set())
    names = names | members(WarningCode).get(code, set())
    assert names & claimed(), f"no test claims {code}"
