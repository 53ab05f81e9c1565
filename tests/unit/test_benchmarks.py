"""The benchmarks: they run, their figures are what they say, and what needs no quiet machine holds.

No time is judged here: a busy machine is not a fault of ours.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import memory, schemas, wire
from benchmarks.rig.figures import Goal, Measure, ratio, spread, table
from benchmarks.rig.wire_client import BrokenAnswerError, running

GREEDY = 'import sys\nfor line in sys.stdin:\n    print(\'{"id": 0, "error": {}}\', flush=True)\n'


def test_a_ratio_is_taken_within_each_round() -> None:
    slow_second_round = {"ours": [2.0, 20.0, 2.0], "other": [1.0, 10.0, 4.0]}
    assert ratio(slow_second_round, "ours", "other") == 2.0


def test_the_spread_of_one_round_is_its_value() -> None:
    assert spread([3.0]) == (3.0, 3.0)
    assert spread([1.0, 2.0, 3.0, 4.0, 5.0]) == (2.0, 4.0)


@pytest.mark.parametrize(
    ("goal", "at", "words"),
    [
        (Goal("other", 1.5), 1.5, "≤ 1.5 × other: met (1.50)"),
        (Goal("other", 1.5), 1.6, "≤ 1.5 × other: MISSED (1.60)"),
        (Goal("other", 20, more=True), 20, "≥ 20 × other: met (20.00)"),
        (Goal("other", 20, more=True), 19, "≥ 20 × other: MISSED (19.00)"),
    ],
)
def test_a_goal_says_whether_it_is_met(goal: Goal, at: float, words: str) -> None:
    assert goal.verdict(at) == words


def test_a_table_has_a_row_for_each_contender_and_a_line_for_each_goal() -> None:
    measure = Measure("Start", "ms", 1e3, (Goal("other", 1.25),))
    samples = {"ours": [0.1, 0.2, 0.3], "other": [0.1, 0.1, 0.1]}
    assert table(measure, samples, "ours").splitlines() == [
        "| Start | median (ms) | quartiles | ours / this |",
        "|---|---:|---:|---:|",
        "| ours | 200.0 | 150.0–250.0 | 1.00 |",
        "| other | 100.0 | 100.0–100.0 | 2.00 |",
        "",
        "Goal ≤ 1.25 × other: MISSED (2.00)",
    ]


def test_one_small_round_of_the_wire_measures_every_contender() -> None:
    samples = wire.measure(rounds=1, pings=50, trips=5)
    for name in wire.MEASURES:
        assert list(samples[name]) == list(wire.CONTENDERS)
        assert all(len(figures) == 1 and figures[0] > 0 for figures in samples[name].values())
    shown = wire.report(samples)
    assert all(measure.title in shown for measure in wire.MEASURES.values())


def test_answers_that_are_not_what_was_asked_are_no_figures(tmp_path: Path) -> None:
    with running((sys.executable, "-c", GREEDY), str(tmp_path)) as client:
        with pytest.raises(BrokenAnswerError):
            client.ask("ping")
        with pytest.raises(BrokenAnswerError):
            client.pipelined(2)


def test_a_process_that_ends_is_no_figure(tmp_path: Path) -> None:
    with running((sys.executable, "-c", "import sys; sys.stdin.readline()"), str(tmp_path)) as gone:
        with pytest.raises(BrokenAnswerError):
            gone.ask("ping")


def test_the_tools_stay_within_what_a_model_is_asked_to_read() -> None:
    tools = schemas.list_tools()
    inputs = schemas.total(schemas.cost(schemas.asked(tool)) for tool in tools)
    outputs = schemas.total(schemas.cost(tool["outputSchema"]) for tool in tools)
    assert 0 < inputs.tokens <= schemas.INPUT_GOAL
    assert 0 < outputs.tokens <= schemas.OUTPUT_GOAL
    assert all(f"`{tool['name']}`" in schemas.report(tools) for tool in tools)


def test_a_text_costs_its_bytes_and_its_pieces() -> None:
    assert schemas.cost({"type": "string"}) == schemas.Cost(17, 5)
    assert schemas.cost("né 12345") == schemas.Cost(11, 6)


def test_memory_stays_flat_over_many_mixed_requests() -> None:
    samples = memory.measure(20_000, sandbox=False)
    assert len(samples) == memory.SAMPLES
    assert memory.growth(samples) <= memory.GOAL, samples


def test_growth_is_told_as_missed() -> None:
    assert memory.report("serve", [1024, 2048]).splitlines() == [
        "serve: resident MiB after each tenth: 1.0, 2.0",
        "Last against first: 2.000; goal ≤ 1.05: MISSED",
    ]
