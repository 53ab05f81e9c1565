"""The files around the code say what is so: metadata, requirements, Makefile, documents."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import awswhitelist
from awswhitelist.config import load_config
from awswhitelist.tools.table import OPERATION_NAMES

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "awswhitelist"
RUNTIME, DEV = "requirements.txt", "requirements-dev.txt"
SDK1 = "requirements-sdk1.txt"
TARGETS = {
    *("help", "run", "test", "check", "format", "lint", "typecheck"),
    *("interop", "bench", "clean", "dist", "audit", "release", "image", "docs"),
}
OWN = {"awswhitelist", "pydantic_core"}
"""Imports that are no dependency of their own: pydantic_core is a part of pydantic."""
DOCUMENTS = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("*.md")) + sorted(
    path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/**/*.md")
)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def requirements(name: str) -> list[Requirement]:
    lines = [line.strip() for line in text_of(name).splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def names(found: list[Requirement]) -> set[str]:
    return {canonicalize_name(requirement.name) for requirement in found}


def declared(extra: str) -> list[Requirement]:
    """What the installed metadata requires: with that extra, or without any (``""``)."""
    everything = [Requirement(line) for line in metadata.requires("awswhitelist") or []]
    chosen = [one for one in everything if not one.marker or one.marker.evaluate({"extra": extra})]
    return [one for one in chosen if bool(one.marker) == bool(extra)]


# -- requirements ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [RUNTIME, DEV, SDK1])
def test_every_requirement_has_a_lower_bound_and_an_upper_one(name: str) -> None:
    bounds = {
        requirement.name: {specifier.operator for specifier in requirement.specifier}
        for requirement in requirements(name)
    }
    assert bounds
    assert all(operators == {">=", "<"} for operators in bounds.values()), bounds


@pytest.mark.parametrize("name", [RUNTIME, DEV])
def test_the_installed_versions_are_within_the_bounds(name: str) -> None:
    outside = {
        requirement.name: metadata.version(requirement.name)
        for requirement in requirements(name)
        if not requirement.specifier.contains(metadata.version(requirement.name))
    }
    assert outside == {}


def test_no_requirement_is_in_both_lists() -> None:
    assert names(requirements(RUNTIME)) & names(requirements(DEV)) == set()


def test_every_requirement_is_explained() -> None:
    explained = set(re.findall(r"`([a-z0-9_-]+)`", text_of("docs/dependencies.md")))
    required = (requirements(name) for name in (RUNTIME, DEV, SDK1))
    assert set().union(*map(names, required)) <= explained


@cache
def imported() -> frozenset[str]:
    """The top-level modules that the package imports, wherever in its files."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.partition(".")[0])
    return frozenset(found - sys.stdlib_module_names - OWN)


def test_every_import_is_a_declared_dependency() -> None:
    homes = metadata.packages_distributions()
    allowed = names(requirements(RUNTIME)) | names(declared("sandbox"))
    undeclared = {
        module
        for module in imported()
        if not {canonicalize_name(home) for home in homes.get(module, [])} & allowed
    }
    assert undeclared == set()


def test_every_runtime_dependency_is_imported_or_the_document_says_that_it_is_not() -> None:
    homes = metadata.packages_distributions()
    used = {canonicalize_name(home) for module in imported() for home in homes.get(module, [])}
    rows = re.findall(
        r"^\| `([a-z0-9-]+)` \| no module imports it", text_of("docs/dependencies.md"), re.M
    )
    assert names(requirements(RUNTIME)) - used == set(rows)


# -- metadata -------------------------------------------------------------------------------------


def test_the_installed_version_is_the_one_in_the_package() -> None:
    assert metadata.version("awswhitelist") == awswhitelist.__version__


def test_the_package_requires_what_the_requirements_file_lists() -> None:
    assert {str(one) for one in declared("")} == {str(one) for one in requirements(RUNTIME)}


def test_the_dev_extra_is_the_development_list() -> None:
    assert names(declared("dev")) == names(requirements(DEV))


def test_the_command_awswhitelist_calls_the_command_line() -> None:
    (script,) = metadata.entry_points(group="console_scripts", name="awswhitelist")
    assert script.value == "awswhitelist.cli:main"


def test_python_before_3_11_is_refused() -> None:
    assert metadata.metadata("awswhitelist")["Requires-Python"] == ">=3.11"


def test_the_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()
    assert '"py.typed"' in text_of("setup.py")


# -- Makefile and CI ------------------------------------------------------------------------------


def rules() -> dict[str, tuple[list[str], str]]:
    """The named targets of the Makefile: prerequisites and help text."""
    found = re.findall(r"^([a-z]+):([^#\n=]*)(?:## (.*))?$", text_of("Makefile"), re.M)
    return {target: (needs.split(), help_text) for target, needs, help_text in found}


def test_the_makefile_has_the_promised_targets_with_a_line_of_help_each() -> None:
    assert {target for target, (_, help_text) in rules().items() if help_text} == TARGETS


def test_every_target_that_uses_the_virtual_environment_depends_on_it() -> None:
    table = rules()

    def depends(target: str) -> bool:
        needs, _ = table[target]
        return "$(READY)" in needs or any(depends(need) for need in needs if need in table)

    assert {target for target in table if not depends(target)} == {"help", "clean", "image"}


def test_ci_wants_the_official_clients_and_runs_the_checks_the_site_and_the_demo() -> None:
    commands = [line for line in text_of(".ci/run").splitlines() if line.startswith("make ")]
    assert commands == [
        "make interop",
        "make lint typecheck",
        "make test",
        "make docs",
        "make run",
    ]


def test_ci_can_be_run_and_stops_at_the_first_failure() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert "set -euo pipefail" in text_of(".ci/run")


# -- documents ------------------------------------------------------------------------------------


def blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(document), re.M | re.S)


def test_the_changelog_has_this_version_or_unreleased_changes() -> None:
    headings = re.findall(r"^## \[([^\]]+)\]", text_of("CHANGELOG.md"), re.M)
    assert headings
    assert headings[0] in {"Unreleased", awswhitelist.__version__}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_json_block_is_json(document: str) -> None:
    for block in blocks(document, "json"):
        assert isinstance(json.loads(block), dict)


def test_the_readme_shows_how_a_client_starts_the_server() -> None:
    shown = [json.loads(block) for block in blocks("README.md", "json")]
    assert {"mcpServers": {"awswhitelist": {"command": "awswhitelist", "args": ["serve"]}}} in shown


CONFIGS = [block for block in blocks("README.md", "json") if "mcpServers" not in block]
"""Every JSON block of the README is for a client or a configuration of ours."""


@pytest.mark.parametrize("shown", CONFIGS)
def test_every_configuration_that_the_readme_shows_loads(shown: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(shown, encoding="utf-8")
    config = load_config(path, {"HOME": str(tmp_path)}, operator_policy=tmp_path / "absent.json")
    assert config.policy_error is None
    for section, fields in json.loads(shown).items():
        assert set(fields) <= set(dict(getattr(config, section)))


def test_the_readme_shows_a_policy_and_credential_profiles() -> None:
    sections = {section for shown in CONFIGS for section in json.loads(shown)}
    assert {"policy", "profiles"} <= sections


def test_the_readme_has_a_row_for_each_tool() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \|", text_of("README.md"), re.M)
    assert tuple(rows) == OPERATION_NAMES


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_readme_leads_to_every_document(document: str) -> None:
    assert document == "README.md" or f"]({document})" in text_of("README.md")


@pytest.mark.parametrize("package", ["access", "commands", "mcp", "tools"])
def test_the_architecture_names_every_module_of_a_package(package: str) -> None:
    said = set(re.findall(r"`(?:[a-z]+/)?([a-z_]+)(?:\.py)?`", text_of("docs/architecture.md")))
    modules = {path.stem for path in (PACKAGE / package).glob("*.py")} - {"__init__"}
    assert modules - said == set()


def test_the_architecture_draws_the_layers_that_are_checked() -> None:
    contracts = ConfigParser()
    contracts.read_string(text_of(".importlinter"))
    layers = contracts["importlinter:contract:layers"]["layers"]
    table = text_of("docs/architecture.md").partition("| layer |")[2].partition("\n\n")[0]
    drawn = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert re.findall(r"`(\w+)/?`", "".join(drawn)) == re.findall(r"\w+", layers)


def test_the_readme_draws_the_flow() -> None:
    (drawing,) = blocks("README.md", "mermaid")
    stations = ["intent", "plan", "verdict", "receipts", "answer"]
    assert [name for name in stations if name not in drawing] == []


def links() -> Iterator[tuple[str, str]]:
    for document in DOCUMENTS:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", text_of(document)):
            yield document, link


@pytest.mark.parametrize(("document", "link"), list(links()))
def test_every_link_between_documents_leads_somewhere(document: str, link: str) -> None:
    assert ((ROOT / document).parent / link).exists()
