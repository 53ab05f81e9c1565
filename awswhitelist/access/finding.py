"""What a target means, looked up for its own sake: nobody is asked to choose."""

from __future__ import annotations

from dataclasses import dataclass

from awswhitelist.access.entries import Located
from awswhitelist.access.policy import check_groups, is_visible
from awswhitelist.access.reach import reach_facts
from awswhitelist.aws.inventory import Inventory
from awswhitelist.models import Observation
from awswhitelist.policy_config import PolicyConfig
from awswhitelist.resources.detection import resolve_target, resource_words
from awswhitelist.resources.factory import ResourceHandlerFactory
from awswhitelist.resources.interface import ResolvedTarget
from awswhitelist.resources.reach import ReachFact
from awswhitelist.resources.references import Reference


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found. ``observed`` are its groups and their rules, None where it has none;
    ``facts`` is what may keep people from reaching it; ``words`` are the resource in words."""

    found: ResolvedTarget
    observed: Observation | None
    facts: tuple[ReachFact, ...]
    words: str


def find_target(reference: Reference, inventory: Inventory, policy: PolicyConfig) -> Finding:
    """The one resource that a target means, and its groups.

    Raises what :func:`resolve_target` raises, AmbiguousTargetError among it; PolicyDeniedError
    where policy hides the groups; InvalidArgumentError for a target in another account.
    """
    handlers = ResourceHandlerFactory(lambda group: is_visible(group, policy))
    found = resolve_target(reference, handlers, inventory)
    words = resource_words(found.found)
    if not found.group_ids:
        return Finding(found, None, found.facts, words)
    observed = inventory.groups.observe(found.group_ids)
    check_groups(observed.groups, policy)
    located = Located(found.target, found.group_ids, resource=found)
    located.check_account(observed)
    return Finding(found, observed, reach_facts(located, observed), words)
