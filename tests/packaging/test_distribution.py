"""The wheel and the source archive: what is in them, and that they run where nothing else is."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest

from awswhitelist import __version__

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "awswhitelist"


@pytest.fixture(scope="module")
def in_wheel(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def of_package() -> set[str]:
    """Every file of the package that is no trace of running it."""
    files = (path for path in PACKAGE.rglob("*") if path.is_file())
    return {
        path.relative_to(ROOT).as_posix()
        for path in files
        if "__pycache__" not in path.parts and path.suffix in {".py", ".json", ".typed"}
    }


def test_the_wheel_holds_the_whole_package_and_nothing_else(in_wheel: set[str]) -> None:
    outside = {name for name in in_wheel if ".dist-info/" not in name}
    assert outside == of_package()


def test_the_wheel_holds_the_typed_marker_and_the_schemas(in_wheel: set[str]) -> None:
    assert "awswhitelist/py.typed" in in_wheel
    schemas = {path.relative_to(ROOT).as_posix() for path in PACKAGE.glob("schemas/*.json")}
    assert schemas
    assert schemas <= in_wheel


def test_the_wheel_is_for_every_platform_and_names_the_license(wheel: Path) -> None:
    assert wheel.name == f"awswhitelist-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        folder = f"awswhitelist-{__version__}.dist-info"
        said = Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
    assert (said["License-Expression"] or said["License"]) == "MIT"
    assert said["Requires-Python"] == ">=3.11"
    assert "mcp-name: io.github.awswhitelist/awswhitelist" in said.get_payload()


def test_the_source_archive_builds_by_itself_and_has_what_operators_need(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    wanted = {"setup.py", "requirements.txt", "requirements-dev.txt", "deploy/install.sh"}
    assert wanted | {"deploy/systemd/awswhitelist.socket", "LICENSE"} <= names
    assert not [name for name in names if "__pycache__" in name or "node_modules" in name]


def test_a_package_index_would_take_them(built: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *map(str, built.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_installed_program_tells_its_version(installed: Any) -> None:
    ended = installed.place.run(installed.program, "--version")
    assert (ended.code, ended.out) == (0, f"awswhitelist {__version__}\n")


def test_the_installed_package_is_the_wheels_and_not_this_tree(installed: Any) -> None:
    python = installed.prefix / "bin" / "python"
    code = "import awswhitelist; print(awswhitelist.__file__)"
    ended = installed.place.run(python, "-c", code, cwd=installed.base)
    assert Path(ended.out.strip()).is_relative_to(installed.prefix)


def test_the_installed_server_serves_a_client_on_a_pipe(installed: Any, lines: Any) -> None:
    hello = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    call = {"target": "prod-bastion", "source": "203.0.113.7", "port": 22}
    wanted = lines(("initialize", hello), ("whitelist", call))
    ended = installed.place.run(installed.program, "serve", "--sandbox", lines=wanted)
    assert ended.code == 0, ended.err
    answers = {answer["id"]: answer["result"] for answer in ended.answers}
    assert answers[1]["serverInfo"]["version"] == __version__
    assert answers[2]["status"] == "added"


def test_the_package_installs_nothing_that_only_tests_need(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        said = archive.read(f"awswhitelist-{__version__}.dist-info/METADATA").decode()
    needed = [line for line in said.splitlines() if line.startswith("Requires-Dist:")]
    plain = [line for line in needed if "extra ==" not in line]
    assert plain
    assert not [line for line in plain if "moto" in line or "pytest" in line]
