"""Carries a plan out: the only code that writes to AWS.

Changes of one kind to one group go in one call. Every rule that is added carries the uuid of its
change as a tag: after a lost answer, our uuid there means done; somebody else's rule does not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from awswhitelist import constants
from awswhitelist.access import receipts
from awswhitelist.access.descriptions import describe_rule
from awswhitelist.access.expiry import (
    Marks,
    extended_tags,
    new_tags,
    read_marks,
    released_tags,
)
from awswhitelist.access.receipts import Rules
from awswhitelist.aws import writes
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import (
    AwsError,
    AwsWhitelistError,
    CallCancelledError,
    CallTimeoutError,
    RuleExistsError,
)
from awswhitelist.models import (
    Add,
    Change,
    Extend,
    Grant,
    Receipt,
    ReceiptStatus,
    Release,
    Remove,
    RuleSpec,
    SecurityGroupRule,
)

PAUSES = (0.1, 0.2, 0.4, 0.8, 1.5, 2.0)
"""Seconds between reads while they disagree with what is to be expected: five in all."""

REHEARSAL = "dry-run"
"""Stands for the uuid of a change that is not made."""

log = logging.getLogger(__name__)

Record = Callable[[Receipt], None]


@dataclass(frozen=True, slots=True)
class Shaping:
    """How rules are written: the description's template, and how old a rule may become."""

    template: str
    max_total: timedelta


@dataclass(frozen=True, slots=True)
class Job:
    """One plan being carried out, for one call.

    ``service`` writes, and gives up with the call; ``observer`` looks at what became of a write
    even after the call was cancelled or ran out of time.
    """

    service: SecurityGroupService
    observer: SecurityGroupService
    ctx: CallContext
    target: str
    now: datetime
    record: Record


class Executor:
    """Applies changes batch by batch and says what became of each."""

    def __init__(
        self,
        shaping: Shaping,
        *,
        sleep: Callable[[float], None],
        new_change_id: Callable[[], str],
    ) -> None:
        self._shaping = shaping
        self._sleep = sleep
        self._new_change_id = new_change_id
        self._apply_batch = {
            Add: self._add,
            Extend: self._extend,
            Release: self._release,
            Remove: self._remove,
        }

    def apply(self, changes: Sequence[Change], job: Job) -> tuple[Receipt, ...]:
        """Carry the changes out, in order; one receipt each, recorded as soon as it is known.

        A failing batch does not stop the next. Once the call has no time left, the rest is
        skipped. A cancelled call raises CallCancelledError; what was done has been recorded.
        """
        results: list[Receipt] = []
        for batch in _batches(changes):
            done = self._try(batch, job)
            for receipt in done:
                job.record(receipt)
            results.extend(done)
        return tuple(results)

    def rehearse(self, changes: Sequence[Change], job: Job) -> None:
        """Ask EC2 whether the caller may make the changes; nothing is changed.

        Raises PermissionMissingError for the first change that the caller may not make.
        """
        for batch in _batches(changes):
            for write in self._writes(batch, job):
                job.service.check_allowed(write)

    def _writes(self, batch: Sequence[Change], job: Job) -> list[writes.Write]:
        """Every write that the batch takes."""
        first, group_id = batch[0], batch[0].group_id
        match first:
            case Add():
                tags = new_tags(first.grant, job.now, REHEARSAL)
                return [writes.authorize(group_id, self._rules(batch, job), tags)]
            case Extend():
                tags, text = self._extended(first, job, REHEARSAL)
                rule_id = first.rule.rule_id
                return [writes.tag([rule_id], tags), writes.describe(group_id, {rule_id: text})]
            case Release():
                tags = released_tags(_marks(first.rule), first.owner, REHEARSAL)
                return [writes.tag([first.rule.rule_id], tags)]
            case _:
                removes = [change for change in batch if isinstance(change, Remove)]
                return [writes.revoke(group_id, [each.rule.rule_id for each in removes])]

    def _rules(self, batch: Sequence[Change], job: Job) -> list[tuple[RuleSpec, str]]:
        adds = [change for change in batch if isinstance(change, Add)]
        return [(add.spec, self._description(add.grant, add, job)) for add in adds]

    def _try(self, batch: Sequence[Change], job: Job) -> list[Receipt]:
        if job.ctx.cancelled():
            raise CallCancelledError()
        if job.ctx.remaining() <= 0:
            return receipts.same_for_all(
                batch, ReceiptStatus.SKIPPED, CallTimeoutError("The call took too long.")
            )
        try:
            return self._apply_batch[type(batch[0])](batch, job)
        except AwsWhitelistError as exc:
            return receipts.same_for_all(batch, ReceiptStatus.FAILED, exc)

    def _add(self, batch: Sequence[Change], job: Job) -> list[Receipt]:
        adds = [change for change in batch if isinstance(change, Add)]
        group_id, grant, change_id = adds[0].group_id, adds[0].grant, self._new_change_id()
        rules, tags = self._rules(adds, job), new_tags(grant, job.now, change_id)
        sent = receipts.attempt(lambda: job.service.add_ingress_rules(group_id, rules, tags=tags))
        wanted = frozenset(add.spec for add in adds)
        found: Rules | None = sent.answer.rules if sent.answer else ()
        if not wanted <= _specs(found or ()):
            found = self._find_ours(group_id, change_id, wanted, job, sent.problem)
        request_id = sent.answer.aws_request_id if sent.answer else None
        return [receipts.added(add, found, request_id, sent.problem) for add in adds]

    def _find_ours(
        self,
        group_id: str,
        change_id: str,
        wanted: frozenset[RuleSpec],
        job: Job,
        problem: AwsWhitelistError | None,
    ) -> Rules | None:
        """The rules that carry our uuid, once all of them are seen, or whoever's it is that AWS
        says is there already.

        None where nobody can tell: also where AWS has such a rule but shows none, and an earlier
        attempt of ours may have made it.
        """
        exists = isinstance(problem, RuleExistsError)

        def ours(rules: Rules) -> Rules:
            tag = constants.TAG_CHANGE
            return tuple(rule for rule in rules if rule.tags.get(tag) == change_id)

        def agrees(rules: Rules) -> bool:
            theirs = _specs(rule for rule in rules if rule not in ours(rules))
            return wanted <= _specs(ours(rules)) or (exists and not wanted.isdisjoint(theirs))

        rules = self._settle(group_id, agrees, job)
        if rules is None or (_in_doubt(problem) and exists and not agrees(rules)):
            return None
        return ours(rules)

    def _extend(self, batch: Sequence[Change], job: Job) -> list[Receipt]:
        return [
            self._retag(each, *self._extended(each, job, self._new_change_id()), job)
            for each in batch
            if isinstance(each, Extend)
        ]

    def _extended(self, change: Extend, job: Job, change_id: str) -> tuple[dict[str, str], str]:
        """The tags and the description of a rule once it is extended."""
        max_total = self._shaping.max_total
        tags = extended_tags(_marks(change.rule), change.grant, job.now, max_total, change_id)
        after = _marks(change.rule.model_copy(update={"tags": {**change.rule.tags, **tags}}))
        grant = _merged_grant(change.grant, after)
        template, spec = self._shaping.template, change.rule.spec
        text = describe_rule(template, grant, spec, job.target, job.now, after.expires_at)
        return tags, text

    def _release(self, batch: Sequence[Change], job: Job) -> list[Receipt]:
        return [self._release_one(each, job) for each in batch if isinstance(each, Release)]

    def _release_one(self, change: Release, job: Job) -> Receipt:
        tags = released_tags(_marks(change.rule), change.owner, self._new_change_id())
        return self._retag(change, tags, change.rule.description, job)

    def _retag(
        self, change: Extend | Release, tags: dict[str, str], description: str, job: Job
    ) -> Receipt:
        """Write tags over a rule's, then the copy in its description; look again."""
        rule_id, group_id = change.rule.rule_id, change.group_id

        def write() -> str:
            request_id = job.service.tag_rules([rule_id], tags)
            if description != change.rule.description:
                _redescribe(job.service, group_id, rule_id, description)
            return request_id

        def shows(rules: Rules) -> bool:
            mine = (rule for rule in rules if rule.rule_id == rule_id)
            return any(tags.items() <= rule.tags.items() for rule in mine)

        sent = receipts.attempt(write)
        rules = self._settle(group_id, shows, job)
        status = receipts.status_of(None if rules is None else shows(rules), sent.problem)
        rule = next((each for each in rules or () if each.rule_id == rule_id), None)
        return receipts.receipt(change, status, rule, sent.answer, sent.problem)

    def _remove(self, batch: Sequence[Change], job: Job) -> list[Receipt]:
        removes = [change for change in batch if isinstance(change, Remove)]
        group_id, rule_ids = removes[0].group_id, [each.rule.rule_id for each in removes]
        sent = receipts.attempt(lambda: job.service.revoke_rules(group_id, rule_ids))
        wanted = frozenset(rule_ids)

        def are_gone(rules: Rules) -> bool:
            return not wanted & receipts.ids(rules)

        rules = self._settle(group_id, are_gone, job)
        request_id = sent.answer.aws_request_id if sent.answer else None
        return [receipts.removed(change, rules, request_id, sent.problem) for change in removes]

    def _settle(self, group_id: str, agrees: Callable[[Rules], bool], job: Job) -> Rules | None:
        """The group's rules, read again with growing pauses until they agree or time is up.

        Also where the answer to the write was lost: a single read that does not show it yet would
        prove nothing. None where AWS does not tell. EC2 reads are eventually consistent (EC2 API
        reference, "Eventual consistency").
        """
        try:
            rules, _ = job.observer.describe_rules([group_id])
            for pause in PAUSES:
                if agrees(rules):
                    break
                self._sleep(pause)
                rules, _ = job.observer.describe_rules([group_id])
        except AwsWhitelistError:
            return None
        return rules

    def _description(self, grant: Grant, add: Add, job: Job) -> str:
        end = None if grant.lifetime is None else job.now + grant.lifetime
        template = self._shaping.template
        return describe_rule(template, grant, add.spec, job.target, job.now, end)


def _batches(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """Neighbouring changes that one AWS call can make."""
    for _, batch in groupby(changes, key=_batch_key):
        yield list(batch)


def _batch_key(change: Change) -> tuple[object, ...]:
    """Equal for changes that go together. Those with tags of their own take a call each: of
    several in one batch, a failing one would hide what became of the others.
    """
    match change:
        case Add():
            return (Add, change.group_id, change.grant)
        case Extend() | Release():
            return (type(change), change.rule.rule_id)
        case _:
            return (type(change), change.group_id)


def _specs(rules: Iterable[SecurityGroupRule]) -> frozenset[RuleSpec]:
    return frozenset(rule.spec for rule in rules)


def _in_doubt(problem: AwsWhitelistError | None) -> bool:
    return isinstance(problem, AwsError) and problem.is_in_doubt


def _redescribe(
    service: SecurityGroupService, group_id: str, rule_id: str, description: str
) -> None:
    """The tags are what counts, and they are written: that the copy for people could not be
    must not make an extension look as if it had not taken place.
    """
    try:
        service.update_descriptions(group_id, {rule_id: description})
    except AwsError as exc:
        log.warning("description.stale", extra={"rule_id": rule_id, "code": exc.code})


def _marks(rule: SecurityGroupRule) -> Marks:
    """The marks of a rule that the planner found to be ours."""
    marks = read_marks(rule)
    assert marks is not None, rule.rule_id
    return marks


def _merged_grant(grant: Grant, marks: Marks) -> Grant:
    """What the description of a shared or extended rule speaks of: all owners, the first reason."""
    return grant.model_copy(
        update={
            "owner": " ".join(marks.owners),
            "reason": marks.reason or grant.reason,
            "ticket": marks.ticket or grant.ticket,
        }
    )
