"""``examples/first_rule.py``: it tells the story, and it notices when a step does not hold.

The servers here are small scripts with canned answers; the real one is told about by ``make run``.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "first_rule.py"

CANNED_SERVER = """
import json, sys
answers = json.loads(sys.argv[1])
for line in sys.stdin:
    request = json.loads(line)
    if "id" in request:
        if not answers:
            sys.exit(3)
        print(json.dumps({"jsonrpc": "2.0", "id": request["id"], **answers.pop(0)}), flush=True)
"""


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("first_rule", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


OFFICE = {
    "rule_id": "sgr-0",
    "cidr": "198.51.100.0/24",
    "protocol": "tcp",
    "from_port": 22,
    "to_port": 22,
}


def opened(**changes: Any) -> dict[str, Any]:
    """The rule that the story opens, or what ``changes`` make of it."""
    end = datetime.now(UTC) + timedelta(hours=2)
    fresh = {
        **OFFICE,
        "rule_id": "sgr-1",
        "cidr": "203.0.113.7/32",
        "owner": "mara",
        "expires_at": end.isoformat().replace("+00:00", "Z"),
    }
    return fresh | changes


def structured(**content: Any) -> dict[str, Any]:
    return {"result": {"structuredContent": {"summary": "Said.", **content}}}


HELLO = {
    "result": {
        "protocolVersion": "2025-11-25",
        "serverInfo": {"name": "awswhitelist", "version": "0"},
    }
}
TOOLS = {"result": {"tools": [{"name": n} for n in ("whitelist", "undo", "list_rules")]}}
PLAN = structured(status="planned", plan=["add to sg-1: tcp 22 from 203.0.113.7/32"])
UNDO = {"operation": "undo", "arguments": {"receipt": "ours-1"}}


def story(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """The answers of a server that does everything right, with that rule."""
    return [
        HELLO,
        TOOLS,
        structured(items=[OFFICE]),
        PLAN,
        structured(status="added", rules=[rule], undo=UNDO),
        structured(items=[OFFICE, rule]),
        structured(status="already_allowed", rules=[rule]),
        structured(status="revoked", rules=[rule]),
        structured(items=[OFFICE]),
    ]


def tell(demo: ModuleType, answers: list[dict[str, Any]]) -> int:
    code: int = demo.main((sys.executable, "-c", CANNED_SERVER, json.dumps(answers)))
    return code


def test_a_server_that_keeps_its_word_passes(
    demo: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tell(demo, story(opened())) == 0
    told = capsys.readouterr().out
    assert "→ tools/call" in told
    assert "203.0.113.7/32" in told
    assert told.rstrip().endswith("Every step did what it says.")


WRONG_STEPS: dict[str, tuple[int, dict[str, Any], str]] = {
    "another revision": (0, {"result": {"protocolVersion": "1999-01-01"}}, "does not speak"),
    "an error": (0, {"error": {"code": -32603, "message": "no"}}, "initialize was refused"),
    "a tool is missing": (1, {"result": {"tools": []}}, "no tool named list_rules or undo"),
    "no items": (2, structured(), "gave no items"),
    "not structured": (2, {"result": {"content": []}}, "no structured result"),
    "no dry run": (3, structured(status="added", rules=[opened()]), "not 'planned'"),
    "no plan": (3, structured(status="planned"), "The plan is another"),
    "nothing added": (4, structured(status="planned", rules=[]), "not 'added'"),
    "two rules": (4, structured(status="added", rules=[opened(), OFFICE]), "2 rules, not one"),
    "it was there before": (4, structured(status="added", rules=[OFFICE]), "was there before"),
    "no effect": (5, structured(items=[OFFICE]), "not the only change"),
    "added twice": (6, structured(status="added", rules=[opened()]), "not 'already_allowed'"),
    "another rule": (6, structured(status="already_allowed", rules=[OFFICE]), "Another rule"),
    "a receipt for nothing": (
        6,
        structured(status="already_allowed", rules=[opened()], undo=UNDO),
        "something to take back",
    ),
    "still there": (7, structured(status="absent", rules=[]), "not 'revoked'"),
    "too much taken": (7, structured(status="revoked", rules=[OFFICE]), "took back ['sgr-0']"),
    "left behind": (8, structured(items=[OFFICE, opened()]), "differ from those before"),
}


@pytest.mark.parametrize(("at", "answer", "complaint"), WRONG_STEPS.values(), ids=WRONG_STEPS)
def test_a_step_that_does_not_hold_fails_with_a_sentence_about_it(
    demo: ModuleType,
    capsys: pytest.CaptureFixture[str],
    at: int,
    answer: dict[str, Any],
    complaint: str,
) -> None:
    answers = story(opened())
    answers[at] = answer
    assert tell(demo, answers) == 1
    assert complaint in capsys.readouterr().err


def test_a_change_without_a_receipt_fails(
    demo: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = story(opened())
    answers[4] = structured(status="added", rules=[opened()])
    assert tell(demo, answers) == 1
    assert "No call takes this back" in capsys.readouterr().err


WRONG_RULES: dict[str, tuple[dict[str, Any], str]] = {
    "another address": ({"cidr": "0.0.0.0/0"}, "The rule is for 0.0.0.0/0"),
    "more ports": ({"to_port": 80}, "opens tcp 22-80"),
    "nobody's": ({"owner": None}, "does not say whose"),
    "too long": ({"expires_at": "2999-01-01T00:00:00Z"}, "ends at 2999-01-01"),
}


@pytest.mark.parametrize(("changes", "complaint"), WRONG_RULES.values(), ids=WRONG_RULES)
def test_a_rule_that_is_not_the_one_asked_for_fails(
    demo: ModuleType, changes: dict[str, Any], complaint: str
) -> None:
    demo.check_rule(opened(), datetime.now(UTC))
    with pytest.raises(demo.StepError, match=complaint):
        demo.check_rule(opened(**changes), datetime.now(UTC))


@pytest.mark.parametrize(
    ("program", "complaint"),
    [
        ("print('hello')", "is not JSON"),
        ("print('[]')", "is not an object"),
        ("print('{\"id\": 7}')", "answered with another id"),
        ("", "ended without an answer to initialize|is gone"),
    ],
)
def test_a_program_that_is_no_server_fails(
    demo: ModuleType, capsys: pytest.CaptureFixture[str], program: str, complaint: str
) -> None:
    assert demo.main((sys.executable, "-c", program)) == 1
    assert any(words in capsys.readouterr().err for words in complaint.split("|"))


def test_a_server_that_ends_badly_fails_although_all_steps_held(
    demo: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    bad_end = CANNED_SERVER + "\nsys.exit(4)"
    assert demo.main((sys.executable, "-c", bad_end, json.dumps(story(opened())))) == 1
    assert "exit code 4" in capsys.readouterr().err


def test_a_failure_shows_what_the_server_logged(
    demo: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo.main((sys.executable, "-c", "import sys; sys.exit('no such option')")) == 1
    assert "no such option" in capsys.readouterr().err


def test_the_server_gets_its_own_state_and_none_of_the_users_settings(
    demo: ModuleType, tmp_path: Path
) -> None:
    environ = {"AWSWHITELIST_SERVER__WORKERS": "1", "PATH": os.defpath}
    config = tmp_path / "config.json"
    assert demo.environment(tmp_path, environ) == {
        "PATH": os.defpath,
        "AWSWHITELIST_CONFIG": str(config),
    }
    assert json.loads(config.read_text()) == {"state": {"directory": str(tmp_path / "state")}}


def test_the_table_lines_its_columns_up_and_marks_what_is_missing(demo: ModuleType) -> None:
    assert demo.table([{"rule_id": "sgr-1", "protocol": "all"}]) == [
        "rule   source  ports  owner  expires",
        "sgr-1  -       all    -      -",
    ]
