"""The site: every page is in its navigation, and links out of ``docs/`` lead to the repository."""

from __future__ import annotations

import re
from importlib import util

import pytest

from scripts.docs import hooks
from scripts.docs.blocks import ROOT

SITE = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


def test_every_page_is_in_the_navigation() -> None:
    _, _, navigation = SITE.partition("\nnav:\n")
    listed = re.findall(r"([\w-]+\.md)$", navigation, re.M)
    pages = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert (len(listed), set(listed)) == (len(set(listed)), pages)


def test_every_module_is_in_the_reference_once() -> None:
    named = [module for _, modules in hooks.packages() for module in modules]
    files = [path for path in hooks.PACKAGE.rglob("*.py") if path.name != "__main__.py"]
    assert len(named) == len(set(named)) == len(files)
    assert [name for name in named if util.find_spec(name) is None] == []


def test_a_page_of_the_reference_names_its_modules() -> None:
    assert hooks.markdown_of("a.b", ("a.b", "a.b.c")) == "# a.b\n\n::: a.b\n\n::: a.b.c\n\n"
    assert hooks.page_of("a.b") == "reference/a.b.md"


@pytest.mark.parametrize(
    ("link", "led"),
    [
        ("policy.md#approval", "policy.md#approval"),
        ("#here", "#here"),
        ("https://example.org/x", "https://example.org/x"),
        ("../README.md", "https://host/repo/blob/main/README.md"),
        ("../examples/policies", "https://host/repo/blob/main/examples/policies"),
    ],
)
def test_links_out_of_the_documents_lead_to_the_repository(link: str, led: str) -> None:
    page = hooks.outward(f"See [it]({link}).", "page.md", "https://host/repo/")
    assert page == f"See [it]({led})."


def test_the_roles_of_docstrings_are_left_out() -> None:
    shown = "<p>See :class:<code>Thing</code> at 10:30.</p>"
    assert hooks.without_roles(shown) == "<p>See <code>Thing</code> at 10:30.</p>"


def test_the_site_asks_no_other_host_for_fonts() -> None:
    assert "\n  font: false\n" in SITE
    assert "social" not in SITE
