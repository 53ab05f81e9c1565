"""Every row of the table: what is reported is what stands in AWS. No lie, no double, no loss."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.kinds import WRITES, Stands
from tests.faults.matrix import ROWS
from tests.faults.rows import Row
from tests.faults.world import Call, Told, World

HONEST: dict[str, set[Stands]] = {
    "added": {Stands.OURS},
    "already_allowed": {Stands.THEIRS},
    "extended": {Stands.LONGER},
    "moved": {Stands.MOVED, Stands.THEIRS},
    "restored": {Stands.OURS, Stands.SHORTER, Stands.MOVED},
    "revoked": {Stands.GONE, Stands.THEIRS},
    "absent": {Stands.GONE, Stands.AS_BEFORE},
}
"""What may stand where a call says so. THEIRS after a revoke: another rule, with another id.
AS_BEFORE where AWS itself says that there is no such rule, before anything was written."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_what_is_reported_is_what_stands_in_aws(
    row: Row, world: World, program: Callable[..., Call]
) -> None:
    call = program(read_timeout=row.read_timeout)
    world.prepare(row.operation, row.strikes, call)
    before = world.rules()
    told = world.go(call)
    stands = world.stands(before)
    assert (told.says, told.retryable, stands, tuple(world.receipts())) == (
        row.says,
        row.retryable,
        row.stands,
        row.receipts,
    )
    assert world.proxy.count(*WRITES) == row.sent
    assert world.beside(world.rules()) == world.beside(before), "somebody else's rule was lost"
    check_honest(row, told, stands)
    if told.says in ("added", "already_allowed"):
        assert told.rule_ids <= world.rules().keys()


def check_honest(row: Row, told: Told, stands: Stands) -> None:
    """No claim beyond what is so; where nobody knows, it is said that nobody knows."""
    if told.says in HONEST:
        assert stands in HONEST[told.says]
    if "unknown" in row.receipts or "unverified" in row.receipts:
        codes = {each["code"] for each in told.content.get("warnings", ())}
        assert "unverified" in codes or "not known" in told.content["remedy"]
    if row.receipts in ((), ("failed",)):
        assert told.is_error or told.says == "absent"
        assert stands not in (Stands.OURS, Stands.LONGER)
