"""Credential profiles as data: which identity a call uses, where it comes from, what it must be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from awswhitelist.exceptions import InvalidArgumentError
from awswhitelist.model_parsing import stated
from awswhitelist.models import Frozen
from awswhitelist.policy_config import Duration, Entry
from awswhitelist.validators import check_region

SHORTEST_ROLE_SESSION = timedelta(minutes=30)
"""AWS allows 15 minutes, but botocore renews keys 15 minutes before they end: on every call."""

LONGEST_ROLE_SESSION = timedelta(hours=12)
LONGEST_CHAINED_SESSION = timedelta(hours=1)
"""IAM user guide, "Role chaining": a role assumed by a role lasts an hour at most."""


class CredentialSource(StrEnum):
    """Where a profile's credentials come from."""

    STANDARD = "standard"
    """What AWS's own tools would use in this environment."""

    AWS_PROFILE = "aws_profile"
    """A profile of AWS's config files: static keys, SSO, ``credential_process``, web identity."""

    ROLE = "role"
    SECRETS_MANAGER = "secrets_manager"


_FIELDS: Mapping[CredentialSource, tuple[frozenset[str], frozenset[str]]] = {
    CredentialSource.STANDARD: (frozenset(), frozenset()),
    CredentialSource.AWS_PROFILE: (frozenset({"aws_profile"}), frozenset()),
    CredentialSource.ROLE: (
        frozenset({"role_arn"}),
        frozenset({"via", "external_id", "session_name", "duration"}),
    ),
    CredentialSource.SECRETS_MANAGER: (frozenset({"secret_id"}), frozenset({"via"})),
}
"""What each source must be told, and what it may be told."""


def _account(value: str) -> str:
    if not re.fullmatch(r"[0-9]{12}", value):
        raise stated("must be an AWS account id of 12 digits")
    return value


def _region(value: str) -> str:
    try:
        return check_region(value)
    except InvalidArgumentError:
        raise stated("must be the name of an AWS region") from None


def _role_arn(value: str) -> str:
    if not re.fullmatch(r"arn:[a-z-]+:iam::[0-9]{12}:role/[\w+=,.@/-]+", value, re.ASCII):
        raise stated("must be the ARN of an IAM role")
    return value


def _session_name(value: str) -> str:
    if not re.fullmatch(r"[\w+=,.@-]{2,64}", value, re.ASCII):
        raise stated("must have 2 to 64 letters, digits and `_+=,.@-`")
    return value


def _external_id(value: str) -> str:
    if not re.fullmatch(r"[\w+=,.@:/-]{2,1224}", value, re.ASCII):
        raise stated("must have 2 to 1224 letters, digits and `_+=,.@:/-`")
    return value


def _duration(value: timedelta) -> timedelta:
    if not SHORTEST_ROLE_SESSION <= value <= LONGEST_ROLE_SESSION:
        raise stated("must be at least 30m and at most 12h")
    return value


RegionName = Annotated[Entry, AfterValidator(_region)]


class ProfileConfig(Frozen):
    """One identity. Limits of role fields: STS API reference, AssumeRole."""

    source: CredentialSource = Field(
        description="Where the credentials come from: `standard` (what AWS's own tools would "
        "use), `aws_profile` (a profile of AWS's config files), `role` or `secrets_manager`."
    )
    aws_profile: Entry | None = Field(
        default=None, description="For `aws_profile`: its name in AWS's config files."
    )
    role_arn: Annotated[Entry, AfterValidator(_role_arn)] | None = Field(
        default=None, description="For `role`: the ARN of the IAM role that is assumed."
    )
    external_id: Annotated[Entry, AfterValidator(_external_id)] | None = Field(
        default=None, description="For `role`: the external id that the role's owner asks for."
    )
    session_name: Annotated[Entry, AfterValidator(_session_name)] | None = Field(
        default=None, description="For `role`: what CloudTrail shows; else product and user."
    )
    duration: Annotated[Duration, AfterValidator(_duration)] = Field(
        default=timedelta(hours=1),
        description="For `role`: how long its credentials last, 30m to 12h; at most 1h where a "
        "role assumes it.",
    )
    secret_id: Entry | None = Field(
        default=None, description="For `secrets_manager`: the name or ARN of the secret."
    )
    via: Entry | None = Field(
        default=None,
        description="For `role` and `secrets_manager`: the profile of this configuration whose "
        "credentials assume the role or read the secret; else the standard chain does.",
    )
    account: Annotated[Entry, AfterValidator(_account)] | None = Field(
        default=None,
        description="The AWS account that it must lead to: credentials of any other are refused.",
    )
    region: RegionName | None = Field(
        default=None, description="The AWS region of calls that name this profile and no region."
    )

    @model_validator(mode="after")
    def _fields_fit_the_source(self) -> ProfileConfig:
        must, may = _FIELDS[self.source]
        given = {name for name in self.model_fields_set if getattr(self, name) is not None}
        missing = sorted(must - given)
        surplus = sorted(given - must - may - {"source", "account", "region"})
        if missing:
            raise stated(f"must have `{missing[0]}`, because its source is `{self.source}`")
        if surplus:
            raise stated(f"must not have `{surplus[0]}`, because its source is `{self.source}`")
        return self


def _lineage(name: str, profiles: Mapping[str, ProfileConfig]) -> Iterator[str]:
    """The profiles that ``name`` rests on, nearest first, until one comes up again."""
    seen = {name}
    above = profiles[name].via
    while above is not None:
        yield above
        if above in seen or above not in profiles:
            return
        seen.add(above)
        above = profiles[above].via


def _check_profiles(profiles: Mapping[str, ProfileConfig]) -> Mapping[str, ProfileConfig]:
    for name, profile in profiles.items():
        lineage = tuple(_lineage(name, profiles))
        if name in lineage:
            raise stated("must not have profiles that rest on each other in a circle (`via`)")
        if any(above not in profiles for above in lineage):
            raise stated("must have every profile that a `via` names")
        is_chained = any(profiles[above].role_arn is not None for above in lineage)
        if profile.role_arn and is_chained and profile.duration > LONGEST_CHAINED_SESSION:
            raise stated("must have a `duration` of at most 1h where a role is assumed by a role")
    return profiles


Profiles = Annotated[Mapping[Entry, ProfileConfig], AfterValidator(_check_profiles)]
"""Credential profiles by name."""
