"""Rules that are made and rules that go: authorize and revoke, and proof of either.

Every rule that is made carries the uuid of its change as a tag: after a lost answer, our uuid
there means done; somebody else's rule does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from awswhitelist import constants
from awswhitelist.access import receipts
from awswhitelist.access.marks.descriptions import describe_rule
from awswhitelist.access.marks.expiry import new_suffix, new_tags, read_marks
from awswhitelist.access.job import Job, Settling, Shaping, specs_in
from awswhitelist.access.receipts import Rules
from awswhitelist.access.marks.suffixes import Suffix
from awswhitelist.aws import writes
from awswhitelist.exceptions import (
    AwsError,
    AwsWhitelistError,
    PermissionMissingError,
    RuleExistsError,
)
from awswhitelist.models import (
    Add,
    Change,
    Receipt,
    Remove,
    Restore,
    RuleSpec,
    SecurityGroupRule,
)

REHEARSAL = "dry-run"
"""Stands for the uuid of a change that is not made."""


class Opening(NamedTuple):
    """Adds, restores and removes the rules of one group, each kind in one call."""

    shaping: Shaping
    settling: Settling
    new_change_id: Callable[[], str]

    def add(self, batch: Sequence[Change], job: Job) -> list[Receipt]:
        """Make new rules. All have the same grant.

        Where tagging is refused, and policy lets rules go without: their descriptions say it all.
        """
        adds = [change for change in batch if isinstance(change, Add)]
        tags = new_tags(adds[0].grant, job.now, self.new_change_id())
        try:
            return self._authorize(adds, self._described(adds, job), tags, job)
        except PermissionMissingError:
            suffix = self._suffix(adds[0], job)
            if suffix is None:
                raise
        return self._authorize(adds, self._described(adds, job, suffix), {}, job)

    def restore(self, batch: Sequence[Change], job: Job) -> list[Receipt]:
        """Make rules again as they stood. All have the same tags."""
        restores = [change for change in batch if isinstance(change, Restore)]
        tags = self._restored_tags(restores[0], self.new_change_id())
        return self._authorize(restores, _as_they_stood(restores), tags, job)

    def remove(self, batch: Sequence[Change], job: Job) -> list[Receipt]:
        """Revoke rules, and see them gone."""
        removes = [change for change in batch if isinstance(change, Remove)]
        group_id, rule_ids = removes[0].group_id, [each.rule.rule_id for each in removes]
        sent = receipts.attempt(lambda: job.service.revoke_rules(group_id, rule_ids))
        wanted = frozenset(rule_ids)

        def are_gone(rules: Rules) -> bool:
            return not wanted & receipts.ids(rules)

        rules = self.settling.settle(group_id, are_gone, job)
        request_id = sent.answer.aws_request_id if sent.answer else None
        return [receipts.removed(change, rules, request_id, sent.problem) for change in removes]

    def writes_of_add(self, batch: Sequence[Change], job: Job) -> list[writes.Write]:
        """What :meth:`add` would send."""
        adds = [change for change in batch if isinstance(change, Add)]
        tags = new_tags(adds[0].grant, job.now, REHEARSAL)
        return [writes.authorize(adds[0].group_id, self._described(adds, job), tags)]

    def untagged_write(self, batch: Sequence[Change], job: Job) -> writes.Write | None:
        """What :meth:`add` would send where tagging is refused; None where it would give up."""
        adds = [change for change in batch if isinstance(change, Add)]
        suffix = self._suffix(adds[0], job) if adds else None
        if suffix is None:
            return None
        return writes.authorize(adds[0].group_id, self._described(adds, job, suffix), {})

    def writes_of_restore(self, batch: Sequence[Change], _job: Job) -> list[writes.Write]:
        """What :meth:`restore` would send."""
        restores = [change for change in batch if isinstance(change, Restore)]
        tags = self._restored_tags(restores[0], REHEARSAL)
        return [writes.authorize(restores[0].group_id, _as_they_stood(restores), tags)]

    def writes_of_remove(self, batch: Sequence[Change], _job: Job) -> list[writes.Write]:
        """What :meth:`remove` would send."""
        removes = [change for change in batch if isinstance(change, Remove)]
        return [writes.revoke(removes[0].group_id, [each.rule.rule_id for each in removes])]

    def _authorize(
        self,
        batch: Sequence[Add] | Sequence[Restore],
        rules: Sequence[tuple[RuleSpec, str]],
        tags: Mapping[str, str],
        job: Job,
    ) -> list[Receipt]:
        group_id = batch[0].group_id
        sent = receipts.attempt(lambda: job.service.add_ingress_rules(group_id, rules, tags=tags))
        wanted = frozenset(spec for spec, _ in rules)
        found: Rules | None = sent.answer.rules if sent.answer else ()
        if not wanted <= specs_in(found or ()):
            found = self._find_ours(group_id, tags, dict(rules), job, sent.problem)
        request_id = sent.answer.aws_request_id if sent.answer else None
        return [receipts.opened(change, found, request_id, sent.problem) for change in batch]

    def _find_ours(
        self,
        group_id: str,
        tags: Mapping[str, str],
        texts: Mapping[RuleSpec, str],
        job: Job,
        problem: AwsWhitelistError | None,
    ) -> Rules | None:
        """The rules that carry our tags, once all of them are seen, or whoever's it is that AWS
        says is there already. Where no tag tells this change from others, the descriptions do.

        None where nobody can tell: also where AWS has such a rule but shows none, and an earlier
        attempt of ours may have made it.
        """
        exists = isinstance(problem, RuleExistsError)
        wanted = frozenset(texts)
        is_tagged = constants.TAG_CHANGE in tags

        def is_ours(rule: SecurityGroupRule) -> bool:
            carries = tags.items() <= rule.tags.items()
            return carries and (is_tagged or rule.description == texts.get(rule.spec))

        def ours(rules: Rules) -> Rules:
            return tuple(filter(is_ours, rules))

        def agrees(rules: Rules) -> bool:
            mine = ours(rules)
            theirs = specs_in(rule for rule in rules if rule not in mine)
            return wanted <= specs_in(mine) or (exists and not wanted.isdisjoint(theirs))

        rules = self.settling.settle(group_id, agrees, job)
        if rules is None or (_in_doubt(problem) and exists and not agrees(rules)):
            return None
        return ours(rules)

    def _described(
        self, adds: Sequence[Add], job: Job, suffix: Suffix | None = None
    ) -> list[tuple[RuleSpec, str]]:
        return [(add.spec, self._description(add, job, suffix)) for add in adds]

    def _description(self, add: Add, job: Job, suffix: Suffix | None) -> str:
        grant = add.grant
        end = None if grant.lifetime is None else job.now + grant.lifetime
        return describe_rule(self.shaping.template, grant, add.spec, job.now, end, suffix)

    def _suffix(self, add: Add, job: Job) -> Suffix | None:
        """What stands for tags; None where nothing may."""
        needs_tags = self.shaping.require_tags or add.group_id in job.tags_needed
        suffix = new_suffix(add.grant, job.now)
        return suffix if suffix.fits and not needs_tags else None

    def _restored_tags(self, restore: Restore, change_id: str) -> dict[str, str]:
        """The tags as they stood, but for the uuid: this is another change."""
        tags, marks = dict(restore.rule.tags), read_marks(restore.rule)
        is_tagged = marks is not None and not marks.by_description
        return tags | {constants.TAG_CHANGE: change_id} if is_tagged else tags


def _as_they_stood(restores: Sequence[Restore]) -> list[tuple[RuleSpec, str]]:
    return [(each.rule.spec, each.rule.description) for each in restores]


def _in_doubt(problem: AwsWhitelistError | None) -> bool:
    return isinstance(problem, AwsError) and problem.is_in_doubt
