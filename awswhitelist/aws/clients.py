"""botocore sessions and clients: made once, shared by all threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from botocore.config import Config
from botocore.exceptions import NoCredentialsError
from botocore.loaders import Loader
from botocore.session import Session

from awswhitelist import __version__
from awswhitelist.aws.aws_codes import EXPIRED_CODES
from awswhitelist.aws.credentials import (
    CredentialProvider,
    ExplicitProvider,
    LiveCredentials,
    RoleProvider,
    SecretProvider,
    SessionProvider,
    install,
)
from awswhitelist.aws.errors import configured, translated
from awswhitelist.aws.loader import TrimmedLoader, has_other_models
from awswhitelist.aws.model_cache import ModelCache
from awswhitelist.collecting import uncollected
from awswhitelist.constants import PRODUCT
from awswhitelist.models import AwsCredentials, AwsScope
from awswhitelist.profiles_config import CredentialSource, ProfileConfig

if TYPE_CHECKING:
    from awswhitelist.aws.profiles import ProfileFacts

SessionFactory = Callable[[str | None], Session]
"""An AWS profile name, or None for the standard chain, to a new session."""

MOST_EXPLICIT = 16
"""Identities that came with calls and whose clients are kept; the oldest goes first."""

FIRST_SERVICES = ("ec2", "sts")
"""Those that nearly every call needs."""

_REGION_VARIABLES = ["AWS_REGION", "AWS_DEFAULT_REGION"]
"""botocore alone reads only the second; AWS's other SDKs read the first."""

_FILES = ("config_file", "credentials_file")
_Files = tuple[str | None, ...]
_Stamp = tuple[tuple[int, int] | None, ...]
_Identity = tuple[str | None, AwsCredentials | None]


def stock_session(profile: str | None, loader: Loader | None = None) -> Session:
    """A session on AWS's standard credential chain, or on one profile of it.

    ``loader`` is for all sessions to share; one who has service models of their own gets those.
    CredentialsError if there is no such profile, or if the AWS files cannot be parsed.
    """
    with translated():
        region = ("region", _REGION_VARIABLES, None, None)
        session = Session(session_vars={"region": region}, profile=profile)
        session.get_scoped_config()
        if loader is not None and not has_other_models(session.get_config_variable("data_path")):
            session.register_component("data_loader", loader)
    return session


def shared_sessions(model_cache: Path | Literal[False] | None) -> SessionFactory:
    """Makes stock sessions that share one loader, so that a model is parsed once.

    ``model_cache`` is the directory of trimmed models; None keeps none there, False trims none.
    """
    loader = Loader() if model_cache is False else TrimmedLoader(ModelCache(model_cache or None))
    return lambda profile: stock_session(profile, loader)


@dataclass(slots=True)
class _Kept:
    """An identity's session, and its clients by service and region."""

    session: Session
    files: _Files
    """Those that the session reads."""
    stamp: _Stamp
    home: str | None
    """The region in which roles are assumed and secrets are read for this identity."""
    clients: dict[tuple[str, str], Any] = field(default_factory=dict)


class AwsClientFactory:
    """Makes botocore clients and keeps them, by service, region and identity.

    Clients may be shared between threads, sessions may not: those stay in here, behind a lock.
    Fetching credentials may take long and is done outside of it, by whoever signs first.
    When the AWS config or credentials file changes, sessions and clients are made anew: botocore
    itself would go on with the old keys for as long as the process lives. When AWS calls keys
    expired, their source is read again, and the request is signed and sent once more.
    """

    def __init__(
        self,
        new_session: SessionFactory = stock_session,
        *,
        profiles: Mapping[str, ProfileConfig] | None = None,
        session_name: str = PRODUCT,
        max_pool_connections: int = 10,
        connect_timeout: float = 5,
        read_timeout: float = 20,
        endpoint_url: str | None = None,
    ) -> None:
        """Timeouts in seconds. ``max_pool_connections``: as many as there are workers.

        ``profiles`` are ours; other names are AWS profiles. ``session_name`` is what CloudTrail
        shows of roles whose profile names none.
        """
        self._new_session = new_session
        self._profiles = dict(profiles or {})
        self._session_name = session_name
        self._endpoint_url = endpoint_url
        self._config = Config(
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            max_pool_connections=max_pool_connections,
            tcp_keepalive=True,
            # RetryPolicy is the one owner of retries.
            retries={"total_max_attempts": 1, "mode": "standard"},
            user_agent_extra=f"{PRODUCT}/{__version__}",
        )
        self._lock = threading.Lock()
        self._kept: dict[_Identity, _Kept] = {}

    def client(self, service: str, scope: AwsScope) -> Any:
        """The client of that service (``ec2``) for a scope; the same one each time.

        Raises CredentialsError for an unknown profile, InvalidArgumentError for a region that
        cannot be one.
        """
        with self._lock, translated(service):
            kept = self._kept_for(scope)
            key = (service, scope.region)
            if key not in kept.clients:
                kept.clients[key] = self._make(kept, service, scope.region)
            return kept.clients[key]

    def preload(self, profile: str | None) -> None:
        """Read what the first clients of a profile are made of. Asks nobody, makes none.

        CredentialsError for an unknown profile.
        """
        with self._lock, translated(), uncollected():
            loader = self._keep(profile, None).session.get_component("data_loader")
            for service in FIRST_SERVICES:
                for part in ("service-2", "endpoint-rule-set-1"):
                    loader.load_service_model(service, part)
            for table in ("endpoints", "partitions"):
                loader.load_data(table)

    def keys_in_use(self, scope: AwsScope) -> str:
        """The access key id that a call of this scope would be signed with now.

        Raises CredentialsError and its kin.
        """
        with self._lock, translated():
            credentials = self._kept_for(scope).session.get_credentials()
        with translated():
            if credentials is None:
                raise NoCredentialsError
            return str(credentials.get_frozen_credentials().access_key)

    def end_of_keys(self, scope: AwsScope) -> datetime | None:
        """When the keys that a call of this scope would be signed with end; None where they do not,
        or where their source does not say. Raises CredentialsError and its kin."""
        with self._lock, translated():
            credentials: object = self._kept_for(scope).session.get_credentials()
        return credentials.end() if isinstance(credentials, LiveCredentials) else None

    def default_region(self, profile: str | None) -> str | None:
        """The region that AWS's SDKs would take: AWS_REGION, AWS_DEFAULT_REGION, the profile's.

        CredentialsError for an unknown profile.
        """
        with self._lock, translated():
            session = self._keep(profile, None).session
            region: str | None = session.get_config_variable("region")
            return region

    def profiles(self) -> tuple[str, ...]:
        """The names of our profiles and of those in the AWS files, sorted.

        CredentialsError if the files cannot be parsed.
        """
        with self._lock, translated():
            return tuple(sorted({*self._profiles, *self._new_session(None).available_profiles}))

    def profile_facts(self) -> tuple[ProfileFacts, ...]:
        """What :meth:`profiles` are, by name. CredentialsError if the files cannot be parsed."""
        from awswhitelist.aws.profiles import profile_facts  # a change has no need of it

        with self._lock, translated():
            return profile_facts(self._profiles, self._new_session(None).full_config)

    def regions(self) -> tuple[str, ...]:
        """The regions in which botocore knows EC2 to be, of all partitions, sorted. Asks nobody."""
        with self._lock, translated():
            session = self._keep(None, None).session
            partitions = session.get_available_partitions()
            return tuple(
                sorted(
                    region
                    for partition in partitions
                    for region in session.get_available_regions("ec2", partition)
                )
            )

    def dns_suffixes(self) -> tuple[str, ...]:
        """The domain of every partition that botocore knows (amazonaws.com ...). Asks nobody."""
        with self._lock, translated():
            loader = self._keep(None, None).session.get_component("data_loader")
            known = loader.load_data("partitions")["partitions"]
            found = (str(each["outputs"]["dnsSuffix"]) for each in known)
            return tuple(dict.fromkeys(found))

    def _kept_for(self, scope: AwsScope) -> _Kept:
        kept = self._keep(scope.profile, scope.credentials)
        kept.home = kept.home or scope.region
        return kept

    def _keep(self, profile: str | None, keys: AwsCredentials | None) -> _Kept:
        kept = self._kept.get((profile, keys))
        if kept is None or kept.stamp != _stamp(kept.files):
            kept = self._kept[profile, keys] = self._open(profile, keys)
            explicit = [identity for identity in self._kept if identity[1] is not None]
            for oldest in explicit[:-MOST_EXPLICIT]:
                del self._kept[oldest]
        return kept

    @configured()
    def _open(self, profile: str | None, keys: AwsCredentials | None) -> _Kept:
        """A session that signs as that identity. Nothing is fetched before it is needed."""
        ours = self._profiles.get(profile) if profile is not None else None
        aws_profile = ours.aws_profile if ours else profile
        session = self._new_session(aws_profile)
        home = (ours.region if ours else None) or session.get_config_variable("region")
        files = _files(session)
        kept = _Kept(session, files, _stamp(files), home)
        if keys is not None:
            provider: CredentialProvider = ExplicitProvider(keys)
        elif ours is not None and ours.source is CredentialSource.ROLE:
            provider = RoleProvider(ours, self._clients_of(ours, kept), self._session_name)
        elif ours is not None and ours.source is CredentialSource.SECRETS_MANAGER:
            provider = SecretProvider(
                ours,
                self._clients_of(ours, kept),
                lambda service, found: self.client(service, _scope(None, kept, found)),
                self._session_name,
            )
        else:
            provider = SessionProvider(session, lambda: self._new_session(aws_profile))
        install(session, LiveCredentials(provider))
        return kept

    def _clients_of(self, profile: ProfileConfig, kept: _Kept) -> Callable[[str], Any]:
        """Clients with the credentials that a profile rests on."""
        return lambda service: self.client(service, _scope(profile.via, kept, None))

    def _make(self, kept: _Kept, service: str, region: str) -> Any:
        with uncollected(), configured():
            client: Any = kept.session.create_client(
                service, region_name=region, endpoint_url=self._endpoint_url, config=self._config
            )
        credentials: object = kept.session.get_credentials()
        if isinstance(credentials, LiveCredentials):
            service_id = client.meta.service_model.service_id.hyphenize()
            client.meta.events.register_first(
                f"needs-retry.{service_id}",
                lambda attempts, response, **_: _renewed(credentials, attempts, response),
            )
        self._mend(client, kept, service, region)
        return client

    def _mend(self, client: Any, kept: _Kept, service: str, region: str) -> None:
        """Let a client with a trimmed model fetch the whole one for what it does not have."""
        loader = kept.session.get_component("data_loader")
        if not isinstance(loader, TrimmedLoader):
            return

        def whole(event_name: str, **_: Any) -> Any:
            name = event_name.rpartition(".")[2]
            if name.startswith("_"):
                return None
            with self._lock, translated(service):
                if loader.serve_whole(service):
                    kept.clients.pop((service, region), None)
                full = kept.clients.get((service, region)) or self._make(kept, service, region)
                kept.clients[service, region] = full
            return None if full is client else getattr(full, name)

        service_id = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"getattr.{service_id}", whole)


def _scope(profile: str | None, kept: _Kept, keys: AwsCredentials | None) -> AwsScope:
    return AwsScope(profile=profile, region=kept.home or "", credentials=keys)


def _renewed(credentials: LiveCredentials, attempts: int, response: Any) -> int | None:
    """botocore's ``needs-retry`` event: 0, the seconds to wait, where new keys may help; once."""
    code = response[1].get("Error", {}).get("Code") if response is not None else None
    return 0 if attempts == 1 and code in EXPIRED_CODES and credentials.renew() else None


def _files(session: Session) -> _Files:
    paths = map(session.get_config_variable, _FILES)
    return tuple(path and os.path.expanduser(path) for path in paths)


def _stamp(files: _Files) -> _Stamp:
    """What changes whenever somebody edits one of the files."""
    return tuple(map(_changed, files))


def _changed(path: str | None) -> tuple[int, int] | None:
    if path is None:  # a session that reads no files
        return None
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
