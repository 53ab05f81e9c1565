"""The image: judged by hadolint, and its steps replayed in plain directories.

No container engine is needed here, so what only an engine does (the base image, layers, the user,
the health check's schedule) is not tested; docs/deployment.md says so.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "Dockerfile"
BIN = Path(sys.executable).parent
PLACES = re.compile(r"(?<![\w.-])/(opt|src|var/lib|var/cache|etc|usr/local)(?=/|\b)")
"""Directories of the image that a replay has below one of its own."""


@dataclass
class Stage:
    """One FROM and the instructions after it."""

    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        return [said for name, said in self.steps if name == instruction]

    def last(self, instruction: str) -> str:
        return self.all(instruction)[-1]


def stages() -> list[Stage]:
    """The Dockerfile, read as far as ours goes: comments, continued lines, instructions."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text("utf-8"), flags=re.M)
    found: list[Stage] = []
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        name, _, said = line.partition(" ")
        if name == "FROM":
            base, _, alias = said.partition(" AS ")
            found.append(Stage(base, alias))
        elif name and found:
            found[-1].steps.append((name, said))
    return found


BUILD, FINAL = stages()


def test_hadolint_has_nothing_to_say() -> None:
    done = subprocess.run(
        [BIN / "hadolint", DOCKERFILE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("vendor.compose-spec", "docker-compose.yml"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
        ("vendor.github-workflows", ".github/workflows/release.yml"),
        ("custom.github-workflows-require-timeout", ".github/workflows/ci.yml"),
        ("custom.github-workflows-require-timeout", ".github/workflows/release.yml"),
    ],
)
def test_a_file_for_others_fits_their_schema(schema: str, file: str) -> None:
    done = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", schema, ROOT / file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_base_is_named_exactly_and_both_stages_have_the_same() -> None:
    (base,) = re.findall(r"^ARG BASE=(\S+)$", DOCKERFILE.read_text("utf-8"), re.M)
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", base)
    assert BUILD.base == FINAL.base == "${BASE}"


def test_the_image_runs_as_nobodys_root_and_says_how_it_is() -> None:
    user, _, group = FINAL.last("USER").partition(":")
    assert int(user) > 0 and int(group) > 0
    assert "awswhitelist-healthcheck" in FINAL.last("HEALTHCHECK")
    assert json.loads(FINAL.last("ENTRYPOINT")) + json.loads(FINAL.last("CMD")) == [
        "awswhitelist",
        "serve",
    ]


def copied() -> Iterator[tuple[list[str], str]]:
    """Sources and destination of each COPY out of the clone."""
    for stage in (BUILD, FINAL):
        for said in stage.all("COPY"):
            words = shlex.split(said)
            if not words[0].startswith("--from"):
                paths = [word for word in words if not word.startswith("--")]
                yield paths[:-1], paths[-1]


def test_the_context_is_what_is_copied_and_no_more() -> None:
    rules = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    kept = {rule[1:] for rule in rules if rule.startswith("!")}
    assert "*" in rules
    assert kept == {source for sources, _ in copied() for source in sources}
    assert all((ROOT / source).exists() for source in kept)


@pytest.fixture(scope="module")
def image(
    tmp_path_factory: pytest.TempPathFactory, wheelhouse: Path, installed: Any
) -> tuple[Path, dict[str, str]]:
    """The steps of both stages in a directory; what ENV says, with paths below it."""
    root: Path = tmp_path_factory.mktemp("image")
    replay(BUILD, root, installed.place.environment())
    shutil.rmtree(root / "src")
    replay(FINAL, root, installed.place.environment())
    said = dict(word.split("=", 1) for word in shlex.split(FINAL.last("ENV")))
    environ = {name: below(root, value) for name, value in said.items()}
    environ["PATH"] = environ["PATH"].replace("$PATH", "/usr/bin:/bin")
    return root, environ


def below(root: Path, text: str) -> str:
    """The same text with the image's directories below ``root``."""
    return PLACES.sub(lambda found: f"{root}{found[0]}", text)


def replay(stage: Stage, root: Path, environ: dict[str, str]) -> None:
    """Do what COPY and RUN say. What is copied from another stage is there already."""
    here = root
    tools = root / "tools"
    tools.mkdir(exist_ok=True)
    if not (tools / "python").exists():
        (tools / "python").symlink_to(sys.executable)
    for name, said in stage.steps:
        if name == "WORKDIR":
            here = Path(below(root, said))
            here.mkdir(parents=True, exist_ok=True)
        elif name == "COPY" and not said.startswith("--from"):
            copy(said, root, here)
        elif name == "RUN":
            # Only root may give directories away; whom they belong to is the engine's business.
            command = re.sub(r" -o \d+ -g \d+", "", below(root, said))
            path = f"{tools}:{environ['PATH']}"
            done = subprocess.run(
                ["sh", "-euc", command],
                cwd=here,
                env=environ | {"PATH": path},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr


def copy(said: str, root: Path, here: Path) -> None:
    """COPY out of the clone, as .dockerignore leaves it."""
    words = shlex.split(said)
    modes = [word.partition("=")[2] for word in words if word.startswith("--chmod")]
    *sources, destination = (word for word in words if not word.startswith("--"))
    for source in sources:
        target = here / below(root, destination)
        if (ROOT / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, target, ignore=ignored, dirs_exist_ok=True)
            continue
        target = target / Path(source).name if destination.endswith("/") else target
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, target)
        if modes:
            target.chmod(int(modes[0], 8))


def test_what_the_steps_make_serves(
    image: tuple[Path, dict[str, str]], installed: Any, lines: Any
) -> None:
    root, environ = image
    command = json.loads(FINAL.last("ENTRYPOINT")) + json.loads(FINAL.last("CMD"))
    ended = installed.place.run(
        *("sh", "-c", 'exec "$@"', "sh", *command),
        lines=lines(("capabilities", {})),
        cwd=root,
        **environ,
    )
    assert ended.code == 0, ended.err
    assert "result" in ended.answers[0]


def test_the_image_has_no_pip_no_tests_and_no_source(
    image: tuple[Path, dict[str, str]],
) -> None:
    root, _ = image
    names = {path.name for path in root.rglob("*") if path.is_dir()}
    assert "awswhitelist" in names
    assert not {name for name in names if fnmatch(name, "pip-*") or name in {"pip", "src", "moto"}}


def test_the_playground_opens_a_hole_in_motos_firewall(
    image: tuple[Path, dict[str, str]], installed: Any, lines: Any
) -> None:
    """docker-compose.yml with processes in the place of containers: the same settings."""
    root, environ = image
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    settings = dict(re.findall(r"^      (AWS\w+): (\S+)$", text, re.M))
    assert settings["AWSWHITELIST_AWS__ENDPOINT_URL"] == "http://aws:5000"
    # Two runs of the service share its volume, as the state directory here.
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    try:
        host, port = moto.get_host_and_port()
        settings["AWSWHITELIST_AWS__ENDPOINT_URL"] = f"http://{host}:{port}"
        call = {"target": "default", "source": "203.0.113.7", "port": 22}
        ended = installed.place.run(
            *("sh", "-c", "exec awswhitelist serve"),
            lines=lines(("whitelist", call), ("list_rules", {"target": "default"})),
            cwd=root,
            **environ,
            **settings,
        )
    finally:
        moto.stop()
    answers = {answer["id"]: answer["result"] for answer in ended.answers}
    assert answers[1]["status"] == "added"
    assert "203.0.113.7/32" in {rule.get("cidr") for rule in answers[2]["items"]}
