"""The benchmark of bulks measures what it says."""

from __future__ import annotations

from benchmarks.bulk import Cost, entries_for, measure, report


def test_entries_are_different_and_spread_over_the_groups() -> None:
    entries = entries_for(["sg-1", "sg-2"], 1000)
    assert len({entry["source"] for entry in entries}) == 1000
    assert sum(entry["target"] == "sg-1" for entry in entries) == 500


def test_a_bulk_reads_once_and_writes_once_per_group_and_a_loop_twice_per_entry() -> None:
    ((ours, loop),) = measure([4], sample=2, profile=False).values()
    assert (ours.calls, loop.calls) == (2 + 4, 2 * 4)
    assert 0.2 <= ours.seconds and 0.8 <= loop.seconds


def test_the_report_says_whether_the_goals_are_met() -> None:
    good = report({1000: (Cost(22, 1.2), Cost(2000, 205.0))}, 20)
    assert "| 1,000 | 22 | 1.20 | 2,000 | 205.0 |" in good
    assert "calls: met (22)" in good and "seconds: met (1.2)" in good
    assert "seconds: MISSED" in report({1000: (Cost(22, 1.7), Cost(2000, 205.0))}, 20)
    assert "Goal" not in report({10: (Cost(12, 0.3), Cost(20, 2.0))}, 20)
