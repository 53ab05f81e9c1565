"""The order of calls, as pure bookkeeping."""

from __future__ import annotations

import pytest

from awswhitelist.mcp.turns import Ticket, Turn, Turns

READ, WRITE = False, True


def ticket(turn: Turn | None) -> Ticket:
    return Ticket(turn, lambda: None)


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        (Turn("a", READ), Turn("a", READ), False),
        (Turn("a", READ), Turn("a", WRITE), True),
        (Turn("a", WRITE), Turn("a", WRITE), True),
        (Turn("a", WRITE), Turn("b", WRITE), False),
        (Turn("a", WRITE), Turn("A", READ), False),
        (Turn(None, WRITE), Turn("a", READ), True),
        (Turn(None, WRITE), Turn(None, WRITE), True),
        (Turn(None, READ), Turn("a", WRITE), True),
        (Turn(None, READ), Turn("a", READ), False),
    ],
)
def test_two_calls_conflict_if_one_changes_what_both_touch(
    one: Turn, other: Turn, conflict: bool
) -> None:
    assert (one.conflicts_with(other), other.conflicts_with(one)) == (conflict, conflict)


def test_a_call_without_a_turn_waits_for_nobody_and_nobody_for_it() -> None:
    turns = Turns()
    barrier, free, late = ticket(Turn(None, WRITE)), ticket(None), ticket(Turn("a", READ))
    assert turns.enter(barrier)
    assert turns.enter(free)
    assert not turns.enter(late)
    assert turns.leave(free) == []
    assert turns.leave(barrier) == [late]


def test_a_reader_does_not_overtake_a_writer_that_waits() -> None:
    turns = Turns()
    first, writer, second = (ticket(Turn("a", each)) for each in (READ, WRITE, READ))
    assert [turns.enter(each) for each in (first, writer, second)] == [True, False, False]
    assert turns.leave(first) == [writer]
    assert turns.leave(writer) == [second]


def test_a_writer_waits_for_every_reader_before_it() -> None:
    turns = Turns()
    one, two, writer = (ticket(Turn("a", each)) for each in (READ, READ, WRITE))
    assert [turns.enter(each) for each in (one, two, writer)] == [True, True, False]
    assert turns.leave(two) == []
    assert turns.leave(one) == [writer]
