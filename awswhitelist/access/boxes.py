"""Boxes of whole numbers, and what is left of one when others are cut out of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod

Interval = tuple[int, int]
"""First and last, both included."""

Box = tuple[Interval, ...]
"""An interval for each dimension."""


def meet(one: Box, other: Box) -> bool:
    """Whether two boxes of the same dimensions share a point."""
    return all(
        first <= last_of_other and first_of_other <= last
        for (first, last), (first_of_other, last_of_other) in zip(one, other, strict=True)
    )


def remainder(box: Box, cuts: Iterable[Box]) -> tuple[Box, ...]:
    """The points of ``box`` that are in none of the cuts, as boxes that do not overlap.

    The widest cuts go first: they leave the fewest pieces for the others.
    """
    rest: tuple[Box, ...] = (box,)
    for cut in sorted(cuts, key=_size, reverse=True):
        rest = tuple(left for piece in rest for left in _without(piece, cut))
    return rest


def _size(box: Box) -> int:
    return prod(last - first + 1 for first, last in box)


def _without(box: Box, cut: Box) -> Iterator[Box]:
    """A slice below the cut and a slice above it, dimension by dimension."""
    if not meet(box, cut):
        yield box
        return
    for index, (low, high) in enumerate(cut):
        before, (first, last), after = box[:index], box[index], box[index + 1 :]
        if first < low:
            yield (*before, (first, low - 1), *after)
        if high < last:
            yield (*before, (high + 1, last), *after)
        box = (*before, (max(first, low), min(last, high)), *after)
