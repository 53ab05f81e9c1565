"""Some rows of the table again, with the real program in a process of its own, over a pipe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.matrix import ROWS
from tests.faults.rows import Row
from tests.faults.world import Call, Told, World

CHOSEN = (
    "the connection is cut after AWS made the change",
    "the answer is lost, then the keys expire",
    "the caller may not make the change",
    "AWS does not know the keys",
)
"""Faults after which the program has no reason to wait long: here its waiting takes time."""

PATIENCE = 60


@pytest.fixture
def process(world: World, config_file: Callable[..., Path]) -> Iterator[Call]:
    """The program, serving; it must end by itself, and well, when its input ends."""
    command = [sys.executable, "-m", "awswhitelist", "serve", "--config", str(config_file())]
    server = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert server.stdin is not None and server.stdout is not None
    wire_in, wire_out = server.stdin, server.stdout

    def call(method: str, params: dict[str, Any]) -> Told:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        wire_in.write(json.dumps(request) + "\n")
        wire_in.flush()
        answer = json.loads(wire_out.readline())
        if "error" in answer:
            return Told(answer["error"]["data"], is_error=True)
        return Told(answer["result"], is_error=False)

    yield call
    server.communicate(timeout=PATIENCE)
    assert server.returncode == 0


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.fault in CHOSEN], ids=lambda row: row.id
)
def test_the_real_process_reports_the_same(row: Row, world: World, process: Call) -> None:
    world.prepare(row, process)
    before = world.rules()
    told = process("revoke" if row.operation == "revoke" else "whitelist", world.arguments(row))
    found = (told.says, told.retryable, world.stands(before), tuple(world.receipts()))
    assert found == (row.says, row.retryable, row.stands, row.receipts)
    assert world.beside(world.rules()) == world.beside(before)
