"""``doctor``: everything that is looked at, and what it says where something is wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from awswhitelist.commands import local_checks as local
from awswhitelist.commands.exits import ExitCode
from awswhitelist.config import load_config
from awswhitelist.exceptions import ConfigurationError


def checks_of(ran: Any) -> dict[str, dict[str, str]]:
    return {each["name"]: each for each in ran.result["checks"]}


def test_all_of_this_machine_and_of_aws_is_looked_at(shell: Any) -> None:
    ran = shell.run("doctor", "--sandbox")
    checks = checks_of(ran)
    assert {
        *("program", "configuration", "policy source", "state directory", "sweep timer"),
        *("policy", "state", "audit", "credentials", "expiry", "breakers"),
    } <= set(checks)
    assert checks["credentials"]["status"] == "ok"
    assert ran.result["account"] == "111122223333"


def test_what_is_not_well_sets_the_status_and_says_what_to_do(shell: Any) -> None:
    ran = shell.run("doctor", "--sandbox")
    assert (ran.code, ran.result["status"]) == (ExitCode.PARTLY, "degraded")
    assert "sweep timer" in ran.result["summary"]
    assert "awswhitelist-sweep.timer" in checks_of(ran)["sweep timer"]["remedy"]


def test_a_configuration_that_cannot_be_read_is_a_finding(shell: Any, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"server": {"wrokers": 8}}')
    ran = shell.run("doctor", "--config", str(file))
    assert ran.code is ExitCode.UNREACHABLE
    assert "`server.wrokers`" in checks_of(ran)["configuration"]["detail"]
    assert "workers" in checks_of(ran)["configuration"]["remedy"]


def test_health_that_cannot_even_be_asked_for_is_a_finding(shell: Any, tmp_path: Path) -> None:
    nowhere = {"AWS_CONFIG_FILE": str(tmp_path / "no"), "AWS_EC2_METADATA_DISABLED": "true"}
    ran = shell.run("doctor", **nowhere)
    health = checks_of(ran)["health"]
    assert (ran.code, health["status"]) == (ExitCode.UNREACHABLE, "down")
    assert "region" in health["detail"]
    assert "AWS_REGION" in health["remedy"]


def test_people_see_a_list_with_remedies(shell: Any, on_a_terminal: Any) -> None:
    out, err = on_a_terminal()
    shell.run("doctor", "--sandbox")
    assert err.getvalue() == ""
    text = " ".join(out.getvalue().split())
    assert "! sweep timer" in text
    assert "-> Enable awswhitelist-sweep.timer" in text


# -- the local checks, one by one -----------------------------------------------------------------


def test_the_program_says_what_it_is() -> None:
    assert "Python 3." in local.program().detail


def test_the_file_that_is_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    assert local.configuration(file, {}).detail == str(file)
    assert "defaults" in local.configuration(None, {"HOME": str(tmp_path)}).detail


def test_an_operators_policy_is_named(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text("{}")
    file.chmod(0o644)
    home = {"HOME": str(tmp_path)}
    bounded = load_config(None, home, operator_policy=file)
    assert str(file) in local.policy_source(bounded).detail
    unbounded = load_config(None, home, operator_policy=tmp_path / "none")
    assert "the user's own" in local.policy_source(unbounded).detail


def test_a_state_directory_of_our_own_is_well(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert local.state_directory(tmp_path).status == "ok"
    assert local.state_directory(tmp_path / "not-yet").status == "ok"


def test_a_state_directory_that_others_can_look_into_is_not(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    found = local.state_directory(tmp_path)
    assert (found.status, found.remedy) == ("down", f"Run: chmod 700 '{tmp_path}'")


def test_a_state_directory_of_somebody_else_is_not(tmp_path: Path) -> None:
    somebody = Path("/proc/1") if os.getuid() else tmp_path
    if not os.getuid():
        os.chown(tmp_path, 12345, 12345)
    assert "another user" in local.state_directory(somebody).detail


def test_a_state_directory_that_cannot_be_looked_at_is_not(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert local.state_directory(loop).status == "down"


@pytest.mark.parametrize(
    ("enforcers", "status"), [((), "degraded"), (("process",), "degraded"), (("timer",), "ok")]
)
def test_only_a_sweep_that_was_seen_counts(enforcers: tuple[str, ...], status: str) -> None:
    assert local.sweeper(enforcers).status == status


def test_the_worst_check_is_the_status() -> None:
    checks = [local.program().to_object(), local.sweeper(()).to_object()]
    assert local.worst(checks) == "degraded"
    down = local.failed("configuration", ConfigurationError("Bad."))
    assert local.worst([*checks, down.to_object()]) == "down"
    assert "remedy" not in local.program().to_object()
