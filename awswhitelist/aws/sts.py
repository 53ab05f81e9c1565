"""Who AWS says we are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from awswhitelist.aws import answers
from awswhitelist.aws.invoke import invoke
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.calls import CallContext
from awswhitelist.models import AwsScope, Caller

MOST_KNOWN = 256
"""Scopes whose caller is remembered; keys that come with calls make new ones without end."""


class IdentityService:
    """STS GetCallerIdentity, asked once per scope and keys. Safe under threads."""

    def __init__(
        self,
        client_for: Callable[[AwsScope], Any],
        keys_for: Callable[[AwsScope, CallContext], str],
        retry_for: Callable[[AwsScope], RetryPolicy],
    ) -> None:
        """``client_for`` gives the STS client of a scope, ``keys_for`` names the keys in use."""
        self._client_for = client_for
        self._keys_for = keys_for
        self._retry_for = retry_for
        # Single reads and writes of a dict need no lock. Two threads may both ask for the first
        # time: the answers are the same. The keys are part of what was learnt: an account pin must
        # not be judged by old ones.
        self._known: dict[AwsScope, tuple[str, Caller]] = {}

    def caller(self, scope: AwsScope, ctx: CallContext) -> Caller:
        """The account and ARN that calls in this scope are made as.

        Raises the AwsError that fits, CallCancelledError or CallTimeoutError; none is remembered.
        """
        keys = self._keys_for(scope, ctx)
        known = self._known.get(scope)
        if known is not None and known[0] == keys:
            return known[1]
        client, retry = self._client_for(scope), self._retry_for(scope)
        caller = answers.caller(invoke(client, "get_caller_identity", {}, retry=retry, ctx=ctx))
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[scope] = (keys, caller)
        return caller

    def known_account(self, scope: AwsScope) -> str | None:
        """The account of a scope, if it has been asked for already."""
        known = self._known.get(scope)
        return known[1].account if known else None
