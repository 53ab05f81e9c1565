"""Where credentials come from: one provider per source, and what keeps their keys fresh.

Reading files, signing in, assuming roles on AWS's behalf and renewing keys before they end is
botocore's work. What is ours: which source a call uses, reading it anew when AWS calls the keys
expired, and errors that say what to do.
"""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore import credentials as theirs
from botocore.credentials import (
    Credentials,
    CredentialResolver,
    DeferredRefreshableCredentials,
    ReadOnlyCredentials,
)
from botocore.exceptions import NoCredentialsError
from botocore.session import Session
from pydantic import ValidationError

from awswhitelist.aws.errors import ILLEGIBLE, legible, translated
from awswhitelist.aws.secrets_manager import SecretContent, read_secret
from awswhitelist.aws.unattended import bound
from awswhitelist.exceptions import (
    CredentialsError,
    CredentialsExpiredError,
    CredentialsInvalidError,
)
from awswhitelist.models import AwsCredentials
from awswhitelist.profiles_config import CredentialSource, ProfileConfig

log = logging.getLogger(__name__)

SECRET_IS_FRESH = timedelta(hours=1)
"""Keys out of a secret carry no end of their own; rotated ones are found within this time."""

JUST_NOW = 5.0
"""Seconds. Calls that fail together read the source anew once, not once each."""

ClientFor = Callable[[str], Any]
"""A service's name to its client, with the credentials that a provider rests on."""

Keys = dict[str, str]
"""What botocore refreshes from: access_key, secret_key, token, expiry_time."""


class CredentialProvider(ABC):
    """One source of credentials."""

    can_change = True
    """Whether reading the source again may give other keys."""

    @property
    def aws_profile(self) -> str | None:
        """The AWS profile that a person would sign in with again."""
        return None

    @abstractmethod
    def load(self) -> Credentials | None:
        """The source's credentials, read now; None if it has none. botocore's errors and ours."""

    def end_of(self, credentials: Credentials) -> datetime | None:
        """When credentials that were loaded and used end; None where the source does not say."""
        # botocore tells nobody: this is what it renews them by.
        end = getattr(credentials, "_expiry_time", None)
        return end if isinstance(end, datetime) else None


class ExplicitProvider(CredentialProvider):
    """Keys that came with the call."""

    can_change = False

    def __init__(self, keys: AwsCredentials) -> None:
        self._keys = keys

    def load(self) -> Credentials:
        """See :meth:`CredentialProvider.load`."""
        token = self._keys.session_token
        return Credentials(
            self._keys.access_key_id.get_secret_value(),
            self._keys.secret_access_key.get_secret_value(),
            token.get_secret_value() if token else None,
        )


class SessionProvider(CredentialProvider):
    """The standard chain, or an AWS profile: static keys, SSO, processes, web identity."""

    def __init__(self, first: Session, again: Callable[[], Session]) -> None:
        """``first`` is read the first time, new sessions from ``again`` after that: a session
        remembers what it has read."""
        self._aws_profile = _signed_in_profile(first)
        # Kept apart from the session, which is about to be given our own resolver.
        self._resolver: CredentialResolver | None = first.get_component("credential_provider")
        self._again = again

    @property
    def aws_profile(self) -> str | None:
        """See :class:`CredentialProvider`."""
        return self._aws_profile

    def load(self) -> Credentials | None:
        """See :meth:`CredentialProvider.load`."""
        resolver, self._resolver = self._resolver, None
        resolver = resolver or self._again().get_component("credential_provider")
        bound(resolver)
        found: Credentials | None = resolver.load_credentials()
        return found


class RoleProvider(CredentialProvider):
    """A role, assumed with the credentials of another source."""

    def __init__(self, profile: ProfileConfig, client_for: ClientFor, session_name: str) -> None:
        """``session_name`` is what CloudTrail shows where the profile names none."""
        self._request = _role_request(profile, session_name)
        self._client_for = client_for

    def load(self) -> Credentials:
        """See :meth:`CredentialProvider.load`."""
        return DeferredRefreshableCredentials(
            lambda: assume_role(self._client_for("sts"), self._request), "assume-role"
        )


class SecretProvider(CredentialProvider):
    """A secret of Secrets Manager that holds keys, or names a role to assume."""

    def __init__(
        self,
        profile: ProfileConfig,
        client_for: ClientFor,
        client_with: Callable[[str, AwsCredentials], Any],
        session_name: str,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``client_with`` makes a service's client with the keys given."""
        self._profile = profile
        self._client_for = client_for
        self._client_with = client_with
        self._session_name = session_name
        self._now = now
        self._is_role = False

    def load(self) -> Credentials:
        """See :meth:`CredentialProvider.load`."""
        return DeferredRefreshableCredentials(self._fetch, "secrets-manager")

    def end_of(self, credentials: Credentials) -> datetime | None:
        """See :meth:`CredentialProvider.end_of`: the end given to stored keys is our own."""
        return super().end_of(credentials) if self._is_role else None

    def _fetch(self) -> Keys:
        secret = read_secret(self._client_for("secretsmanager"), self._profile.secret_id or "")
        self._is_role = secret.role_arn is not None
        if secret.role_arn is not None:
            return assume_role(self._sts(secret), self._request(secret))
        keys = ExplicitProvider(_keys_of(secret)).load()
        return {
            "access_key": keys.access_key,
            "secret_key": keys.secret_key,
            "token": keys.token or "",
            "expiry_time": (self._now() + SECRET_IS_FRESH).isoformat(),
        }

    def _sts(self, secret: SecretContent) -> Any:
        if secret.keys is None:
            return self._client_for("sts")
        return self._client_with("sts", secret.keys)

    def _request(self, secret: SecretContent) -> dict[str, Any]:
        try:
            role = ProfileConfig(
                source=CredentialSource.ROLE,
                role_arn=secret.role_arn,
                external_id=secret.external_id or None,
            )
        except ValidationError:
            raise CredentialsInvalidError(
                "The role that the secret names, or its external id, cannot be one.",
                remedy="Store the ARN of an IAM role as `role_arn`.",
            ) from None
        return _role_request(role, self._session_name)


class LiveCredentials:
    """What botocore's signer asks for keys: loaded when first needed, read anew on demand.

    Has what the signer uses of :class:`Credentials`. Safe under threads.
    """

    def __init__(
        self, provider: CredentialProvider, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._provider = provider
        self._clock = clock
        self._lock = threading.Lock()
        self._loaded: Credentials | None = None
        self._renewed_at = float("-inf")
        self.method = "awswhitelist"

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """The keys to sign with now. Raises CredentialsError and its kin."""
        with _explained(self._provider.aws_profile):
            frozen = self._credentials().get_frozen_credentials()
        _check_sendable(frozen)
        # An empty token must not be sent as one.
        return frozen._replace(token=frozen.token or None)

    def end(self) -> datetime | None:
        """When the keys in use end, where their source says so: before that they are renewed by
        themselves if they can be. Raises CredentialsError and its kin."""
        self.get_frozen_credentials()
        return self._provider.end_of(self._credentials())

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """A function for a value that botocore may come to need, such as ``account_id``."""
        return lambda: getattr(self.get_frozen_credentials(), name, None)

    def renew(self) -> bool:
        """Forget the keys, because AWS calls them expired; False if there can be no others."""
        if not self._provider.can_change:
            return False
        with self._lock:
            if self._clock() - self._renewed_at >= JUST_NOW:
                self._loaded = None
                self._renewed_at = self._clock()
        return True

    def _credentials(self) -> Credentials:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._provider.load()
            if self._loaded is None:
                raise NoCredentialsError
            return self._loaded


class LiveResolver(theirs.CredentialProvider):
    """Gives a botocore session our credentials instead of those it would find itself."""

    METHOD = "awswhitelist"

    def __init__(self, credentials: LiveCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> Any:
        """See botocore's class."""
        return self._credentials


def _check_sendable(keys: ReadOnlyCredentials) -> None:
    """CredentialsInvalidError for keys that no header can hold: to send them would only look like
    an outage."""
    if not all(key.isprintable() for key in (keys.access_key, keys.secret_key, keys.token) if key):
        raise CredentialsInvalidError(
            "The AWS credentials hold a line break or another character that no key has.",
            remedy="Store access key, secret key and session token without anything around them.",
        )


def _signed_in_profile(session: Session) -> str | None:
    """The AWS profile that a person signs in to: for a role, that of the profile it rests on."""
    profiles, seen = session.full_config.get("profiles", {}), set()
    name: str = session.profile or "default"
    while name not in seen and (source := profiles.get(name, {}).get("source_profile")):
        seen.add(name)
        name = source
    return name if session.profile or name != "default" else None


def install(session: Session, credentials: LiveCredentials) -> None:
    """Make the session's clients sign with these credentials."""
    resolver = CredentialResolver([LiveResolver(credentials)])
    session.register_component("credential_provider", resolver)


def assume_role(sts: Any, request: dict[str, Any]) -> Keys:
    """The keys of a role. Raises PermissionMissingError and other errors of ours."""
    with translated("sts"), legible():
        keys = sts.assume_role(**request)["Credentials"]
    return {
        "access_key": keys["AccessKeyId"],
        "secret_key": keys["SecretAccessKey"],
        "token": keys["SessionToken"],
        "expiry_time": keys["Expiration"].isoformat(),
    }


def _role_request(profile: ProfileConfig, session_name: str) -> dict[str, Any]:
    """The parameters of AssumeRole. Source: STS API reference, AssumeRole."""
    request: dict[str, Any] = {
        "RoleArn": profile.role_arn,
        "RoleSessionName": profile.session_name or session_name,
        "DurationSeconds": int(profile.duration.total_seconds()),
    }
    return request | ({"ExternalId": profile.external_id} if profile.external_id else {})


def _keys_of(secret: SecretContent) -> AwsCredentials:
    if secret.keys is None:
        raise CredentialsInvalidError(
            "The secret holds neither keys nor a role.",
            remedy="Store a JSON object with `access_key_id` and `secret_access_key`, or with "
            "`role_arn`.",
        )
    return secret.keys


@contextmanager
def _explained(aws_profile: str | None) -> Iterator[None]:
    """What goes wrong while keys are fetched, as our errors."""
    try:
        with translated(profile=aws_profile):
            yield
    except ILLEGIBLE as error:
        # botocore takes it for granted that a credential process prints what it should. The text
        # of the error may have a secret in it.
        log.warning("credentials.unreadable", extra={"error_type": type(error).__name__})
        raise CredentialsError(
            "The source of the AWS credentials gave none that can be used.",
            remedy="If the profile has a `credential_process`, check that it prints JSON with "
            "`Version` 1, `AccessKeyId` and `SecretAccessKey`. The log has the kind of error.",
        ) from None
    except RuntimeError:
        # botocore's word for new keys that have ended already.
        raise CredentialsExpiredError(
            "The source of the AWS credentials gave keys that have expired."
        ) from None
