"""Some rows of the table again, with the real program in a process of its own, over a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.faults.matrix import ROWS
from tests.faults.rows import Row
from tests.faults.served import Served
from tests.faults.world import Call, World

CHOSEN = (
    "the connection is cut after AWS made the change",
    "the answer is lost, then the keys expire",
    "the caller may not make the change",
    "AWS does not know the keys",
)
"""Faults after which the program has no reason to wait long: here its waiting takes time."""

CALLS = ("whitelist", "extend", "revoke", "move", "sweep_expired", "undo of move")


@pytest.fixture
def process(serve: Callable[[], Served]) -> Iterator[Call]:
    """The program, serving; it must end by itself, and well, when its input ends."""
    served = serve()
    yield served
    assert served.end() == 0


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.fault in CHOSEN and row.operation in CALLS],
    ids=lambda row: row.id,
)
def test_the_real_process_reports_the_same(row: Row, world: World, process: Call) -> None:
    world.prepare(row.operation, row.strikes, process)
    before = world.rules()
    told = world.go(process)
    found = (told.says, told.retryable, world.stands(before), tuple(world.receipts()))
    assert found == (row.says, row.retryable, row.stands, row.receipts)
    assert world.beside(world.rules()) == world.beside(before)
