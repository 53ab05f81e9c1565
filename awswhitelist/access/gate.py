"""The first gate, where a call meets it: profile, region and account, before anything is read."""

from __future__ import annotations

from awswhitelist.access.entries import Entry, Manner
from awswhitelist.access.judged import entry_admission
from awswhitelist.access.policy import (
    Admission,
    admit,
    admit_account,
    check_profile,
    check_usual_profile,
    names_accounts,
)
from awswhitelist.aws.gateway import AwsGateway
from awswhitelist.calls import CallContext
from awswhitelist.models import AwsCredentials, AwsScope
from awswhitelist.policy_config import PolicyConfig


class Gate:
    """Lets calls through that one policy admits; everything raises PolicyDeniedError."""

    def __init__(
        self, gateway: AwsGateway, policy: PolicyConfig, policy_error: str | None = None
    ) -> None:
        """``policy_error`` says why the policy could not be read: then nothing is changed."""
        self._gateway = gateway
        self._policy = policy
        self._policy_error = policy_error

    def check_profile(self, named: str | None, credentials: AwsCredentials | None) -> bool:
        """Whether the profile that a call names is one of ours.

        Where it names none and brings no keys, the usual profile has to be admitted.
        """
        is_configured = self._gateway.is_configured(named)
        check_profile(named, self._policy, is_configured=is_configured)
        if named is None and credentials is None:
            check_usual_profile(self._gateway.usual_profile, self._policy)
        return is_configured

    def admit(self, request: Admission) -> None:
        """What a request asks for, as far as it can be told without AWS."""
        admit(request, self._policy, self._policy_error)

    def admit_place(
        self, profile: str | None, region: str | None, credentials: AwsCredentials | None
    ) -> AwsScope:
        """Where a read may go, but for the account: nothing is asked. RegionMissingError."""
        is_configured = self.check_profile(profile, credentials)
        scope = self._gateway.scope(profile, region, credentials)
        asked = Admission(
            changes=False,
            region=scope.region,
            named_profile=profile,
            is_configured=is_configured,
            brings_credentials=credentials is not None,
        )
        self.admit(asked)
        return scope

    def admit_each(
        self, entries: tuple[Entry, ...], request: Admission, manner: Manner
    ) -> tuple[Entry, ...]:
        """Once more for each entry of a bulk: what it asks for by itself."""

        def check(entry: Entry) -> Entry:
            self.admit(entry_admission(entry.intent, request))
            return entry

        return tuple(manner.go(entry, check) for entry in entries) if manner.has_many else entries

    def admit_account(self, scope: AwsScope, ctx: CallContext) -> None:
        """The account of a scope. AWS is asked for it only where policy has a word on accounts;
        raises what that raises."""
        if names_accounts(self._policy):
            admit_account(self._gateway.caller(scope, ctx).account, self._policy)
