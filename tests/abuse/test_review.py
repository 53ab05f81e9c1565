"""The review names tests: each of them exists, and every test of this suite is named in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REVIEW = ROOT / "docs" / "security-review.md"
SUITES = sorted(Path(__file__).parent.glob("test_*.py"))
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", REVIEW.read_text("utf-8"))))


def names_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def test_every_row_names_its_proof() -> None:
    rows = [line for line in REVIEW.read_text("utf-8").splitlines() if line.startswith("| ")]
    heads = ("| what |", "| path |")
    assert [row for row in rows if "::" not in row and not row.startswith(heads)] == []
    assert len(NAMED) > 50


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_the_review_names_exists(file: str, name: str) -> None:
    assert name.startswith("test_") and name in names_in(ROOT / file)


HELD_ELSEWHERE = {
    "test_the_tables_of_this_suite_have_every_setting",
    "test_each_bound_of_the_strict_policy_holds",
    "test_only_the_code_shown_approves_on_a_terminal",
    "test_undo_of_anothers_access_needs_the_right_to_act_for_them",
    "test_undo_gives_an_owner_who_has_left_nothing_back_without_that_right",
    "test_a_receipt_that_is_no_id_is_refused",
    "test_a_rule_that_somebody_else_wants_now_is_left_alone",
    "test_the_errors_name_no_path_and_no_text_of_the_system",
}
"""Tests that make sure of the others, or belong to a row that names another."""


def test_the_review_speaks_of_the_whole_suite() -> None:
    own = {name for file in SUITES if file != Path(__file__) for name in names_in(file)}
    attacks = {name for name in own if name.startswith("test_")}
    assert attacks - {name for _, name in NAMED} == HELD_ELSEWHERE
