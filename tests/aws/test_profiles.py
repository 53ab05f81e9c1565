"""What profiles are, from the settings alone: every source, complete and not."""

from __future__ import annotations

from typing import Any

import pytest

from awswhitelist.aws.profiles import ProfileFacts, SourceType, profile_facts
from awswhitelist.profiles_config import CredentialSource, ProfileConfig

ROLE = "arn:aws:iam::111122223333:role/access"
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "hunter2"}
SSO = {"sso_account_id": "111122223333", "sso_role_name": "Admin"}
PLACE = {"sso_start_url": "https://example.com/start", "sso_region": "eu-west-1"}
SESSIONS = {"work": PLACE, "empty": {}}


def facts(settings: dict[str, Any], **others: dict[str, Any]) -> ProfileFacts:
    """The facts of an AWS profile ``dev`` with those settings, beside others."""
    files = {"profiles": {"dev": settings, **others}, "sso_sessions": SESSIONS}
    found = {each.name: each for each in profile_facts({}, files)}
    assert "hunter2" not in repr(found) and "AKIA" not in repr(found)
    return found["dev"]


COMPLETE: dict[str, tuple[SourceType, dict[str, Any]]] = {
    "keys": (SourceType.STATIC, KEYS),
    "keys and a token": (SourceType.STATIC, KEYS | {"aws_session_token": "hunter2"}),
    "SSO": (SourceType.SSO, SSO | PLACE),
    "SSO by a session": (SourceType.SSO, SSO | {"sso_session": "work"}),
    "a process": (SourceType.PROCESS, {"credential_process": "/bin/true"}),
    "a sign-in": (SourceType.LOGIN, {"login_session": "arn:aws:iam::1:user/x"}),
    "web identity": (
        SourceType.WEB_IDENTITY,
        {"role_arn": ROLE, "web_identity_token_file": "/var/token"},
    ),
    "a role of a profile": (SourceType.ROLE, {"role_arn": ROLE, "source_profile": "base"}),
    "a role of itself": (SourceType.ROLE, KEYS | {"role_arn": ROLE, "source_profile": "dev"}),
    "a role of the instance": (
        SourceType.ROLE,
        {"role_arn": ROLE, "credential_source": "Ec2InstanceMetadata"},
    ),
    "nothing but a region": (SourceType.STANDARD, {"region": "eu-west-1"}),
}


@pytest.mark.parametrize(("source", "settings"), COMPLETE.values(), ids=COMPLETE)
def test_a_complete_profile_is_known_by_its_settings(
    source: SourceType, settings: dict[str, Any]
) -> None:
    assert facts(settings, base=KEYS) == ProfileFacts(
        name="dev", source=source, is_ours=False, region=settings.get("region")
    )


INCOMPLETE: dict[str, tuple[SourceType, dict[str, Any], str]] = {
    "half the keys": (
        SourceType.STATIC,
        {"aws_access_key_id": "AKIAX"},
        "it has no `aws_secret_access_key`",
    ),
    "an empty key": (
        SourceType.STATIC,
        KEYS | {"aws_secret_access_key": ""},
        "it has no `aws_secret_access_key`",
    ),
    "SSO without its place": (
        SourceType.SSO,
        SSO,
        "it has no `sso_start_url` and no `sso_region`",
    ),
    "half of SSO": (SourceType.SSO, {"sso_role_name": "x", **PLACE}, "it has no `sso_account_id`"),
    "SSO by no session": (
        SourceType.SSO,
        SSO | {"sso_session": "play"},
        "its `sso_session` does not exist",
    ),
    "SSO by an empty session": (
        SourceType.SSO,
        SSO | {"sso_session": "empty"},
        "it has no `sso_start_url` and no `sso_region`",
    ),
    "web identity without a role": (
        SourceType.WEB_IDENTITY,
        {"web_identity_token_file": "/var/token"},
        "it has no `role_arn`",
    ),
    "a role of nobody": (
        SourceType.ROLE,
        {"role_arn": ROLE},
        "it has neither `source_profile` nor `credential_source`",
    ),
    "a role of both": (
        SourceType.ROLE,
        {"role_arn": ROLE, "source_profile": "base", "credential_source": "Environment"},
        "it has both `source_profile` and `credential_source`",
    ),
    "a role of nowhere": (
        SourceType.ROLE,
        {"role_arn": ROLE, "credential_source": "Ec2"},
        "its `credential_source` is not one that AWS has",
    ),
    "a role of no profile": (
        SourceType.ROLE,
        {"role_arn": ROLE, "source_profile": "gone"},
        "its `source_profile` does not exist",
    ),
    "a role of itself without keys": (
        SourceType.ROLE,
        {"role_arn": ROLE, "source_profile": "dev"},
        "its `source_profile` leads back to itself",
    ),
    "a role of one that rests on it": (
        SourceType.ROLE,
        {"role_arn": ROLE, "source_profile": "back"},
        "of its `source_profile`: its `source_profile` leads back to itself",
    ),
    "a role of half the keys": (
        SourceType.ROLE,
        {"role_arn": ROLE, "source_profile": "half"},
        "of its `source_profile`: it has no `aws_secret_access_key`",
    ),
    "a role that wants a code": (
        SourceType.ROLE,
        {"role_arn": ROLE, "source_profile": "base", "mfa_serial": "arn:aws:iam::1:mfa/x"},
        "its role wants an MFA code (`mfa_serial`), which nobody can be asked for here",
    ),
}


@pytest.mark.parametrize(("source", "settings", "problem"), INCOMPLETE.values(), ids=INCOMPLETE)
def test_an_incomplete_profile_says_what_it_lacks(
    source: SourceType, settings: dict[str, Any], problem: str
) -> None:
    others = {
        "base": KEYS,
        "half": {"aws_access_key_id": "AKIAX"},
        "back": {"role_arn": ROLE, "source_profile": "dev"},
    }
    found = facts(settings, **others)
    assert (found.source, found.problem) == (source, problem)


def ours(source: str, **fields: Any) -> ProfileConfig:
    return ProfileConfig(source=CredentialSource(source), **fields)


def test_ours_say_their_source_their_pin_and_their_region() -> None:
    profiles = {
        "role": ours("role", role_arn=ROLE, account="111122223333", region="eu-west-1"),
        "secret": ours("secrets_manager", secret_id="x"),
        "usual": ours("standard"),
    }
    found = profile_facts(profiles, {})
    assert [(each.name, each.source, each.problem) for each in found] == [
        ("role", SourceType.ROLE, None),
        ("secret", SourceType.SECRET, None),
        ("usual", SourceType.STANDARD, None),
    ]
    assert all(each.is_ours for each in found)
    assert (found[0].account, found[0].region) == ("111122223333", "eu-west-1")


def test_ours_hide_those_of_aws_files_and_take_over_what_they_name() -> None:
    files = {"profiles": {"dev": {"region": "eu-north-1", **SSO, **PLACE}, "team": KEYS}}
    profiles = {
        "dev": ours("aws_profile", aws_profile="team", region="eu-west-1"),
        "sso": ours("aws_profile", aws_profile="dev"),
    }
    found = {each.name: each for each in profile_facts(profiles, files)}
    assert (found["dev"].source, found["dev"].region) == (SourceType.STATIC, "eu-west-1")
    assert (found["sso"].source, found["sso"].region) == (SourceType.SSO, "eu-north-1")
    assert found["team"].is_ours is False


def test_ours_say_what_is_wrong_with_those_that_they_rest_on() -> None:
    profiles = {
        "gone": ours("aws_profile", aws_profile="nobody"),
        "role": ours("role", role_arn=ROLE, via="gone"),
        "fine": ours("role", role_arn=ROLE, via="usual"),
        "usual": ours("standard"),
    }
    problems = {each.name: each.problem for each in profile_facts(profiles, {})}
    assert problems == {
        "gone": "the AWS profile that it names does not exist",
        "role": "of its `via`: the AWS profile that it names does not exist",
        "fine": None,
        "usual": None,
    }
