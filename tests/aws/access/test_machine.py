"""Calls in any order, with people and clocks doing what they do: AWS holds what a plain model says.

The model knows one door of one group: which address is let in for whom, and until when.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from awswhitelist.access.intents import (
    AllowIntent,
    Intent,
    Order,
    RevokeIntent,
    Selector,
    SweepIntent,
    UndoIntent,
    UndoStep,
)
from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.access.wording import APPROVE
from awswhitelist.aws.clients import AwsClientFactory
from awswhitelist.calls import Answer, AnswerKind, PlainContext
from awswhitelist.exceptions import AmbiguousRuleError
from awswhitelist.models import Grant, IpProtocol, ReceiptStatus
from awswhitelist.sandbox import Sandbox
from awswhitelist.validators import parse_time
from tests.aws.access.clock import Clock

PORT = 7000
OWNER = st.sampled_from(("alice", "bob"))
SOURCE = st.sampled_from(("8.8.8.1/32", "8.8.8.2/32", "8.8.8.3/32"))
HOURS = st.sampled_from((1, 2, 8, 24))


@dataclass(frozen=True)
class Access:
    """An address that is let in; nobody owns a stranger's rule, and it has no end."""

    owners: frozenset[str]
    end: datetime | None

    def joined(self, owner: str, lifetime: timedelta, now: datetime) -> Access:
        """Shared with one more owner, and longer where that is worth it."""
        assert self.end is not None
        gain = now + lifetime - self.end
        is_longer = gain > max(timedelta(minutes=1), lifetime * 0.05)
        end = now + lifetime if is_longer or self.end <= now else self.end
        return Access(self.owners | {owner}, end)

    def left(self, owner: str) -> Access | None:
        owners = self.owners - {owner}
        return replace(self, owners=owners) if owners else None


State = dict[str, Access]
STRANGERS = Access(frozenset(), None)


@dataclass
class Model:
    """What should be there, and what the last call found and left."""

    there: State = field(default_factory=dict)
    before: State = field(default_factory=dict)

    def allow(self, owner: str, source: str, lifetime: timedelta, now: datetime) -> None:
        found = self.there.get(source)
        if found is None:
            self.there[source] = Access(frozenset({owner}), now + lifetime)
        elif found.owners:
            self.there[source] = found.joined(owner, lifetime, now)

    def previous(self, owner: str, source: str) -> list[str]:
        return [each for each, has in self.there.items() if owner in has.owners and each != source]

    def leave(self, owner: str, sources: Sequence[str]) -> None:
        for source in sources:
            left = self.there[source].left(owner)
            if left is None:
                del self.there[source]
            else:
                self.there[source] = left

    def end(self, is_meant: Callable[[str, Access], bool]) -> None:
        self.there = {
            source: has
            for source, has in self.there.items()
            if not has.owners or not is_meant(source, has)
        }

    def undo(self, now: datetime) -> None:
        """Each address is as it was before the last call, unless its time has passed."""
        after, self.there = self.there, dict(self.there)
        for source in after.keys() | self.before.keys():
            was, is_now = self.before.get(source), after.get(source)
            if was == is_now:
                continue
            self.there.pop(source, None)
            if was is not None and (was.end is None or was.end > now):
                self.there[source] = was


class Machine(RuleBasedStateMachine):
    """Drives the pipeline and the model alike."""

    def __init__(self, make_world: Callable[[Path], Any], clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        clock.ahead = timedelta()
        self._folder = tempfile.TemporaryDirectory()
        self._world = make_world(Path(self._folder.name))
        self._group: str = self._world.group()
        self._pipeline = self._world.pipeline()
        self._untouched = self._rules()
        self._model = Model()
        self._steps: tuple[UndoStep, ...] = ()

    def teardown(self) -> None:
        left = self._rules().keys() - self._untouched.keys()
        if left:
            self._world.remove(*left)
        self._folder.cleanup()

    @rule(owner=OWNER, source=SOURCE, hours=HOURS)
    def whitelist(self, owner: str, source: str, hours: int) -> None:
        now = self._change(self._allow(owner, source, hours))
        self._model.allow(owner, source, timedelta(hours=hours), now)

    @rule(owner=OWNER, source=SOURCE, hours=HOURS)
    def replace_previous(self, owner: str, source: str, hours: int) -> None:
        previous = self._model.previous(owner, source)
        intent = self._allow(owner, source, hours, replace_previous=True)
        if len(previous) > 1:
            with pytest.raises(AmbiguousRuleError):
                self._pipeline.change(self._order(intent), self._ctx)
            return
        now = self._change(intent)
        self._model.allow(owner, source, timedelta(hours=hours), now)
        self._model.leave(owner, previous)

    @rule(source=SOURCE)
    def revoke_a_source(self, source: str) -> None:
        self._change(RevokeIntent(target=self._group, selector=self._selector(sources=(source,))))
        self._model.end(lambda each, _has: each == source)

    @rule(owner=OWNER)
    def revoke_an_owner(self, owner: str) -> None:
        self._change(RevokeIntent(target=self._group, selector=self._selector(owner=owner)))
        self._model.leave(owner, self._model.previous(owner, ""))

    @rule()
    def sweep(self) -> None:
        now = self._change(SweepIntent(target=self._group))
        self._model.end(lambda _each, has: has.end is not None and has.end <= now)

    @rule()
    @precondition(lambda self: self._steps)
    def undo(self) -> None:
        steps, before = self._steps, self._model.before
        now = self._change(UndoIntent(receipt="r-1", steps=steps))
        after, self._model.before = self._model.before, before
        self._model.undo(now)
        self._model.before = after

    @rule(hours=st.sampled_from((1, 3, 12)))
    def time_passes(self, hours: int) -> None:
        self._clock.ahead += timedelta(hours=hours)

    @rule(source=SOURCE)
    def a_stranger_lets_somebody_in(self, source: str) -> None:
        if source not in self._model.there:
            self._world.let_in(source, PORT)
            self._model.there[source] = STRANGERS
            self._steps = ()

    @rule(source=SOURCE)
    def a_stranger_locks_somebody_out(self, source: str) -> None:
        if source not in self._model.there:
            return
        for rule_id, found in self._rules().items():
            if found.get("CidrIpv4") == source and found["FromPort"] == PORT:
                self._world.remove(rule_id)
                del self._model.there[source]
                self._steps = ()

    @invariant()
    def aws_holds_what_the_model_says_and_all_else_as_before(self) -> None:
        rules = self._rules()
        door = [rules.pop(rule_id) for rule_id in rules.keys() - self._untouched.keys()]
        assert {found["CidrIpv4"]: _access(found) for found in door} == self._model.there
        assert len(door) == len(self._model.there)
        assert rules == self._untouched

    _ctx = PlainContext(
        "r-1",
        answer=lambda asked: Answer(AnswerKind.ACCEPTED, APPROVE, asked.state),
    )
    """Whoever is asked approves: what comes back by an undo always asks."""

    def _change(self, intent: Intent) -> datetime:
        """Carry it out, whole, and keep how to take it back; AWS's time of it."""
        self._model.before = dict(self._model.there)
        outcome: Outcome = self._pipeline.change(self._order(intent), self._ctx)
        assert outcome.state is OutcomeState.APPLIED
        assert {each.status for each in outcome.receipts} <= {ReceiptStatus.DONE}
        self._steps = tuple(
            UndoStep(change=each.change, rule=each.rule) for each in outcome.receipts
        )
        assert outcome.observed is not None
        return outcome.observed.at

    def _allow(self, owner: str, source: str, hours: int, **more: Any) -> AllowIntent:
        return AllowIntent(
            target=self._group,
            sources=(source,),
            protocol=IpProtocol.TCP,
            ports=(PORT, PORT),
            grant=Grant(owner=owner, lifetime=timedelta(hours=hours)),
            **more,
        )

    def _order(self, intent: Intent) -> Order:
        return Order(operation="test", intent=intent, arguments={})

    def _selector(self, **picked: Any) -> Selector:
        return Selector(ports=(PORT, PORT), **picked)

    def _rules(self) -> dict[str, dict[str, Any]]:
        filters = [{"Name": "group-id", "Values": [self._group]}]
        told = self._world.ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
        return {found["SecurityGroupRuleId"]: found for found in told if not found["IsEgress"]}


def _access(found: Mapping[str, Any]) -> Access:
    tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
    owners = frozenset(tags.get("awswhitelist:owner", "").split())
    return Access(owners, parse_time(tags.get("awswhitelist:expires-at", "")))


def test_calls_in_any_order_leave_what_a_plain_model_says(
    sandbox: Sandbox, tap: Any, world: Any
) -> None:
    clock, made = Clock(), type(world)
    factory = AwsClientFactory(
        lambda profile: clock.listen(tap.listen(sandbox.new_session(profile)))
    )

    class Here(Machine):
        """The machine in this sandbox."""

        def __init__(self) -> None:
            super().__init__(lambda folder: made(factory, tap, world.ec2, folder), clock)

    run_state_machine_as_test(Here, settings=settings(max_examples=15, stateful_step_count=15))
