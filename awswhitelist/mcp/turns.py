"""Who has to wait for whom: the order in which calls of one connection are served.

Calls that name the same key are served in the order they came, readers side by side, a writer
alone; a call without a key touches everything. Pure bookkeeping: no threads, no waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Turn(NamedTuple):
    """What a call touches: ``key`` (None: everything), and whether it must be ``alone`` there."""

    key: str | None
    alone: bool

    def conflicts_with(self, other: Turn) -> bool:
        """Whether the two may not be served side by side."""
        if not (self.alone or other.alone):
            return False
        return self.key is None or other.key is None or self.key == other.key


class Ticket:
    """One call in the order; ``turn`` is None for a call that waits for nobody."""

    __slots__ = ("turn", "task", "waits_for", "followers")

    def __init__(self, turn: Turn | None, task: Callable[[], None]) -> None:
        self.turn = turn
        self.task = task
        self.waits_for = 0
        self.followers: list[Ticket] = []


class Turns:
    """The tickets that have come and not yet gone. Not thread-safe: its owner holds a lock.

    A ticket waits for every earlier one that it conflicts with, so nobody is overtaken by a later
    call that it conflicts with, and no writer starves. Coming costs a look at each ticket present;
    how many there are is bounded by the owner.
    """

    def __init__(self) -> None:
        self._present: dict[Ticket, Turn] = {}

    def enter(self, ticket: Ticket) -> bool:
        """Take a place in the order; True if the call may start at once."""
        if ticket.turn is None:
            return True
        for earlier, turn in self._present.items():
            if ticket.turn.conflicts_with(turn):
                earlier.followers.append(ticket)
                ticket.waits_for += 1
        self._present[ticket] = ticket.turn
        return ticket.waits_for == 0

    def leave(self, ticket: Ticket) -> list[Ticket]:
        """Give the place up; returns the calls that may start now, in the order they came."""
        self._present.pop(ticket, None)
        freed = []
        for follower in ticket.followers:
            follower.waits_for -= 1
            if follower.waits_for == 0:
                freed.append(follower)
        return freed
