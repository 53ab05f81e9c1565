"""docs/reliability.md shows the table as it is tested."""

from __future__ import annotations

import pytest

from tests.faults import document, matrix, rows
from tests.faults.kinds import Stands


def test_the_document_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert (document.main([]), capsys.readouterr().err) == (0, "")


def test_no_two_rows_are_the_same_test() -> None:
    ids = [row.id for row in matrix.ROWS]
    assert len(set(ids)) == len(ids)


def test_rows_of_one_fault_share_a_line_and_say_what_is_alike_once() -> None:
    alike = [
        rows.one("all is lost", operation, [], "lost", stands, ["failed"], sent=5, retryable=True)
        for operation, stands in (
            ("whitelist", Stands.NOTHING),
            ("extend", Stands.AS_BEFORE),
            ("revoke", Stands.AS_BEFORE),
        )
    ]
    assert document.table(alike).splitlines()[2:] == [
        "| all is lost | whitelist; extend; revoke | error `lost`, worth a retry "
        "| no rule; the rule as before | failed | 5 |"
    ]


def test_a_document_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="marks"):
        document.current("no marks")
