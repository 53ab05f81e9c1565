"""Every rule of the specification has a test, and the document says so.

If one of these fails: ``python tests/protocol/requirements.py --write`` brings the tables of
``docs/protocol.md`` up to date; a rule without a test needs one that names it.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from awswhitelist.exceptions import error_classes

SCRIPT = Path(__file__).with_name("requirements.py")
GROUP: dict[str, Any] = {
    "title": "Streams",
    "page": "new/page",
    "legacy_page": "old/page",
    "rules": [[1, "MUST", "..", "First."], [2, "SHOULD", "..2025-06-18", "Second."]],
}


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("protocol_requirements", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_every_rule_has_a_test_and_the_document_is_up_to_date(
    script: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    code = script.main([])
    assert (code, capsys.readouterr().err) == (0, "\n")


@pytest.mark.requirement("SCHEMA-3")
def test_the_document_says_which_dialect_of_json_schema_is_used(script: ModuleType) -> None:
    assert "JSON Schema 2020-12" in script.DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.requirement("CODE-4")
def test_every_error_has_a_number_of_its_own_outside_the_reserved_range() -> None:
    numbers = [each.number for each in error_classes()]
    assert len(set(numbers)) == len(numbers)
    assert not any(-32768 <= number <= -32000 for number in numbers)


def test_a_rule_knows_its_revisions_and_the_page_of_the_newest(script: ModuleType) -> None:
    first, second = script.requirements({"S": GROUP})
    assert (first.id, first.span, len(first.revisions)) == ("S-1", "all", 5)
    assert first.link.endswith("/2026-07-28/new/page")
    assert (second.id, second.span) == ("S-2", "2024-11-05 to 2025-06-18")
    assert second.link.endswith("/2025-06-18/old/page")


def test_a_revision_that_does_not_exist_is_no_revision(script: ModuleType) -> None:
    with pytest.raises(ValueError, match="tuple"):
        script.requirements({"S": GROUP | {"rules": [[1, "MUST", "2025-06-19..", "Never."]]}})


@pytest.mark.parametrize(
    ("source", "ids"),
    [
        ('@pytest.mark.requirement("A-1", "A-2")\ndef test_x(): pass', ["A-1", "A-2"]),
        ('pytestmark = pytest.mark.requirement("A-3")', ["A-3"]),
        ('CASES = [pytest.param(1, marks=pytest.mark.requirement("A-4"))]', ["A-4"]),
        ('@pytest.mark.parametrize("x", ["A-5"])\ndef test_x(x): "A-6"', []),
    ],
)
def test_ids_are_read_from_the_marks_of_a_module(
    script: ModuleType, source: str, ids: list[str]
) -> None:
    assert list(script.marks(source)) == ids


def test_what_no_test_names_and_what_no_rule_is_are_both_complained_of(script: ModuleType) -> None:
    rules = script.requirements({"S": GROUP | {"rules": [*GROUP["rules"], GROUP["rules"][0]]}})
    assert script.complaints(rules, {"S-1": [Path("test_a.py")], "S-9": [Path("test_b.py")]}) == [
        "S-2: no test names it",
        "S-9: named by test_b.py, but there is no such rule",
        "S-1: is there twice",
    ]


def test_a_table_is_put_between_its_marks(script: ModuleType) -> None:
    document = "a\n<!-- t: begin -->\nold\n<!-- t: end -->\nz\n"
    assert script.with_tables(document, {"t": "new"}) == document.replace("old", "new")
    with pytest.raises(ValueError, match="missing"):
        script.with_tables("no marks", {"t": "new"})
