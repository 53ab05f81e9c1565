"""A plan being carried out for one call, and looking at what became of a write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from awswhitelist.access.receipts import Rules
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import AwsWhitelistError
from awswhitelist.models import Receipt, RuleSpec, SecurityGroupRule

PAUSES = (0.1, 0.2, 0.4, 0.8, 1.5, 2.0)
"""Seconds between reads while they disagree with what is to be expected: five in all."""

LOOK_AGAIN_SECONDS = 20.0
"""What a call may spend on looking at its own write after its own time is up."""

Record = Callable[[Sequence[Receipt]], None]
"""Is told what became of changes, as soon as it is known, call by call."""


class Shaping(NamedTuple):
    """How rules are written: the description's template, and how old a rule may become.

    Without ``require_tags``, a rule that may not be tagged keeps its end in its description.
    """

    template: str
    max_total: timedelta
    require_tags: bool = True


@dataclass(frozen=True, slots=True)
class Job:
    """One plan being carried out, for one call.

    ``service`` writes, and gives up with the call; ``observer`` looks at what became of a write
    even after the call was cancelled or ran out of time. No rule is added without tags to a group
    of ``tags_needed``. ``latest`` holds rules as this job left them: a second change to one of them
    starts from there.
    """

    service: SecurityGroupService
    observer: SecurityGroupService
    ctx: CallContext
    now: datetime
    record: Record
    tags_needed: frozenset[str] = frozenset()
    latest: dict[str, SecurityGroupRule] = field(default_factory=dict)

    def standing(self, rule: SecurityGroupRule) -> SecurityGroupRule:
        """The rule as it stands now, as far as this job knows."""
        return self.latest.get(rule.rule_id, rule)


class Settling(NamedTuple):
    """Looks again until AWS shows what is to be expected."""

    sleep: Callable[[float], None]

    def settle(self, group_id: str, agrees: Callable[[Rules], bool], job: Job) -> Rules | None:
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
                self.sleep(pause)
                rules, _ = job.observer.describe_rules([group_id])
        except AwsWhitelistError:
            return None
        return rules


def specs_in(rules: Iterable[SecurityGroupRule]) -> frozenset[RuleSpec]:
    """What the rules let through."""
    return frozenset(rule.spec for rule in rules)
