"""deploy/install.sh, run into directories of a test."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "deploy" / "install.sh"
SCRIPTS = sorted((ROOT / "deploy").rglob("*.sh"))
UNITS = sorted(
    path.name for path in (ROOT / "deploy" / "systemd").iterdir() if path.suffix != ".sysusers"
)
SHELLCHECK = Path(sys.executable).parent / "shellcheck"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The script with all directories below one of the test's own."""

    def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run(
            *("--files-only", "--prefix", tmp_path / "opt", "--sysconfdir", tmp_path / "etc"),
            *("--unitdir", tmp_path / "units", "--sysusersdir", tmp_path / "sysusers"),
            *arguments,
        )

    return call


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_has_nothing_to_say(script: Path) -> None:
    done = subprocess.run([SHELLCHECK, script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert script.stat().st_mode & stat.S_IXUSR


def test_every_unit_is_installed_with_the_paths_that_were_asked_for(installed: Any) -> None:
    assert sorted(path.name for path in installed.units.iterdir()) == UNITS
    for unit in installed.units.iterdir():
        text = unit.read_text(encoding="utf-8")
        assert "/opt/awswhitelist/" not in text
        assert "/etc/awswhitelist/" not in text
        if unit.suffix == ".service":
            assert f"ExecStart={installed.program} " in text
            assert f"LoadCredential=config.json:{installed.base}/etc/config.json" in text
            assert f"AWSWHITELIST_POLICY={installed.base}/etc/policy.json" in text


def test_the_configuration_is_private_and_the_policy_is_the_operators_alone(
    installed: Any,
) -> None:
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in (installed.base / "etc").iterdir()
    }
    assert modes == {"config.json": 0o600, "policy.json": 0o644}


def test_what_was_installed_believes_its_policy(installed: Any, lines: Any) -> None:
    policy = installed.base / "etc" / "policy.json"
    ended = installed.place.run(
        *(installed.program, "serve", "--sandbox"),
        lines=lines(("capabilities", {})),
        AWSWHITELIST_POLICY=str(policy),
    )
    assert str(policy) in ended.answers[0]["result"]["policy_kept_by"]


def test_a_second_run_changes_nothing_and_keeps_what_the_operator_wrote(
    installed: Any, wheel: Path
) -> None:
    config = installed.base / "etc" / "config.json"
    before = config.read_bytes()
    config.write_text('{"defaults": {"region": "eu-west-1"}}\n', encoding="utf-8")
    units = {path.name: path.read_bytes() for path in installed.units.iterdir()}
    try:
        ended = installed.install("--package", str(wheel))
        assert ended.code == 0, ended.err
        assert config.read_text("utf-8") == '{"defaults": {"region": "eu-west-1"}}\n'
    finally:
        config.write_bytes(before)
    assert {path.name: path.read_bytes() for path in installed.units.iterdir()} == units


def pretend_installed(tmp_path: Path) -> None:
    """What the script would have laid, without the minutes that a real installation takes."""
    for folder in ("opt/bin", "etc", "units", "sysusers"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "opt" / ".installed-by-awswhitelist").touch()
    (tmp_path / "etc" / "config.json").touch()
    (tmp_path / "etc" / "policy.json").touch()
    (tmp_path / "sysusers" / "awswhitelist.conf").touch()
    for unit in [*UNITS, "somebody.service"]:
        (tmp_path / "units" / unit).touch()


FAKE_PYTHON = """#!/bin/sh
if [ "$2" = venv ]; then
    mkdir "$3/bin"
    cp "$0" "$3/bin/python"
    cp "$0" "$3/bin/awswhitelist"
fi
"""


def test_what_is_laid_can_be_read_by_the_service_whatever_mask_root_has(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(FAKE_PYTHON, encoding="utf-8")
    python.chmod(0o755)
    base = tmp_path / "base"
    places = {name: base / name for name in ("prefix", "sysconfdir", "unitdir", "sysusersdir")}
    options = [word for name, place in places.items() for word in (f"--{name}", str(place))]
    done = subprocess.run(
        [SCRIPT, "--files-only", "--python", str(python), *options],
        capture_output=True,
        umask=0o077,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    private = {each for each in base.rglob("*") if not each.stat().st_mode & stat.S_IROTH}
    assert private == {places["sysconfdir"] / "config.json"}


def left(tmp_path: Path) -> set[str]:
    return {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}


def test_uninstalling_keeps_the_configuration_and_what_is_not_ours(
    tmp_path: Path, tree: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    pretend_installed(tmp_path)
    for _ in range(2):
        assert tree("--uninstall").returncode == 0
        kept = {"etc/config.json", "etc/policy.json", "units/somebody.service"}
        assert left(tmp_path) == kept
        assert not (tmp_path / "opt").exists()


def test_purging_removes_the_configuration_too(
    tmp_path: Path, tree: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    pretend_installed(tmp_path)
    assert tree("--uninstall", "--purge").returncode == 0
    assert left(tmp_path) == {"units/somebody.service"}


def test_purging_is_a_way_of_uninstalling_and_installs_nothing(
    tmp_path: Path, tree: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    done = tree("--purge")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--uninstall" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_prefix_with_something_else_in_it_is_left_alone(
    tmp_path: Path, tree: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    (tmp_path / "opt").mkdir()
    (tmp_path / "opt" / "precious").touch()
    done = tree()
    assert done.returncode == 1
    assert "something else in it" in done.stderr
    assert tree("--uninstall").returncode == 0
    assert left(tmp_path) == {"opt/precious"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--prefix",),
        ("--prefix", "opt"),
        ("--prefix", "/"),
        ("--prefix", "/opt/a|b"),
        ("--unitdir", "--files-only"),
        ("--package", ""),
        ("--frobnicate",),
    ],
)
def test_arguments_that_make_no_sense_end_with_2_before_anything_is_done(
    arguments: tuple[str, ...],
) -> None:
    done = run("--files-only", *arguments)
    assert done.returncode == 2
    assert "install.sh: " in done.stderr


def test_a_python_that_is_too_old_is_refused(
    tmp_path: Path, tree: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    done = tree("--python", old)
    assert done.returncode == 1
    assert "not Python 3.11 or newer" in done.stderr
    assert left(tmp_path) == {"python"}


def test_help_names_every_option() -> None:
    shown = run("--help").stdout
    options = {"--prefix", "--package", "--python", "--sysconfdir", "--unitdir", "--uninstall"}
    assert {option for option in options | {"--purge", "--files-only"} if option in shown} == (
        options | {"--purge", "--files-only"}
    )
