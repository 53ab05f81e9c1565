"""``find_security_group``: what a target's text means, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from awswhitelist.calls import CallContext
from awswhitelist.exceptions import AmbiguousTargetError
from awswhitelist.models import Observation, ResourceType, SecurityGroup
from awswhitelist.resources.references import read_reference, read_resource_type, region_of
from awswhitelist.text import printable
from awswhitelist.tools.arguments import AwsArguments, Target, TypeOfResource
from awswhitelist.tools.changes import ResourceView, resource_view
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.results import (
    LONGEST_TEXT,
    OBJECT,
    OBJECTS,
    OperationResult,
    Result,
    WarningCode,
    WarningNote,
    place,
)

if TYPE_CHECKING:
    from awswhitelist.access.finding import Finding


class FindSecurityGroupRequest(AwsArguments):
    """Arguments of ``find_security_group``."""

    target: Target
    resource_type: TypeOfResource | None = None


class GroupFound(Result):
    """A security group of the target; ``rules`` is how many ingress rules it has."""

    group_id: str
    name: str
    vpc_id: str | None = None
    description: str | None = None
    rules: int

    def words(self) -> str:
        """The group on one line."""
        return f"{self.group_id}  {self.name}  {self.vpc_id or 'no VPC'}  rules: {self.rules}"


class Candidate(Result):
    """One of several things that answer to the target's text."""

    id: str
    name: str
    resource_type: str
    kind: str
    vpc_id: str | None = None
    why: str

    def words(self) -> str:
        """The candidate on one line."""
        return f"{self.id}  {self.kind} {self.name!r}: {self.why}"


class FindSecurityGroupResponse(OperationResult):
    """What was found: one thing with its groups, or several candidates.

    ``group_id`` is the group that a change would be made to, where that is clear.
    """

    resource: Annotated[ResourceView, OBJECT] | None = None
    groups: tuple[GroupFound, ...] | None = None
    group_id: str | None = None
    ports: tuple[str, ...] | None = None
    why: str | None = None
    candidates: Annotated[tuple[Candidate, ...], OBJECTS] | None = None

    def facts(self) -> tuple[str, ...]:
        """A line for each group, or for each candidate."""
        groups = (group.words() for group in self.groups or ())
        return (*groups, *(each.words() for each in self.candidates or ()))


class FindSecurityGroupHandler(Handler[FindSecurityGroupRequest, FindSecurityGroupResponse]):
    """Looks where a change would look, and asks nobody to choose."""

    def handle(
        self, request: FindSecurityGroupRequest, ctx: CallContext
    ) -> FindSecurityGroupResponse:
        """See :class:`FindSecurityGroupRequest`. Raises PolicyDeniedError, RegionMissingError and
        what :func:`find_target` raises, save that several candidates are an answer."""
        from awswhitelist.access.finding import find_target  # brings botocore along

        gateway = self.services.gateway
        kind = read_resource_type(request.resource_type)
        reference = read_reference(request.target, kind, gateway)
        region = region_of(reference, request.checked_region())
        scope = self.services.pipeline.admit_read(request.profile, region, ctx, request.credentials)
        inventory = gateway.inventory(scope, ctx)
        try:
            finding = find_target(reference, inventory, self.services.config.policy)
        except AmbiguousTargetError as several:
            facts = _several(several)
        else:
            facts = _one(finding)
        account = gateway.caller(scope, ctx).account
        return FindSecurityGroupResponse(**facts, **place(scope, account))


def _one(finding: Finding) -> dict[str, Any]:
    """What there is to say of the resource that was found."""
    found, observed, resource = finding.found, finding.observed, resource_view(finding.found)
    groups = tuple(_group(each, observed) for each in observed.groups) if observed else ()
    notes = [
        WarningNote(code=WarningCode(fact.code.value), message=fact.message)
        for fact in finding.facts
    ]
    return {
        "summary": _summary(finding, groups),
        "resource": resource,
        "groups": groups,
        "group_id": found.group_id,
        "ports": tuple(f"{protocol} {port}" for protocol, port in found.found.ports) or None,
        "why": None if resource else found.why,
        "warnings": tuple(notes) or None,
    }


def _group(group: SecurityGroup, observed: Observation) -> GroupFound:
    return GroupFound(
        group_id=group.group_id,
        name=printable(group.name, LONGEST_TEXT),
        vpc_id=group.vpc_id,
        description=printable(group.description, LONGEST_TEXT) or None,
        rules=len(observed.rules_of(group.group_id)),
    )


def _summary(finding: Finding, groups: tuple[GroupFound, ...]) -> str:
    names = ", ".join(f"{each.group_id} ({printable(each.name)})" for each in groups)
    if finding.found.resource_type is ResourceType.SECURITY_GROUP:
        return f"The target is the security group {names}."
    if not groups:
        return f"The target is {finding.words}; it has no security group."
    return f"The target is {finding.words}; its security groups: {names}."


def _several(error: AmbiguousTargetError) -> dict[str, Any]:
    """The candidates, and who could not be asked for more of them."""
    not_asked = "; ".join(error.details.get("not_asked", ()))
    message = f"There may be more candidates. Not asked: {not_asked}."
    gap = WarningNote(code=WarningCode.NOT_ALL_ASKED, message=message)
    return {
        "summary": f"{error.summary} Name the one that is meant by its id.",
        "candidates": tuple(Candidate(**each) for each in error.details["candidates"]),
        "warnings": (gap,) if not_asked else None,
    }
