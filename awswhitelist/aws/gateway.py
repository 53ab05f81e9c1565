"""The door to AWS for everything above: scopes, callers and services, made when asked for."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

from awswhitelist.aws.breaker import BreakerKey, Breakers, BreakerState
from awswhitelist.aws.clients import AwsClientFactory
from awswhitelist.aws.inventory import Inventory
from awswhitelist.aws.quotas import Quota, QuotaService
from awswhitelist.aws.resilience import RetryPolicy
from awswhitelist.aws.security_groups import SecurityGroupService
from awswhitelist.aws.sts import IdentityService
from awswhitelist.calls import CallContext
from awswhitelist.exceptions import (
    CredentialsInvalidError,
    InvalidArgumentError,
    RegionMissingError,
)
from awswhitelist.models import AwsCredentials, AwsScope, Caller
from awswhitelist.profiles_config import ProfileConfig

if TYPE_CHECKING:
    from awswhitelist.aws.profiles import ProfileFacts


class AwsGateway:
    """Hands out AWS services for a scope and a call."""

    def __init__(
        self,
        factory: AwsClientFactory,
        retry: RetryPolicy,
        *,
        default_profile: str | None,
        ambient_profile: str | None = None,
        default_region: Callable[[str | None], str | None],
        profiles: Mapping[str, ProfileConfig] | None = None,
        breakers: Breakers | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``ambient_profile`` is what AWS's own variables name. ``default_region`` answers for a
        profile that has no region of its own: the configuration, then AWS's own chain.
        ``profiles`` are ours. ``clock`` tells how old what was learnt is, in seconds.
        """
        self._factory = factory
        self._retry = retry
        self._identity = IdentityService(
            lambda scope: factory.client("sts", scope),
            lambda scope, ctx: retry.run(lambda: factory.keys_in_use(scope), ctx),
            self._guarded,
        )
        self._quotas = QuotaService(
            lambda scope: factory.client("service-quotas", scope),
            self._identity.known_account,
            retry,
            clock,
        )
        self._default_profile = default_profile
        self.usual_profile = default_profile or ambient_profile
        """The name under which calls go out that name none; None where it has no name."""
        self._default_region = default_region
        self._profiles = dict(profiles or {})
        self._breakers = breakers or Breakers()

    def scope(
        self,
        profile: str | None,
        region: str | None,
        credentials: AwsCredentials | None = None,
    ) -> AwsScope:
        """Where a call goes, and as whom; ``credentials`` stand instead of any profile.

        InvalidArgumentError for a profile beside them; RegionMissingError where nothing names a
        region.
        """
        if profile and credentials:
            raise InvalidArgumentError(
                "`profile` and `credentials` cannot both be given.",
                field="credentials",
                remedy="Leave one of them out.",
            )
        name = None if credentials else profile or self._default_profile
        place = region or self._region_of(name)
        if not place:
            raise RegionMissingError()
        return AwsScope(profile=name, region=place, credentials=credentials)

    def preload(self) -> None:
        """Read what a call that names no profile needs at first. Asks nobody.

        CredentialsError where there is no such profile.
        """
        self._factory.preload(self._default_profile)

    def is_configured(self, profile: str | None) -> bool:
        """Whether that is a credential profile of the configuration."""
        return profile in self._profiles

    def breakers(self) -> Mapping[BreakerKey, BreakerState]:
        """The circuit breakers of all services called so far."""
        return self._breakers.states()

    def security_groups(self, scope: AwsScope, ctx: CallContext) -> SecurityGroupService:
        """EC2 security groups of a scope, for one call."""
        return SecurityGroupService(self._factory.client("ec2", scope), self._guarded(scope), ctx)

    def inventory(self, scope: AwsScope, ctx: CallContext) -> Inventory:
        """All that a scope has, for one call; clients are made when they are first needed."""
        return Inventory(
            lambda service: self._factory.client(service, scope),
            self.security_groups(scope, ctx),
            self._guarded(scope),
            ctx,
        )

    def rules_per_group(self, scope: AwsScope, ctx: CallContext) -> Quota:
        """How many inbound rules of one address family a security group may have.

        Raises CallCancelledError, and nothing else: what cannot be learnt is assumed.
        """
        return self._quotas.rules_per_group(scope, ctx)

    def limit(self, scope: AwsScope, ctx: CallContext) -> Callable[[], int]:
        """Asks, when it is called, how many rules of a family a group of the account may have."""
        return lambda: self.rules_per_group(scope, ctx).limit

    def dns_suffixes(self) -> tuple[str, ...]:
        """The domains of AWS's partitions."""
        return self._factory.dns_suffixes()

    def profiles(self) -> tuple[str, ...]:
        """Our profiles and those that AWS's files name. Raises CredentialsError."""
        return self._factory.profiles()

    def profile_facts(self) -> tuple[ProfileFacts, ...]:
        """What :meth:`profiles` are, without their secrets. Raises CredentialsError."""
        return self._factory.profile_facts()

    def regions(self) -> tuple[str, ...]:
        """The regions that EC2 is known to be in."""
        return self._factory.regions()

    def caller(self, scope: AwsScope, ctx: CallContext) -> Caller:
        """Who AWS says we are.

        Raises CredentialsError and its kin: CredentialsInvalidError where the profile is pinned
        to another account.
        """
        caller = self._identity.caller(scope, ctx)
        pin = self._profiles[scope.profile].account if scope.profile in self._profiles else None
        if pin is not None and pin != caller.account:
            raise CredentialsInvalidError(
                f"The credentials of profile {scope.profile!r} belong to another account.",
                remedy="Correct the credentials, or `account` of the profile.",
                account=caller.account,
                pinned_account=pin,
            )
        return caller

    def end_of_keys(self, scope: AwsScope, ctx: CallContext) -> datetime | None:
        """When the keys of a scope end; None where they do not, or where nobody says.

        Raises CredentialsError and its kin, CallCancelledError or CallTimeoutError.
        """
        return self._retry.run(lambda: self._factory.end_of_keys(scope), ctx)

    def _region_of(self, profile: str | None) -> str | None:
        own = self._profiles[profile].region if profile in self._profiles else None
        return own or self._default_region(profile)

    def _guarded(self, scope: AwsScope) -> RetryPolicy:
        """The retry policy of a scope, behind the breakers of its account and region."""

        def passage(service: str) -> AbstractContextManager[None]:
            whose = self._identity.known_account(scope) or _whose(scope)
            return self._breakers.of(BreakerKey(whose, scope.region, service)).passage()

        return self._retry.guarded(passage)


def _whose(scope: AwsScope) -> str:
    """What stands for an account that is not known yet: of keys that came with a call a hash, so
    that nobody's failing ones hold back another's."""
    if scope.credentials is not None:
        key = scope.credentials.access_key_id.get_secret_value()
        return f"credentials of a call ({hashlib.sha256(key.encode()).hexdigest()[:8]})"
    return f"profile {scope.profile}" if scope.profile else "standard credentials"
