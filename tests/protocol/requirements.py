"""The rules of the specification that bind us, and the tests that hold them.

``requirements.toml`` has the rules, tests name them with ``@pytest.mark.requirement("STDIO-2")``,
and two tables of ``docs/protocol.md`` are made of it all. As a script::

    python tests/protocol/requirements.py           # says what is wrong; exit code 1 if anything is
    python tests/protocol/requirements.py --write   # brings the tables up to date, then the same
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from awswhitelist.exceptions import AwsWhitelistError, error_classes
from awswhitelist.mcp.revisions import SUPPORTED

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).with_name("requirements.toml")
DOCUMENT = ROOT / "docs" / "protocol.md"
TESTS = ROOT / "tests"
SITE = "https://modelcontextprotocol.io/specification"
OLDEST_FIRST = tuple(reversed(SUPPORTED))

Places: TypeAlias = Mapping[str, Sequence[Path]]


class Requirement(NamedTuple):
    """One rule: ``revisions`` that have it, oldest first, and the ``page`` of the newest."""

    id: str
    level: str
    revisions: tuple[str, ...]
    says: str
    title: str
    page: str

    @property
    def link(self) -> str:
        return f"{SITE}/{self.revisions[-1]}/{self.page}"

    @property
    def span(self) -> str:
        """The revisions for people: one, all, or the first and the last."""
        first, last = self.revisions[0], self.revisions[-1]
        if self.revisions == OLDEST_FIRST:
            return "all"
        return first if first == last else f"{first} to {last}"


def requirements(data: Mapping[str, Any]) -> list[Requirement]:
    """The rules in the order of the file. Raises ValueError for a revision that is none."""
    return [_rule(name, group, *row) for name, group in data.items() for row in group["rules"]]


def _rule(
    name: str, group: Mapping[str, Any], number: int, level: str, span: str, says: str
) -> Requirement:
    first, _, last = span.partition("..")
    start = OLDEST_FIRST.index(first) if first else 0
    end = OLDEST_FIRST.index(last) if last else len(OLDEST_FIRST) - 1
    revisions = OLDEST_FIRST[start : end + 1]
    modern = revisions[-1] == SUPPORTED[0]
    page = group["page"] if modern else group.get("legacy_page", group["page"])
    return Requirement(f"{name}-{number}", level, revisions, says, group["title"], page)


def marks(source: str) -> Iterator[str]:
    """The ids that a module of tests names, read without running it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
            for argument in node.args:
                yield str(ast.literal_eval(argument))


def places(tests: Path) -> dict[str, list[Path]]:
    """Which modules of tests name which ids; every id once per module."""
    found: dict[str, list[Path]] = {}
    for path in sorted(tests.rglob("test_*.py")):
        for identifier in sorted(set(marks(path.read_text(encoding="utf-8")))):
            found.setdefault(identifier, []).append(path)
    return found


def rules_table(rules: Iterable[Requirement], found: Places) -> str:
    """The rules, one table for each group, with links to the page and to the tests."""
    parts = []
    for title, group in groupby(rules, key=lambda rule: rule.title):
        parts += [f"### {title}", "", "| id | rule | revisions | tests |", "|---|---|---|---|"]
        parts += [_row(rule, found.get(rule.id, ())) for rule in group] + [""]
    return "\n".join(parts).rstrip()


def _row(rule: Requirement, tests: Iterable[Path]) -> str:
    level = f"[{rule.level}]({rule.link})"
    links = ", ".join(f"[{_shown(path)}](../{path.relative_to(ROOT).as_posix()})" for path in tests)
    return f"| {rule.id} | {level}: {rule.says} | {rule.span} | {links} |"


def _shown(path: Path) -> str:
    return path.stem.removeprefix("test_")


def errors_table(classes: Iterable[type[AwsWhitelistError]]) -> str:
    """The errors of the operations: number, code, whether to try again, and what it means."""
    rows = []
    for each in sorted(classes, key=lambda each: each.number):
        retryable = "yes" if each.retryable else "no"
        rows.append(f"| {each.number} | `{each.code}` | {retryable} | {_meaning(each)} |")
    return "\n".join(["| number | code | retryable | meaning |", "|---|---|---|---|", *rows])


def _meaning(error_class: type[AwsWhitelistError]) -> str:
    """The first sentence of the docstring, in Markdown."""
    if error_class is AwsWhitelistError:
        return "Our own fault, where no other code fits."
    text = " ".join((error_class.__doc__ or "").split())
    return re.sub(r"``(.+?)``", r"`\1`", text)


def with_tables(document: str, tables: Mapping[str, str]) -> str:
    """The document with each table between its marks. Raises ValueError where a mark is missing."""
    for name, table in tables.items():
        begin, end = f"<!-- {name}: begin -->\n", f"\n<!-- {name}: end -->"
        head, found_begin, rest = document.partition(begin)
        _, found_end, tail = rest.partition(end)
        if not (found_begin and found_end):
            raise ValueError(f"the marks of the table {name!r} are missing")
        document = head + begin + table + end + tail
    return document


def complaints(rules: Sequence[Requirement], found: Places) -> list[str]:
    """What is wrong between the rules and the tests, in words."""
    ids = [rule.id for rule in rules]
    known = set(ids)
    untested = [f"{each}: no test names it" for each in sorted(known - set(found))]
    unknown = [
        f"{each}: named by {path.name}, but there is no such rule"
        for each in sorted(set(found) - known)
        for path in found[each]
    ]
    twice = [f"{rule.id}: is there twice" for n, rule in enumerate(rules) if rule.id in ids[:n]]
    return untested + unknown + twice


def current_document(rules: Sequence[Requirement], found: Places) -> str:
    """The document as it ought to be."""
    tables = {"rules": rules_table(rules, found), "errors": errors_table(error_classes())}
    return with_tables(DOCUMENT.read_text(encoding="utf-8"), tables)


def main(arguments: Sequence[str]) -> int:
    """Check, and write if asked to. Returns the exit code."""
    rules = requirements(tomllib.loads(DATA.read_text(encoding="utf-8")))
    found = places(TESTS)
    wrong = complaints(rules, found)
    document = current_document(rules, found)
    if "--write" in arguments:
        DOCUMENT.write_text(document, encoding="utf-8")
    elif document != DOCUMENT.read_text(encoding="utf-8"):
        wrong.append("docs/protocol.md is not up to date: run this with --write")
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
