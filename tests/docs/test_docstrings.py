"""Every public module, class and function of the package says what it is: its contract."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from scripts.docs.hooks import PACKAGE, ROOT

MODULES = sorted(path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*.py"))
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public(node: ast.Module | ast.ClassDef, at: str) -> Iterator[tuple[str, Documented]]:
    """The public classes and functions in a module or class; what is in a function is nobody's."""
    for each in node.body:
        if not isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if each.name.startswith("_") or _is_overload(each):
            continue
        yield f"{at}.{each.name}", each
        if isinstance(each, ast.ClassDef):
            yield from public(each, f"{at}.{each.name}")


def _is_overload(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A signature that type checkers read; the function itself comes after it."""
    return "overload" in [ast.unparse(each) for each in node.decorator_list]


def undocumented(source: str, name: str) -> list[str]:
    module = ast.parse(source)
    every = [(name, module), *public(module, name)]
    return [at for at, node in every if not (ast.get_docstring(node) or "").strip()]


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_in_a_module_says_what_it_is(name: str) -> None:
    assert undocumented((ROOT / name).read_text(encoding="utf-8"), name) == []


def test_what_says_nothing_of_itself_is_noticed() -> None:
    source = '"""M."""\nclass Thing:\n  def do(self): ...\n  def _own(self): ...\ndef f():\n  "X."'
    assert undocumented(source, "m") == ["m.Thing", "m.Thing.do"]
