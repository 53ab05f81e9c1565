"""What gets in all the same: a rule is gone, or there was none, and a wider one is there."""

from __future__ import annotations

from collections.abc import Iterator

from awswhitelist.access.containment import covers, lets_in
from awswhitelist.access.intents import Selector
from awswhitelist.access.outcomes import Outcome
from awswhitelist.access.wording import spec_words
from awswhitelist.models import Move, Remove, Reset, SecurityGroupRule
from awswhitelist.tools.results import WarningCode, WarningNote

MOST_NAMED = 5


def still_open(outcome: Outcome, selector: Selector | None = None) -> Iterator[WarningNote]:
    """A warning where a rule stays that lets in all that a removed rule of its group did; where
    none was found to remove, any that lets in the sources of the selector.

    In a dry run, rules that would be removed. Other groups of a resource are not looked at.
    """
    changes = outcome.plan.changes
    changed = {each.rule.rule_id for each in changes if isinstance(each, Remove | Move | Reset)}
    observed = outcome.observed.rules if outcome.observed else ()
    staying = [rule for rule in observed if rule.rule_id not in changed]
    if changes:
        removed = [each.rule for each in changes if isinstance(each, Remove)]
        wider = [rule for rule in staying if _covers_any(rule, removed)]
    else:
        wider = [rule for rule in staying if selector is not None and _is_meant(rule, selector)]
    if wider:
        named = (f"{rule.rule_id} ({spec_words(rule.spec)})" for rule in wider[:MOST_NAMED])
        more = f" and {len(wider) - MOST_NAMED} more" if len(wider) > MOST_NAMED else ""
        message = f"Other rules of the group let that in all the same: {', '.join(named)}{more}."
        yield WarningNote(code=WarningCode.STILL_OPEN, message=message)


def _covers_any(rule: SecurityGroupRule, removed: list[SecurityGroupRule]) -> bool:
    return any(rule.group_id == gone.group_id and covers(rule.spec, gone.spec) for gone in removed)


def _is_meant(rule: SecurityGroupRule, selector: Selector) -> bool:
    return any(
        lets_in(rule.spec, source, selector.ports, selector.protocol)
        for source in selector.sources or ()
    )
