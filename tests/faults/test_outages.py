"""What takes more than one call, or no endpoint at all, to show."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults import effects
from tests.faults.effects import Effect
from tests.faults.kinds import AUTHORIZE as WRITE
from tests.faults.kinds import Stands
from tests.faults.proxy import Strike
from tests.faults.rows import DOWN
from tests.faults.world import NEW_KEY, OLD_KEY, Call, World


@pytest.mark.parametrize(
    ("effect", "stands"),
    [
        pytest.param(effects.gone_before, Stands.NOTHING, id="before AWS hears of the write"),
        pytest.param(effects.gone_after, Stands.OURS, id="after AWS made the change"),
    ],
)
def test_where_aws_cannot_be_reached_any_more_nobody_claims_to_know(
    effect: Effect, stands: Stands, world: World, program: Callable[..., Call]
) -> None:
    call = program()
    world.prepare("whitelist", [Strike(WRITE, effect)], call)
    before = world.rules()
    told = world.go(call)
    assert (told.says, told.retryable, world.receipts()) == ("aws_unavailable", True, ["unknown"])
    assert "not known" in told.content["remedy"]
    assert world.stands(before) is stands


def test_where_nobody_listens_nothing_is_done(world: World, program: Callable[..., Call]) -> None:
    call = program()
    world.prepare("whitelist", [], call)
    world.proxy.close()
    told = world.go(call)
    assert (told.says, told.retryable, world.receipts()) == ("aws_unavailable", True, [])


def test_a_service_that_keeps_failing_is_left_alone(
    world: World, program: Callable[..., Call]
) -> None:
    strikes, call = [Strike(action, DOWN) for action in effects.READS], program()
    world.prepare("whitelist", strikes, call)
    while (told := world.go(call)).says != "breaker_open":
        assert told.says == "aws_unavailable"
    world.proxy.arm(strikes)
    told = world.go(call)
    assert (told.says, told.retryable) == ("breaker_open", True)
    assert told.content["retry_after_seconds"] > 0
    assert world.proxy.count("DescribeSecurityGroups", "DescribeSecurityGroupRules", WRITE) == 0


def test_a_change_that_the_breaker_holds_back_in_the_midst_is_still_told_truly(
    world: World, program: Callable[..., Call]
) -> None:
    """Five lost answers and the failed looks after them open the breaker: nobody can look."""
    strikes = (
        Strike(WRITE, effects.cut_after),
        Strike("DescribeSecurityGroupRules", DOWN, tuple(range(2, 100))),
    )
    call = program()
    world.prepare("whitelist", strikes, call)
    before = world.rules()
    told = world.go(call)
    assert (told.is_error, world.receipts()) == (True, ["unknown"])
    assert "not known" in told.content["remedy"]
    assert world.stands(before) is Stands.OURS


def test_new_keys_in_the_file_are_used_without_a_restart(
    world: World, program: Callable[..., Call]
) -> None:
    call = program()
    world.prepare("whitelist", [Strike(WRITE, effects.keys_replaced, (1,))], call)
    assert world.go(call).says == "added"
    assert world.proxy.keys[0] == OLD_KEY
    assert world.proxy.keys[-1] == NEW_KEY


def test_the_waits_between_tries_grow_and_stay_within_their_bounds(
    world: World, program: Callable[..., Call], slept: list[float]
) -> None:
    call = program(max_attempts=5)
    world.prepare("whitelist", [Strike(WRITE, effects.cut_before)], call)
    slept.clear()
    world.go(call)
    tries, looks = slept[:4], slept[4:]
    assert all(wait <= 0.2 * 2**n for n, wait in enumerate(tries))
    assert sum(looks) == pytest.approx(5.0)
