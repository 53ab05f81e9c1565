"""The generated pages are as the code says, and say something of all that there is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.aws import actions
from awswhitelist.aws.loader import OPERATIONS as CALLS
from awswhitelist.commands.config_docs import rows_of
from awswhitelist.commands.config_schema import config_schema
from awswhitelist.exceptions import error_classes
from awswhitelist.model_parsing import parse_model
from awswhitelist.tools.health import HealthStatus
from awswhitelist.tools.operation import Operation
from awswhitelist.tools.results import RuleStatus, WarningCode
from awswhitelist.tools.table import OPERATIONS
from scripts.docs import iam_page
from scripts.docs.__main__ import DOCS, PAGES, main, stale
from scripts.docs.error_words import CAUSES, WARNINGS
from scripts.docs.operation_words import EXAMPLES, STATUSES, STATUSES_OF
from scripts.docs.operations_page import arguments_of, type_words

ROOT = DOCS.parent


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


# -- as the code says -----------------------------------------------------------------------------


def test_the_generated_pages_are_as_the_code_says() -> None:
    assert [page.name for page, _ in stale(DOCS)] == [], "run: python -m scripts.docs"


def test_a_stale_page_is_named_by_a_check_and_then_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, make in PAGES.items():
        (tmp_path / name).write_text(make(), encoding="utf-8")
    (tmp_path / "iam.md").write_text("Old.", encoding="utf-8")
    assert main(["--check"], tmp_path) == 1
    assert (tmp_path / "iam.md").read_text() == "Old."
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
    assert capsys.readouterr().out.split() == ["iam.md", "iam.md"]


# -- operations -----------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_an_operation_has_a_section_with_its_arguments_and_its_example(
    operation: Operation,
) -> None:
    _, _, section = text_of("operations.md").partition(f"\n## {operation.name}\n")
    section = section.partition("\n## ")[0]
    names = set(re.findall(r"^\| `(\w+)` \|", section, re.M))
    assert {name for name, _, _ in arguments_of(operation)} <= names
    (shown,) = re.findall(r"```json\n(.*?)```", section, re.S)
    assert json.loads(shown)["method"] == operation.name


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_the_example_of_an_operation_is_a_request_that_it_takes(operation: Operation) -> None:
    parse_model(operation.request_model, EXAMPLES[operation.name])


def test_the_examples_are_served_by_the_sandbox(tmp_path: Path) -> None:
    """All but that of ``undo``: its receipt is of a call that was never made."""
    names = [operation.name for operation in OPERATIONS if operation.name != "undo"]
    lines = [
        json.dumps({"jsonrpc": "2.0", "id": name, "method": name, "params": EXAMPLES[name]})
        for name in names
    ]
    done = subprocess.run(
        [sys.executable, "-m", "awswhitelist", "serve", "--sandbox"],
        input="\n".join(lines),
        env={"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    answers: dict[str, dict[str, Any]] = {
        answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())
    }
    assert answers.keys() == set(names)
    assert {name: each["error"] for name, each in answers.items() if "error" in each} == {}


def test_every_status_has_its_words_and_an_operation_that_answers_it() -> None:
    every = {*map(str, RuleStatus), *map(str, HealthStatus)}
    assert set(map(str, STATUSES)) == every
    assert {str(each) for statuses in STATUSES_OF.values() for each in statuses} == every


def test_every_operation_with_a_status_says_which_it_may_be() -> None:
    having = {each.name for each in OPERATIONS if "status" in each.result_model.model_fields}
    assert set(STATUSES_OF) == having


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"type": "string"}, "text"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "whole number (1 to 9)"),
        ({"enum": ["a", "b"]}, "`a` or `b`"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text"),
        (
            {"type": "array", "items": {"type": "object"}, "maxItems": 3},
            "list of object (at most 3)",
        ),
    ],
)
def test_types_are_told_in_words(field: dict[str, Any], words: str) -> None:
    assert type_words(field) == words


# -- errors ---------------------------------------------------------------------------------------


def test_every_error_and_every_warning_has_a_section() -> None:
    sections = set(re.findall(r"^### (\w+)$", text_of("errors.md"), re.M))
    assert sections == {each.code for each in error_classes()} | set(map(str, WarningCode))


def test_no_words_are_kept_for_codes_that_are_no_more() -> None:
    assert set(CAUSES) == {each.code for each in error_classes()}
    assert set(WARNINGS) == set(WarningCode)


# -- IAM ------------------------------------------------------------------------------------------


def in_policies() -> set[str]:
    documents = map(json.loads, re.findall(r"```json\n(.*?)```", text_of("iam.md"), re.S))
    statements = [each for document in documents for each in document["Statement"]]
    return {action for each in statements for action in each["Action"]}


def test_every_call_to_aws_has_its_action_in_a_policy_or_needs_none() -> None:
    wanted = {
        iam_page.action_of(service, call) for service, calls in CALLS.items() for call in calls
    }
    assert wanted - set(actions.FREE_ACTIONS) == in_policies()
    assert len([*iam_page.every_call()]) == sum(map(len, CALLS.values()))


def test_a_call_whose_action_is_in_no_list_is_noticed() -> None:
    with pytest.raises(LookupError, match="ec2:DeleteVpc"):
        list(iam_page.every_call({"ec2": ("DeleteVpc",)}))


# -- from 1.x -------------------------------------------------------------------------------------


def settings() -> Iterator[str]:
    schema = config_schema()
    for section in schema["properties"]:
        if section != "$schema":
            for row in rows_of(section, schema):
                yield row.path
                yield from filter(None, [row.variable])


def test_every_setting_that_the_guide_from_1_x_names_exists() -> None:
    _, _, chapter = text_of("migrating.md").partition("## Its configuration")
    rows = re.findall(r"^\| `[^|]+ \| ([^|]+?) \|", chapter, re.M)
    named = {name.partition("=")[0] for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert named
    assert named - set(settings()) == {"profiles"}, "which is a section, not a setting"
