"""Make the generated pages anew, or look whether they are as the code says.

python -m scripts.docs            writes the pages that differ
python -m scripts.docs --check    names them, and ends with 1 if there are any
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from awswhitelist.commands import config_docs
from scripts.docs import errors_page, iam_page, operations_page

DOCS = Path(__file__).resolve().parents[2] / "docs"

PAGES: Mapping[str, Callable[[], str]] = {
    "configuration.md": config_docs.markdown,
    "errors.md": errors_page.markdown,
    "iam.md": iam_page.markdown,
    "operations.md": operations_page.markdown,
}
"""The generated pages."""


def stale(docs: Path) -> Iterator[tuple[Path, str]]:
    """The pages in ``docs`` that are not there or not as they should be, with their new text."""
    for name, make in PAGES.items():
        page, text = docs / name, make()
        if not page.is_file() or page.read_text(encoding="utf-8") != text:
            yield page, text


def main(arguments: Sequence[str], docs: Path = DOCS) -> int:
    """Exit code 0: all is as it should be now."""
    found = list(stale(docs))
    for page, text in found:
        print(page.name)
        if "--check" not in arguments:
            page.write_text(text, encoding="utf-8")
    return int(bool(found) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
