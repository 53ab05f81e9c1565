"""One grant for several owners: who joins it, who leaves it, which lasts longer. Pure."""

from __future__ import annotations

from awswhitelist.access.marks.expiry import owner_token
from awswhitelist.models import Grant


def joined(first: Grant, second: Grant) -> Grant:
    """One grant for the owners of both, for the longer of their times; the first's words stand."""
    more = tuple(owner for owner in second.owners if not is_given(first, owner))
    lifetime = first.lifetime if outlives(first, second) else second.lifetime
    return first.model_copy(update={"sharers": (*first.sharers, *more), "lifetime": lifetime})


def without(grant: Grant, owner: str) -> Grant | None:
    """The grant for everybody else; None where there is nobody else."""
    others = [each for each in grant.owners if owner_token(each) != owner_token(owner)]
    if not others:
        return None
    return grant.model_copy(update={"owner": others[0], "sharers": tuple(others[1:])})


def is_given(grant: Grant, owner: str) -> bool:
    """Whether an owner is among those whom it is for."""
    return owner_token(owner) in map(owner_token, grant.owners)


def outlives(first: Grant, second: Grant) -> bool:
    """Whether the first lasts at least as long."""
    if first.lifetime is None or second.lifetime is None:
        return first.lifetime is None
    return first.lifetime >= second.lifetime
