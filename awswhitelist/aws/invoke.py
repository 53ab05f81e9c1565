"""One AWS call: made, retried, and its failure put into our words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awswhitelist.aws.errors import legible, translated
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.calls import CallContext


def invoke(
    client: Any,
    method: str,
    params: Mapping[str, Any],
    *,
    retry: RetryPolicy,
    ctx: CallContext,
    target: str = "",
) -> dict[str, Any]:
    """Call ``method`` (as botocore spells it, ``describe_security_groups``) and return the answer.

    Every call of this package may be repeated: reads are harmless, and a write that took effect
    before its answer was lost meets "duplicate" or "not found", which the caller then looks into.
    ``target`` is the security group the call is about. Raises our own errors only.
    """

    service = client.meta.service_model.signing_name

    def attempt() -> dict[str, Any]:
        with translated(service, target=target), legible():
            answer: dict[str, Any] = getattr(client, method)(**params)
            return answer

    return retry.run(attempt, ctx, service=service)
