"""Calls that were made in part: that is said, and the rest can be had, or all of it taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.kinds import KINDS, Stands
from tests.faults.rows import Row
from tests.faults.rows_rewrites import HALVES
from tests.faults.world import Call, Told, World


@pytest.fixture(params=HALVES, ids=lambda row: row.id)
def half(request: pytest.FixtureRequest) -> Row:
    row: Row = request.param
    return row


def made(half: Row, world: World, call: Call) -> Told:
    """Make a call that fails half-way; from then on nothing goes wrong."""
    world.prepare(half.operation, half.strikes, call)
    told = world.go(call)
    world.proxy.arm(())
    return told


def test_a_change_that_was_made_in_part_is_told_as_such(
    half: Row, world: World, program: Callable[..., Call]
) -> None:
    told = made(half, world, program())
    assert "AWS made a part of the change" in told.content["remedy"]
    assert (len(told.content["done_in_part"]), told.content["not_done"]) == (1, [])


def test_the_same_call_again_makes_the_rest(
    half: Row, world: World, program: Callable[..., Call]
) -> None:
    call = program()
    world.prepare(half.operation, half.strikes, call)
    before = world.rules()
    world.go(call)
    world.proxy.arm(())
    again = world.go(call)
    if "approval" in again.content:
        again = world.go(call, approval=again.content["approval"]["token"])
    assert not again.is_error
    assert world.stands(before) is KINDS[half.operation].stands
    assert world.beside(world.rules()) == world.beside(before)


def test_what_was_made_in_part_can_be_taken_back(
    half: Row, world: World, program: Callable[..., Call]
) -> None:
    call = program()
    world.prepare(half.operation, half.strikes, call)
    before = world.rules()
    world.go(call)
    world.proxy.arm(())
    undo = {"receipt": world.audited()[-1]["request_id"]}
    asked = call("undo", undo)
    token = asked.content.get("approval", {}).get("token")
    done = call("undo", undo | {"approval": token}) if token else asked
    assert done.says == "restored"
    assert world.stands(before) is Stands.AS_BEFORE
    assert world.beside(world.rules()) == world.beside(before)
