"""Taking changes back, planned: what stands now decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from awswhitelist.access.intents import UndoStep
from awswhitelist.access.undoing import inverse, plan_undo, restores
from awswhitelist.constants import (
    MANAGED_VALUE,
    TAG_CHANGE,
    TAG_CREATED_AT,
    TAG_EXPIRES_AT,
    TAG_MANAGED,
    TAG_OWNER,
)
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Grant,
    Keep,
    KeepWhy,
    Move,
    Observation,
    Receipt,
    ReceiptStatus,
    Release,
    Remove,
    Reset,
    Restore,
    RuleSpec,
    SecurityGroup,
    SecurityGroupRule,
    SourceKind,
)
from awswhitelist.validators import format_time

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GROUP = SecurityGroup(group_id="sg-1", name="web")
MAX_TTL = timedelta(days=7)
GRANT = Grant(owner="mara", lifetime=timedelta(hours=2))


def rule(*owners: str, change: str = "c-1", hours: float = 2, **more: Any) -> SecurityGroupRule:
    spec = RuleSpec(
        protocol="tcp",
        from_port=22,
        to_port=22,
        source=f"203.0.113.{more.pop('host', 7)}/32",
        source_kind=SourceKind.IPV4,
    )
    tags = {
        TAG_MANAGED: MANAGED_VALUE,
        TAG_OWNER: " ".join(owners or ("mara",)),
        TAG_CREATED_AT: format_time(NOW - timedelta(days=1)),
        TAG_EXPIRES_AT: format_time(NOW + timedelta(hours=hours)),
        TAG_CHANGE: change,
    }
    facts = {"rule_id": "sgr-1", "group_id": GROUP.group_id, "spec": spec, "tags": tags}
    return SecurityGroupRule.model_validate(facts | more)


def plan(*steps: UndoStep, rules: tuple[SecurityGroupRule, ...] = (), **more: Any) -> Any:
    groups = more.get("groups", (GROUP,))
    return plan_undo(steps, Observation(groups=groups, rules=rules, at=NOW), MAX_TTL)


def kept(changes: tuple[Change, ...]) -> list[KeepWhy]:
    assert all(isinstance(change, Keep) for change in changes)
    return [change.why for change in changes if isinstance(change, Keep)]


ADDED = UndoStep(change=Add(group_id="sg-1", spec=rule().spec, grant=GRANT), rule=rule())
REMOVED = UndoStep(change=Remove(rule=rule()), rule=rule())


def test_several_changes_of_one_rule_are_taken_back_in_one_step() -> None:
    before, first = rule("ada"), rule("ada", "bo", change="c-2")
    last = rule("ada", "bo", "cy", change="c-3")
    steps = [
        UndoStep(change=Extend(rule=before, grant=GRANT), rule=first),
        UndoStep(change=Extend(rule=before, grant=GRANT), rule=last),
    ]
    assert plan(*steps, rules=(last,)) == (Reset(rule=last, to=before),)


def test_steps_whose_outcome_nobody_saw_or_that_changed_nothing_are_passed_over() -> None:
    unseen = UndoStep(change=ADDED.change, rule=None)
    nothing = UndoStep(change=Keep(rule=rule(), why=KeepWhy.COVERED), rule=rule())
    assert plan(unseen, nothing, rules=(rule(),)) == ()


def test_the_last_step_is_taken_back_first() -> None:
    other = rule(host=8, rule_id="sgr-2")
    steps = (ADDED, UndoStep(change=Add(group_id="sg-1", spec=other.spec, grant=GRANT), rule=other))
    changes = plan(*steps, rules=(rule(), other))
    assert changes == (Remove(rule=other), Remove(rule=rule()))


def test_a_group_that_is_gone_took_its_rules_along() -> None:
    assert kept(plan(ADDED, groups=())) == [KeepWhy.GONE]
    assert kept(plan(REMOVED, groups=())) == [KeepWhy.GONE]


def test_what_is_as_it_was_before_already_stays() -> None:
    back = rule(change="c-9", rule_id="sgr-9")
    assert kept(plan(REMOVED, rules=(back,))) == [KeepWhy.ALREADY_ALLOWED]
    extended = UndoStep(change=Extend(rule=rule(), grant=GRANT), rule=rule(hours=5, change="c-2"))
    assert kept(plan(extended, rules=(rule(change="c-9"),))) == [KeepWhy.ALREADY_ALLOWED]


def test_a_rule_that_was_changed_and_changed_back_is_not_ours_to_undo() -> None:
    assert kept(plan(ADDED, rules=(rule(change="c-9"),))) == [KeepWhy.CHANGED_SINCE]


def test_a_rule_without_tags_is_known_by_its_description() -> None:
    ours = rule(tags={}, description="for mara [aw]")
    theirs = ours.model_copy(update={"description": "mine now"})
    step = UndoStep(change=ADDED.change, rule=ours)
    assert plan(step, rules=(ours,)) == (Remove(rule=ours),)
    assert kept(plan(step, rules=(theirs,))) == [KeepWhy.CHANGED_SINCE]


def test_who_came_to_share_a_rule_without_tags_keeps_it_when_an_extension_is_undone() -> None:
    times = "[aw 20261122T100000Z-20261122T{end} 3f9a1c2b{more}]"
    before = rule(tags={}, description=times.format(end="160000Z", more=""))
    after = before.model_copy(update={"description": times.format(end="180000Z", more="")})
    shared = {"description": times.format(end="180000Z", more=",9be04d77")}
    theirs = before.model_copy(update=shared)
    step = UndoStep(change=Extend(rule=before, grant=GRANT), rule=after)
    assert plan(step, rules=(after,)) == (Reset(rule=after, to=before),)
    assert kept(plan(step, rules=(theirs,))) == [KeepWhy.CHANGED_SINCE]


def test_each_change_has_an_inverse_once_it_is_seen() -> None:
    def back(change: Change, after: SecurityGroupRule | None = None) -> Change | None:
        return inverse(Receipt(change=change, status=ReceiptStatus.DONE, rule=after))

    old, new = rule(), rule(change="c-2", hours=5)
    assert back(ADDED.change, new) == back(Restore(rule=old), new) == Remove(rule=new)
    assert back(Remove(rule=old)) == Restore(rule=old)
    rewrites: tuple[Change, ...] = (
        Extend(rule=old, grant=GRANT),
        Move(rule=old, to=new.spec, grant=GRANT),
        Release(rule=old, owner="mara"),
        Reset(rule=old, to=new),
    )
    assert all(back(change, new) == Reset(rule=new, to=old) for change in rewrites)
    assert [back(change) for change in (ADDED.change, *rewrites)] == [None] * 5
    assert back(Keep(rule=old, why=KeepWhy.COVERED), old) is None


def test_to_give_less_is_no_restoring() -> None:
    long, short, never = rule(hours=5), rule(hours=1), rule()
    never = never.model_copy(update={"tags": {**never.tags, TAG_EXPIRES_AT: "never"}})
    shared, stranger = rule("mara", "tom"), rule(tags={})
    assert restores(Restore(rule=long))
    assert restores(Reset(rule=short, to=long)) and restores(Reset(rule=short, to=never))
    assert restores(Reset(rule=short, to=shared)) and restores(Reset(rule=short, to=stranger))
    assert restores(Reset(rule=short, to=rule(host=8)))
    assert not restores(Reset(rule=long, to=short))
    assert not restores(Reset(rule=shared, to=rule()))
    assert not restores(Remove(rule=long))
