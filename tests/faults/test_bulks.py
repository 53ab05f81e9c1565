"""Every row of the table of bulk calls: each entry is told as it stands, and none stands twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.bulks import BULKS, BulkRow
from tests.faults.world import EARLIER, PORT, SOURCE, Call, Told, World

AUDITED = {"added": "done", "moved": "done"}
"""How a status is written down, where it is by another word."""

Estate = Mapping[str, str]


@pytest.fixture
def estate(world: World) -> Estate:
    """Three groups, by their names in the rows."""
    return {"first": world.group_id, "second": world.new_group(), "third": world.new_group()}


def entries(estate: Estate) -> list[dict[str, Any]]:
    first, second, third = estate.values()
    return [
        {"target": first, "source": SOURCE, "port": PORT},
        {"target": first, "source": "198.51.100.9/32", "port": PORT},
        {"target": second, "source": SOURCE, "port": PORT},
        {"target": third, "source": SOURCE, "port": PORT, "replace_previous": True},
    ]


def arguments(row: BulkRow, estate: Estate) -> dict[str, Any]:
    return {
        "entries": entries(estate),
        "expires_in": "4h",
        "atomic": row.atomic,
    }


def prepared(row: BulkRow, world: World, estate: Estate, call: Call) -> None:
    """What a row starts from, and a stranger's rule in each group."""
    for group_id in estate.values():
        world.let_in("203.0.113.50/32", 22, group_id)
    if row.moves:
        earlier = {"target": estate["third"], "source": EARLIER, "port": PORT, "expires_in": "1h"}
        assert call("whitelist", earlier).says == "added"
    world.arm(
        [replace(strike, about=strike.about.format(**estate)) for strike in row.strikes],
    )


def standing(world: World, estate: Estate) -> tuple[bool, ...]:
    """For each entry whether its rule is there, and that it is there once."""
    found = []
    for entry in entries(estate):
        rules = world.rules(entry["target"]).values()
        same = [rule for rule in rules if (rule["source"], rule["port"]) == (entry["source"], PORT)]
        assert len(same) <= 1, f"a double: {same}"
        found.append(bool(same))
    return tuple(found)


def strangers(world: World, estate: Estate) -> int:
    rules = [rule for each in estate.values() for rule in world.rules(each).values()]
    return sum(rule["port"] == 22 for rule in rules)


def codes(told: Told) -> set[str]:
    return {item["error"]["code"] for item in told.content["items"] if "error" in item}


@pytest.mark.parametrize("row", BULKS, ids=lambda row: row.id)
def test_each_entry_is_told_as_it_stands(
    row: BulkRow, world: World, estate: Estate, program: Callable[..., Call]
) -> None:
    call = program({"server": {"workers": 1 if row.in_turn else 8}})
    prepared(row, world, estate, call)
    told = call("whitelist_bulk", arguments(row, estate))
    assert not told.is_error, told
    assert tuple(item["status"] for item in told.content["items"]) == row.items
    assert standing(world, estate) == row.stands
    assert codes(told) == row.codes
    assert strangers(world, estate) == len(estate)
    stays = row.atomic and "rolled_back" not in row.items and any(row.stands)
    assert ("could not wholly be taken back" in told.content["summary"]) is stays
    assert audited(world, estate) == [AUDITED.get(status, status) for status in row.items]


def audited(world: World, estate: Estate) -> list[str]:
    """What the log says last of the change of each entry."""
    last: dict[tuple[str, str], str] = {}
    for entry in world.audited():
        if entry["event"] == "receipt":
            change = entry["change"]
            spec = change.get("to") or change.get("spec") or change["rule"]["spec"]
            group_id = change.get("group_id") or change["rule"]["group_id"]
            last[group_id, spec["source"]] = entry["status"]
    return [last[entry["target"], entry["source"]] for entry in entries(estate)]


@pytest.mark.parametrize("row", BULKS, ids=lambda row: row.id)
def test_the_same_call_again_completes_it_without_doubles(
    row: BulkRow, world: World, estate: Estate, program: Callable[..., Call]
) -> None:
    call = program({"server": {"workers": 1 if row.in_turn else 8}})
    prepared(row, world, estate, call)
    call("whitelist_bulk", arguments(row, estate))
    world.proxy.arm(())
    again = call("whitelist_bulk", arguments(row, estate))
    assert codes(again) == set()
    assert standing(world, estate) == (True,) * 4
    assert strangers(world, estate) == len(estate)
