"""The benchmark of a cold and a warm call: it runs, and its figures are what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import cold_call
from benchmarks.cold_call import BARE, CLI, OURS, SCRIPT, Cost, Warm


def test_one_round_measures_ours_and_the_script() -> None:
    costs = cold_call.measure_cold(1, None)
    assert list(costs) == [OURS, SCRIPT]
    assert all(min(cost) > 0 for each in costs.values() for cost in each)
    assert [len(each) for each in costs.values()] == [1, 1]


def test_a_process_that_adds_no_rule_is_no_measurement(tmp_path: Path) -> None:
    environ = cold_call.environment(str(tmp_path), "http://127.0.0.1:9")
    with pytest.raises(RuntimeError):
        cold_call.whole_process(["/bin/echo", "no rule"], b"", environ)


def test_time_in_which_calls_overlap_counts_once() -> None:
    assert cold_call.covered([(0.0, 2.0), (1.0, 3.0), (1.5, 2.5), (5.0, 6.0)]) == 4.0
    assert cold_call.covered([]) == 0.0


def test_a_contender_who_is_not_here_leaves_its_goals_out() -> None:
    costs = {OURS: [Cost(1.0, 1.0, 1024.0)], SCRIPT: [Cost(2.0, 2.0, 1024.0)]}
    assert CLI not in cold_call.report(costs)
    whole = cold_call.report(costs | {CLI: [Cost(2.0, 2.0, 2048.0)]})
    assert whole.count("0.6 × AWS CLI: met (0.50)") == 2
    assert whole.count("1.1 × boto3 script: met (1.00)") == 1


def test_no_aws_cli_is_taken_that_is_not_there(tmp_path: Path) -> None:
    assert cold_call.aws_cli(str(tmp_path / "aws")) is None
    (tmp_path / "aws").write_text("")
    assert cold_call.aws_cli(str(tmp_path / "aws")) == str(tmp_path / "aws")


def test_the_disk_is_measured_apart_from_us(tmp_path: Path) -> None:
    assert cold_call.time_of_flush(tmp_path / "file") > 0
    slow_disk = {OURS: [Warm(own=0.0045, disk=0.004)], BARE: [Warm(own=0.0041, disk=0.004)]}
    told = cold_call.warm_report(slow_disk)
    assert "| awswhitelist | 0.5 | 0.5–0.5 | 1.00 |" in told
    assert "| bare calls and records | 0.1 | 0.1–0.1 | 5.00 |" in told
    assert "median 4.00 ms" in told
    assert "Goal ≤ 1 ms: met (0.50)" in told
    quick_disk = {OURS: [Warm(own=0.002, disk=0.0005)]}
    assert "Goal ≤ 1 ms: MISSED (1.50)" in cold_call.warm_report(quick_disk)


WARM = """
from benchmarks.cold_call import measure_warm
found = measure_warm(2)
print({name: [each.own > 0 < each.disk for each in calls] for name, calls in found.items()})
"""


def test_a_warm_call_and_a_flush_are_measured() -> None:
    # In a process of its own: the environment is changed for botocore.
    root = Path(cold_call.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", WARM], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{dict.fromkeys((OURS, BARE), [True, True])}\n"
