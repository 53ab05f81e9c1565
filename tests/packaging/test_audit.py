"""scripts/audit.py: what is made of pip-audit's report."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.audit import verdict

SOUND = {"name": "sound", "version": "1.0", "vulns": []}
SKIPPED = {"name": "unknown", "skip_reason": "not found"}
HOLED = {
    "name": "holed",
    "version": "2.0",
    "vulns": [{"id": "CVE-2026-0001", "fix_versions": ["2.1", "3.0"]}],
}
OPEN = {"name": "open", "version": "1.0", "vulns": [{"id": "CVE-2026-0002", "fix_versions": []}]}


@pytest.mark.parametrize(
    ("packages", "strict", "code", "told"),
    [
        ([SOUND], True, 0, "1 packages looked at, 0 known"),
        ([SOUND, HOLED], False, 1, "holed 2.0: CVE-2026-0001, mended in 2.1, 3.0"),
        ([OPEN], False, 1, "open 1.0: CVE-2026-0002, mended in no version yet"),
        ([SOUND, SKIPPED], True, 0, "Not in the database: unknown"),
        ([SKIPPED], False, 0, "nothing was looked at"),
        ([SKIPPED], True, 1, "nothing was looked at"),
    ],
)
def test_a_report_is_judged_by_what_it_really_looked_at(
    packages: list[dict[str, Any]], strict: bool, code: int, told: str
) -> None:
    found, words = verdict({"dependencies": packages}, strict=strict)
    assert found == code
    assert told in words
