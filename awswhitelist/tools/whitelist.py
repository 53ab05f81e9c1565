"""``whitelist``: let an address reach a target, for a while."""

from __future__ import annotations

from collections import Counter

from awswhitelist.access.outcomes import Outcome, OutcomeState
from awswhitelist.calls import CallContext
from awswhitelist.models import Move, Release, Remove
from awswhitelist.text import printable
from awswhitelist.tools.arguments import ChangeArguments
from awswhitelist.tools.changes import (
    ChangeResult,
    common_facts,
    common_warnings,
    order_of,
    raise_failures,
    unapplied_summary,
    undo_of,
)
from awswhitelist.tools.endings import ending_warnings, enforcers_of
from awswhitelist.tools.grant_warnings import Granted, grant_warnings
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.outcome_views import allowed
from awswhitelist.tools.results import RuleStatus, RuleView
from awswhitelist.tools.room import room_left
from awswhitelist.tools.sources import own_cidr
from awswhitelist.tools.wishes import Wish


class IpWhitelistRequest(ChangeArguments, Wish):
    """Arguments of ``whitelist``."""


class IpWhitelistResponse(ChangeResult):
    """What became of it."""


class WhitelistHandler(Handler[IpWhitelistRequest, IpWhitelistResponse]):
    """Turns the arguments into an intent and the outcome into an answer."""

    def handle(self, request: IpWhitelistRequest, ctx: CallContext) -> IpWhitelistResponse:
        """See :class:`IpWhitelistRequest`. Raises what :meth:`AccessPipeline.change` raises."""
        config = self.services.config
        intent = request.intent(config, lambda: own_cidr(self.services))
        order = order_of("whitelist", intent, request)
        outcome = self.services.pipeline.change(order, ctx)
        raise_failures(outcome)
        facts = common_facts(outcome, config)
        rules: tuple[RuleView, ...] = facts.get("rules", ())
        if outcome.state is OutcomeState.APPLIED:
            facts["status"] = allowed(rules)
        enforcers = enforcers_of(outcome, self.services, own_keys=request.credentials is not None)
        granted = grant_warnings(outcome, [Granted(intent, rules)])
        endings = ending_warnings(enforcers, outcome, config.policy)
        return IpWhitelistResponse(
            summary=_summary(outcome, rules),
            warnings=(*common_warnings(outcome), *granted, *endings) or None,
            undo=undo_of(outcome, ctx),
            room_left=room_left(outcome, self.services.gateway, ctx),
            expires_enforced_by=enforcers,
            **facts,
        )


def _summary(outcome: Outcome, rules: tuple[RuleView, ...]) -> str:
    if outcome.state is not OutcomeState.APPLIED:
        return unapplied_summary(outcome)
    status = allowed(rules)
    changes = [receipt.change for receipt in outcome.receipts]
    left = {each.rule.rule_id for each in changes if isinstance(each, Remove | Release)}
    now_there = [rule for rule in rules if rule.rule_id not in left]
    first = next((rule for rule in now_there if rule.status is status), now_there[0])
    others = Counter(str(rule.status) for rule in rules if rule is not first)
    more = ", ".join(f"{count} more {name}" for name, count in others.items())
    shown = status if status is RuleStatus.MOVED else first.status or status
    said = SUMMARIES[shown].format(before=_before(outcome, first))
    return f"{said}{_words(first)}{f' (and {more})' if more else ''}."


SUMMARIES: dict[RuleStatus, str] = {
    RuleStatus.ADDED: "Access was added: ",
    RuleStatus.EXTENDED: "Access was extended: ",
    RuleStatus.MOVED: "Access was moved from {before} to ",
    RuleStatus.ALREADY_ALLOWED: "Access is there already: ",
    RuleStatus.COVERED: "A wider rule lets this through already: ",
    RuleStatus.UNVERIFIED: "AWS accepted the change but does not show it yet: ",
}


def _before(outcome: Outcome, rule: RuleView) -> str:
    """Where access was from that has moved to a rule: the address that it had, else those of the
    rules that were left."""
    left = [
        receipt.change.rule
        for receipt in outcome.receipts
        if isinstance(receipt.change, Move | Remove | Release)
    ]
    same = [each for each in left if each.rule_id == rule.rule_id]
    return ", ".join(each.spec.source for each in same or left)


def _words(rule: RuleView) -> str:
    until = f", until {rule.expires_at}" if rule.expires_at else ""
    group = f"{rule.group_id} ({printable(rule.group_name or '')})"
    what = f"{rule.source} to {group}, {rule.door}"
    return f"{what}, rule {rule.rule_id}{until}" if rule.rule_id else f"{what}{until}"
