"""The systemd units, judged by systemd itself."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SYSTEMD = ROOT / "deploy" / "systemd"
SERVICES = ("awswhitelist@.service", "awswhitelist-sweep.service")
UNITS = (*SERVICES, "awswhitelist.socket", "awswhitelist-sweep.timer")
EXPOSURE = 1.2
"""What docs/deployment.md says: 0 is shut in, 10 is open."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here"
)


def settings(unit: str) -> dict[str, list[str]]:
    """The settings of a unit; a setting may be given several times."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", (SYSTEMD / unit).read_text("utf-8"), re.M):
        found.setdefault(name, []).append(value)
    return found


@needs_systemd
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_has_nothing_to_say_against_a_unit_as_installed(installed: Any, unit: str) -> None:
    ended = installed.place.run(
        "systemd-analyze", "verify", f"./{unit}", cwd=installed.units, SYSTEMD_LOG_LEVEL="warning"
    )
    ours = [line for line in ended.err.splitlines() if "awswhitelist" in line]
    assert (ended.code, ours) == (0, [])


@needs_systemd
@pytest.mark.parametrize("unit", SERVICES)
def test_a_service_is_as_shut_in_as_the_document_says(installed: Any, unit: str) -> None:
    ended = installed.place.run(
        *("systemd-analyze", "security", "--offline=yes", "--no-pager", f"./{unit}"),
        *(f"--threshold={round(EXPOSURE * 10)}",),
        cwd=installed.units,
    )
    assert ended.code == 0, ended.out + ended.err
    document = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    assert f"| `{unit}` | {EXPOSURE} |" in document


def test_both_services_run_in_the_same_way() -> None:
    """They share state and credentials, so what shuts one in must fit the other."""
    differ = {"Description", "ExecStart", "Type", "TimeoutStopSec", "TimeoutStartSec"}
    differ |= {"CollectMode", "StandardInput", "StandardOutput", "Wants", "After"}
    one, other = map(settings, SERVICES)
    assert {name for name in one | other if one.get(name) != other.get(name)} == differ


def test_the_users_who_connect_are_told_apart_and_interrupted_work_is_found() -> None:
    """In a user namespace all peers have one uid; without /proc/sys there is no boot id."""
    for unit in SERVICES:
        assert {"PrivateUsers", "ProcSubset", "DynamicUser"} & set(settings(unit)) == set()


def test_every_credential_has_a_default_where_there_is_no_such_file() -> None:
    for unit in SERVICES:
        found = settings(unit)
        loaded = {value.partition(":")[0] for value in found["LoadCredential"]}
        assert loaded == {value.partition(":")[0] for value in found["SetCredential"]}
        used = set(re.findall(r"%d/([a-z.-]+)", " ".join(found["Environment"])))
        assert used == loaded


def test_what_stands_for_an_absent_credential_can_be_read(installed: Any, lines: Any) -> None:
    """An empty configuration, and files of AWS with no profile in them."""
    folder = installed.base / "credentials"
    folder.mkdir(exist_ok=True)
    for value in settings(SERVICES[0])["SetCredential"]:
        name, _, text = value.partition(":")
        (folder / name).write_text(text.replace("\\n", "\n"), encoding="utf-8")
    ended = installed.place.run(
        *(installed.program, "serve"),
        lines=lines(("capabilities", {})),
        AWSWHITELIST_CONFIG=str(folder / "config.json"),
        AWS_CONFIG_FILE=str(folder / "aws-config"),
        AWS_SHARED_CREDENTIALS_FILE=str(folder / "aws-credentials"),
        AWS_EC2_METADATA_DISABLED="true",
    )
    assert ended.code == 0, ended.err
    assert "result" in ended.answers[0], ended.out


def test_the_timer_is_as_frequent_as_the_configuration_takes_for_granted() -> None:
    schema = json.loads((ROOT / "awswhitelist/schemas/config.schema.json").read_text("utf-8"))
    assert '"15m"' in json.dumps(schema)
    assert settings("awswhitelist-sweep.timer")["OnCalendar"] == ["*:0/15"]


def test_state_lies_where_the_service_looks_for_it() -> None:
    for unit in SERVICES:
        found = settings(unit)
        assert (found["StateDirectory"], found["CacheDirectory"]) == (
            ["awswhitelist"],
            ["awswhitelist"],
        )
        assert "XDG_STATE_HOME=/var/lib XDG_CACHE_HOME=/var/cache" in found["Environment"]


@pytest.mark.parametrize("unit", SERVICES)
def test_the_program_knows_the_command_that_a_unit_starts(unit: str) -> None:
    (start,) = settings(unit)["ExecStart"]
    program, command, *options = start.split()
    assert Path(program).name == "awswhitelist"
    done = subprocess.run(
        [sys.executable, "-m", "awswhitelist", command, "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(option in done.stdout for option in options)
