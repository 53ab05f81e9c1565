"""server.json for the MCP registry and the bundle for desktop clients, by their own rules."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from awswhitelist import __version__
from awswhitelist.tools.table import OPERATION_NAMES
from scripts import bundle

ROOT = Path(__file__).resolve().parents[2]
MCPB = Path(__file__).parent / "node" / "node_modules" / ".bin" / "mcpb"
NODE = Path(__file__).parent / "node"

needs_mcpb = pytest.mark.skipif(
    not MCPB.exists() or shutil.which("node") is None,
    reason=f"the npm packages of {NODE.name} are not installed",
)


def read(name: str) -> Any:
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def staged(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What goes into the bundle."""
    folder = tmp_path_factory.mktemp("bundle")
    bundle.stage(wheel, folder, __version__)
    return folder


# -- the registry ---------------------------------------------------------------------------------


def test_the_registry_takes_server_json() -> None:
    """By the registry's published schema of the version that the file itself names."""
    described = read("server.json")
    dated = described["$schema"].split("/")[-2].replace("-", "_")
    schema = resources.files(f"skillsaw.schemas.mcp_registry.v{dated}") / "server.schema.json"
    rules = json.loads(schema.read_text(encoding="utf-8"))
    assert rules["$id"] == described["$schema"]
    jsonschema.validate(described, rules, cls=jsonschema.Draft7Validator)


def test_the_readme_claims_the_name_as_the_registry_wants_it_claimed() -> None:
    name = read("server.json")["name"]
    assert f"<!-- mcp-name: {name} -->" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f'"{name}"' in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_every_manifest_is_of_this_version() -> None:
    described = read("server.json")
    versions = {described["version"], *(each["version"] for each in described["packages"])}
    assert versions | {read("deploy/mcpb/manifest.json")["version"]} == {__version__}


def test_what_the_registry_says_to_run_is_a_command_that_there_is() -> None:
    (package,) = read("server.json")["packages"]
    arguments = [each["value"] for each in package["packageArguments"]]
    done = subprocess.run(
        [sys.executable, "-m", package["identifier"], *arguments],
        input='{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["result"] == {}


# -- the bundle -----------------------------------------------------------------------------------


@needs_mcpb
def test_the_bundles_own_tool_takes_the_manifest(staged: Path) -> None:
    done = subprocess.run(
        [MCPB, "validate", staged / "manifest.json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_mcpb
def test_the_bundles_own_tool_opens_the_bundle(staged: Path, tmp_path: Path) -> None:
    packed, opened = tmp_path / "awswhitelist.mcpb", tmp_path / "opened"
    bundle.pack(staged, packed)
    done = subprocess.run(
        [MCPB, "unpack", packed, opened], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    there = {path.relative_to(opened): path.read_bytes() for path in opened.rglob("*.*")}
    assert there == {path.relative_to(staged): path.read_bytes() for path in staged.rglob("*.*")}


def test_the_manifest_names_every_tool(staged: Path) -> None:
    manifest = json.loads((staged / "manifest.json").read_text(encoding="utf-8"))
    assert tuple(tool["name"] for tool in manifest["tools"]) == OPERATION_NAMES
    assert all(tool["description"] for tool in manifest["tools"])


def test_the_bundles_project_installs_the_wheel_that_is_beside_it(staged: Path) -> None:
    project = tomllib.loads((staged / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dependencies"] == ["awswhitelist"]
    assert (staged / project["tool"]["uv"]["sources"]["awswhitelist"]["path"]).is_file()
    manifest = json.loads((staged / "manifest.json").read_text(encoding="utf-8"))
    assert (staged / manifest["server"]["entry_point"]).is_file()


def test_the_same_inputs_give_the_same_bundle(staged: Path, tmp_path: Path) -> None:
    for name in ("one", "other"):
        bundle.pack(staged, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_the_script_leaves_the_bundle_beside_the_wheel(
    wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    beside = Path(shutil.copy(wheel, tmp_path))
    assert bundle.main([str(beside)]) == 0
    made = tmp_path / f"awswhitelist-{__version__}.mcpb"
    assert capsys.readouterr().out == f"{made}\n"
    assert {path.name for path in tmp_path.iterdir()} == {beside.name, made.name}
    with zipfile.ZipFile(made) as opened:
        assert beside.name in opened.namelist()


@pytest.mark.parametrize("empty", ["", "  ", "${user_config.aws_profile}"])
def test_what_the_user_left_empty_does_not_reach_the_server(empty: str) -> None:
    spec = importlib.util.spec_from_file_location("entry", bundle.SOURCE / "src" / "server.py")
    assert spec is not None and spec.loader is not None
    entry = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(entry)
    environ = {"AWS_PROFILE": empty, "AWS_REGION": "eu-west-1", "HOME": "/home/mara"}
    entry.without_unset(environ)
    assert environ == {"AWS_REGION": "eu-west-1", "HOME": "/home/mara"}


def test_every_field_that_the_user_fills_in_is_one_that_the_entry_knows() -> None:
    environ = read("deploy/mcpb/manifest.json")["server"]["mcp_config"]["env"]
    spec = importlib.util.spec_from_file_location("entry", bundle.SOURCE / "src" / "server.py")
    assert spec is not None and spec.loader is not None
    entry = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(entry)
    assert set(entry.FROM_USER) == set(environ)


def test_the_bundle_serves_where_its_wheel_is_installed(
    installed: Any, staged: Path, lines: Any
) -> None:
    """As the client's uv would start it, but for uv."""
    ended = installed.place.run(
        *(installed.prefix / "bin" / "python", staged / "src" / "server.py"),
        lines=lines(("capabilities", {})),
        AWS_PROFILE="",
        AWS_REGION="${user_config.aws_region}",
    )
    assert ended.code == 0, ended.err
    assert ended.answers[0]["result"]["version"] == __version__


def test_the_npm_package_is_pinned_to_its_contents_and_to_no_place() -> None:
    lock = read("tests/packaging/node/package-lock.json")["packages"]
    packages = [each for name, each in lock.items() if name]
    assert all(each["integrity"].startswith("sha512-") for each in packages)
    assert not any("resolved" in each for each in packages)
    assert lock[""]["dependencies"] == read("tests/packaging/node/package.json")["dependencies"]
