"""Rules that stay but change: extended, shared, moved to another address, set back.

What is recorded is never later than what was granted: the tags go first where the end comes
nearer, the rule goes first otherwise.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from awswhitelist.access import receipts
from awswhitelist.access.marks.descriptions import describe_rule, with_suffix
from awswhitelist.access.marks.expiry import (
    Marks,
    expires_sooner,
    extended_suffix,
    extended_tags,
    moved_tags,
    new_suffix,
    read_marks,
    released_suffix,
    released_tags,
)
from awswhitelist.access.job import Job, Settling, Shaping
from awswhitelist.access.opening import REHEARSAL
from awswhitelist.access.receipts import Rules
from awswhitelist.access.marks.suffixes import Suffix
from awswhitelist.aws import writes
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.exceptions import AwsError, ConflictError
from awswhitelist.models import (
    Change,
    Extend,
    Grant,
    Move,
    Receipt,
    Release,
    Reset,
    RuleSpec,
    SecurityGroupRule,
)

log = logging.getLogger(__name__)

OfRule = Extend | Move | Release | Reset


class Rewrite(NamedTuple):
    """What a rule is to be: ``tags`` are set, those of ``dropped`` taken off, others stay.

    ``text_counts`` where the rule has no tags of ours, and its description says what they would.
    """

    change: OfRule
    rule: SecurityGroupRule
    spec: RuleSpec
    description: str
    tags: Mapping[str, str]
    dropped: tuple[str, ...] = ()
    text_counts: bool = False

    @property
    def moves(self) -> bool:
        """Whether the rule is to let in another source."""
        return self.spec != self.rule.spec

    @property
    def is_reworded(self) -> bool:
        """Whether its description must be written, by a write of its own."""
        return self.text_counts and not self.moves

    @property
    def ends_sooner(self) -> bool:
        """Whether the end that is recorded comes nearer."""
        return expires_sooner(self.tags, self.rule.tags)

    @property
    def after(self) -> SecurityGroupRule:
        """The rule as it is to be."""
        left = {key: value for key, value in self.rule.tags.items() if key not in self.dropped}
        wanted = {"spec": self.spec, "description": self.description, "tags": left | {**self.tags}}
        return self.rule.model_copy(update=wanted)

    def is_moved(self, rule: SecurityGroupRule) -> bool:
        """Whether a rule lets in what it is to let in."""
        return rule.spec == self.spec

    def is_tagged(self, rule: SecurityGroupRule) -> bool:
        """Whether it has the tags that it is to have."""
        return self.tags.items() <= rule.tags.items()

    def is_untagged(self, rule: SecurityGroupRule) -> bool:
        """Whether it has none that it is to lose."""
        return not any(key in rule.tags for key in self.dropped)

    def is_described(self, rule: SecurityGroupRule) -> bool:
        """Whether its description is right; beside tags it is but a copy for people."""
        return not self.text_counts or rule.description == self.description

    def holds(self, rules: Rules) -> bool:
        """Whether the rule is all that."""
        rule = self.of(rules)
        return rule is not None and all(
            looks_right(rule)
            for looks_right in (
                self.is_moved,
                self.is_tagged,
                self.is_untagged,
                self.is_described,
            )
        )

    def of(self, rules: Rules) -> SecurityGroupRule | None:
        """The rule among others."""
        return next((each for each in rules if each.rule_id == self.rule.rule_id), None)


class _Step(NamedTuple):
    """One write of several, for these rules, and what shows in each of them that it was done."""

    write: writes.Write
    rewrites: Sequence[Rewrite]
    looks_right: Callable[[Rewrite, SecurityGroupRule], bool]

    def shows(self, rules: Rules) -> bool:
        """Whether the write has taken effect."""
        return all(self.effects(rules))

    def effects(self, rules: Rules) -> Iterator[bool]:
        """Whether it has, for each of the rules."""
        pairs = ((each, each.of(rules)) for each in self.rewrites)
        return (rule is not None and self.looks_right(each, rule) for each, rule in pairs)


class Rewriting(NamedTuple):
    """Changes rules of one group where they are: each keeps its id."""

    shaping: Shaping
    settling: Settling
    new_change_id: Callable[[], str]

    def apply(self, batch: Sequence[Change], job: Job) -> list[Receipt]:
        """Make the rules of one batch what they are to be, and look."""
        rewrites = self._rewrites(batch, job, self.new_change_id())
        sent, rules = self._carry_out(rewrites, batch[0].group_id, job)
        for rewrite in rewrites:
            found = rewrite.of(rules or ())
            if sent.problem is None and not rewrite.holds(rules or ()):
                found = rewrite.after  # AWS accepted it all, and only does not show it yet
            if found is not None:
                job.latest[found.rule_id] = found
        return [_receipt(each, rules, sent) for each in rewrites]

    def writes_of(self, batch: Sequence[Change], job: Job) -> list[writes.Write]:
        """What :meth:`apply` would send."""
        rewrites, group_id = self._rewrites(batch, job, REHEARSAL), batch[0].group_id
        texts = _stale_descriptions(rewrites)
        return [
            *(step.write for step in _steps(rewrites, group_id)),
            *([writes.describe(group_id, texts)] if texts else []),
        ]

    def _carry_out(
        self, rewrites: Sequence[Rewrite], group_id: str, job: Job
    ) -> tuple[receipts.Attempt[str], Rules | None]:
        """Write it all, and look: AWS's id of the first request, and the group's rules.

        Raises what AWS answers to the first write, unless the rules show that some of it was done
        all the same: AWS does not say that it tags all of several rules or none. Where it refuses
        a later write, they show how far it got; where an answer is lost, whether to go on.
        """
        first: str | None = None
        done: list[_Step] = []

        def look() -> Rules | None:
            return self.settling.settle(group_id, partial(_show, done), job)

        for step in _steps(rewrites, group_id):
            try:
                sent = receipts.attempt(partial(job.service.send, step.write))
            except AwsError as exc:
                rules = look() if done or len(rewrites) > 1 else None
                if not done and not any(step.effects(rules or ())):
                    raise
                return receipts.Attempt(first, exc), rules
            done.append(step)
            if sent.problem is not None:
                rules = look()
                if rules is None or not step.shows(rules):
                    return sent, rules
            first = first or sent.answer
        _redescribe(job.service, group_id, rewrites)
        return receipts.Attempt(first, None), look()

    def _rewrites(self, batch: Sequence[Change], job: Job, change_id: str) -> list[Rewrite]:
        return [
            self._rewrite(change, job, change_id) for change in batch if isinstance(change, OfRule)
        ]

    def _rewrite(self, change: OfRule, job: Job, change_id: str) -> Rewrite:
        rule = job.standing(change.rule)
        if isinstance(change, Reset):
            to = change.to
            dropped = tuple(key for key in rule.tags if key not in to.tags)
            is_text = _marks(to).by_description
            return Rewrite(change, rule, to.spec, to.description, to.tags, dropped, is_text)
        if _marks(rule).by_description:
            return self._reworded(change, rule, job)
        match change:
            case Extend():
                return self._extended(change, rule, job, change_id)
            case Move():
                tags, dropped = moved_tags(rule, change.grant, job.now, change_id)
                text = self._text(change.grant, change.to, job, _end(change.grant, job), None)
                return Rewrite(change, rule, change.to, text, tags, dropped)
            case Release():
                tags = released_tags(_marks(rule), change.owner, change_id)
                return Rewrite(change, rule, rule.spec, rule.description, tags)

    def _extended(
        self, change: Extend, rule: SecurityGroupRule, job: Job, change_id: str
    ) -> Rewrite:
        tags = extended_tags(_marks(rule), change.grant, job.now, self.shaping.max_total, change_id)
        after = _marks(rule.model_copy(update={"tags": {**rule.tags, **tags}}))
        grant = _merged_grant(change.grant, after)
        text = self._text(grant, rule.spec, job, after.expires_at, None)
        return Rewrite(change, rule, rule.spec, text, tags)

    def _reworded(
        self, change: Extend | Move | Release, rule: SecurityGroupRule, job: Job
    ) -> Rewrite:
        """What becomes of a rule that says by its description alone that it is ours."""
        marks = _marks(rule)
        match change:
            case Extend(grant=grant):
                suffix = extended_suffix(marks, grant, job.now, self.shaping.max_total)
                text = self._text(grant, rule.spec, job, suffix.ends_at, suffix)
            case Move(grant=grant):
                suffix = new_suffix(grant, job.now)
                text = self._text(grant, change.to, job, suffix.ends_at, suffix)
            case Release():
                suffix = released_suffix(marks, change.owner, job.now)
                text = with_suffix(rule.description, suffix)
        return Rewrite(change, rule, change.spec, text, {}, text_counts=True)

    def _text(
        self, grant: Grant, spec: RuleSpec, job: Job, end: datetime | None, suffix: Suffix | None
    ) -> str:
        return describe_rule(self.shaping.template, grant, spec, job.now, end, suffix)


def _end(grant: Grant, job: Job) -> datetime | None:
    return None if grant.lifetime is None else job.now + grant.lifetime


def _steps(rewrites: Sequence[Rewrite], group_id: str) -> list[_Step]:
    """Every write that the batch takes, in order."""
    moving = [each for each in rewrites if each.moves]
    sooner = [each for each in rewrites if each.ends_sooner]
    later = [each for each in rewrites if not each.ends_sooner]
    reworded = [each for each in rewrites if each.is_reworded]
    moved = {each.rule.rule_id: (each.spec, each.description) for each in moving}
    worded = {each.rule.rule_id: each.description for each in reworded}
    modify = [_Step(writes.modify(group_id, moved), moving, Rewrite.is_moved)] if moved else []
    describe = (
        [_Step(writes.describe(group_id, worded), reworded, Rewrite.is_described)] if worded else []
    )
    return [*_tagging(sooner), *modify, *describe, *_tagging(later), *_untagging(rewrites)]


def _tagging(rewrites: Sequence[Rewrite]) -> list[_Step]:
    """One call for all rules that get the same tags."""
    alike: dict[tuple[tuple[str, str], ...], list[Rewrite]] = {}
    for each in (rewrite for rewrite in rewrites if rewrite.tags):
        alike.setdefault(tuple(sorted(each.tags.items())), []).append(each)
    return [
        _Step(writes.tag([each.rule.rule_id for each in some], dict(tags)), some, Rewrite.is_tagged)
        for tags, some in alike.items()
    ]


def _untagging(rewrites: Sequence[Rewrite]) -> list[_Step]:
    return [
        _Step(writes.untag([each.rule.rule_id], each.dropped), [each], Rewrite.is_untagged)
        for each in rewrites
        if each.dropped
    ]


def _show(steps: Sequence[_Step], rules: Rules) -> bool:
    return all(step.shows(rules) for step in steps)


def _redescribe(service: SecurityGroupService, group_id: str, rewrites: Sequence[Rewrite]) -> None:
    """The tags are what counts, and they are written: that the copy for people could not be
    must not make an extension look as if it had not taken place.
    """
    stale = _stale_descriptions(rewrites)
    try:
        if stale:
            service.update_descriptions(group_id, stale)
    except AwsError as exc:
        details = {"rule_id": next(iter(stale)), "code": exc.code}
        log.warning("description.stale", extra=details)


def _stale_descriptions(rewrites: Sequence[Rewrite]) -> dict[str, str]:
    """The descriptions that are to change and that no other write brings along."""
    return {
        each.rule.rule_id: each.description
        for each in rewrites
        if not each.moves and not each.text_counts and each.description != each.rule.description
    }


def _receipt(rewrite: Rewrite, rules: Rules | None, sent: receipts.Attempt[str]) -> Receipt:
    holds = None if rules is None else rewrite.holds(rules)
    status = receipts.clashing(receipts.status_of(holds, sent.problem), sent.problem)
    rule = rewrite.of(rules or ())
    return receipts.receipt(rewrite.change, status, rule, sent.answer, sent.problem)


def _marks(rule: SecurityGroupRule) -> Marks:
    """The marks of a rule that the planner found to be ours. ConflictError where somebody has
    taken them off since."""
    marks = read_marks(rule)
    if marks is None:
        raise ConflictError(f"Rule {rule.rule_id} has lost the tags that say that it is ours.")
    return marks


def _merged_grant(grant: Grant, marks: Marks) -> Grant:
    """What the description of a shared or extended rule speaks of: all owners, the first reason."""
    return grant.model_copy(
        update={
            "owner": " ".join(marks.owners),
            "sharers": (),
            "reason": marks.reason or grant.reason,
            "ticket": marks.ticket or grant.ticket,
        }
    )
