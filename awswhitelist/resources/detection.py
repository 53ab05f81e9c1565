"""What a target means: by its shape first, else by asking the services side by side.

Nothing is guessed. Of several resources, and of several security groups of one, either exactly one
is marked or all are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from awswhitelist.aws.found import Found
from awswhitelist.aws.inventory import Inventory
from awswhitelist.constants import TAG_TARGET
from awswhitelist.exceptions import (
    AmbiguousTargetError,
    AwsError,
    AwsWhitelistError,
    ClockSkewError,
    CredentialsError,
    InvalidArgumentError,
    PermissionMissingError,
    ResourceNotFoundError,
    SecurityGroupNotFoundError,
)
from awswhitelist.models import ResourceType, SecurityGroup
from awswhitelist.parallel import run_side_by_side
from awswhitelist.resources.arns import same_resource
from awswhitelist.resources.factory import ResourceHandlerFactory
from awswhitelist.resources.interface import ResolvedTarget, Search
from awswhitelist.resources.reach import ReachCode, ReachFact, resource_facts
from awswhitelist.resources.references import TYPE_WORDS, Form, Reference
from awswhitelist.text import printable

WHYS: dict[Form, str] = {
    Form.ID: "it is the id of this {kind}",
    Form.ARN: "it is the ARN of this {kind}",
    Form.ENDPOINT: "it is an endpoint of this {kind}",
    Form.ADDRESS: "it is a public address of this {kind}",
    Form.NAME: "it is the name of this {kind}",
}
_TRUE = "true"


@dataclass(frozen=True, slots=True)
class _Refused:
    """A search that AWS did not serve."""

    place: str
    error: AwsError


def resolve_target(
    reference: Reference, handlers: ResourceHandlerFactory, inventory: Inventory
) -> ResolvedTarget:
    """The one resource that a target means, and its security groups.

    A service that refuses or fails is no hindrance where another knows the target; the facts then
    say who was not asked. Raises AmbiguousTargetError, SecurityGroupNotFoundError or
    ResourceNotFoundError, InvalidArgumentError (an ARN of another account), and where nothing was
    found what AWS answered to the searches that failed.
    """
    found, refused = _search(reference, handlers, inventory)
    if not found:
        raise _nothing(reference, refused)
    if len(found) > 1 and handlers.may_hide:
        found = _shown(found, handlers, inventory)
    if len(found) > 1:
        raise AmbiguousTargetError(
            printable(reference.text),
            candidates=[_candidate(each, reference) for each in found],
            not_asked=[_not_asked(each) for each in refused],
        )
    complete = handlers.handler(found[0].resource_type, inventory).complete(found[0])
    _check_account(complete, reference)
    facts = (*resource_facts(complete), *_gaps(refused))
    return _resolved(reference, complete, facts, handlers, inventory)


def group_candidates(resolved: ResolvedTarget) -> list[dict[str, Any]]:
    """The security groups of a resource, for a person or a model to choose from."""
    return [
        {
            "id": group.group_id,
            "name": printable(group.name),
            "resource_type": ResourceType.SECURITY_GROUP.value,
            "vpc_id": group.vpc_id,
            "why": f"it is attached to {resource_words(resolved.found)}",
        }
        for group in resolved.groups
    ]


def resource_words(found: Found) -> str:
    """A resource in a few words: ``the DB instance 'orders-db'``."""
    return f"the {found.kind} {printable(found.name or found.resource_id)!r}"


def _search(
    reference: Reference, handlers: ResourceHandlerFactory, inventory: Inventory
) -> tuple[list[Found], list[_Refused]]:
    searches = [
        search
        for handler in handlers.handlers(reference.types, inventory)
        for search in handler.searches(reference)
    ]
    answers = run_side_by_side(*(_Asking(search) for search in searches))
    found = [
        each
        for answer in answers
        if not isinstance(answer, _Refused)
        for each in answer
        if _fits(each, reference)
    ]
    return found, [answer for answer in answers if isinstance(answer, _Refused)]


def _shown(
    found: list[Found], handlers: ResourceHandlerFactory, inventory: Inventory
) -> list[Found]:
    """Those of several that policy lets be known of: with a group that it shows, or without any.

    Groups themselves were not even found where it hides them. With all of the others hidden, the
    policy's own refusal names one, as it does for a single one.
    """
    others = (each for each in found if each.resource_type is not ResourceType.SECURITY_GROUP)
    ids = tuple(sorted({group_id for each in others for group_id in each.group_ids}))
    known = inventory.groups.describe_security_groups(ids) if ids else ()
    shown = {group.group_id for group in known if handlers.is_visible(group)}
    left = [
        each
        for each in found
        if each.resource_type is ResourceType.SECURITY_GROUP
        or not each.group_ids
        or shown.intersection(each.group_ids)
    ]
    return left or found[:1]


@dataclass(frozen=True, slots=True)
class _Asking:
    """One search, whose refusal is an answer too.

    Not so where the credentials or the clock are at fault: then no other service answers either.
    """

    search: Search

    def __call__(self) -> tuple[Found, ...] | _Refused:
        try:
            return self.search.ask()
        except (CredentialsError, ClockSkewError):
            raise
        except AwsError as error:
            return _Refused(self.search.place, error)


def _fits(found: Found, reference: Reference) -> bool:
    if reference.host is not None and reference.host not in found.hosts:
        return False
    if reference.arn is None or found.arn is None:
        return True
    return same_resource(found.arn, reference.arn)


def _check_account(found: Found, reference: Reference) -> None:
    if reference.account and found.account and reference.account != found.account:
        raise wrong_account(reference.account, found.account)


def wrong_account(named: str, actual: str) -> InvalidArgumentError:
    """The error for a target whose text names another account than the call goes to."""
    return InvalidArgumentError(
        f"The target is in account {named}, but the call goes to account {actual}.",
        field="target",
        remedy=f"Use a `profile` of account {named}.",
    )


def _nothing(reference: Reference, refused: Sequence[_Refused]) -> AwsWhitelistError:
    """Why nothing was found. Where somebody was not asked, that may be all that is wrong."""
    for each in refused:
        if not isinstance(each.error, PermissionMissingError):
            return each.error
    if refused:
        return _permissions_missing(refused)
    text = printable(reference.text)
    kinds = [TYPE_WORDS[kind] for kind in reference.types]
    if ResourceType.SECURITY_GROUP in reference.types:
        others = f" It is not the name of another resource either ({', '.join(kinds[1:])})."
        remedy = SecurityGroupNotFoundError.remedy + (others if kinds[1:] else "")
        return SecurityGroupNotFoundError(text, remedy=remedy)
    return ResourceNotFoundError(text, kinds=" or ".join(kinds), region=reference.region)


def _permissions_missing(refused: Sequence[_Refused]) -> PermissionMissingError:
    actions = sorted(
        {action for each in refused for action in each.error.details.get("missing_permissions", ())}
    )
    first = refused[0].error
    return PermissionMissingError(
        f"The target was not found where the caller may look; it may not do {', '.join(actions)}.",
        field="target",
        aws_code=first.aws_code,
        aws_request_id=first.aws_request_id,
        missing_permissions=actions,
    )


def _candidate(found: Found, reference: Reference) -> dict[str, Any]:
    return {
        "id": found.resource_id,
        "name": printable(found.name),
        "resource_type": found.resource_type.value,
        "kind": found.kind,
        "vpc_id": found.vpc_id,
        "why": WHYS[reference.form].format(kind=found.kind),
    }


def _gaps(refused: Sequence[_Refused]) -> Iterable[ReachFact]:
    if refused:
        message = (
            f"Not asked: {'; '.join(map(_not_asked, refused))}. Something else may go by this "
            "name; `resource_type` says what is meant."
        )
        yield ReachFact(code=ReachCode.NOT_ALL_ASKED, message=message)


def _not_asked(refused: _Refused) -> str:
    actions = ", ".join(refused.error.details.get("missing_permissions", ()))
    return f"{refused.place} ({refused.error.code}{': ' if actions else ''}{actions})"


def _resolved(
    reference: Reference,
    found: Found,
    facts: tuple[ReachFact, ...],
    handlers: ResourceHandlerFactory,
    inventory: Inventory,
) -> ResolvedTarget:
    groups: tuple[SecurityGroup, ...] = ()
    ids = found.group_ids
    if len(ids) > 1:
        described = inventory.groups.describe_security_groups(ids)
        groups = tuple(group for group in described if handlers.is_visible(group))
        # With all of them hidden, the policy's own refusal names one, as it does for a single one.
        ids = tuple(group.group_id for group in groups) or ids[:1]
    return ResolvedTarget(
        target=reference.text,
        reference=reference,
        found=found,
        group_ids=ids,
        group_id=ids[0] if len(ids) == 1 else _marked(groups),
        groups=groups,
        facts=facts,
        why=WHYS[reference.form].format(kind=found.kind),
    )


def _marked(groups: Sequence[SecurityGroup]) -> str | None:
    """The group that its owner has marked as the one to change, if exactly one is marked."""
    marked = [group for group in groups if group.tags.get(TAG_TARGET, "").lower() == _TRUE]
    return marked[0].group_id if len(marked) == 1 else None
