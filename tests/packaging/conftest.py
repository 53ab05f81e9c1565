"""What makers and operators do, done: built once, installed once, for all tests and workers."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.running import Ended, run_to_end

PATIENCE = 240
"""Seconds after which what a test waits for has failed."""

ROOT = Path(__file__).resolve().parents[2]
NODE_BIN = Path(__file__).parent / "node" / "node_modules" / ".bin"
BUILD_NEEDS = ("setuptools>=77", "wheel")
"""What building from source takes, in an environment of its own."""


@dataclass(frozen=True)
class Place:
    """A directory of a test, and programs run in it with nothing of our own environment."""

    path: Path
    wheelhouse: Path | None = None

    def environment(self, **more: str) -> dict[str, str]:
        """No more than a process needs; pip takes what it installs from the wheelhouse."""
        pip = (
            {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheelhouse), "PIP_NO_COMPILE": "1"}
            if self.wheelhouse
            else {}
        )
        named = {"HOME": str(self.path), "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
        return named | pip | more

    def run(self, *command: str | Path, lines: str = "", cwd: Path = ROOT, **environ: str) -> Ended:
        """Run a program to its end."""
        return run_to_end(
            command,
            environ=self.environment(**environ),
            patience=PATIENCE,
            lines=lines,
            cwd=cwd,
        )


@dataclass(frozen=True)
class Installed:
    """What deploy/install.sh has laid."""

    place: Place
    base: Path

    @property
    def prefix(self) -> Path:
        return self.base / "opt"

    @property
    def units(self) -> Path:
        return self.base / "units"

    @property
    def program(self) -> Path:
        return self.prefix / "bin" / "awswhitelist"

    def install(self, *more: str | Path) -> Ended:
        """Run the script, with every directory below ``base``."""
        return self.place.run(
            *(ROOT / "deploy" / "install.sh", "--files-only", "--python", sys.executable),
            *("--prefix", self.prefix, "--sysconfdir", self.base / "etc"),
            *("--unitdir", self.units, "--sysusersdir", self.base / "sysusers"),
            *more,
        )


@pytest.fixture(scope="session")
def lines() -> Callable[..., str]:
    """Requests as lines: (method, params) each, numbered from 1."""

    def make(*calls: tuple[str, Mapping[str, Any]]) -> str:
        messages = (
            {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            for number, (method, params) in enumerate(calls, 1)
        )
        return "".join(json.dumps(message) + "\n" for message in messages)

    return make


def once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A directory that one worker makes and all use. Skips what an earlier failure left undone."""
    shared = Path(tmp_path_factory.getbasetemp())
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / name
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            unfinished = shared / f"{name}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    return folder


def run_here(*command: str, environ: Mapping[str, str] | None = None) -> Ended:
    """Run a command of this Python's to its end."""
    return run_to_end(
        [sys.executable, *command], environ=environ or os.environ, patience=PATIENCE, cwd=ROOT
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, wheelhouse: Path) -> Path:
    """The wheel and the source archive, built from a copy so that no build leaves traces here."""

    def make(folder: Path) -> None:
        source = folder / "source"
        shutil.copytree(ROOT, source, ignore=only_sources)
        environ = Place(folder, wheelhouse).environment()
        command = ("-m", "build", "--outdir", str(folder), str(source))
        ended = run_here(*command, environ=environ)
        assert ended.code == 0, ended.out + ended.err
        shutil.rmtree(source)

    return once(tmp_path_factory, "dist", make)


def only_sources(directory: str, names: Sequence[str]) -> set[str]:
    """What no clean clone has."""
    made = {"build", "dist", "node_modules", "__pycache__"}
    return {name for name in names if name in made or name.endswith(".egg-info")} | (
        {name for name in names if name.startswith(".")} if Path(directory) == ROOT else set()
    )


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every package that an installation needs, so that building and installing ask nobody.

    Where they cannot be had, the tests that need them are skipped; CI does not accept that.
    """

    def make(folder: Path) -> None:
        command = ("-m", "pip", "download", "--quiet", "--disable-pip-version-check")
        ended = run_here(
            *(*command, "--only-binary", ":all:", "--dest", str(folder)),
            *("-r", str(ROOT / "requirements.txt"), *BUILD_NEEDS),
        )
        if ended.code and "CI" not in os.environ:
            pytest.skip("the packages to install are not to be had here")
        assert ended.code == 0, ended.err

    return once(tmp_path_factory, "wheelhouse", make)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path, wheelhouse: Path) -> Installed:
    """The wheel, installed by the script into an empty environment."""

    def make(folder: Path) -> None:
        folder.rmdir()
        # A virtual environment cannot be moved: it is made where it stays.
        base = folder.with_name("installed.tree")
        shutil.rmtree(base, ignore_errors=True)
        (base / "home").mkdir(parents=True)
        there = Installed(Place(base / "home", wheelhouse), base)
        ended = there.install("--package", str(wheel))
        assert ended.code == 0, ended.out + ended.err
        folder.mkdir()

    base = once(tmp_path_factory, "installed", make).with_name("installed.tree")
    return Installed(Place(base / "home", wheelhouse), base)
