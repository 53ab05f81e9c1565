"""What MkDocs does for us beyond its settings: see its user guide, "Configuration", "hooks".

The reference of the code has a page for each package, made while the site is built. Links of pages
to files outside ``docs/`` lead to the repository. The roles of docstrings (``:class:`` and its kin)
are for editors; on a page, the name in code is enough.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "awswhitelist"
REFERENCE = "reference"

_ROLE = re.compile(r":(?:attr|class|data|func|meth|mod):(?=<code>)")
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#|/)([^)#\s]+)(?=[)#])")


def packages() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every package of ours with its modules, itself first; the top one has what is in none."""
    for folder in sorted(path.parent for path in PACKAGE.rglob("__init__.py")):
        name = ".".join(folder.relative_to(ROOT).parts)
        modules = sorted(path.stem for path in folder.glob("*.py") if path.stem[:2] != "__")
        yield name, (name, *(f"{name}.{module}" for module in modules))


def page_of(package: str) -> str:
    """Where a package's reference is, below ``docs/``."""
    return f"{REFERENCE}/{package}.md"


def markdown_of(package: str, modules: tuple[str, ...]) -> str:
    """The page of a package: what mkdocstrings puts in the place of each ``:::`` line."""
    return "\n\n".join([f"# {package}", *(f"::: {module}" for module in modules), ""])


def outward(markdown: str, page: str, repository: str) -> str:
    """``markdown`` with its links to files outside ``docs/`` leading to the repository.

    ``page`` is where it is, below ``docs/``.
    """

    def lead(found: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), found[1]))
        is_page = path.startswith("docs/")
        return found[1] if is_page else f"{repository.rstrip('/')}/blob/main/{path}"

    return _LINK.sub(lead, markdown)


def without_roles(html: str) -> str:
    """``html`` without the roles before names in code."""
    return _ROLE.sub("", html)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the reference to the navigation."""
    pages = [{package: page_of(package)} for package, _ in packages()]
    config.nav = [*(config.nav or []), {"The code": pages}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the reference."""
    for package, modules in packages():
        content = markdown_of(package, modules)
        files.append(File.generated(config, page_of(package), content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Let links out of ``docs/`` lead to the repository."""
    return outward(markdown, page.file.src_uri, config.repo_url or "")


def on_page_content(html: str, page: Page, **_: Any) -> str:
    """Leave the roles of docstrings out."""
    return without_roles(html) if page.file.src_uri.startswith(f"{REFERENCE}/") else html
