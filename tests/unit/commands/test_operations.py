"""Operations as commands, on the sandbox: what is written where, who is asked, how it ends."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.calls import CallContext
from awswhitelist.commands.exits import ExitCode
from awswhitelist.commands.operations import Caller
from awswhitelist.commands.session import Session
from awswhitelist.config import load_config
from awswhitelist.mcp.registry import ToolResult, ToolSpec
from awswhitelist.tools.table import OPERATIONS

OPEN = ("whitelist", "prod-bastion", "--port", "22", "--sandbox", "--source")
HOST, NETWORK = "203.0.113.7", "203.0.112.0/28"


def test_into_a_pipe_goes_one_line_of_json_and_nothing_else(shell: Any) -> None:
    ran = shell.run("list-rules", "prod-bastion", "--sandbox")
    assert (ran.code, ran.err) == (ExitCode.DONE, "")
    assert ran.result["total"] == 2
    assert ran.result["sandbox"] is True


def test_a_command_may_be_spelt_as_its_tool(shell: Any) -> None:
    assert shell.run("get_my_ip", "--sandbox").result["ipv4"] == "203.0.113.10"


def test_a_change_is_made_and_told(shell: Any) -> None:
    ran = shell.run(*OPEN, HOST, "--source", "203.0.113.8", "--expires-in", "2h", "--owner", "mara")
    assert (ran.code, ran.err) == (ExitCode.DONE, "")
    assert ran.result["status"] == "added"
    assert {rule["cidr"] for rule in ran.result["rules"]} == {f"{HOST}/32", "203.0.113.8/32"}
    audited = (shell.home / "state/awswhitelist/sandbox/audit.jsonl").read_text()
    assert "awswhitelist command line" in audited


def test_an_error_is_told_to_people_and_to_programs(shell: Any) -> None:
    ran = shell.run("list-rules", "no-such-thing", "--sandbox")
    assert ran.code is ExitCode.FAILED
    assert ran.result["error"]["code"] == "security_group_not_found"
    assert ran.err.startswith("error: ")
    assert ran.result["error"]["remedy"] in ran.err.replace("\n", " ")
    assert "code: security_group_not_found" in ran.err


def test_what_an_error_knows_is_told_too(shell: Any) -> None:
    ran = shell.run("list-rules", "default", "--sandbox")
    assert ran.code is ExitCode.FAILED
    for candidate in ran.result["error"]["candidates"]:
        assert candidate["id"] in ran.err


def test_a_wrong_argument_is_wrong_use(shell: Any) -> None:
    ran = shell.run(*OPEN, "203.0.113.7/8")
    assert ran.code is ExitCode.WRONG_USE
    assert ran.result["error"]["field"] == "source"


def test_a_wrong_configuration_is_wrong_use(shell: Any) -> None:
    ran = shell.run("capabilities", AWSWHITELIST_SERVER__WROKERS="8")
    assert ran.code is ExitCode.WRONG_USE
    assert "AWSWHITELIST_SERVER__WORKERS" in ran.err


def test_a_configuration_file_can_be_named(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"policy": {"read_only": True}}))
    ran = shell.run(*OPEN, HOST, "--config", str(file))
    assert ran.code is ExitCode.FAILED
    assert ran.result["error"]["code"] == "policy_denied"


def test_credentials_need_the_policys_leave(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text('{"access_key_id": "AKIAEXAMPLE", "secret_access_key": "marker-of-a-secret"}')
    ran = shell.run("list-rules", "prod-bastion", "--credentials", f"@{file}", "--sandbox")
    assert ran.code is ExitCode.FAILED
    assert ran.result["error"]["code"] == "policy_denied"
    assert "marker" not in ran.out + ran.err


# -- approval -------------------------------------------------------------------------------------


def test_without_a_terminal_approval_is_required_and_nothing_is_changed(shell: Any) -> None:
    ran = shell.run(*OPEN, NETWORK, "--yes")
    assert ran.code is ExitCode.NOT_APPROVED
    assert ran.result["status"] == "approval_required"
    assert ran.result["approval"]["token"]


def test_typing_the_code_on_the_terminal_approves(shell: Any, person: Any) -> None:
    somebody = person("W4KE")
    ran = shell.run(*OPEN, NETWORK, person=somebody)
    assert (ran.code, ran.result["status"]) == (ExitCode.DONE, "added")
    assert NETWORK in somebody.seen
    assert (ran.err, "W4KE" in ran.out) == ("", False)


@pytest.mark.parametrize("typed", ["", "y", "yes", "approve"])
def test_nothing_but_the_code_approves_not_even_with_yes(
    shell: Any, person: Any, typed: str
) -> None:
    ran = shell.run(*OPEN, NETWORK, "--yes", person=person(typed))
    assert (ran.code, ran.result["status"]) == (ExitCode.NOT_APPROVED, "declined")


# -- the courtesy of asking first -----------------------------------------------------------------


def test_on_a_terminal_the_plan_is_shown_and_asked_about(shell: Any, on_a_terminal: Any) -> None:
    out, err = on_a_terminal("y")
    assert shell.run(*OPEN, HOST).code is ExitCode.DONE
    assert f"tcp 22 from {HOST}/32" in err.getvalue().partition("Go ahead? [y/N]")[0]
    assert "Access was added" in out.getvalue()
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", out.getvalue() + err.getvalue()), "NO_COLOR is set"


@pytest.mark.parametrize("typed", [[], [""], ["n"], ["yep"]])
def test_without_a_yes_nothing_is_changed(shell: Any, on_a_terminal: Any, typed: list[str]) -> None:
    out, err = on_a_terminal(*typed)
    assert shell.run(*OPEN, HOST).code is ExitCode.NOT_APPROVED
    assert out.getvalue() == ""
    assert err.getvalue().endswith("Nothing was changed.\n")
    assert not (shell.home / "state/awswhitelist/sandbox/audit.jsonl").exists()


@pytest.mark.parametrize("option", ["--yes", "-y", "--dry-run", "--json"])
def test_who_has_decided_already_is_not_asked(shell: Any, on_a_terminal: Any, option: str) -> None:
    _, err = on_a_terminal()
    assert shell.run(*OPEN, HOST, option).code is ExitCode.DONE
    assert "Go ahead?" not in err.getvalue()


def test_who_will_be_asked_to_approve_is_not_asked_twice(
    shell: Any, on_a_terminal: Any, person: Any
) -> None:
    _, err = on_a_terminal()
    somebody = person("W4KE")
    assert shell.run(*OPEN, NETWORK, person=somebody).code is ExitCode.DONE
    assert "Go ahead?" not in err.getvalue()
    assert somebody.seen.count("To approve") == 1


def test_where_nothing_would_change_nobody_is_asked(shell: Any, on_a_terminal: Any) -> None:
    out, err = on_a_terminal()
    ran = shell.run(*OPEN, "198.51.100.9")
    assert ran.code is ExitCode.DONE
    assert "Go ahead?" not in err.getvalue()
    assert "already" in out.getvalue()


def test_a_choice_made_for_the_plan_is_not_asked_for_again(
    shell: Any, on_a_terminal: Any, person: Any
) -> None:
    out, _ = on_a_terminal("y")
    somebody = person("1")
    ran = shell.run(
        *("whitelist", "default", "--port", "22", "--source", HOST, "--sandbox"), person=somebody
    )
    assert ran.code is ExitCode.DONE
    assert somebody.seen.count("Which security group") == 1
    assert "Access was added" in out.getvalue()


# -- health ---------------------------------------------------------------------------------------


def test_metrics_that_cannot_be_written_are_an_error_like_any_other(
    shell: Any, tmp_path: Path
) -> None:
    ran = shell.run("health", "--sandbox", "--metrics", str(tmp_path / "none" / "health.prom"))
    assert (ran.code, ran.result["error"]["field"]) == (ExitCode.WRONG_USE, "metrics")
    assert "code: invalid_argument" in ran.err


def test_health_can_be_written_as_metrics(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "health.prom"
    ran = shell.run("health", "--sandbox", "--metrics", str(file))
    assert (ran.code, ran.result["status"]) == (ExitCode.DONE, "ok")
    assert file.read_text().endswith("# EOF\n")
    assert re.search(r"^awswhitelist_overdue_rules\{.*\} 0$", file.read_text(), re.M)
    assert 'awswhitelist_breaker_state{service="ec2",region="eu-west-1"' in file.read_text()
    alone = shell.run("health", "--sandbox", "--metrics", "-")
    assert alone.out.startswith("# TYPE awswhitelist_health_status gauge\n")
    assert alone.out.endswith("# EOF\n")


# -- what a library prints ------------------------------------------------------------------------


def test_a_stray_print_is_no_result(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def noisy(_arguments: Mapping[str, Any], _ctx: CallContext) -> ToolResult:
        print("look at me")
        return ToolResult({"summary": "Done."}, "Done.")

    (operation,) = (each for each in OPERATIONS if each.name == "capabilities")
    spec = ToolSpec(
        "capabilities", "", "", operation.hints, lambda: {}, lambda: {}, noisy, timeout=5.0
    )
    config = load_config(None, {"HOME": str(shell.home)}, operator_policy=shell.home / "none")
    session = Session(config, {spec.name: spec})
    result = Caller(session, shell.host(), "ours-1").call(operation, {})
    assert result.structured == {"summary": "Done."}
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "look at me\n")
