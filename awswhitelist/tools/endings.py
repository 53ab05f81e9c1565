"""What ends the access that a call has given, and what is to be said of it."""

from __future__ import annotations

from collections.abc import Iterator

from awswhitelist.access.ending.enforcement import PROCESS, TIMER
from awswhitelist.access.marks.expiry import end_of, read_marks
from awswhitelist.access.outcomes import Outcome
from awswhitelist.access.policy import trusts_descriptions
from awswhitelist.access.ending.watching import MAY_STAND
from awswhitelist.models import (
    Add,
    Extend,
    Move,
    Reset,
    Restore,
    SecurityGroupRule,
)
from awswhitelist.policy_config import PolicyConfig
from awswhitelist.tools.results import WarningCode, WarningNote
from awswhitelist.tools.services import Services

GIVES = (Add, Extend, Move, Reset, Restore)

LEFT_ALONE: dict[bool, str] = {
    True: "This process removes the rule when it ends, if it still runs then. To be sure, have a "
    "timer run `awswhitelist sweep-expired`.",
    False: "The end is recorded on the rule, but nothing is known to remove it then: have a timer "
    "run `awswhitelist sweep-expired`, or revoke it yourself.",
}
"""Said where no timer is known, by whether this process sees to it."""

UNTAGGED = "AWS refused to tag the rule, so that its end stands in its description alone."
NOT_TRUSTED = (
    " Nothing sweeps it: name its group in `policy.untagged_groups`, or revoke it yourself."
)


def enforcers_of(
    outcome: Outcome, services: Services, *, own_keys: bool = False
) -> tuple[str, ...] | None:
    """What ends the access that was just given; None where none was that has an end.

    ``own_keys``: with keys that came with the call, which this process does not keep.
    """
    policy = services.config.policy
    timed = list(_timed(outcome, policy))
    if not timed:
        return None
    if _not_swept(outcome, timed, policy):
        return ()
    place = outcome.caller.account, outcome.scope.region
    return services.enforcement.active(*place, process=not own_keys)


def ending_warnings(
    enforcers: tuple[str, ...] | None, outcome: Outcome, policy: PolicyConfig
) -> list[WarningNote]:
    """What is to be said of the end of the access that was just given."""
    if enforcers is None:
        return []
    timed = list(_timed(outcome, policy))
    notes = []
    if any(map(_is_untagged, timed)):
        more = NOT_TRUSTED if _not_swept(outcome, timed, policy) else ""
        notes.append(WarningNote(code=WarningCode.NOT_TAGGED, message=UNTAGGED + more))
    if TIMER not in enforcers:
        message = LEFT_ALONE[PROCESS in enforcers]
        notes.append(WarningNote(code=WarningCode.EXPIRY_NEEDS_A_SWEEPER, message=message))
    return notes


def _timed(outcome: Outcome, policy: PolicyConfig) -> Iterator[SecurityGroupRule]:
    """The rules that were made or changed and that have an end."""
    for receipt in outcome.receipts:
        change = receipt.change
        if not isinstance(change, GIVES) or receipt.status not in MAY_STAND:
            continue
        rule = receipt.rule
        if rule is not None:
            marks = read_marks(rule)
            if marks is not None and end_of(marks, policy.max_ttl) is not None:
                yield rule
        elif isinstance(change, Add) and change.grant.lifetime is not None:
            yield SecurityGroupRule(rule_id="", group_id=change.group_id, spec=change.spec)


def _not_swept(outcome: Outcome, rules: list[SecurityGroupRule], policy: PolicyConfig) -> bool:
    groups = outcome.observed.groups if outcome.observed else ()
    trusted = {each.group_id for each in groups if trusts_descriptions(each, policy)}
    return any(_is_untagged(rule) and rule.group_id not in trusted for rule in rules)


def _is_untagged(rule: SecurityGroupRule) -> bool:
    marks = read_marks(rule)
    return marks is not None and marks.by_description
