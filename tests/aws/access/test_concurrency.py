"""Many callers at once on the same groups: what they were told is what stands, in some order."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from awswhitelist.access.approval.approvals import Refusal
from awswhitelist.access.intents import AllowIntent, Intent, Order, RevokeIntent, Selector
from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.access.pipeline import AccessPipeline
from awswhitelist.calls import PlainContext
from awswhitelist.models import Add, Extend, Grant, IpProtocol, Keep, ReceiptStatus

CALLERS = 32
PORT = 7000
SOURCES = tuple(f"8.8.8.{number}/32" for number in range(1, 7))
GROUPS = ("prod-cache", "prod-db")


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do all of it at the same moment, each in a thread of its own."""
    ready = threading.Barrier(len(acts))

    def start(act: Callable[[], Any]) -> Any:
        ready.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(start, acts))


def allow(group_id: str, owner: str, source: str, **more: Any) -> AllowIntent:
    return AllowIntent(
        target=group_id,
        sources=(source,),
        protocol=IpProtocol.TCP,
        ports=(PORT, PORT),
        grant=Grant(owner=owner, lifetime=timedelta(hours=2)),
        **more,
    )


def revoke(group_id: str, owner: str) -> RevokeIntent:
    selector = Selector(owner=owner, ports=(PORT, PORT))
    return RevokeIntent(target=group_id, selector=selector)


def change(pipeline: AccessPipeline, intent: Intent, **order: Any) -> Outcome:
    asked = Order(operation="test", intent=intent, arguments={}, **order)
    return pipeline.change(asked, PlainContext("r-1"))


class Caller:
    """One who comes and goes; ``has`` is what that caller was told to have, by group."""

    def __init__(self, number: int, pipeline: AccessPipeline, groups: Sequence[str]) -> None:
        self.owner = f"user-{number}"
        self.has: dict[str, set[str]] = {group_id: set() for group_id in groups}
        self._dice = Random(number)
        self._pipeline = pipeline

    def work(self) -> None:
        for _ in range(4):
            group_id, source = self._dice.choice(list(self.has)), self._dice.choice(SOURCES)
            self._dice.choice((self._stay, self._stay, self._move, self._leave))(group_id, source)

    def _stay(self, group_id: str, source: str) -> None:
        self._do(allow(group_id, self.owner, source))
        self.has[group_id].add(source)

    def _move(self, group_id: str, source: str) -> None:
        if len(self.has[group_id] - {source}) > 1:
            return self._leave(group_id, source)
        self._do(allow(group_id, self.owner, source, replace_previous=True))
        self.has[group_id] = {source}

    def _leave(self, group_id: str, _source: str) -> None:
        self._do(revoke(group_id, self.owner))
        self.has[group_id] = set()

    def _do(self, intent: Intent) -> None:
        outcome = change(self._pipeline, intent)
        assert outcome.state is OutcomeState.APPLIED
        assert {each.status for each in outcome.receipts} <= {ReceiptStatus.DONE}


@pytest.fixture
def groups(world: Any) -> Any:
    """The ids of the groups; afterwards they are as they were."""
    before = {name: world.rules(name) for name in GROUPS}
    yield {world.group(name): name for name in GROUPS}
    for name in GROUPS:
        left = world.rules(name).keys() - before[name].keys()
        if left:
            world.remove(*left, group=name)


def owned(world: Any, group: str) -> dict[str, list[str]]:
    """Who has which address, for the rules of these tests; no address has two rules."""
    door = [found for found in world.rules(group).values() if found["FromPort"] == PORT]
    assert max(Counter(found["CidrIpv4"] for found in door).values(), default=1) == 1
    return {found["CidrIpv4"]: sorted(tags(found)["awswhitelist:owner"].split()) for found in door}


def tags(found: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in found["Tags"]}


def test_many_callers_who_come_move_and_go_end_as_if_one_after_the_other(
    world: Any, groups: dict[str, str]
) -> None:
    # What an owner has depends on that owner's own calls alone, in their order: every serial
    # order of all the calls ends in the same state, and this must be it.
    pipeline = world.pipeline()
    callers = [Caller(number, pipeline, tuple(groups)) for number in range(CALLERS)]
    at_once([caller.work for caller in callers])
    for group_id, name in groups.items():
        expected = {
            source: sorted(each.owner for each in callers if source in each.has[group_id])
            for source in SOURCES
        }
        assert owned(world, name) == {each: who for each, who in expected.items() if who}


def test_of_two_processes_that_open_the_same_at_once_one_adds_and_nothing_is_doubled(
    world: Any, groups: dict[str, str]
) -> None:
    # Two pipelines share no lock, as two processes do not.
    group_id, pipelines = world.group(), (world.pipeline(), world.pipeline())

    def act(number: int) -> Callable[[], Outcome]:
        intent = allow(group_id, "alice", SOURCES[number % 2])
        return lambda: change(pipelines[number // 2 % 2], intent)

    outcomes = at_once([act(number) for number in range(16)])
    done = [each.entries[0].parts[0].change for each in outcomes]
    added = Counter(each.spec.source for each in done if isinstance(each, Add))
    assert added == Counter(SOURCES[:2])
    assert all(isinstance(each, Add | Extend | Keep) for each in done)
    assert owned(world, groups[group_id]) == {source: ["alice"] for source in SOURCES[:2]}


def test_of_two_processes_that_are_shown_one_approval_one_spends_it(
    world: Any, groups: dict[str, str]
) -> None:
    intent = allow(world.group(), "alice", "8.8.8.0/28")
    first = change(world.pipeline(), intent)
    assert first.state is OutcomeState.APPROVAL_REQUIRED and first.approval is not None
    token = first.approval.token

    def act(pipeline: AccessPipeline) -> Callable[[], Outcome]:
        return lambda: change(pipeline, intent, approval=token)

    outcomes = at_once([act(world.pipeline()) for _ in range(4)])
    wrote = [each for each in outcomes if each.receipts]
    assert len(wrote) == 1 and wrote[0].state is OutcomeState.APPLIED
    others = [each for each in outcomes if each is not wrote[0]]
    # Who came once the rule stood has nothing to do; who came before is refused.
    assert {(each.state, each.refusal) for each in others} <= {
        (OutcomeState.APPROVAL_REQUIRED, Refusal.SPENT),
        (OutcomeState.APPLIED, None),
    }
    assert owned(world, "prod-cache") == {"8.8.8.0/28": ["alice"]}
