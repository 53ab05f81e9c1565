"""The audit log goes wrong, or the program is killed: what was done can be told, and mended."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.faults import effects
from tests.faults.kinds import KINDS, WRITES, Stands
from tests.faults.proxy import Strike
from tests.faults.served import Served
from tests.faults.world import Call, Told, World

WRITE = KINDS["whitelist"].write
Serve = Callable[..., Served]

pytestmark = pytest.mark.usefixtures("no_bytecode")

limited = pytest.mark.skipif(sys.platform != "linux", reason="prlimit is Linux's")
"""Files of the running program are given a largest size: its disk is full from then on."""


def codes(told: Told) -> set[str]:
    return {each["code"] for each in told.content.get("warnings", ())}


def fill_disk(served: Served, world: World, room: int = 0) -> None:
    """No file of the program can grow beyond the log's size now, and so many bytes."""
    size = world.audit.stat().st_size + room
    resource.prlimit(served.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def health(call: Call) -> Mapping[str, Any]:
    told = call("health", {})
    return {each["name"]: each for each in told.content["checks"]}


@limited
@pytest.mark.parametrize("operation", [each for each in KINDS if each != "sweep_expired"])
def test_where_the_intent_finds_no_room_on_the_disk_nothing_is_done(
    operation: str, world: World, serve: Serve
) -> None:
    served = serve()
    world.prepare(operation, (), served)
    before = world.rules()
    fill_disk(served, world)
    told = world.go(served)
    assert (told.says, world.stands(before)) == ("audit_unavailable", KINDS[operation].untouched)
    assert world.proxy.count(*WRITES) == 0
    assert health(served)["audit"]["status"] == "down"


@limited
def test_where_only_the_receipt_finds_no_room_the_answer_says_so_and_no_line_is_torn(
    world: World, serve: Serve
) -> None:
    served = serve()
    world.prepare("whitelist", (), served)
    before = world.rules()
    lines = world.audit.read_bytes().splitlines(keepends=True)
    intent = next(line for line in lines if b'"event":"intent"' in line)
    fill_disk(served, world, room=len(intent) + 100)
    told = world.go(served)
    assert (told.says, world.stands(before)) == ("added", Stands.OURS)
    assert "audit_incomplete" in codes(told)
    assert "undo" not in told.content
    assert [entry["event"] for entry in world.audited()] == ["intent"]


@limited
def test_our_own_rules_end_even_where_the_disk_is_full(world: World, serve: Serve) -> None:
    served = serve()
    world.prepare("sweep_expired", (), served)
    before = world.rules()
    fill_disk(served, world)
    told = world.go(served)
    assert (told.says, world.stands(before)) == ("revoked", Stands.GONE)
    assert "audit_incomplete" in codes(told)


def test_where_the_log_cannot_be_opened_nothing_is_done(
    world: World, program: Callable[..., Call]
) -> None:
    call = program()
    world.prepare("whitelist", (), call)
    before = world.rules()
    world.audit.unlink()
    world.audit.mkdir()
    told = world.go(call)
    assert (told.says, world.stands(before)) == ("audit_unavailable", Stands.NOTHING)
    assert world.proxy.count(*WRITES) == 0


@pytest.mark.parametrize(
    "take_away",
    [
        pytest.param(Path.unlink, id="deleted"),
        pytest.param(lambda log: log.rename(f"{log}.1"), id="moved aside"),
    ],
)
def test_a_log_that_goes_between_intent_and_receipt_loses_no_receipt(
    take_away: Callable[[Path], object], world: World, program: Callable[..., Call]
) -> None:
    call, gone = program(), effects.meanwhile(lambda: take_away(world.audit))
    world.prepare("whitelist", [Strike(WRITE, gone)], call)
    before = world.rules()
    told = world.go(call)
    assert (told.says, world.stands(before)) == ("added", Stands.OURS)
    assert health(call)["interrupted"]["status"] == "ok"
    undo = told.content["undo"]
    assert call(undo["operation"], undo["arguments"]).says == "revoked"
    assert world.stands(before) is Stands.NOTHING


def test_a_log_that_is_full_after_every_call_still_tells_all_of_them(
    world: World, program: Callable[..., Call]
) -> None:
    call = program({"audit": {"max_bytes": 4096}})
    world.prepare("undo of extend", (), call)
    before = world.rules()
    assert (world.go(call).says, world.stands(before)) == ("restored", Stands.SHORTER)
    assert len(list(world.audit.parent.glob("audit.jsonl.0*"))) > 1
    assert health(call)["interrupted"]["status"] == "ok"


@pytest.mark.parametrize("operation", KINDS)
@pytest.mark.parametrize("done", [False, True], ids=["before AWS hears of it", "after it is done"])
def test_a_call_that_was_killed_is_told_of_and_made_again_without_doubles(
    done: bool, operation: str, world: World, serve: Serve
) -> None:
    served, kind = serve(), KINDS[operation]
    killed = effects.at_last(served.kill, done=done)
    world.prepare(operation, [Strike(kind.write, killed)], served)
    before = world.rules()
    served.send(*world.prepared)
    served.wait()
    world.proxy.arm(())
    call = serve()
    interrupted = health(call)["interrupted"]
    assert interrupted["status"] == "degraded"
    assert world.audited()[-1]["plan"][0] in interrupted["detail"]
    assert "call" in interrupted["remedy"]
    again = world.go(call)
    if "approval" in again.content:
        again = world.go(call, approval=again.content["approval"]["token"])
    assert not again.is_error
    assert world.stands(before) is kind.stands
    assert world.beside(world.rules()) == world.beside(before)


def test_a_line_that_was_torn_by_a_crash_hides_no_other(
    world: World, program: Callable[..., Call]
) -> None:
    call = program()
    world.prepare("whitelist", (), call)
    told = world.go(call)
    with world.audit.open("a") as log:
        log.write(json.dumps({"event": "receipt", "request_id": "torn"})[:-9])
    undo = told.content["undo"]
    assert call(undo["operation"], undo["arguments"]).says == "revoked"
