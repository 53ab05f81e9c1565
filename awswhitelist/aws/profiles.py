"""What kind of credentials a profile names, and whether its configuration is complete. Pure.

Nothing here is tried, and no value of a key is kept: only names of settings come out.
Sources: AWS SDKs and Tools reference guide, "Standardized credential providers"; the order in which
a profile's settings count is botocore's (``ProfileProviderBuilder``).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from awswhitelist.models import Frozen
from awswhitelist.profiles_config import CredentialSource, ProfileConfig

Settings = Mapping[str, Any]
"""The settings of one profile, as botocore reads them out of AWS's files."""


class SourceType(StrEnum):
    """What a profile's credentials come from in the end."""

    STATIC = "static"
    ROLE = "role"
    SECRET = "secret"
    SSO = "sso"
    LOGIN = "login"
    PROCESS = "process"
    WEB_IDENTITY = "web_identity"
    STANDARD = "standard"
    """Whatever AWS's own tools would find: environment, container or instance role."""


class ProfileFacts(Frozen):
    """A profile without its secrets.

    ``is_ours``: it is one of the configuration's, not just of AWS's files. ``account`` is the
    account that it is pinned to. ``problem`` says what its configuration lacks; None if nothing.
    """

    name: str
    source: SourceType
    is_ours: bool
    account: str | None = None
    region: str | None = None
    problem: str | None = None


_SHAPES: tuple[tuple[SourceType, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        SourceType.WEB_IDENTITY,
        ("web_identity_token_file",),
        ("role_arn", "web_identity_token_file"),
    ),
    (SourceType.ROLE, ("role_arn",), ()),
    (
        SourceType.SSO,
        ("sso_account_id", "sso_role_name"),
        ("sso_account_id", "sso_role_name", "sso_start_url", "sso_region"),
    ),
    (
        SourceType.STATIC,
        ("aws_access_key_id", "aws_secret_access_key"),
        ("aws_access_key_id", "aws_secret_access_key"),
    ),
    (SourceType.LOGIN, ("login_session",), ()),
    (SourceType.PROCESS, ("credential_process",), ()),
    (SourceType.STANDARD, (), ()),
)
"""The settings by any of which a source is known, and all those that it needs. The first counts."""

_PLACES = frozenset({"Environment", "Ec2InstanceMetadata", "EcsContainer"})
"""What ``credential_source`` may say."""


def profile_facts(
    ours: Mapping[str, ProfileConfig], aws_files: Settings
) -> tuple[ProfileFacts, ...]:
    """All profiles by name: ours, and those of AWS's files that ours do not hide.

    ``aws_files`` is botocore's ``full_config``: profiles and sso_sessions.
    """
    theirs = _AwsFiles(aws_files)
    found = {name: theirs.facts(name) for name in theirs.profiles}
    found |= {name: _facts(name, ours, theirs) for name in ours}
    return tuple(found[name] for name in sorted(found))


class _AwsFiles:
    """The profiles of AWS's config and credentials files."""

    def __init__(self, full_config: Settings) -> None:
        self.profiles: Mapping[str, Settings] = full_config.get("profiles", {})
        self._sso_sessions: Mapping[str, Settings] = full_config.get("sso_sessions", {})

    def facts(self, name: str) -> ProfileFacts:
        """One profile. KeyError if there is none of that name."""
        settings = self.profiles[name]
        source, _ = _shape_of(settings)
        return ProfileFacts(
            name=name,
            source=source,
            is_ours=False,
            region=settings.get("region") or None,
            problem=self._problem(name, ()),
        )

    def _problem(self, name: str, seen: tuple[str, ...]) -> str | None:
        """What a profile lacks; ``seen`` are those that rest on it."""
        settings = self.profiles[name]
        source, needed = _shape_of(settings)
        if source is SourceType.ROLE:
            return self._problem_of_role(name, settings, seen)
        if source is SourceType.SSO:
            session = settings.get("sso_session")
            if session and session not in self._sso_sessions:
                return "its `sso_session` does not exist"
            settings = {**self._sso_sessions.get(session or "", {}), **settings}
        missing = [f"`{each}`" for each in needed if not settings.get(each)]
        return f"it has no {' and no '.join(missing)}" if missing else None

    def _problem_of_role(self, name: str, settings: Settings, seen: tuple[str, ...]) -> str | None:
        above, place = settings.get("source_profile"), settings.get("credential_source")
        if settings.get("mfa_serial"):
            return "its role wants an MFA code (`mfa_serial`), which nobody can be asked for here"
        if above and place:
            return "it has both `source_profile` and `credential_source`"
        if place:
            return None if place in _PLACES else "its `credential_source` is not one that AWS has"
        if not above:
            return "it has neither `source_profile` nor `credential_source`"
        return self._problem_of_source(name, above, (*seen, name))

    def _problem_of_source(self, name: str, above: str, seen: tuple[str, ...]) -> str | None:
        if above not in self.profiles:
            return "its `source_profile` does not exist"
        if above == name and self.profiles[name].get("aws_access_key_id"):
            return None
        if above in seen:
            return "its `source_profile` leads back to itself"
        problem = self._problem(above, seen)
        return f"of its `source_profile`: {problem}" if problem else None


def _shape_of(settings: Settings) -> tuple[SourceType, tuple[str, ...]]:
    """The source that the settings name, and what it needs."""
    return next(
        (source, needed)
        for source, marks, needed in _SHAPES
        if not marks or any(settings.get(mark) for mark in marks)
    )


_OURS = {
    CredentialSource.STANDARD: SourceType.STANDARD,
    CredentialSource.ROLE: SourceType.ROLE,
    CredentialSource.SECRETS_MANAGER: SourceType.SECRET,
}


def _facts(name: str, ours: Mapping[str, ProfileConfig], theirs: _AwsFiles) -> ProfileFacts:
    """One of our profiles; it takes over what the AWS profile that it names is."""
    profile = ours[name]
    source, region = _OURS.get(profile.source, SourceType.STANDARD), profile.region
    problem = None
    if profile.aws_profile is not None:
        problem = "the AWS profile that it names does not exist"
        if profile.aws_profile in theirs.profiles:
            named = theirs.facts(profile.aws_profile)
            source, region, problem = named.source, region or named.region, named.problem
    elif profile.via is not None:
        above = _facts(profile.via, ours, theirs).problem
        problem = f"of its `via`: {above}" if above else None
    return ProfileFacts(
        name=name,
        source=source,
        is_ours=True,
        account=profile.account,
        region=region,
        problem=problem,
    )
