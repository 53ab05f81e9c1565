"""Figures of interleaved rounds: their middles, their spread, their ratios, a table of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median, quantiles
from typing import NamedTuple

Samples = Mapping[str, Sequence[float]]
"""For each contender one figure per round; all have the same rounds, in the same order."""


class Goal(NamedTuple):
    """Ours shall be at most (or, if ``more`` is better, at least) ``bound`` times ``against``."""

    against: str
    bound: float
    more: bool = False

    def verdict(self, ratio: float) -> str:
        """The goal in words, and whether the ratio meets it."""
        met = ratio >= self.bound if self.more else ratio <= self.bound
        sign = "≥" if self.more else "≤"
        return f"{sign} {self.bound:g} × {self.against}: {'met' if met else 'MISSED'} ({ratio:.2f})"


class Measure(NamedTuple):
    """One thing measured: how its figures are shown, and what is wanted of ours."""

    title: str
    unit: str
    scale: float
    """What a sample is multiplied by to be in ``unit``."""
    goals: tuple[Goal, ...]


def ratio(samples: Samples, ours: str, other: str) -> float:
    """The middle of the ratios within each round: what slows a whole round does not show in it."""
    return median(mine / theirs for mine, theirs in zip(samples[ours], samples[other], strict=True))


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The first and the third quartile; the one value there is if there is but one."""
    if len(values) == 1:
        return values[0], values[0]
    first, _, third = quantiles(values, n=4, method="inclusive")
    return first, third


def table(measure: Measure, samples: Samples, ours: str) -> str:
    """A Markdown table of one measure, with the goals below it."""
    rows = [_row(measure, name, samples, ours) for name in samples]
    goals = [goal.verdict(ratio(samples, ours, goal.against)) for goal in measure.goals]
    head = f"| {measure.title} | median ({measure.unit}) | quartiles | {ours} / this |"
    return "\n".join([head, "|---|---:|---:|---:|", *rows, "", *(f"Goal {goal}" for goal in goals)])


def _row(measure: Measure, name: str, samples: Samples, ours: str) -> str:
    low, middle, high = (
        f"{value * measure.scale:,.1f}"
        for value in (spread(samples[name])[0], median(samples[name]), spread(samples[name])[1])
    )
    return f"| {name} | {middle} | {low}–{high} | {ratio(samples, ours, name):.2f} |"
