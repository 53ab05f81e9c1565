"""How many rules a security group may have, where the account has asked AWS for more than usual.

Source: Service Quotas API reference, GetServiceQuota; VPC user guide, "Amazon VPC quotas".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from awswhitelist.aws.answers import required
from awswhitelist.aws.invoke import invoke
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.calls import CallContext
from awswhitelist.constants import DEFAULT_RULES_PER_GROUP
from awswhitelist.exceptions import AwsWhitelistError, CallCancelledError, CallTimeoutError
from awswhitelist.models import AwsScope, Frozen

KNOWN_FOR = 3600.0
"""Seconds. What could not be learnt is not asked for again any sooner."""

MOST_KNOWN = 256
"""Accounts and regions whose quota is remembered."""

_QUESTION = {"ServiceCode": "vpc", "QuotaCode": "L-0EA8095F"}


class Quota(Frozen):
    """A limit; ``is_known`` is False where it is AWS's usual one, and not what AWS told."""

    limit: int
    is_known: bool


ASSUMED = Quota(limit=DEFAULT_RULES_PER_GROUP, is_known=False)


class QuotaService:
    """Service Quotas, asked once an hour for each account and region. Safe under threads."""

    def __init__(
        self,
        client_for: Callable[[AwsScope], Any],
        account_of: Callable[[AwsScope], str | None],
        retry: RetryPolicy,
        clock: Callable[[], float],
    ) -> None:
        """``client_for`` gives the client of a scope, ``account_of`` the account of a scope if it
        is known, ``clock`` seconds. Nothing is asked twice: ``retry`` only keeps to the call's
        deadline."""
        self._client_for = client_for
        self._account_of = account_of
        self._retry = replace(retry, attempts=1)
        self._clock = clock
        # Single reads and writes of a dict need no lock; two threads may both ask at first.
        self._known: dict[tuple[str | AwsScope, str], tuple[float, Quota]] = {}

    def rules_per_group(self, scope: AwsScope, ctx: CallContext) -> Quota:
        """How many inbound rules of one address family a security group may have.

        Raises CallCancelledError, and nothing else: what cannot be learnt is :data:`ASSUMED`.
        """
        key = (self._account_of(scope) or scope, scope.region)
        known = self._known.get(key)
        if known is not None and self._clock() - known[0] < KNOWN_FOR:
            return known[1]
        try:
            quota = self._asked(scope, ctx)
        except CallCancelledError:
            raise
        except CallTimeoutError:
            return ASSUMED  # This call had no time left; the next one may.
        except AwsWhitelistError:
            quota = ASSUMED
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[key] = (self._clock(), quota)
        return quota

    def _asked(self, scope: AwsScope, ctx: CallContext) -> Quota:
        client = self._client_for(scope)
        answer = invoke(client, "get_service_quota", _QUESTION, retry=self._retry, ctx=ctx)
        return Quota(limit=_limit(answer), is_known=True)


@required()
def _limit(answer: Mapping[str, Any]) -> int:
    return int(answer["Quota"]["Value"])
