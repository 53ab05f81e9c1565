"""``test_credentials``: who we are to AWS, until when, and what we may do there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from awswhitelist.calls import CallContext
from awswhitelist.tools.arguments import AwsArguments
from awswhitelist.tools.operation import Handler
from awswhitelist.tools.results import OperationResult, place
from awswhitelist.validators import format_time

if TYPE_CHECKING:
    from awswhitelist.aws.probing import Allowed


class CredentialsRequest(AwsArguments):
    """Arguments of ``test_credentials``."""


class CredentialsResponse(OperationResult):
    """Who we are and what we may do."""

    arn: str | None = None
    expires_at: str | None = None
    permissions: Annotated[
        dict[str, str] | None, Field(description="By dry run: yes, no or unknown.")
    ] = None
    missing_permissions: tuple[str, ...] | None = None
    iam_policy: Annotated[
        dict[str, Any] | None, Field(description="Would allow what is missing.")
    ] = None

    def facts(self) -> tuple[str, ...]:
        """A line for each permission, and when the keys end."""
        ends = [f"The keys end at {self.expires_at}."] if self.expires_at else []
        allowed = (f"{action}: {answer}" for action, answer in (self.permissions or {}).items())
        return (*ends, *allowed)


class CredentialsHandler(Handler[CredentialsRequest, CredentialsResponse]):
    """Asks STS and EC2; EC2 by dry runs alone."""

    def handle(self, request: CredentialsRequest, ctx: CallContext) -> CredentialsResponse:
        """See :class:`CredentialsRequest`. Raises PolicyDeniedError, RegionMissingError,
        InvalidArgumentError, CredentialsError and its kin, and what STS answers."""
        from awswhitelist.aws.probing import missing_statements, probe  # brings botocore along

        gateway = self.services.gateway
        scope = self.services.pipeline.admit_read(
            request.profile, request.checked_region(), ctx, request.credentials
        )
        caller = gateway.caller(scope, ctx)
        allowed = probe(gateway.security_groups(scope, ctx))
        end = gateway.end_of_keys(scope, ctx)
        missing = tuple(action for action, answer in allowed.items() if answer == "no")
        statements = missing_statements(
            missing,
            partition=caller.arn.split(":")[1],
            region=scope.region,
            account=caller.account,
        )
        return CredentialsResponse(
            summary=_summary(caller.arn, allowed),
            arn=caller.arn,
            expires_at=format_time(end) if end else None,
            permissions={action: answer.value for action, answer in allowed.items()},
            missing_permissions=missing or None,
            iam_policy={"Version": "2012-10-17", "Statement": statements} if missing else None,
            **place(scope, caller.account),
        )


def _summary(arn: str, allowed: Mapping[str, Allowed]) -> str:
    counts = Counter(answer.value for answer in allowed.values())
    said = {"no": "may not be done", "unknown": "cannot be told"}
    parts = [f"{counts[answer]} {words}" for answer, words in said.items() if counts[answer]]
    if not parts:
        return f"AWS knows us as {arn}, and we may do all that is needed."
    return f"AWS knows us as {arn}; of {len(allowed)} actions, {' and '.join(parts)}."
